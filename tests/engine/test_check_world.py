"""What an installation says against a dialogue: each finding where it is right, and not where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.engine.dialogue.check import World, check_world
from keskio.engine.dialogue.check_world import Live
from keskio.engine.dialogue.findings import error, warning
from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.engine.times import DAY
from tests.engine.making import at, finish, program_of, send

NOW = at("2026-03-02T09:00")
EVERYWHERE = {"given": "say", "sold_out": "end", "refused": "end"}


def found_in(
    world: World, steps: dict[str, Any] | None = None, **settings: Any
) -> list[tuple[str, str, str, str]]:
    program = program_of(steps or {"say": send()}, **{"purpose": "service", **settings})
    return [(f.severity, f.code, f.step, f.detail) for f in check_world(program, world)]


def world_of(**known: Any) -> World:
    return World(now=NOW, **known)


def test_of_what_is_not_known_nothing_is_said() -> None:
    steps = {
        "code": {"kind": "offer", "offer": "x", "outcomes": EVERYWHERE},
        "say": send(),
    }
    assert found_in(world_of(), steps, eligible={"segment": "vip"}) == []


@pytest.mark.parametrize(
    ("known", "settings", "code", "name"),
    [
        ("segments", {"eligible": {"segment": "vip"}}, "no_such_segment", "vip"),
        ("stages", {"eligible": {"stage": "ladder", "is": "loyal"}}, "no_such_stages", "ladder"),
        ("objects", {"eligible": {"object": "car"}}, "no_such_objects", "car"),
        ("objects", {"object": {"kind": "car", "key": "car_id"}}, "no_such_objects", "car"),
    ],
)
def test_a_name_that_is_not_there(
    known: str, settings: dict[str, Any], code: str, name: str
) -> None:
    assert found_in(world_of(**{known: frozenset()}), **settings) == [("error", code, "", name)]
    assert found_in(world_of(**{known: frozenset({name})}), **settings) == []


@pytest.mark.parametrize(
    ("known", "step", "severity", "code", "name"),
    [
        (
            "offers",
            {"kind": "offer", "offer": "cap", "outcomes": EVERYWHERE},
            "error",
            "no_such_offer",
            "cap",
        ),
        (
            "connections",
            {"kind": "call", "connection": "crm", "outcomes": {"refused": "end", "failed": "end"}},
            "error",
            "no_such_connection",
            "crm",
        ),
        ("dialogues", {"kind": "start", "dialogue": "other"}, "error", "no_such_dialogue", "other"),
        ("dialogues", {"kind": "stop", "dialogue": "other"}, "error", "no_such_dialogue", "other"),
        (
            "queues",
            {"kind": "task", "text": "x", "queue": "shop", "due": {"working_days": 1}},
            "warning",
            "no_such_queue",
            "shop",
        ),
        ("channels", send(channel="fax"), "warning", "no_such_channel", "fax"),
    ],
)
def test_a_step_that_needs_what_is_not_there(
    known: str, step: dict[str, Any], severity: str, code: str, name: str
) -> None:
    steps = {"here": step, "say": finish()}
    nothing: Any = {} if known == "offers" else frozenset()
    there: Any = {name: None} if known == "offers" else frozenset({name})
    assert found_in(world_of(**{known: nothing}), steps) == [(severity, code, "here", name)]
    assert found_in(world_of(**{known: there}), steps) == []


def test_a_dialogue_may_start_itself() -> None:
    steps = {"again": {"kind": "start", "dialogue": "test"}}
    assert found_in(world_of(dialogues=frozenset()), steps) == []


def test_an_event_that_is_not_seen() -> None:
    steps = {
        "wait": {"kind": "wait", "for": "1 day", "events": {"paid": "Paid", "said": {"reply": []}}}
    }
    settings: dict[str, Any] = {
        "trigger": {"event": "Order"},
        "exit": ["Car Sold", "dialogue.ended"],
        "eligible": {"event": "Visit", "in": {"last": "30 days"}},
    }
    seen = {"Order": NOW - 91 * DAY, "Car Sold": NOW, "Visit": NOW - 90 * DAY}
    assert found_in(world_of(events=seen), steps, **settings) == [
        ("warning", "event_not_seen", "", "Order"),
        ("warning", "event_never_seen", "wait", "Paid"),
    ]
    assert found_in(world_of(events={**seen, "Order": NOW, "Paid": NOW}), steps, **settings) == []


def test_a_purpose_without_a_consent_text() -> None:
    steps = {"say": send(), "ask": send(purpose="research")}
    texts = {"marketing": frozenset({"fi"}), "research": frozenset()}
    settings = {"purpose": "marketing", "languages": ["fi"]}
    assert found_in(world_of(consent_texts=texts), steps, **settings) == [
        ("warning", "no_consent_text", "", "research")
    ]
    texts["research"] = frozenset({"fi"})
    assert found_in(world_of(consent_texts=texts), steps, **settings) == []
    assert found_in(world_of(consent_texts={})) == []  # a service message needs none


def test_a_language_that_customers_use() -> None:
    world = world_of(languages={"fi": 900, "sv": 90, "de": 3, "": 7})
    assert found_in(world) == [("warning", "language_in_use", "", "sv")]
    assert found_in(world_of(languages={"fi": 900, "de": 3})) == []


HEALTH = {
    "special_traits": frozenset({"diagnosis", "health_*"}),
    "special_events": frozenset({"Prescription *"}),
}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"eligible": {"trait": "diagnosis", "is": "asthma"}}, "diagnosis"),
        ({"trigger": {"event": "Prescription Expired"}}, "Prescription Expired"),
        ({"exit": ["Prescription Renewed"]}, "Prescription Renewed"),
        ({"exit": [{"when": {"trait": "health_score", "at_least": 3}}]}, "health_score"),
        (
            {"trigger": {"audience": {"at": "2030-01-01", "who": {"trait": "health_x", "is": 1}}}},
            "health_x",
        ),
        ({"goal": {"event": "Prescription Bought"}}, "Prescription Bought"),
    ],
)
def test_health_data_are_not_used_for_marketing(settings: dict[str, Any], name: str) -> None:
    expected = [("error", "health_for_marketing", "", name)]
    assert found_in(world_of(**HEALTH), purpose="marketing", **settings) == expected
    assert found_in(world_of(**HEALTH), purpose="health", **settings) == []
    assert found_in(world_of(), purpose="marketing", **settings) == []


@pytest.mark.parametrize(
    "steps",
    [
        {"say": send(text="Hei {{ customer.diagnosis }} LOPETA")},
        {"which": {"kind": "branch", "branches": {"a": {"trait": "diagnosis", "is": 1}}}},
        {"wait": {"kind": "wait", "of": "customer.diagnosis", "for": "1 day"}},
    ],
)
def test_health_data_in_steps_are_found_too(steps: dict[str, Any]) -> None:
    found = found_in(world_of(**HEALTH), steps, purpose="live")
    assert found == [("error", "health_for_marketing", "", "diagnosis")]


def test_a_health_dialogue_may_not_end_in_marketing() -> None:
    steps = {"say": send(purpose="marketing")}
    settings: dict[str, Any] = {"purpose": "health", "eligible": {"trait": "diagnosis", "is": 1}}
    found = found_in(world_of(**HEALTH), steps, **settings)
    assert found == [("error", "health_for_marketing", "", "diagnosis")]


# moments


def test_moments_that_have_passed() -> None:
    steps = {
        "wait": {"kind": "wait", "until": "2026-03-01"},
        "say": send(valid={"until": "2026-02-01"}),
    }
    assert found_in(world_of(), steps, ends="2026-02-28") == [
        ("error", "deadline_past", "", "2026-02-28"),
        ("warning", "deadline_past", "wait", "2026-03-01"),
        ("error", "deadline_past", "say", "2026-02-01"),
    ]
    later = {"wait": {"kind": "wait", "until": "2026-03-03"}, "say": send()}
    assert found_in(world_of(), later, ends="2026-04-01") == []


def test_an_audience_that_begins_in_the_past() -> None:
    past, ahead = ({"audience": {"at": f"2026-03-0{day}T10:00"}} for day in (1, 3))
    assert found_in(world_of(), trigger=past) == [
        ("warning", "starts_in_past", "", "2026-03-01 10:00")
    ]
    assert found_in(world_of(), trigger=ahead) == []


# quiet hours and limits

NIGHT = Rules(quiet=Quiet(21 * 60, 8 * 60))


@pytest.mark.parametrize(
    ("wait", "message", "found"),
    [
        ({"at": "22:00"}, {"valid": {"for": "10 hours"}}, True),
        ({"at": "22:00"}, {"valid": {"for": "11 hours"}}, False),
        ({"at": "20:00"}, {"valid": {"for": "1 hour"}}, False),
        ({"at": "22:00"}, {}, False),
        ({"at": "22:00"}, {"valid": {"for": "1 hour"}, "quiet": "ignore"}, False),
        ({"for": "1 day"}, {"valid": {"for": "1 hour"}}, False),
        ({"at": "22:00", "weekday": "monday"}, {"valid": {"for": "1 hour"}}, True),
    ],
)
def test_a_message_that_is_too_late_when_the_night_is_over(
    wait: dict[str, Any], message: dict[str, Any], found: bool
) -> None:
    steps = {"wait": {"kind": "wait", **wait}, "say": send(**message)}
    told = [(code, step) for _, code, step, _ in found_in(world_of(rules=NIGHT), steps)]
    assert told == ([("quiet_until_too_late", "say")] if found else [])


def test_a_night_that_lasts_beyond_a_fixed_moment() -> None:
    trigger = {"audience": {"at": "2026-03-10T22:00"}}
    for until, found in (("2026-03-11T07:00", True), ("2026-03-11T09:00", False)):
        steps = {"say": send(valid={"until": until})}
        told = [code for _, code, _, _ in found_in(world_of(rules=NIGHT), steps, trigger=trigger)]
        assert told == (["quiet_until_too_late"] if found else [])


def test_quiet_hours_that_nobody_keeps() -> None:
    steps = {"wait": {"kind": "wait", "at": "22:00"}, "say": send(valid={"for": "1 hour"})}
    assert found_in(world_of(rules=Rules(quiet=None)), steps) == []


def limited(limit: int, days: int, **more: Any) -> World:
    return world_of(rules=Rules(caps=(Cap(limit, days * DAY, **more),), quiet=None))


def test_a_message_that_the_rules_never_allow() -> None:
    steps = {"say": send(channel="sms"), "also": send(channel=["sms", "email"])}
    found = found_in(limited(0, 1, channel="sms"), steps, purpose="marketing")
    assert found == [("error", "never_under_limits", "say", "0 / 1 d · sms")]
    assert found_in(limited(1, 1, channel="sms"), {"say": send()}, purpose="marketing") == []
    assert found_in(limited(0, 1, channel="sms"), {"say": send()}) == []  # service is not counted


TWO = {
    "one": send(),
    "wait": {"kind": "wait", "for": "1 day"},
    "two": send(valid={"for": "2 days"}),
}


def test_a_message_for_which_those_before_it_leave_no_room() -> None:
    def found(world: World, steps: dict[str, Any]) -> list[str]:
        return [
            f"{step}.{code}" for _, code, step, _ in found_in(world, steps, purpose="marketing")
        ]

    assert found(limited(1, 7), TWO) == ["two.limit_until_too_late"]
    assert found(limited(2, 7), TWO) == []
    assert found(limited(1, 3), TWO) == []
    assert found(limited(1, 7), {**TWO, "two": send()}) == []  # it may wait
    assert found(limited(1, 7), {**TWO, "two": send(valid={"for": "7 days"})}) == []
    assert found(limited(1, 7, channel="email"), TWO) == []


def test_one_way_with_room_is_enough() -> None:
    steps = {
        "which": {
            "kind": "branch",
            "branches": {"new": {"trait": "new", "is": True}},
            "outcomes": {"new": "one", "else": "two"},
        },
        **TWO,
    }
    assert found_in(limited(1, 7), steps, purpose="marketing") == []


def test_a_message_that_was_not_sent_takes_no_room() -> None:
    steps = {**TWO, "one": send(outcomes={"sent": "end", "dropped": "wait"})}
    assert found_in(limited(1, 7), steps, purpose="marketing") == []


# offers

CARRIES = {
    "code": {"kind": "offer", "offer": "cap", "as": "code", "outcomes": EVERYWHERE},
    "say": send(text="{{ code }}"),
    "used": {
        "kind": "wait",
        "for": "30 days",
        "events": {"used": "Used"},
        "outcomes": {"used": "end"},
    },
}
ASKS = {
    **CARRIES,
    "say": {
        "kind": "ask",
        "channel": "sms",
        "text": "{{ code }}?",
        "for": "30 days",
        "choices": {"A": {}},
        "outcomes": {"A": "end", "none": "end", "other": "back"},
    },
}
del ASKS["used"]


def test_a_code_that_is_over_before_it_can_be_sent() -> None:
    late = {"rest": {"kind": "wait", "for": "10 days"}, **CARRIES}
    assert found_in(world_of(offers={"cap": NOW + 9 * DAY}), late) == [
        ("error", "offer_over_before", "say", "2026-03-11 09:00")
    ]
    assert found_in(world_of(offers={"cap": NOW + 60 * DAY}), late) == []
    assert found_in(world_of(offers={"cap": None}), late) == []


def test_a_wait_or_a_question_that_outlives_its_offer() -> None:
    soon, later = {"cap": NOW + 20 * DAY}, {"cap": NOW + 31 * DAY}
    assert found_in(world_of(offers=soon), CARRIES) == [
        ("warning", "outlives_offer", "used", "2026-03-22 09:00")
    ]
    assert found_in(world_of(offers=soon), ASKS) == [
        ("warning", "outlives_offer", "say", "2026-03-22 09:00")
    ]
    assert found_in(world_of(offers=later), CARRIES) == []
    assert found_in(world_of(offers=later), ASKS) == []


# rivals


def rival(segments: tuple[str, ...] = (), **settings: Any) -> Live:
    program = program_of({"say": send()}, **{"purpose": "marketing", "key": "rival", **settings})
    return Live(program, frozenset(segments))


ORDER: dict[str, Any] = {"trigger": {"event": "Order"}}


@pytest.mark.parametrize(
    ("live", "found"),
    [
        (rival(**ORDER), ["rival"]),
        (rival(trigger={"event": "Visit"}), []),
        (rival(**ORDER, purpose="service"), []),
        (rival(**ORDER, pressure="process"), []),
        (rival(**ORDER, key="test"), []),
        (rival(**ORDER, ends="2026-03-01"), []),
        (rival(**ORDER, ends="2026-04-01"), ["rival"]),
        (rival(trigger={"segment": "vip"}), []),
    ],
)
def test_dialogues_that_begin_with_one_event_compete(live: Live, found: list[str]) -> None:
    told = found_in(world_of(live=(live,)), purpose="marketing", **ORDER)
    assert [detail for _, code, _, detail in told if code == "competes"] == found


def test_dialogues_compete_for_members_in_common() -> None:
    world = world_of(
        live=(rival(("near", "new")),),
        segments_of=frozenset({"vip"}),
        common={("near", "vip"): 120, ("new", "vip"): 3},
    )
    program = program_of({"say": send()}, purpose="marketing", trigger={"segment": "vip"})
    (found,) = check_world(program, world)
    assert found.sentence() == (
        "The live dialogue rival wants the same people at the same time (vip ∩ near: 120)."
    )
    apart = world_of(live=world.live, segments_of=world.segments_of, common={})
    assert check_world(program, apart) == []


def test_a_service_message_competes_with_nobody() -> None:
    told = found_in(world_of(live=(rival(**ORDER, purpose="service"),)), **ORDER)
    assert told == []


def test_a_finding_writes_days_and_languages_as_the_reader_does() -> None:
    over = error("offer_over_before", "send", "2027-01-29 13:56", "winter")
    assert over.sentence() == (
        "The offer winter is over on 29 Jan 2027, 13:56, before anybody can get this message."
    )
    assert over.sentence("fi") == (
        "Tarjous winter päättyy 29.1.2027 klo 13.56, ennen kuin kukaan voi saada tätä viestiä."
    )
    assert "on 2027-02-30," in error("offer_over_before", "send", "2027-02-30", "x").sentence()
    text = warning("no_consent_text", "", "marketing", "en, fi")
    assert text.sentence().endswith("it has no consent text in English, Finnish.")
    assert text.sentence("fi").endswith("sillä ei ole suostumustekstiä (englanniksi, suomeksi).")
