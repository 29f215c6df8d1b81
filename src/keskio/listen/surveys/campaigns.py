"""A survey that asks by a dialogue of its own: made from a few wishes, published like any other.

The dialogue is where asking happens: consent, caps, quiet hours, the ledger and the books are its own.
"""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.engine.survey.form import Survey as Form
from keskio.kernel.yamls import write_yaml

TEXTS = {
    "fi": "{title} Vastaa tästä: {{{{ survey_link }}}}\n\nEt halua kyselyitä? {{{{ preferences }}}}",
    "en": "{title} Answer here: {{{{ survey_link }}}}\n\nNo more surveys? {{{{ preferences }}}}",
}
BY_SMS = {
    "fi": "{title} Vastaa numerolla {low}–{high} tai: {{{{ survey_link }}}} Ei enää kyselyitä: LOPETA",
    "en": "{title} Answer with {low}–{high} or: {{{{ survey_link }}}} No more surveys: STOP",
}
REMINDERS = {
    "fi": "Ehtisitkö vielä vastata? {{ survey_link }}\n\nEt halua kyselyitä? {{ preferences }}",
    "en": "Would you still have a minute? {{ survey_link }}\n\nNo more surveys? {{ preferences }}",
}
COMMENTS = {
    "fi": "Kiitos! Mikä vaikutti eniten? Vastaa omin sanoin.",
    "en": "Thank you! What mattered most? Answer in your own words.",
}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a survey is to ask. `kind`: event, segment or rhythm; `of` is the event, or the segment's key.

    `rhythm` is an RFC 5545 rule and `at` a local moment, for those of a segment ("" for everybody).
    """

    kind: str
    of: str = ""
    at: str = ""
    rhythm: str = ""
    channels: tuple[str, ...] = ("email",)
    delay: str = ""


def dialogue_key(survey: str) -> str:
    """Return the key of the dialogue by which a survey asks."""
    return f"survey-{survey}"


def dialogue_text(form: Form, wish: Wish) -> str:
    """Return the definition of the dialogue by which a survey asks, in YAML."""
    ask = _ask(form, wish)
    steps: dict[str, Any] = {"ask": ask, "over": {"kind": "end", "outcome": "asked"}}
    if wish.delay:
        steps = {"rest": {"kind": "wait", "for": wish.delay}, **steps}
    document = {
        "keskio": "dialogue/1",
        "key": dialogue_key(form.key),
        "title": {at: f"{text} ({_word(at)})" for at, text in form.title.items()},
        "purpose": "research",
        "languages": [at for at in form.languages if at in TEXTS] or ["fi"],
        "trigger": _trigger(wish),
        "reentry": "after_end",
        "steps": steps,
    }
    return write_yaml(document)


def _ask(form: Form, wish: Wish) -> dict[str, Any]:
    scaled = next(iter(form.scored), None)
    languages = [at for at in form.languages if at in TEXTS] or ["fi"]
    values: dict[str, Any] = {}
    texts, by_sms = TEXTS, bool(scaled) and wish.channels[0] == "sms"
    if by_sms and scaled is not None and scaled.scale is not None:
        values, texts = {"low": scaled.scale.least, "high": scaled.scale.most}, BY_SMS
    ask: dict[str, Any] = {"kind": "survey", "survey": form.key, "channel": list(wish.channels)}
    if scaled is not None:
        ask["scale"] = scaled.kind
    ask["subject"] = {at: form.title.get(at, form.key) for at in languages}
    ask["text"] = {
        at: texts[at].format(title=form.title.get(at, form.key), **values) for at in languages
    }
    ask["reminder"] = {at: REMINDERS[at] for at in languages}
    if by_sms:
        ask["then"] = {at: COMMENTS[at] for at in languages}
    ends = ("answered", "partial", "timeout", "dropped", "failed", "bounced")
    ask["outcomes"] = dict.fromkeys(ends, "over")
    return ask


def _trigger(wish: Wish) -> dict[str, Any]:
    if wish.kind == "event":
        return {"event": wish.of}
    if wish.kind == "segment":
        return {"segment": wish.of}
    audience: dict[str, Any] = {"at": wish.at}
    if wish.of:
        audience["who"] = {"segment": wish.of}
    if wish.rhythm:
        audience["rrule"] = wish.rhythm
    return {"audience": audience}


def _word(language: str) -> str:
    return "kysely" if language == "fi" else "survey"
