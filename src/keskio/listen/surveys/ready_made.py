"""Ready surveys to start from, as they ship with the product."""

from __future__ import annotations

from importlib import resources

import msgspec

from keskio.engine.survey.form import Survey as Form
from keskio.listen.surveys.documents import compile_survey

KEYS = ("relationship-nps", "service-csat", "contact-ces", "put-right", "event-emotion")


class Ready(msgspec.Struct, frozen=True):
    """A ready survey: its text and what is in it."""

    key: str
    text: str
    form: Form


def ready_text(key: str) -> str:
    """Return the text of a ready survey. Raises KeyError."""
    if key not in KEYS:
        raise KeyError(key)
    folder = resources.files("keskio.listen.surveys") / "ready"
    return (folder / f"{key}.yaml").read_text(encoding="utf-8")


def ready_surveys() -> list[Ready]:
    """Return all ready surveys."""
    found = []
    for key in KEYS:
        text = ready_text(key)
        form, findings = compile_survey(text)
        assert form is not None, findings
        found.append(Ready(key, text, form))
    return found
