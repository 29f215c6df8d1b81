"""Which things of other rooms an event of Keskiö's own names by keys, so that they are called by titles.

Only events of Keskiö's own are looked at: what a company calls `step` or `dialogue` in its own events is left
as it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.web import names

Asked = dict[str, tuple[str, str]]
"""By the property that is to be called: the kind of thing and its key."""
_FAMILIES = frozenset(
    {"case", "dialogue", "message", "object", "recovery", "stage", "survey", "task"}
)


def asked_by(event: str, properties: Mapping[str, Any]) -> Asked:
    """Return what must be asked to tell an event in words; nothing for events that are not Keskiö's own."""
    family = event.partition(".")[0]
    if family not in _FAMILIES:
        return {}
    told = {name: str(value) for name, value in properties.items() if value or value == 0}
    if family == "message":
        return _of_message(told)
    if family == "stage":
        return _of_stage(told)
    asked: Asked = {}
    for name in (names.DIALOGUE, names.QUEUE, names.SURVEY):
        if name in told:
            asked[name] = name, told[name]
    if family == "object" and "kind" in told:
        asked["kind"] = names.OBJECT, told["kind"]
    return asked | _of_step(told)


def _of_message(told: Mapping[str, str]) -> Asked:
    """A message that was sent knows its number, one that was not its dialogue and step."""
    if "dialogue" in told:
        return {"dialogue": (names.DIALOGUE, told["dialogue"])} | _of_step(told)
    if "step" in told and told.get("message", "").isdecimal():
        return {"step": (names.MESSAGE, told["message"])}
    return {}


def _of_step(told: Mapping[str, str]) -> Asked:
    if {"dialogue", "version", "step"} <= told.keys():
        return {"step": (names.STEP, f"{told['dialogue']}/{told['version']}/{told['step']}")}
    return {}


def _of_stage(told: Mapping[str, str]) -> Asked:
    model = told.get("model", "")
    ends = {end: (names.STAGE, f"{model}:{told[end]}") for end in ("from", "to") if end in told}
    return {"model": (names.STAGE, model)} | ends if model else {}
