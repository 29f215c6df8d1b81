"""The rules of contact: permission, validity, caps and quiet hours, each alone and in their order."""

from __future__ import annotations

import pytest

from keskio.engine.pressure import (
    NEEDS_CONSENT,
    PRESSURE_OF,
    PURPOSES,
    WITHOUT_CONSENT,
    Cap,
    Proposed,
    Quiet,
    Rules,
    Verdict,
    judge,
    refusal_of,
)
from keskio.engine.times import DAY, HOUR, MINUTE
from tests.engine.making import HELSINKI, MONDAY, at

GIVEN = {"marketing/sms": "given"}
OFFER = Proposed("sms", "marketing", "marketing")
FREE = Rules(quiet=None)
NIGHT = at("2026-03-02T23:00")
Contact = tuple[int, str, str]


def sms(moment: int, pressure: str = "marketing", channel: str = "sms") -> Contact:
    return (moment, channel, pressure)


def judged(
    message: Proposed = OFFER,
    *contacts: Contact,
    rules: Rules = FREE,
    now: int = MONDAY,
    consents: dict[str, str] = GIVEN,
    zone: str = HELSINKI,
) -> Verdict:
    return judge(message, consents, contacts, zone, rules, now)


def brief(verdict: Verdict) -> tuple[str, str, int]:
    return verdict.verdict, verdict.reason, verdict.until


# permission


@pytest.mark.parametrize("purpose", sorted(NEEDS_CONSENT))
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("given", ""),
        (None, "no_permission"),
        ("denied", "no_permission"),
        ("expired", "permission_expired"),
        ("withdrawn", "permission_withdrawn"),
    ],
)
def test_some_purposes_need_a_given_consent(purpose: str, state: str | None, reason: str) -> None:
    consents = {} if state is None else {f"{purpose}/sms": state}
    assert refusal_of(purpose, "sms", consents) == reason


@pytest.mark.parametrize("purpose", sorted(WITHOUT_CONSENT - {"confirmation"}))
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("given", ""),
        (None, ""),
        ("expired", ""),
        ("denied", "permission_withdrawn"),
        ("withdrawn", "permission_withdrawn"),
    ],
)
def test_others_need_only_that_nobody_refused(purpose: str, state: str | None, reason: str) -> None:
    consents = {} if state is None else {f"{purpose}/sms": state}
    assert refusal_of(purpose, "sms", consents) == reason


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_a_stop_ends_everything_in_its_channel_but_its_confirmation(purpose: str) -> None:
    consents = {"*/sms": "withdrawn", f"{purpose}/sms": "given", f"{purpose}/email": "given"}
    assert refusal_of(purpose, "sms", consents) == ("" if purpose == "confirmation" else "stopped")
    assert refusal_of(purpose, "email", consents) == ""


def test_a_consent_counts_for_its_own_purpose_and_channel_only() -> None:
    assert refusal_of(
        "marketing", "sms", {"marketing/email": "given", "research/sms": "given"}
    ) == ("no_permission")


def test_every_purpose_has_a_pressure_class() -> None:
    assert set(PRESSURE_OF) == PURPOSES
    assert not NEEDS_CONSENT & WITHOUT_CONSENT


def test_what_was_sent_says_what_allowed_it() -> None:
    assert judged().why == {"purpose": "marketing", "consent": "given"}
    answer = Proposed("sms", "answer", "answer")
    assert judged(answer, consents={}).why == {"purpose": "answer", "consent": "not_needed"}


# order


def test_permission_goes_before_validity_validity_before_caps_caps_before_quiet() -> None:
    rules = Rules(caps=(Cap(1, DAY),))
    late = Proposed("sms", "marketing", "marketing", valid_until=NIGHT)
    had = sms(NIGHT - HOUR)
    assert judged(late, had, rules=rules, now=NIGHT, consents={}).reason == "no_permission"
    assert judged(late, had, rules=rules, now=NIGHT).reason == "too_late"
    assert judged(OFFER, had, rules=rules, now=NIGHT).reason == "pressure"
    assert judged(OFFER, rules=rules, now=NIGHT).reason == "quiet_hours"


# validity


@pytest.mark.parametrize(
    ("left", "verdict"), [(1, "send"), (0, "drop"), (-1, "drop")], ids=["before", "at", "after"]
)
def test_validity_ends_at_its_instant(left: int, verdict: str) -> None:
    message = Proposed("sms", "marketing", "marketing", valid_until=MONDAY + left)
    assert judged(message).verdict == verdict


def test_what_would_have_to_wait_beyond_its_validity_is_dropped_for_what_held_it() -> None:
    morning = at("2026-03-03T08:00")
    rules = Rules()
    for valid_until, expected in [
        (morning, ("drop", "quiet_hours", 0)),
        (morning + 1, ("hold", "quiet_hours", morning)),
    ]:
        message = Proposed("sms", "marketing", "marketing", valid_until=valid_until)
        assert brief(judged(message, rules=rules, now=NIGHT)) == expected
    capped = Proposed("sms", "marketing", "marketing", valid_until=MONDAY + HOUR)
    rules = Rules(caps=(Cap(1, DAY),), quiet=None)
    assert brief(judged(capped, sms(MONDAY - 1), rules=rules)) == ("drop", "pressure", 0)


# caps


def test_no_cap_means_no_limit() -> None:
    assert judged(OFFER, *[sms(MONDAY - 1)] * 1000).verdict == "send"


def test_a_cap_of_zero_means_none_ever() -> None:
    verdict = judged(rules=Rules(caps=(Cap(0, DAY),), quiet=None))
    assert brief(verdict) == ("drop", "pressure", 0)
    assert verdict.why == {"limit": 0, "window": DAY, "channel": "*"}


@pytest.mark.parametrize(
    ("ages", "until"),
    [
        ([], None),
        ([DAY - 1], None),
        ([HOUR, 0], DAY - HOUR),  # frees when the elder leaves the window
        ([DAY - 1, 0], 1),
        ([DAY, 0], None),  # exactly a window ago is outside it
        ([5 * HOUR, 2 * HOUR, HOUR], DAY - 2 * HOUR),  # more than allowed: two have to leave
    ],
)
def test_a_cap_of_two_a_day_frees_at_the_next_moment(ages: list[int], until: int | None) -> None:
    verdict = judged(OFFER, *(sms(MONDAY - age) for age in ages), rules=Rules((Cap(2, DAY),), None))
    expected = ("send", "", 0) if until is None else ("hold", "pressure", MONDAY + until)
    assert brief(verdict) == expected


def test_the_window_rolls_over_midnight_and_the_change_of_the_clocks() -> None:
    rules = Rules((Cap(1, DAY),), None)
    before = at("2026-10-24T09:00")  # 25 hours before nine the next day
    assert judged(OFFER, sms(before), rules=rules, now=before + DAY - 1).verdict == "hold"
    assert judged(OFFER, sms(before), rules=rules, now=before + DAY).verdict == "send"


def test_the_cap_that_frees_last_decides() -> None:
    rules = Rules((Cap(1, DAY), Cap(1, 7 * DAY), Cap(1, HOUR)), None)
    verdict = judged(OFFER, sms(MONDAY - MINUTE), rules=rules)
    assert brief(verdict) == ("hold", "pressure", MONDAY - MINUTE + 7 * DAY)
    assert verdict.why == {"limit": 1, "window": 7 * DAY, "channel": "*", "sent": 1}


def test_a_cap_of_zero_is_found_behind_one_that_would_free() -> None:
    rules = Rules((Cap(1, DAY), Cap(0, HOUR, channel="sms")), None)
    assert judged(OFFER, sms(MONDAY - 1), rules=rules).verdict == "drop"


def test_a_cap_counts_its_own_channel_and_class() -> None:
    had = [sms(MONDAY - 1, channel="email"), sms(MONDAY - 1, pressure="survey")]
    assert (
        judged(
            OFFER, *had, rules=Rules((Cap(1, DAY, channel="sms", pressure="marketing"),), None)
        ).verdict
        == "send"
    )
    assert judged(OFFER, had[0], rules=Rules((Cap(1, DAY, channel="sms"),), None)).verdict == "send"
    assert (
        judged(OFFER, had[1], rules=Rules((Cap(1, DAY, pressure="marketing"),), None)).verdict
        == "send"
    )
    assert judged(OFFER, had[0], rules=Rules((Cap(1, DAY),), None)).verdict == "hold"
    assert judged(OFFER, had[1], rules=Rules((Cap(1, DAY),), None)).verdict == "hold"


@pytest.mark.parametrize("pressure", ["service", "answer"])
def test_what_was_asked_for_or_answered_is_neither_counted_nor_held(pressure: str) -> None:
    rules = Rules((Cap(1, DAY),), None)
    message = Proposed("sms", "asked_for", pressure)
    assert judged(message, sms(MONDAY - 1), rules=rules).verdict == "send"
    assert judged(OFFER, sms(MONDAY - 1, pressure=pressure), rules=rules).verdict == "send"


def test_a_cap_may_be_set_on_service_itself() -> None:
    rules = Rules((Cap(1, DAY, pressure="service"),), None)
    message = Proposed("sms", "service", "service")
    assert judged(message, sms(MONDAY - 1, pressure="service"), rules=rules).verdict == "hold"


# quiet hours


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T20:59:59", None),
        ("2026-03-02T21:00", "2026-03-03T08:00"),
        ("2026-03-02T23:59:59", "2026-03-03T08:00"),
        ("2026-03-03T00:00", "2026-03-03T08:00"),
        ("2026-03-03T07:59:59", "2026-03-03T08:00"),
        ("2026-03-03T08:00", None),
        # both changes of the clocks: eight by the customer's clock
        ("2026-03-28T22:00", "2026-03-29T08:00"),
        ("2026-03-29T04:10", "2026-03-29T08:00"),
        ("2026-10-24T22:00", "2026-10-25T08:00"),
        ("2026-12-31T23:30", "2027-01-01T08:00"),
    ],
)
def test_quiet_hours_hold_until_morning(now: str, until: str | None) -> None:
    verdict = judged(rules=Rules(), now=at(now))
    assert brief(verdict) == (
        ("send", "", 0) if until is None else ("hold", "quiet_hours", at(until))
    )


def test_quiet_hours_hold_in_both_of_the_hours_that_come_twice() -> None:
    for text in ("2026-10-25T00:30", "2026-10-25T01:30"):  # both 03.30 in Helsinki
        verdict = judged(rules=Rules(), now=at(text, "UTC"))
        assert brief(verdict) == ("hold", "quiet_hours", at("2026-10-25T08:00"))


def test_quiet_hours_may_lie_within_one_day() -> None:
    siesta = Rules(quiet=Quiet(13 * 60, 15 * 60))
    assert judged(rules=siesta, now=at("2026-03-02T12:59")).verdict == "send"
    assert judged(rules=siesta, now=at("2026-03-02T13:00")).until == at("2026-03-02T15:00")
    assert judged(rules=siesta, now=at("2026-03-02T15:00")).verdict == "send"


def test_quiet_hours_that_begin_where_they_end_are_none() -> None:
    assert judged(rules=Rules(quiet=Quiet(480, 480)), now=at("2026-03-02T08:00")).verdict == "send"


def test_quiet_hours_are_the_customers_own() -> None:
    now = at("2026-03-02T12:00")  # 05.00 in New York
    verdict = judged(rules=Rules(), now=now, zone="America/New_York")
    assert brief(verdict) == ("hold", "quiet_hours", at("2026-03-02T08:00", "America/New_York"))
    assert verdict.why == {"start": 1260, "end": 480, "zone": "America/New_York"}


def test_an_unknown_zone_falls_back_to_the_companys() -> None:
    tokyo = Rules(zone="Asia/Tokyo")
    assert judged(rules=tokyo, now=at("2026-03-02T15:00"), zone="").until == at(
        "2026-03-03T08:00", "Asia/Tokyo"
    )


def test_quiet_hours_may_be_ignored_by_a_message_and_switched_off() -> None:
    answer = Proposed("sms", "answer", "answer", respects_quiet=False)
    assert judged(answer, rules=Rules(), now=NIGHT).verdict == "send"
    assert judged(rules=FREE, now=NIGHT).verdict == "send"
