"""Other rules on what has been: the same rules give what was, and others what the gate would have said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.pressure import Cap, Rules
from keskio.engine.times import DAY, HOUR
from keskio.kernel.clock import VirtualClock
from keskio.talk.api import publish, set_rules
from keskio.talk.contact import trials
from keskio.talk.contact.models import Trial
from keskio.talk.contact.trying import Fate, Wish, fates_under
from tests.engine.making import MONDAY
from tests.talk.contact.test_gate_live import dialogue
from tests.talk.world import World

WEEK = 7 * DAY


def wish(number: int, after: int, worth: float = 1.0, valid: int | None = None) -> Wish:
    """Return a wish of one enrolment, `after` Monday morning."""
    until = None if valid is None else MONDAY + after + valid
    return Wish(
        number,
        1,
        f"d{number}",
        MONDAY + after,
        MONDAY,
        "sms",
        "marketing",
        False,
        until,
        worth,
        1.0,
    )


def fates(rules: Rules, *wishes: Wish, until: int = MONDAY + 30 * DAY) -> list[Fate]:
    return fates_under(rules, wishes, (), zone="Europe/Helsinki", who="1", until=until)


def test_without_rules_all_goes_when_it_was_meant() -> None:
    wishes = [wish(1, 0), wish(2, HOUR)]
    assert fates(Rules(quiet=None), *wishes) == [Fate(one.at) for one in wishes]


def test_the_better_one_keeps_its_place_and_the_other_goes_later() -> None:
    rules = Rules((Cap(1, WEEK),), None)
    found = fates(rules, wish(1, 0), wish(2, 2 * DAY, worth=9))
    assert found == [Fate(MONDAY + 9 * DAY), Fate(MONDAY + 2 * DAY)]
    assert fates(rules, wish(1, 0, valid=DAY), wish(2, DAY * 2, worth=9))[0] == Fate(
        None, "outranked"
    )


def test_what_is_held_beyond_the_end_still_waits() -> None:
    rules = Rules((Cap(1, 60 * DAY),), None)
    assert fates(rules, wish(1, 0), wish(2, HOUR)) == [Fate(MONDAY), Fate()]


@given(
    st.lists(st.tuples(st.integers(0, 20 * 24), st.integers(1, 5)), max_size=8),
    st.integers(0, 3),
    st.integers(1, 8),
)
def test_the_cap_holds_and_every_wish_has_a_fate(
    wanted: list[tuple[int, int]], limit: int, days: int
) -> None:
    rules = Rules((Cap(limit, days * DAY),), None)
    wishes = [wish(n, hours * HOUR, float(worth)) for n, (hours, worth) in enumerate(wanted)]
    found = fates(rules, *wishes)
    sent = [fate.sent_at for fate in found if fate.sent_at is not None]
    assert len(found) == len(wishes)
    assert all(sum(end - days * DAY < at <= end for at in sent) <= limit for end in sent)


@pytest.mark.django_db(transaction=True)
def test_a_trial_counts_what_was_and_what_would_have_been(clock: VirtualClock) -> None:
    world = World(clock)
    world.person("aino")
    set_rules(Rules((Cap(1, WEEK),), None), by="")
    publish(dialogue("news"))
    world.tell("aino", "Asked news", car="1")
    world.tell("aino", "Asked news", car="2")
    world.settle()
    world.wait(days=8)
    clock.advance(timedelta(hours=1))
    job = trials.Trials()
    found = trials.begin(Rules((Cap(2, WEEK),), None), by="eva")
    stopped = trials.begin(Rules(), by="eva")
    assert trials.stop(stopped.pk)
    assert not trials.stop(stopped.pk)
    while job.turn(clock.micros()):
        pass
    found.refresh_from_db()
    sums = found.result
    assert (found.state, found.customers, found.done) == (Trial.State.DONE, 1, 1)
    assert (sums["before"], sums["after"]) == ([2, 1, 0, 0], [2, 0, 0, 0])
    assert sums["dialogues"] == {"news": [[2, 1, 0, 0], [2, 0, 0, 0]]}
    assert sorted(sums["days"].values()) == [[1, 0], [1, 2]]
    assert sums["most"] == {"2": [1, 1]}
