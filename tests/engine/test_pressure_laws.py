"""Caps and quiet hours against a slow, plain reading of what they promise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.pressure import COUNTED, Cap, Proposed, Quiet, Rules, judge
from keskio.engine.times import DAY, HOUR, MINUTE, to_local
from tests.engine.making import MONDAY, at

CHANNELS = ["sms", "email"]
CLASSES = ["marketing", "survey", "service", "answer"]
GIVEN = {
    f"{purpose}/{channel}": "given" for purpose in ("marketing", "service") for channel in CHANNELS
}

caps = st.builds(
    Cap,
    limit=st.integers(0, 4),
    window=st.integers(1, 60).map(lambda minutes: minutes * MINUTE),
    channel=st.sampled_from(["*", *CHANNELS]),
    pressure=st.sampled_from(["*", *CLASSES]),
)
messages = st.builds(
    Proposed,
    channel=st.sampled_from(CHANNELS),
    purpose=st.just("service"),
    pressure=st.sampled_from(CLASSES),
    respects_quiet=st.just(False),
    valid_until=st.none() | st.integers(0, 7200).map(lambda s: MONDAY + s * 1_000_000),
)
gaps = st.lists(st.tuples(st.integers(0, 20), messages), max_size=40)


def counts(cap: Cap, channel: str, pressure: str) -> bool:
    in_class = pressure in COUNTED if cap.pressure == "*" else pressure == cap.pressure
    return in_class and cap.channel in ("*", channel)


def most_in_any_window(cap: Cap, sent: list[tuple[int, str, str]]) -> int:
    times = [moment for moment, channel, pressure in sent if counts(cap, channel, pressure)]
    return max((sum(1 for t in times if end - cap.window < t <= end) for end in times), default=0)


@given(st.lists(caps, max_size=4), gaps)
def test_n_in_a_window_is_never_n_plus_one(
    given_caps: list[Cap], proposals: list[tuple[int, Proposed]]
) -> None:
    rules, now, sent = Rules(tuple(given_caps), None), MONDAY, []
    for minutes, message in proposals:
        now += minutes * MINUTE
        if judge(message, GIVEN, sent, "", rules, now).verdict == "send":
            sent.append((now, message.channel, message.pressure))
    for cap in given_caps:
        assert most_in_any_window(cap, sent) <= cap.limit


@given(st.lists(caps, max_size=4), gaps, messages)
def test_a_hold_by_caps_ends_at_the_first_free_moment(
    given_caps: list[Cap], proposals: list[tuple[int, Proposed]], message: Proposed
) -> None:
    rules, now = Rules(tuple(given_caps), None), MONDAY
    had = []
    for minutes, earlier in proposals:
        now += minutes * MINUTE
        had.append((now, earlier.channel, earlier.pressure))
    unlimited = Proposed(message.channel, message.purpose, message.pressure, respects_quiet=False)
    verdict = judge(unlimited, GIVEN, had, "", rules, now)
    if verdict.verdict == "hold":
        assert verdict.until > now
        assert judge(unlimited, GIVEN, had, "", rules, verdict.until).verdict == "send"
        assert judge(unlimited, GIVEN, had, "", rules, verdict.until - 1).verdict == "hold"
    else:
        blocked = [cap for cap in given_caps if counts(cap, message.channel, message.pressure)]
        room = all(_had_in(cap, had, now) < cap.limit for cap in blocked)
        assert (verdict.verdict == "send") == room
        assert room or any(cap.limit == 0 for cap in blocked)


def _had_in(cap: Cap, had: list[tuple[int, str, str]], now: int) -> int:
    return sum(
        1 for t, channel, pressure in had if t > now - cap.window and counts(cap, channel, pressure)
    )


@given(
    st.sampled_from([at("2026-03-28T12:00"), at("2026-10-24T12:00"), MONDAY]),
    st.integers(0, 48 * 60),
    st.integers(18 * 60, 23 * 60 + 59),
    st.integers(5 * 60, 11 * 60),
    st.sampled_from(
        ["Europe/Helsinki", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
)
def test_quiet_hours_over_both_changes(
    day: int, minutes: int, start: int, end: int, zone: str
) -> None:
    now = day + minutes * MINUTE
    rules = Rules(quiet=Quiet(start, end))
    message = Proposed("sms", "service", "service")
    verdict = judge(message, {}, [], zone, rules, now)
    if _is_quiet(now, start, end, zone):
        assert (verdict.verdict, verdict.reason) == ("hold", "quiet_hours")
        assert now < verdict.until <= now + 26 * HOUR
        assert not _is_quiet(verdict.until, start, end, zone)
        assert all(_is_quiet(t, start, end, zone) for t in range(now, verdict.until, 7 * MINUTE))
    else:
        assert verdict.verdict == "send"


def _is_quiet(now: int, start: int, end: int, zone: str) -> bool:
    local = to_local(now, zone)
    minute = local.hour * 60 + local.minute
    return minute >= start or minute < end


@given(messages, st.lists(caps, max_size=3), gaps, st.integers(0, 2 * DAY // MINUTE))
def test_nothing_is_sent_or_held_beyond_its_validity(
    message: Proposed, given_caps: list[Cap], proposals: list[tuple[int, Proposed]], minutes: int
) -> None:
    now = MONDAY + minutes * MINUTE
    had = [
        (MONDAY + m * MINUTE, p.channel, p.pressure)
        for m, p in sorted(proposals, key=lambda x: x[0])
    ]
    verdict = judge(message, GIVEN, had, "", Rules(tuple(given_caps)), now)
    if message.valid_until is not None:
        assert verdict.verdict != "send" or now < message.valid_until
        assert verdict.verdict != "hold" or verdict.until < message.valid_until
