"""`next_change`: until that moment the answer stays, and it is no earlier than it must be."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from keskio.engine.conditions import (
    Happening,
    Owned,
    Subject,
    compile_condition,
    next_change,
)
from keskio.engine.times import DAY, HOUR, SECOND, at_clock, to_local
from tests.engine.conditions import making as make
from tests.engine.conditions.world import World

ZONE = "Europe/Helsinki"
TODAY = to_local(make.NOW, ZONE).date()


@pytest.mark.parametrize("seed", range(8))
def test_until_the_next_change_the_answer_stays(seed: int) -> None:
    world, dice = World(seed, size=24), Random(seed)
    for _ in range(25):
        document = make.condition(dice)
        decide = compile_condition(document, zone=world.zone)
        for subject in dice.sample(list(world.subjects.values()), 6):
            changes = next_change(document, subject, zone=world.zone)
            assert changes is None or changes > subject.now
            last = make.NOW + 900 * DAY if changes is None else changes - 1
            for moment in moments_before(dice, subject, last):
                later = msgspec.structs.replace(subject, now=moment)
                assert decide(later) is decide(subject), (document, subject, moment, changes)


def moments_before(dice: Random, subject: Subject, last: int) -> list[int]:
    """Return moments up to `last`: the very last one, midnights, edges of what happened, any."""
    found = [last, last - 1, subject.now + 1]
    days = [TODAY.toordinal() + dice.randrange(400) for _ in range(3)]
    found += [at_clock(TODAY.fromordinal(day), 0, ZONE) + dice.choice((-1, 0, 1)) for day in days]
    lengths = [dice.choice((DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * 60 * SECOND)) for _ in range(2)]
    for many in subject.events.values():
        found += [h.at + length + dice.choice((-1, 0, 1)) for h in many for length in lengths]
    found += [dice.randrange(subject.now, make.NOW + 500 * DAY) for _ in range(4)]
    return [moment for moment in found if subject.now < moment <= last]


def midnight(ahead: int) -> int:
    return at_clock(TODAY.fromordinal(TODAY.toordinal() + ahead), 0, ZONE)


def day(ahead: int) -> str:
    return TODAY.fromordinal(TODAY.toordinal() + ahead).isoformat()


def past(*ago: int) -> dict[str, list[Happening]]:
    return {"A": [Happening(make.NOW - back) for back in ago]}


@pytest.mark.parametrize(
    ("document", "subject", "expected"),
    [
        ({"event": "A", "in": {"last": "2 days"}}, {"events": past(DAY)}, make.NOW + DAY + 1),
        (
            {"event": "A", "in": {"last": "2 days"}},
            {"events": past(3 * DAY, DAY, HOUR)},
            make.NOW + 2 * DAY - HOUR + 1,
        ),
        ({"event": "A", "in": {"last": "2 days"}}, {"events": past(3 * DAY)}, None),
        ({"event": "A", "in": {"before": "2 days"}}, {"events": past(DAY)}, make.NOW + DAY + 1),
        ({"event": "A", "in": {"this": "day"}}, {"events": past(1)}, midnight(1)),
        ({"event": "A"}, {"events": past(1)}, None),
        ({"event": "A", "in": {"from": "2026-01-01"}}, {"events": past(1)}, None),
        ({"event": "A", "last": {"last": "1 week"}}, {"events": past(DAY)}, make.NOW + 6 * DAY + 1),
        (
            {"event": "A", "not_then": {"event": "B"}, "within": "2 days"},
            {"events": past(DAY)},
            make.NOW + DAY + 1,
        ),
        ({"event": "A", "then": {"event": "B"}, "within": "2 days"}, {"events": past(DAY)}, None),
        (
            {"segment": "vip", "for_at_least": "2 days"},
            {"segments": {"vip": make.NOW - DAY}},
            make.NOW + DAY,
        ),
        (
            {"segment": "vip", "for_at_least": "2 days"},
            {"segments": {"vip": make.NOW - 9 * DAY}},
            None,
        ),
        (
            {"stage": "m", "is": "a", "for_less_than": "1 day"},
            {"stages": {"m": ("a", make.NOW)}},
            make.NOW + DAY,
        ),
        (
            {"trait": "d", "date": {"next": "7 days"}},
            {"traits": {"d": day(9)}},
            midnight(9) - 7 * DAY + 1,
        ),
        (
            {"trait": "d", "date": {"last": "7 days"}},
            {"traits": {"d": day(0)}},
            midnight(1) + 7 * DAY,
        ),
        ({"trait": "d", "date": {"this": "day"}}, {"traits": {"d": day(0)}}, midnight(1)),
        ({"trait": "d", "date": {"next": "7 days"}}, {"traits": {"d": day(2)}}, midnight(3)),
        (
            {"trait": "d", "anniversary": {"from": 0, "to": 3}},
            {"traits": {"d": day(2)}},
            midnight(3),
        ),
        (
            {"trait": "d", "anniversary": {"from": 0, "to": 3}},
            {"traits": {"d": day(6)}},
            midnight(3),
        ),
        (
            {"object": "car", "date": {"field": "due", "in": {"next": "1 week"}}},
            {"objects": {"car": [Owned("car", "1", {"due": day(1)})]}},
            midnight(2),
        ),
        ({"trait": "town", "is": "Oulu"}, {"traits": {"town": "Oulu"}}, None),
    ],
)
def test_the_moment_is_the_one_at_which_it_changes(
    document: dict[str, Any], subject: dict[str, Any], expected: int | None
) -> None:
    known = Subject(now=make.NOW, **subject)
    found = next_change(document, known)
    assert found == expected
    if found is not None:
        decide = compile_condition(document)
        then = msgspec.structs.replace(known, now=found)
        before = msgspec.structs.replace(known, now=found - 1)
        assert (decide(known), decide(before)) == (decide(before), not decide(then))
