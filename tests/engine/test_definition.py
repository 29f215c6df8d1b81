"""Reading definitions: what they mean, what is left out, and where each mistake is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import target_of
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.times import HOUR, Span
from tests.engine.making import ask, at, document_of, finish, program_of, send

HELLO = {"hello": send()}


def message(program: p.Program, key: str) -> p.Message:
    found = p.message_of(program.steps[key])
    assert found is not None
    return found


# what is left out


def test_the_plainest_definition_has_these_settings() -> None:
    program = program_of(HELLO, languages=["fi", "en"])
    assert (program.key, program.version, program.title) == ("test", 0, {"fi": "test"})
    assert (program.purpose, program.pressure, program.zone) == (
        "marketing",
        "marketing",
        "Europe/Helsinki",
    )
    assert (program.reentry, program.priority, program.ends) == (p.Reentry("never"), 50, None)
    assert (program.goal, program.exits, program.object_property) == (None, (), "")
    assert (program.first, program.order, program.languages) == ("hello", ("hello",), ("fi", "en"))
    assert program.trigger == p.Trigger("hand")
    assert program_of(HELLO, languages=["fi"]) is not program


def test_languages_left_out_are_finnish_and_english() -> None:
    document = document_of(HELLO)
    del document["languages"]
    program, _ = read_definition(document)
    assert program is not None
    assert program.languages == ("fi", "en")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (send(), "sent"),
        ({"kind": "update", "traits": {"x": 1}}, "done"),
        ({"kind": "wait", "for": "1 day"}, "timeout"),
        ({"kind": "offer", "offer": "x"}, "given"),
        ({"kind": "task", "text": "Soita", "due": {"working_days": 1}}, "done"),
    ],
)
def test_the_default_outcome_goes_on_in_the_order_of_the_file(step: Any, outcome: str) -> None:
    program = program_of({"one": step, "two": finish()})
    assert program.steps["one"].outcomes == {outcome: "two"}
    alone = program_of({"one": step})
    assert alone.steps["one"].outcomes == {outcome: "end"}


def test_a_named_default_stays_and_delivered_takes_the_place_of_sent() -> None:
    program = program_of({"one": send(outcomes={"sent": "end"}), "two": finish()})
    assert program.steps["one"].outcomes == {"sent": "end"}
    program = program_of({"one": send(outcomes={"delivered": "two"}), "two": finish()})
    assert program.steps["one"].outcomes == {"delivered": "two"}


def test_other_outcomes_left_out_end_under_their_own_name() -> None:
    step = program_of(HELLO).steps["hello"]
    assert target_of(step, "bounced") == "end"
    family = program_of(
        {
            "a": send(outcomes={"dropped": "b", "dropped.too_late": "c"}),
            "b": finish(),
            "c": finish(),
        }
    )
    assert target_of(family.steps["a"], "dropped.no_permission") == "b"
    assert target_of(family.steps["a"], "dropped.too_late") == "c"
    assert target_of(family.steps["a"], "held.pressure") == "end"


# messages


@pytest.mark.parametrize(
    ("purpose", "pressure", "quiet"),
    [
        ("marketing", "marketing", True),
        ("live", "marketing", True),
        ("research", "survey", True),
        ("health", "service", True),
        ("service", "service", True),
        ("asked_for", "service", True),
        ("answer", "answer", False),
        ("confirmation", "answer", False),
    ],
)
def test_a_purpose_brings_its_pressure_class_and_hours(
    purpose: str, pressure: str, quiet: bool
) -> None:
    by_step = message(program_of({"hello": send(purpose=purpose)}), "hello")
    assert (by_step.purpose, by_step.pressure, by_step.respects_quiet) == (purpose, pressure, quiet)
    by_dialogue = message(program_of(HELLO, purpose=purpose), "hello")
    assert by_dialogue == by_step


def test_pressure_and_quiet_may_be_said_for_the_dialogue_or_the_step() -> None:
    steps = {
        "a": send(),
        "b": send(purpose="answer"),
        "c": send(pressure="survey", quiet="respect"),
    }
    program = program_of(steps, pressure="service", quiet="ignore")
    said = [(message(program, k).pressure, message(program, k).respects_quiet) for k in "abc"]
    assert said == [("service", False), ("answer", False), ("survey", True)]


def test_channels_are_one_or_a_list() -> None:
    program = program_of({"a": send(), "b": send(channel=["email", "sms"])})
    assert message(program, "a").channels == ("sms",)
    assert message(program, "b").channels == ("email", "sms")
    assert program.channels == {"sms", "email"}


def test_texts_are_finnish_or_by_language() -> None:
    program = program_of(
        {"a": send(text="Hei"), "b": send(text={"fi": "Hei", "en": "Hi"}, title="Tervehdys")}
    )
    assert message(program, "a").texts == {"fi": "Hei"}
    assert message(program, "b").texts == {"fi": "Hei", "en": "Hi"}
    assert program.steps["b"].title == {"fi": "Tervehdys"}


def test_an_empty_text_is_no_text() -> None:
    assert message(program_of({"a": send(text={"fi": "Hei", "en": None})}), "a").texts == {
        "fi": "Hei"
    }


# steps


def test_a_question_knows_its_choices_words_and_time() -> None:
    choices = {"A": {"words": ["huolto"], "title": {"fi": "Huolto"}}, "B": None}
    found = program_of({"q": ask(choices=choices, patience=1)}).steps["q"]
    assert isinstance(found, p.Ask)
    assert found.words == {"a": "A", "huolto": "A", "b": "B"}
    assert found.choices == {"A": {"fi": "Huolto"}, "B": {"fi": "B"}}
    assert (found.deadline, found.patience) == (p.Moment(after=Span(days=2)), 1)


def test_a_wait_knows_its_events_and_replies() -> None:
    events = {
        "bought": "Order Completed",
        "big": {"event": "Order Completed", "where": {"property": "total", "at_least": 10}},
        "yes": {"reply": ["Joo!", "K"]},
        "mail": {"reply": {"words": ["ok"], "channel": "email"}},
        "any": {"reply": None},
    }
    found = program_of(
        {"w": {"kind": "wait", "events": events, "outcomes": dict.fromkeys(events, "end")}}
    ).steps["w"]
    assert isinstance(found, p.Wait)
    assert found.deadline is None
    assert found.events["bought"] == p.Matcher("Order Completed")
    assert found.events["big"].where is not None
    assert found.events["yes"] == p.Matcher("message.received", words={"joo": "Joo!", "k": "K"})
    assert found.events["mail"] == p.Matcher(
        "message.received", words={"ok": "ok"}, channel="email"
    )
    assert found.events["any"] == p.Matcher("message.received", words={})


def test_an_offer_is_kept_as_a_coupon_unless_it_says_otherwise() -> None:
    program = program_of(
        {"a": {"kind": "offer", "offer": "x"}, "b": {"kind": "offer", "offer": "x", "as": "code"}}
    )
    assert [program.steps[k].keep_as for k in "ab"] == ["coupon", "code"]  # type: ignore[attr-defined]


def test_a_task_goes_to_customer_service_unless_it_says_otherwise() -> None:
    task = {"kind": "task", "text": "Soita", "due": {"working_days": 1, "at": "12:00"}}
    found = program_of({"t": task}).steps["t"]
    assert isinstance(found, p.Task)
    assert (found.queue, found.due) == ("customer-service", p.Moment(at=720, working_days=1))


def test_an_end_is_called_by_its_key_unless_it_says_otherwise() -> None:
    program = program_of({"a": {"kind": "end"}, "b": finish("won")})
    assert [program.steps[k].outcome for k in "ab"] == ["a", "won"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ({"for": "2 hours"}, p.Moment(after=Span(micros=2 * HOUR))),
        ({"for": "1 day", "at": "09:00"}, p.Moment(after=Span(days=1), at=540)),
        ({"weekday": "Sunday"}, p.Moment(weekday=6)),
        ({"working_days": 0}, p.Moment(working_days=0)),
        ({"until": date(2026, 3, 10)}, p.Moment(until=at("2026-03-11T00:00"))),
        ({"until": "2026-03-10T12:00"}, p.Moment(until=at("2026-03-10T12:00"))),
        ({"until": "$known"}, p.Moment(until=at("2026-04-02T00:00"))),
        ({"until": "$kept"}, p.Moment(until="$kept")),
    ],
)
def test_moments_are_read(said: dict[str, Any], moment: p.Moment) -> None:
    found = program_of({"w": {"kind": "wait", **said}}, variables={"known": "2026-04-01"}).steps[
        "w"
    ]
    assert isinstance(found, p.Wait)
    assert found.deadline == moment


# settings


def test_triggers_are_of_four_kinds() -> None:
    event = program_of(
        HELLO,
        trigger={
            "event": "Order Completed",
            "where": {"property": "total", "at_least": 1},
            "keep": ["total"],
        },
    ).trigger
    assert event.matcher is not None
    assert (event.kind, event.matcher.event, event.keep) == ("event", "Order Completed", ("total",))
    keyword = program_of(
        HELLO, trigger={"keyword": {"words": ["Huolto"], "channel": "sms"}}
    ).trigger
    assert (keyword.kind, keyword.words, keyword.channel) == (
        "keyword",
        {"huolto": "Huolto"},
        "sms",
    )
    audience = program_of(
        HELLO, trigger={"audience": {"at": "2026-03-02T09:00", "who": {"trait": "x", "is": 1}}}
    ).trigger
    assert (audience.kind, audience.at) == ("audience", p.Moment(until=at("2026-03-02T09:00")))
    assert audience.who is not None
    assert program_of(HELLO, trigger={"hand": True, "keep": ["x"]}).trigger == p.Trigger(
        "hand", keep=("x",)
    )


@pytest.mark.parametrize(
    ("said", "reentry"),
    [
        ("never", p.Reentry("never")),
        ("after_end", p.Reentry("after_end")),
        ("always", p.Reentry("always")),
        ({"after": "90 days"}, p.Reentry("after", Span(days=90))),
    ],
)
def test_reentry_is_of_four_kinds(said: Any, reentry: p.Reentry) -> None:
    assert program_of(HELLO, reentry=said).reentry == reentry


def test_given_variables_replace_the_documents_own_everywhere() -> None:
    document = document_of(
        {"w": {"kind": "wait", "until": "$ends"}},
        variables={"ends": "2026-03-10", "price": "85 €"},
        trigger={"audience": {"at": "$starts"}},
    )
    program, findings = read_definition(
        document, version=7, variables={"ends": "2026-05-01", "starts": "2026-04-01"}
    )
    assert program is not None, findings
    assert program.variables == {"ends": "2026-05-01", "price": "85 €", "starts": "2026-04-01"}
    assert program.version == 7
    assert program.steps["w"].deadline == p.Moment(until=at("2026-05-02T00:00"))  # type: ignore[attr-defined]
    assert program.trigger.at == p.Moment(until=at("2026-04-02T00:00"))
    assert document["variables"] == {"ends": "2026-03-10", "price": "85 €"}


def test_a_program_knows_the_traits_and_events_that_it_looks_at() -> None:
    steps = {
        "b": {
            "kind": "branch",
            "branches": {"x": {"trait": "town", "is": "Oulu"}},
            "outcomes": {"x": "w", "else": "w"},
        },
        "w": {
            "kind": "wait",
            "for": "1 day",
            "events": {"paid": "Paid"},
            "outcomes": {"paid": "end"},
        },
    }
    program = program_of(
        steps,
        eligible={"trait": "age", "at_least": 18},
        goal="Won",
        exit=["Lost"],
        trigger={"event": "Came"},
    )
    assert program.needs.traits == {"town", "age"}
    assert program.names == {"Won", "Lost", "Came", "Paid"}
