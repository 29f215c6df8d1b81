"""Who goes first: collisions, ranks, control groups; and their laws against plain readings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.arbitration import DAY as A_DAY
from keskio.engine.arbitration import rank_of, urgency_of
from keskio.engine.dialogue.facts import Planned
from keskio.engine.draws import position_of
from keskio.engine.pressure import (
    Cap,
    Collision,
    Control,
    Proposed,
    Quiet,
    Rules,
    Verdict,
    concerns,
    is_watched,
    judge,
    longest_window,
)
from keskio.engine.times import DAY, HOUR, MINUTE, minute_of_day
from tests.engine.making import HELSINKI, MONDAY, at

GIVEN = {"marketing/sms": "given", "research/sms": "given"}
WEEK = 7 * DAY
APART = Rules(quiet=None, collisions=(Collision("marketing", "process", WEEK),))
ONE_A_WEEK = Rules((Cap(1, WEEK),), None)
Contact = tuple[int, str, str]


def judged(
    rules: Rules,
    *contacts: Contact,
    planned: Sequence[Planned] = (),
    message: Proposed | None = None,
    now: int = MONDAY,
) -> Verdict:
    proposed = message or Proposed("sms", "marketing", "marketing", rank=1.0)
    return judge(proposed, GIVEN, contacts, HELSINKI, rules, now, planned)


def brief(verdict: Verdict) -> tuple[str, str, int]:
    return verdict.verdict, verdict.reason, verdict.until


def coming(after: int, rank: float, pressure: str = "marketing") -> Planned:
    return Planned(MONDAY + after, "sms", pressure, rank, "rival")


# rank


def test_rank_is_value_times_probability_times_urgency() -> None:
    assert rank_of(40, 0.5, None) == 20
    assert rank_of(40, 0.5, 0) == 40
    assert rank_of(-1, 0.5, 0) == 0
    assert rank_of(10, 7, None) == 10


@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY), st.integers(0, 60 * DAY))
def test_urgency_grows_as_validity_ends_and_with_waiting(a: int, b: int, waited: int) -> None:
    shorter, longer = sorted((a, b))
    assert urgency_of(shorter, waited) >= urgency_of(longer, waited) >= urgency_of(None, waited)
    assert urgency_of(None, waited) >= 1
    assert urgency_of(0) == 2 * urgency_of(None)
    assert A_DAY == DAY


# collisions


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (0, ("hold", "collision", MONDAY + WEEK)),
        (WEEK - 1, ("hold", "collision", MONDAY + 1)),
        (WEEK, ("send", "", 0)),
    ],
)
def test_a_campaign_waits_out_the_window_after_a_process_message(
    ago: int, expected: tuple[str, str, int]
) -> None:
    assert brief(judged(APART, (MONDAY - ago, "email", "process"))) == expected


def test_a_campaign_lets_a_planned_process_message_go_first() -> None:
    verdict = judged(APART, planned=[coming(3 * DAY, 0.0, "process")])
    assert brief(verdict) == ("hold", "collision", MONDAY + 3 * DAY + 1)
    assert verdict.why["dialogue"] == "rival"
    assert judged(APART, planned=[coming(WEEK, 0.0, "process")]).verdict == "send"


def test_the_winner_does_not_wait_for_the_loser() -> None:
    process = Proposed("sms", "service", "process")
    had = (MONDAY, "sms", "marketing")
    ahead = [coming(1, 99.0)]
    assert judged(APART, had, planned=ahead, message=process).verdict == "send"


def test_what_would_outwait_its_validity_is_dropped_for_the_collision() -> None:
    late = Proposed("sms", "marketing", "marketing", valid_until=MONDAY + DAY)
    verdict = judged(APART, (MONDAY - DAY, "sms", "process"), message=late)
    assert (verdict.verdict, verdict.reason) == ("drop", "collision")


# arbitration


def test_a_message_gives_way_to_a_better_one_that_would_find_no_room() -> None:
    verdict = judged(ONE_A_WEEK, planned=[coming(2 * DAY, 3.0)])
    assert brief(verdict) == ("hold", "outranked", MONDAY + 2 * DAY + 1)
    assert verdict.why == {
        "limit": 1,
        "window": WEEK,
        "channel": "*",
        "planned": MONDAY + 2 * DAY,
        "dialogue": "rival",
        "rank": 1.0,
        "rank_of_winner": 3.0,
    }


@pytest.mark.parametrize(
    "planned",
    [
        [coming(2 * DAY, 1.0)],  # not better
        [coming(WEEK, 3.0)],  # there will be room again
        [coming(2 * DAY, 3.0, "service")],  # needs no room
        [],
    ],
)
def test_a_message_goes_when_it_takes_nobodys_place(planned: list[Planned]) -> None:
    assert judged(ONE_A_WEEK, planned=planned).verdict == "send"


def test_what_gives_way_by_a_collision_pushes_nobody_out_however_it_ranks() -> None:
    """Otherwise the process would wait for the campaign, and the campaign for the process, for ever."""
    rules = Rules((Cap(1, DAY, pressure="all"),), None, collisions=APART.collisions)
    process = Proposed("sms", "service", "process", rank=1.0)
    assert judged(rules, planned=[coming(1, 3.0)], message=process).verdict == "send"
    campaign = judged(rules, planned=[coming(1, 0.1, "process")])
    assert brief(campaign) == ("hold", "collision", MONDAY + 2)


def test_there_may_be_room_for_both() -> None:
    two = Rules((Cap(2, WEEK),), None)
    assert judged(two, planned=[coming(DAY, 3.0)]).verdict == "send"
    assert judged(two, planned=[coming(DAY, 3.0), coming(2 * DAY, 2.0)]).reason == "outranked"
    assert judged(two, (MONDAY - HOUR, "sms", "survey"), planned=[coming(DAY, 3.0)]).until == (
        MONDAY + DAY + 1
    )


def test_arbitration_can_be_switched_off() -> None:
    off = Rules((Cap(1, WEEK),), None, arbitrates=False)
    assert judged(off, planned=[coming(DAY, 3.0)]).verdict == "send"


# control groups


def test_a_share_is_left_without() -> None:
    rules = Rules(quiet=None, controls=(Control("2026", 0.2),))
    for who in ("a", "b", "c", "d", "e", "f", "g", "h"):
        message = Proposed("sms", "marketing", "marketing", who=who)
        reason = judged(rules, message=message).reason
        assert reason == ("control_group" if position_of("2026", who) < 0.2 else "")
        process = Proposed("sms", "service", "process", who=who)
        assert judged(rules, message=process).verdict == "send"


# caps on classes of the company's own


def test_a_cap_may_be_on_a_class_of_the_companys_own_and_on_all() -> None:
    daily = Rules((Cap(1, DAY, pressure="process"),), None)
    process = Proposed("sms", "service", "process")
    had = (MONDAY - 1, "email", "process")
    assert judged(daily, had, message=process).until == MONDAY - 1 + DAY
    assert judged(daily, (MONDAY - 1, "sms", "service"), message=process).verdict == "send"
    everything = Cap(1, DAY, pressure="all")
    assert judged(Rules((everything,), None), had).reason == "pressure"
    answer = Proposed("sms", "answer", "answer")
    assert judged(Rules((everything,), None), had, message=answer).verdict == "send"
    assert [is_watched(name, daily) for name in ("process", "marketing")] == [True, False]
    assert is_watched("process", APART)
    assert (longest_window(APART), longest_window(Rules())) == (WEEK, 0)


# the hour that comes twice


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-10-24T23:00", "2026-10-25T00:30"),  # to the first 03.30 in Helsinki
        ("2026-10-25T00:15", "2026-10-25T00:30"),
        ("2026-10-25T00:45", None),  # 03.45 for the first time
        ("2026-10-25T01:10", "2026-10-25T01:30"),  # 03.10 again
        ("2026-10-25T01:30", None),
    ],
)
def test_quiet_hours_that_end_in_the_hour_that_comes_twice(now: str, until: str | None) -> None:
    verdict = judged(Rules(quiet=Quiet(21 * 60, 3 * 60 + 30)), now=at(now, "UTC"))
    wanted = ("send", "", 0) if until is None else ("hold", "quiet_hours", at(until, "UTC"))
    assert brief(verdict) == wanted


@given(st.integers(0, 50 * 60), st.integers(0, 6 * 60))
def test_quiet_hours_end_at_their_next_end_in_autumn(minutes: int, end: int) -> None:
    now = at("2026-10-24T00:00", "UTC") + minutes * MINUTE
    rules = Rules(quiet=Quiet(21 * 60, end))
    verdict = judged(rules, now=now)
    if verdict.verdict == "hold":
        between = range(now, verdict.until, MINUTE)
        assert all(minute_of_day(moment, HELSINKI) != end for moment in between)
        assert minute_of_day(verdict.until, HELSINKI) == end


# the laws, in a small world: several dialogues mean to send, each at its time, with its rank

CLASSES = ("marketing", "survey", "process")
wishes = st.lists(
    st.tuples(
        st.integers(0, 20 * 24).map(lambda hours: MONDAY + hours * HOUR),
        st.sampled_from(CLASSES),
        st.integers(1, 5).map(float),
        st.none() | st.integers(1, 15 * 24).map(lambda hours: hours * HOUR),
    ),
    max_size=8,
)
rules_of = st.builds(
    Rules,
    caps=st.lists(
        st.builds(
            Cap,
            limit=st.integers(0, 2),
            window=st.integers(1, 8).map(lambda days: days * DAY),
            pressure=st.sampled_from(["*", "all", *CLASSES]),
        ),
        max_size=3,
    ).map(tuple),
    quiet=st.none(),
    collisions=st.lists(
        st.builds(
            Collision,
            loser=st.just("marketing"),
            winner=st.sampled_from(["process", "survey"]),
            window=st.integers(1, 8).map(lambda days: days * DAY),
        ),
        max_size=2,
    ).map(tuple),
)
Wish = tuple[int, str, float, int | None]


def play(rules: Rules, wanted: Sequence[Wish]) -> tuple[list[Contact], dict[int, str], int]:
    """Return what went, why the rest was dropped (by number), and how often anybody was asked."""
    waiting = {number: wish[0] for number, wish in enumerate(wanted)}
    sent: list[Contact] = []
    dropped: dict[int, str] = {}
    asked = 0
    while waiting and asked < 5000:
        number = min(waiting, key=lambda n: (waiting[n], n))
        now, (since, pressure, worth, valid) = waiting.pop(number), wanted[number]
        until = None if valid is None else since + valid
        rank = rank_of(worth, 1, None if until is None else until - now, now - since)
        ahead = [
            Planned(
                moment,
                "sms",
                wanted[other][1],
                rank_of(wanted[other][2], 1, wanted[other][3], max(now - wanted[other][0], 0)),
                str(other),
            )
            for other, moment in waiting.items()
        ]
        message = Proposed("sms", "service", pressure, valid_until=until, rank=rank)
        verdict = judge(message, {}, sent, "", rules, now, ahead)
        alone = judge(message, {}, sent, "", rules, now)
        assert alone.verdict == "send" or verdict.verdict != "send", "it orders, it does not allow"
        asked += 1
        if verdict.verdict == "send":
            sent.append((now, "sms", pressure))
        elif verdict.verdict == "hold":
            assert verdict.until > now
            assert until is None or verdict.until < until
            waiting[number] = verdict.until
        else:
            dropped[number] = verdict.reason
    assert not waiting, "nothing gives way for ever"
    return sent, dropped, asked


@given(rules_of, wishes)
def test_the_laws_of_contact(rules: Rules, wanted: list[Wish]) -> None:
    sent, dropped, asked = play(rules, wanted)
    assert len(sent) + len(dropped) == len(wanted)
    for cap in rules.caps:
        times = [moment for moment, channel, pressure in sent if concerns(cap, channel, pressure)]
        assert all(sum(e - cap.window < t <= e for t in times) <= cap.limit for e in times)
    for rule in rules.collisions:
        for place, (moment, _, pressure) in enumerate(sent):
            won = [t for t, _, other in sent[:place] if other == rule.winner]
            assert pressure != rule.loser or all(t <= moment - rule.window for t in won)
    assert all(
        reason in ("pressure", "collision", "outranked", "too_late") for reason in dropped.values()
    )
    assert play(rules, wanted) == (sent, dropped, asked), "the same again"


@given(wishes)
def test_without_rules_everything_goes_at_once(wanted: list[Wish]) -> None:
    sent, dropped, asked = play(Rules(quiet=None), wanted)
    assert (sorted(moment for moment, *_ in sent), dropped) == (sorted(w[0] for w in wanted), {})
    assert asked == len(wanted)
