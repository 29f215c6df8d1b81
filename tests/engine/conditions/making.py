"""Makes conditions and customers by dice: every atom, every kind of value, and all that is awkward."""

from __future__ import annotations

from random import Random
from typing import Any

from keskio.engine.conditions import Happening, Owned, Subject
from keskio.engine.times import DAY, HOUR, SECOND, at_clock, to_local

NOW = 1_771_000_000_000_000  # a Friday in February 2026
ZONES = ("Europe/Helsinki", "UTC", "America/New_York")
NAMES = ("A", "B", "C")
PROPERTIES = ("value", "category", "x", 'odd "name" / ~1')
TRAITS = ("town", "score", "born", "tags", "o'clock")
TEXTS = ("", "a", "b", "ab", "Å", "5", "true", "it's", "back\\slash", "line\nfeed", "100%", "😀")
NUMBERS = (0, 1, -1, 5, 5.0, 0.1, 0.2, 0.3, 2.5, 1e22, 2**53, 2**53 + 1, -7.25, 10**400, 2**63)
FLAGS = (True, False)
LENGTHS = (
    *("1 day", "2 days", "90 minutes", "1 week", "30 days", "1 month", "2 months 3 days"),
    *("1 year", "12 hours", "45 seconds"),
)
FIXED = ("1 day", "2 days", "90 minutes", "1 week", "12 hours")
PERIODS = ("day", "week", "month", "year")
MOMENTS = ("2025-12-31", "2026-01-15", "2026-02-13", "2026-02-13T12:30:00", "2026-02-28")
CHANNELS = ("sms", "email")
STATES = ("given", "denied", "withdrawn", "expired")


def value(dice: Random) -> Any:
    """Return a value as customers and events have them."""
    roll = dice.random()
    if roll < 0.3:
        return dice.choice(TEXTS)
    if roll < 0.65:
        return dice.choice(NUMBERS)
    if roll < 0.75:
        return dice.choice(FLAGS)
    if roll < 0.85:
        return [
            dice.choice((*TEXTS, *NUMBERS, *FLAGS, None, ["a"])) for _ in range(dice.randrange(4))
        ]
    return dice.choice((None, {"a": 1}, {}, date(dice), date(dice)))


def date(dice: Random) -> str:
    """Return a text that is a date, or only looks like one, mostly near now."""
    if dice.random() < 0.1:
        return dice.choice(("2026-02-30", "2026-13-01", "2026-2-1", "1000-01-01", "9999-12-31x"))
    day = to_local(NOW + dice.randrange(-70, 70) * DAY, "UTC").date()
    if dice.random() < 0.3:
        day = day.replace(year=dice.choice((1960, 2000, 2025, 2027)), day=min(day.day, 28))
    return str(day) + dice.choice(("", "", "T12:30:00Z", " 08:00"))


# conditions


def wanted(dice: Random) -> Any:
    """Return a value that a document may compare with."""
    found = dice.choice((*TEXTS, *NUMBERS, *FLAGS))
    return 3 if found == 10**400 else found


def number(dice: Random) -> Any:
    """Return a number that a document may compare with."""
    return dice.choice([n for n in NUMBERS if n != 10**400])


def comparison(dice: Random, *, numbers: bool = False) -> dict[str, Any]:
    """Return an operator and its value."""
    one = number if numbers else wanted
    operator = dice.choice(
        ("is", "is_not", "in", "at_least", "at_most", "more_than", "less_than", "exists")
        if numbers
        else (
            *("is", "is", "is_not", "in", "at_least", "at_most", "more_than", "less_than"),
            *("exists", "contains", "begins_with"),
        )
    )
    if operator == "exists":
        return {operator: dice.choice(FLAGS)}
    if operator == "in":
        return {operator: [one(dice) for _ in range(dice.randrange(4))]}
    if operator == "begins_with":
        return {operator: dice.choice(TEXTS)}
    found = one(dice)
    if operator not in ("is", "is_not") and isinstance(found, bool):
        found = 5
    return {operator: found}


def times(dice: Random) -> dict[str, int]:
    """Return how many times."""
    operator = dice.choice(("is", "is_not", "at_least", "at_most", "more_than", "less_than"))
    return {operator: dice.randrange(4)}


def window(dice: Random, *, events: bool) -> dict[str, Any]:
    """Return a window."""
    kind = dice.choice(("last", "last", "before", "this", "between", "next"))
    if kind == "next" and events:
        kind = "last"
    if kind == "this":
        return {"this": dice.choice(PERIODS)}
    if kind == "between":
        first, last = sorted(dice.sample(MOMENTS[:3], 2))
        return dice.choice(({"from": first, "to": last}, {"from": last}, {"to": first}))
    return {kind: dice.choice(LENGTHS)}


def where(dice: Random, depth: int = 0) -> dict[str, Any]:
    """Return a condition on properties."""
    if depth < 2 and dice.random() < 0.3:
        word = dice.choice(("all", "any", "not"))
        inner = [where(dice, depth + 1) for _ in range(dice.randrange(1, 3))]
        return {word: inner[0] if word == "not" else inner}
    return {"property": dice.choice(PROPERTIES), **comparison(dice)}


def condition(dice: Random, depth: int = 0) -> dict[str, Any]:
    """Return a document of a condition."""
    if depth < 3 and dice.random() < (0.6 if depth == 0 else 0.3):
        word = dice.choice(("all", "all", "any", "not"))
        if word == "not":
            return {word: condition(dice, depth + 1)}
        return {word: [condition(dice, depth + 1) for _ in range(dice.randrange(1, 4))]}
    return dice.choice(ATOMS)(dice)


def _trait(dice: Random) -> dict[str, Any]:
    return {"trait": dice.choice(TRAITS), **comparison(dice)}


def _dated(dice: Random) -> dict[str, Any]:
    return {"trait": "born", "date": window(dice, events=False)}


def _anniversary(dice: Random) -> dict[str, Any]:
    first = dice.randrange(-20, 20)
    return {"trait": "born", "anniversary": {"from": first, "to": first + dice.randrange(30)}}


def _consent(dice: Random) -> dict[str, Any]:
    document = {"consent": dice.choice(("marketing", "research")), "channel": dice.choice(CHANNELS)}
    return {**document, **dice.choice(({}, {"is": dice.choice((*STATES, "none"))}))}


def _held(dice: Random) -> dict[str, Any]:
    word = dice.choice(("for_at_least", "for_less_than"))
    return dice.choice(({}, {word: dice.choice(LENGTHS)}))


def _stage(dice: Random) -> dict[str, Any]:
    said = dice.choice(({"is": "new"}, {"in": ["new", "loyal"]}, {"is": "loyal"}))
    return {"stage": dice.choice(("ladder", "cycle")), **said, **_held(dice)}


def _segment(dice: Random) -> dict[str, Any]:
    return {"segment": dice.choice(("vip", "lapsed")), **_held(dice)}


def _object(dice: Random) -> dict[str, Any]:
    document: dict[str, Any] = {"object": dice.choice(("car", "order"))}
    if dice.random() < 0.5:
        document["where"] = where(dice)
    if dice.random() < 0.4:
        document["date"] = {"field": "category", "in": window(dice, events=False)}
    if dice.random() < 0.5:
        document["times"] = times(dice)
    return document


def _events(dice: Random) -> dict[str, Any]:
    document: dict[str, Any] = {"event": dice.choice(NAMES)}
    if dice.random() < 0.4:
        document["where"] = where(dice)
    if dice.random() < 0.5:
        document["in"] = window(dice, events=True)
    return document


def _did(dice: Random) -> dict[str, Any]:
    return {**_events(dice), **dice.choice(({}, {"times": times(dice)}))}


def _figure(dice: Random) -> dict[str, Any]:
    how = dice.choice(("sum", "average", "min", "max", "first", "last", "distinct"))
    said = comparison(dice, numbers=how not in ("first", "last"))
    while "in" in said:  # that is the window's word
        said = comparison(dice, numbers=how not in ("first", "last"))
    if how == "distinct":
        said = {"at_most" if "exists" in said else next(iter(said)): dice.randrange(4)}
    return {**_events(dice), how: dice.choice(PROPERTIES[:3]), **said}


def _recency(dice: Random) -> dict[str, Any]:
    document = _events(dice)
    document.pop("in", None)
    return {**document, dice.choice(("first", "last")): window(dice, events=True)}


def _sequence(dice: Random) -> dict[str, Any]:
    after: dict[str, Any] = {"event": dice.choice(NAMES)}
    if dice.random() < 0.3:
        after["where"] = where(dice)
    return {
        **_events(dice),
        dice.choice(("then", "not_then")): after,
        "within": dice.choice(FIXED),
    }


ATOMS = (
    *(_trait, _trait, _dated, _anniversary, _consent, _stage, _segment, _object, _object),
    *(_did, _did, _did, _figure, _figure, _recency, _sequence),
)


# customers


def moment(dice: Random, zone: str) -> int:
    """Return an instant of the past, often exactly at an edge, now and then ahead of now."""
    roll = dice.random()
    if roll < 0.3:
        return NOW - dice.choice((0, 1, 7, 30)) * DAY - dice.choice((0, 0, 1, -1))
    if roll < 0.4:
        day = (
            to_local(NOW, zone).date().replace(month=dice.choice((1, 2)), day=dice.choice((1, 13)))
        )
        return at_clock(day, 0, zone) - dice.choice((0, 1))
    if roll < 0.45:
        return NOW + dice.randrange(3 * DAY)
    return NOW - dice.choice((HOUR, DAY, 40 * DAY, 400 * DAY)) * dice.randrange(1, 4)


def properties(dice: Random) -> dict[str, Any]:
    """Return the properties of an event or an object."""
    found = {name: value(dice) for name in PROPERTIES if dice.random() < 0.5}
    if dice.random() < 0.4:
        found["value"] = dice.choice(NUMBERS)
    if dice.random() < 0.3:
        found["category"] = date(dice)
    return found


def happenings(dice: Random, zone: str, most: int) -> list[tuple[str, Happening]]:
    """Return events of one record, in no order, some of them at the same time."""
    found: list[tuple[str, Happening]] = []
    for _ in range(dice.randrange(most)):
        at = moment(dice, zone)
        if found and dice.random() < 0.3:
            at = found[-1][1].at + dice.choice((0, 0, 1, DAY, 2 * DAY, 90 * 60 * SECOND))
        found.append((dice.choice(NAMES), Happening(at, properties(dice))))
    return found


def subject(dice: Random, zone: str) -> Subject:
    """Return a customer without events."""
    traits = {name: value(dice) for name in TRAITS if dice.random() < 0.6}
    if dice.random() < 0.7:
        traits["born"] = date(dice)
    objects: dict[str, list[Owned]] = {}
    for number_of in range(dice.randrange(4)):
        kind = dice.choice(("car", "order"))
        objects.setdefault(kind, []).append(Owned(kind, str(number_of), properties(dice)))
    return Subject(
        traits=traits,
        consents={
            f"{purpose}/{channel}": dice.choice(STATES)
            for purpose in ("marketing", "research")
            for channel in CHANNELS
            if dice.random() < 0.5
        },
        segments={key: moment(dice, zone) for key in ("vip", "lapsed") if dice.random() < 0.5},
        stages={
            model: (dice.choice(("new", "loyal", "lost")), moment(dice, zone))
            for model in ("ladder", "cycle")
            if dice.random() < 0.7
        },
        objects=objects,
        now=NOW,
    )
