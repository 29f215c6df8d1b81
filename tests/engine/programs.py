"""Right dialogues of every kind of step, and whatever may come to them, grown from a seed.

Hypothesis chooses the seed and how much comes; the rest follows from the seed, for drawing every
word of a dialogue one by one takes far longer than playing it. Outcomes that can come at once lead
only forwards, the others anywhere, so that no loop is without a wait; one outcome of each step
leads to the next, so that every step can be reached.
"""

from __future__ import annotations

from random import Random
from typing import Any, TypeAlias

from keskio.engine.dialogue.check import check
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import PURPOSES, Cap, Quiet, Rules
from keskio.engine.times import DAY, HOUR
from tests.engine.making import document_of

Document: TypeAlias = dict[str, Any]
KINDS = (
    *("send", "ask", "ask", "wait", "branch", "offer", "task", "update"),
    *("split", "timeline", "repeat", "call", "start", "stop"),
)
# Steps that come back to one of their own kind after each of these, until the last.
COMING_BACK = {"timeline": ("soon", "later"), "repeat": ("run",)}
BOTH = (["sms", "email"], ["email", "sms"])
CHANNELS = (["sms"], ["email"], *BOTH, *BOTH, *BOTH)
SPANS = ("6 hours", "1 day", "3 days", "1 month")
# Outcomes of each kind: those that come at once, and those before which the enrolment rests.
AT_ONCE = {
    "send": ["sent", "failed", "bounced", "dropped", "held", "dropped.stopped", "held.pressure"],
    "ask": ["failed", "dropped", "held.quiet_hours"],
    "branch": ["near", "else"],
    "offer": ["given", "sold_out", "refused"],
    "update": ["done"],
    "split": ["x", "y"],
    "start": ["started", "refused"],
    "stop": ["stopped", "refused"],
    "timeline": ["done"],
    "repeat": ["ended"],
    "call": ["ok", "refused", "failed"],
}
RESTING = {
    "ask": ["A", "B", "none"],
    "wait": ["timeout", "paid", "said"],
    "task": ["done", "declined", "overdue", "won"],
}
MUST = {
    "send": {"sent"},
    "ask": {"A", "B", "none"},
    "wait": {"paid", "said", "timeout"},
    "branch": {"near", "else"},
    "offer": {"given", "sold_out", "refused"},
    "task": {"done", "declined", "overdue"},
    "update": {"done"},
    "split": {"x", "y"},
    "start": {"started", "refused"},
    "stop": {"stopped", "refused"},
    "call": {"ok", "refused", "failed"},
    "timeline": {"done"},
    "repeat": {"ended"},
}


def program_from(seed: int) -> Program:
    """Return a program with which `check` finds no fault."""
    dice = Random(seed)
    kinds = dice.choices(KINDS, k=dice.randint(1, 7))
    steps: Document = {}
    for index, kind in enumerate(kinds):
        step = steps[f"s{index}"] = _step(dice, kind, index, len(kinds))
        if kind == "ask":
            other = dice.choice(["", "back", f"guide{index}", f"guide{index}"])
            if other:
                step["outcomes"]["other"] = other
            if other.startswith("guide"):
                steps[other] = _guide(dice)
        for name in COMING_BACK.get(kind, ()):
            step["outcomes"][name] = f"{name}{index}"
            steps[f"{name}{index}"] = _coming_back(dice, f"s{index}")
    steps["last"] = {"kind": "end"}
    program, findings = read_definition(document_of(steps, **_settings(dice)), version=1)
    assert program is not None, findings
    assert not [finding for finding in check(program) if finding.severity == "error"]
    return program


def _step(dice: Random, kind: str, index: int, count: int) -> Document:
    following = [*(f"s{n}" for n in range(index + 1, count)), "last"]
    anywhere = [*(f"s{n}" for n in range(count)), "last", "end"]
    at_once, resting = AT_ONCE.get(kind, []), RESTING.get(kind, [])
    named = MUST[kind] | {name for name in at_once + resting if dice.random() < 0.3}
    outcomes = {name: dice.choice([*following, "end"]) for name in at_once if name in named}
    outcomes |= {name: dice.choice(anywhere) for name in resting if name in named}
    words = _words(dice, kind)
    if "when" in words.get("events", {}).get("paid", ()):  # it may be so already
        outcomes["paid"] = dice.choice([*following, "end"])
    outcomes[dice.choice(sorted(MUST[kind]))] = following[0]
    outcomes |= words.pop("outcomes", {})
    return {"kind": kind, "outcomes": outcomes, **words}


def _words(dice: Random, kind: str) -> Document:
    if kind == "send":
        return _message(dice)
    if kind == "ask":
        return _question(dice)
    if kind == "wait":
        priced = {"property": "total", "exists": dice.choice([True, False])}
        joo = {"words": ["joo"], "channel": dice.choice(["", "sms"])}
        moved = {"when": {"trait": "town", "is": "Vaasa"}}
        paid = dice.choice([{"event": "Paid", "where": priced}] * 3 + [moved])
        return {**_later(dice), "events": {"paid": paid, "said": {"reply": joo}}}
    if kind == "task":
        return {"text": "Soita", "due": _later(dice)}
    if kind in ("repeat", "timeline"):
        return _repeat(dice) if kind == "repeat" else _timeline(dice)
    plain: dict[str, Document] = {
        "branch": {"branches": {"near": {"trait": "town", "is": "Oulu"}}},
        "offer": {"offer": "winter-20"},
        "update": dice.choice([{"traits": {"stage": "A1"}}, {"add": {"liked": "cars"}}]),
        "split": {"arms": {"x": dice.choice([50, 0]), "y": 50}, "experiment": "colour"},
        "start": {"dialogue": "other"},
        "stop": {"dialogue": "other"},
        "call": {"connection": "crm", "within": "2 hours", "as": "answered"},
    }
    return plain[kind]


def _repeat(dice: Random) -> Document:
    rhythm = dice.choice(
        [
            {"every": "day", "at": "09:00"},
            {"every": "2 days"},
            {"every": "week", "weekday": "friday", "at": "12:00"},
        ]
    )
    ends: list[dict[str, Any]] = [
        {"times": dice.randint(1, 3)},
        {"times": 9, "until": {"for": "10 days"}},
    ]
    here = {"while": {"trait": "town", "is": "Oulu"}}
    return {**rhythm, **dice.choice(ends), **(here if dice.random() < 0.3 else {})}


def _timeline(dice: Random) -> Document:
    soon: Document = {"for": dice.choice(["1 day", "4 days"]), "window": "2 days"}
    later: Document = {"for": "1 month", "at": "10:00"}
    if dice.random() < 0.3:
        later["when"] = {"trait": "town", "is": "Oulu"}
    if dice.random() < 0.5:
        soon["when"] = {"trait": "town", "is": "Oulu"}
    return {"of": "customer.delivered", "items": {"soon": soon, "later": later}}


def _question(dice: Random) -> Document:
    choices: Document = {"A": {"words": ["huolto"]}, "B": {}}
    asked = {**_message(dice), **_later(dice), "choices": choices, "patience": dice.randint(0, 3)}
    if dice.random() < 0.3:
        asked["answer"] = {"kind": "number", "as": "told", "at_least": 1}
        asked["outcomes"] = {"answer": dice.choice(["last", "end"])}
    return asked


def _coming_back(dice: Random, home: str) -> Document:
    ways = {way for way in ("failed", "bounced", "dropped", "held") if dice.random() < 0.5}
    return {
        **_message(dice),
        "kind": "send",
        "outcomes": dict.fromkeys(["sent", *sorted(ways)], home),
    }


def _later(dice: Random) -> Document:
    span = {"for": dice.choice(SPANS)}
    clock = {"at": dice.choice(["07:30", "09:00", "21:30"])}
    friday = {"weekday": "friday", "at": "12:00"}
    return dice.choice([span, span, {**span, **clock}, clock, friday, {"working_days": 2}])


def _message(dice: Random) -> Document:
    found: Document = {"channel": dice.choice(CHANNELS), "text": "Hei!"}
    if dice.random() < 0.4:
        usual = ["answer", "asked_for", "service", "marketing"]
        found["purpose"] = dice.choice([*sorted(PURPOSES), *usual, *usual, *usual])
    if dice.random() < 0.3:
        found["valid"] = _later(dice)
    if dice.random() < 0.2:
        found["quiet"] = "ignore"
    return found


def _guide(dice: Random) -> Document:
    ways = {way for way in ("failed", "bounced", "dropped", "held") if dice.random() < 0.5}
    purpose = dice.choice(["answer", "answer", "marketing"])
    outcomes = dict.fromkeys(["sent", *sorted(ways)], "back")
    return {**_message(dice), "kind": "send", "purpose": purpose, "outcomes": outcomes}


def _settings(dice: Random) -> Document:
    purpose = dice.choice([*["marketing"] * 4, "service", "research", "asked_for"])
    reentry = dice.choice(["never", "after_end", "always", "always", {"after": "10 days"}])
    settings: Document = {"purpose": purpose, "reentry": reentry}
    if dice.random() < 0.3:
        settings["goal"] = "Bought"
    if dice.random() < 0.3:
        dear = {"event": "Paid", "where": {"property": "total", "at_least": 100}}
        settings["exit"] = ["Sold", dear]
    if dice.random() < 0.3:
        settings["ends"] = {"for": "25 days"}
    if dice.random() < 0.3:
        settings["object"] = "car"
    if dice.random() < 0.1:
        settings["control"] = "20%"
    if dice.random() < 0.1:
        settings.setdefault("exit", []).append({"when": {"trait": "town", "is": "Kemi"}})
    if dice.random() < 0.1 and "goal" in settings:
        settings["goal"] = {"event": "Bought", "ends": False, "value": "total"}
    return settings


def rules_from(seed: int) -> Rules:
    """Return rules of contact: none, some, or too many caps; no, usual or long quiet hours."""
    dice = Random(seed)
    caps = tuple(
        Cap(
            limit=dice.choice([0, 1, 1, 1, 2]),
            window=dice.choice([6 * HOUR, DAY, 7 * DAY]),
            channel=dice.choice(["*", "sms"]),
            pressure=dice.choice(["*", "marketing", "service"]),
        )
        for _ in range(dice.choice([0, 1, 2]))
    )
    return Rules(caps, dice.choice([None, Quiet(), Quiet(20 * 60, 10 * 60)]))


# What may come: what it is, and the values that it takes.
Coming: TypeAlias = tuple[str, Any]
EVENTS = ("Paid", "Bought", "Sold", "Noise")
PROPERTIES: tuple[Document, ...] = ({}, {"total": 5}, {"total": 500}, {"car": "A"}, {"car": "B"})
SAID = ("Ahaa kiitos", "42", "A", "mitä?", "b.", " huolto ", "", "joo")
SPEECH = ("sms", "email")
STATES = ("sent", "delivered", "failed", "bounced", "unknown", "withdrawn")
MINUTES = (0, 0, 0, 1, 30, 7 * 60, 24 * 60, 5 * 24 * 60)
SOMETHING = (
    *("apt", "apt", "apt", "apt", "apt", "reply", "reply", "event", "report", "task", "again"),
    "move",
    "deliver",
    *(
        "again",
        "apt",
        "apt",
        "apt",
        "report",
        "task",
        "invite",
        "nothing",
        "stop",
        "consent",
        "remove",
    ),
)


def coming_from(dice: Random) -> Coming:
    """Return something that may come to a customer."""
    which = dice.randint(0, 50)  # of those that there are, counted round
    kind = dice.choice(SOMETHING)
    values: dict[str, Any] = {
        "invite": dice.choice(PROPERTIES),
        "event": (dice.choice(EVENTS), dice.choice(PROPERTIES)),
        "reply": (dice.choice(SPEECH), dice.choice(SAID)),
        "report": (which, dice.choice(STATES)),
        "task": (which, dice.choice(["done", "declined", "won"])),
        "stop": dice.choice(SPEECH),
        "move": dice.choice(["Oulu", "Vaasa", "Kemi"]),
        "deliver": dice.randint(-2, 20),
        "consent": (
            dice.choice(["marketing", "service", "research"]),
            dice.choice(SPEECH),
            dice.choice(["given", "given", "withdrawn"]),
        ),
    }
    return kind, values.get(kind, which)
