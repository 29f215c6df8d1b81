"""Static analysis: each finding once, where it is, and nothing on what is right."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
import yaml

from keskio.engine.dialogue.check import check
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.findings import FINDINGS
from tests.engine.making import ask, finish, program_of, send

PLAYBOOKS = resources.files("keskio.talk") / "playbooks"
DAY = {"kind": "wait", "for": "1 day"}
TASK = {"kind": "task", "text": "Soita", "due": {"working_days": 1}}
TASK_WAYS = {"done": "end", "declined": "end", "overdue": "end"}


def found_in(steps: dict[str, Any], **settings: Any) -> list[tuple[str, str, str, str]]:
    # Of service messages nobody must say how they can be stopped.
    found = check(program_of(steps, **{"purpose": "service", **settings}))
    return [(finding.severity, finding.code, finding.step, finding.detail) for finding in found]


@pytest.mark.parametrize(
    "key", sorted(item.name for item in PLAYBOOKS.iterdir() if (item / "dialogue.yaml").is_file())
)
def test_the_shipped_playbooks_are_without_findings(key: str) -> None:
    document = yaml.safe_load((PLAYBOOKS / key / "dialogue.yaml").read_text(encoding="utf-8"))
    program, findings = read_definition(document)
    assert program is not None
    assert [*findings, *check(program)] == []


# outcomes


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (send(outcomes={"send": "end"}), "send"),
        (ask(outcomes={**ask()["outcomes"], "C": "end"}), "C"),
        (ask(outcomes={**ask()["outcomes"], "sent": "end"}), "sent"),
        ({**DAY, "outcomes": {"bought": "end"}}, "bought"),
        ({"kind": "update", "traits": {"x": 1}, "outcomes": {"failed": "end"}}, "failed"),
        ({"kind": "end", "outcomes": {"done": "end"}}, "done"),
    ],
)
def test_an_outcome_that_a_step_never_has(step: dict[str, Any], outcome: str) -> None:
    assert found_in({"here": step}) == [("error", "unknown_outcome", "here", outcome)]


def test_members_of_a_family_and_results_of_ones_own_are_known() -> None:
    steps = {
        "say": send(outcomes={"dropped.too_late": "end", "held.pressure": "end"}),
        "call": {**TASK, "outcomes": {**TASK_WAYS, "sold": "end"}},
    }
    assert found_in(steps) == []


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        (ask(outcomes={"A": "end", "other": "back", "none": "end"}), ["B"]),
        (
            {**DAY, "events": {"paid": "Paid", "lost": "Lost"}, "outcomes": {"paid": "end"}},
            ["lost"],
        ),
        (
            {"kind": "branch", "branches": {"x": {"trait": "a", "is": 1}}, "outcomes": {}},
            ["else", "x"],
        ),
        ({"kind": "offer", "offer": "x", "outcomes": {"given": "end"}}, ["refused", "sold_out"]),
        ({**TASK, "outcomes": {"done": "end"}}, ["declined", "overdue"]),
    ],
)
def test_an_outcome_that_leads_nowhere(step: dict[str, Any], missing: list[str]) -> None:
    assert found_in({"here": step}) == [
        ("error", "outcome_without_path", "here", outcome) for outcome in missing
    ]


def test_a_question_without_a_way_for_silence_and_for_other_answers() -> None:
    assert found_in({"here": ask(outcomes={"A": "end", "B": "end"})}) == [
        ("error", "missing_none", "here", ""),
        ("warning", "missing_other", "here", ""),
    ]


def test_an_outcome_that_leads_to_no_step() -> None:
    assert found_in({"here": send(outcomes={"sent": "there"})}) == [
        ("error", "unknown_target", "here", "there")
    ]


# ways


def test_a_step_to_which_no_way_leads() -> None:
    steps = {
        "one": send(outcomes={"sent": "end"}),
        "two": send(outcomes={"sent": "three"}),
        "three": finish(),
    }
    assert found_in(steps) == [
        ("error", "unreachable", "two", ""),
        ("error", "unreachable", "three", ""),
    ]


PAST = {"kind": "wait", "until": "2026-01-01"}


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ({"a": send(outcomes={"sent": "a"})}, "a → a"),
        (
            {
                "a": {"kind": "update", "traits": {"x": 1}, "outcomes": {"done": "b"}},
                "b": send(outcomes={"sent": "end", "failed": "a"}),
            },
            "a → b → a",
        ),
        # A question that is refused or lost, and asked again at once.
        ({"a": ask(outcomes={**ask()["outcomes"], "dropped": "a"})}, "a → a"),
        ({"a": ask(outcomes={**ask()["outcomes"], "held.pressure": "a"})}, "a → a"),
        ({"a": ask(outcomes={**ask()["outcomes"], "bounced": "a"})}, "a → a"),
        # A moment that has passed is no wait the second time round.
        (
            {"a": {**PAST, "outcomes": {"timeout": "b"}}, "b": send(outcomes={"sent": "a"})},
            "a → b → a",
        ),
        ({"a": {"kind": "wait", "for": "0 days", "outcomes": {"timeout": "a"}}}, "a → a"),
        (
            {
                "a": {
                    **TASK,
                    "due": {"until": "2026-01-01"},
                    "outcomes": {**TASK_WAYS, "overdue": "a"},
                }
            },
            "a → a",
        ),
    ],
)
def test_a_loop_without_a_wait(steps: dict[str, Any], path: str) -> None:
    assert found_in(steps) == [("error", "loop_without_wait", "a", path)]


@pytest.mark.parametrize(
    "steps",
    [
        {"a": {**DAY, "outcomes": {"timeout": "b"}}, "b": send(outcomes={"sent": "a"})},
        {
            "a": {"kind": "wait", "at": "09:00", "outcomes": {"timeout": "b"}},
            "b": send(outcomes={"sent": "a"}),
        },
        {
            "a": {
                **PAST,
                "events": {"said": {"reply": []}},
                "outcomes": {"said": "b", "timeout": "end"},
            },
            "b": send(outcomes={"sent": "a"}),
        },
        {"a": ask(outcomes={**ask()["outcomes"], "none": "a"})},
        {"a": {**TASK, "outcomes": {**TASK_WAYS, "overdue": "a", "declined": "a"}}},
    ],
)
def test_a_loop_with_a_wait_is_right(steps: dict[str, Any]) -> None:
    assert found_in(steps) == []


@pytest.mark.parametrize(
    "steps",
    [
        {"a": send(outcomes={"sent": "back"})},
        {
            "a": ask(outcomes={"A": "b", "B": "end", "other": "back", "none": "end"}),
            "b": send(outcomes={"sent": "back"}),
        },
        {"a": ask(outcomes={"A": "end", "B": "end", "other": "back", "none": "back"})},
    ],
)
def test_back_where_no_question_is_open(steps: dict[str, Any]) -> None:
    assert [code for _, code, _, _ in found_in(steps)] == ["back_without_question"]


def test_back_after_other_is_right() -> None:
    steps = {
        "a": ask(outcomes={"A": "end", "B": "end", "other": "b", "none": "end"}),
        "b": send(outcomes={"sent": "c", "dropped": "back"}),
        "c": {"kind": "update", "traits": {"x": 1}, "outcomes": {"done": "back"}},
    }
    assert found_in(steps) == []


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "wait", "events": {"paid": "Paid"}, "outcomes": {"paid": "end"}},
        send(outcomes={"delivered": "end"}),
    ],
)
def test_a_step_that_may_wait_for_ever(step: dict[str, Any]) -> None:
    assert found_in({"here": step}) == [("error", "waits_for_ever", "here", "")]
    assert found_in({"here": step}, ends={"for": "30 days"}) == []


# texts and names


def test_a_text_without_one_of_the_languages() -> None:
    steps = {
        "say": send(text={"fi": "Hei"}, subject={"fi": "Hei", "en": "Hi"}),
        "write": send(
            text={"fi": "Hei", "en": "Hi", "sv": "Hej"}, subject={"en": "Hi", "sv": "Hej"}
        ),
        "call": {**TASK, "outcomes": TASK_WAYS},
    }
    assert found_in(steps, languages=["fi", "en", "sv"]) == [
        ("error", "missing_language", "say", "en"),
        ("error", "missing_language", "say", "sv"),
        ("error", "missing_language", "write", "fi"),
        ("error", "missing_language", "call", "en"),
        ("error", "missing_language", "call", "sv"),
    ]


def test_a_variable_that_nobody_sets() -> None:
    steps = {
        "code": {
            "kind": "offer",
            "offer": "x",
            "as": "code",
            "outcomes": {"given": "say", "sold_out": "end", "refused": "end"},
        },
        "say": send(
            text="{{ code }} {{ price | upcase }} {{order.id}} {{ customer.name }} {{- oops }} {{ Ops }}"
        ),
        "wait": {"kind": "wait", "until": "$when"},
        "call": {
            **TASK,
            "text": "{{ price }} {{ nope }}",
            "due": {"until": "$price"},
            "outcomes": TASK_WAYS,
        },
    }
    settings: dict[str, Any] = {
        "variables": {"price": "2030-01-01"},
        "trigger": {"event": "Order", "keep": ["order"]},
        "ends": "$last",
    }
    assert found_in(steps, **settings) == [
        ("error", "unknown_variable", "", "last"),
        ("error", "unknown_variable", "say", "oops"),
        ("error", "unknown_variable", "wait", "when"),
        ("error", "unknown_variable", "call", "nope"),
    ]


def test_an_audience_at_a_variable_that_nobody_sets() -> None:
    trigger = {"audience": {"at": "$starts"}}
    assert found_in({"say": send()}, trigger=trigger) == [
        ("error", "unknown_variable", "", "starts")
    ]
    assert found_in({"say": send()}, trigger=trigger, variables={"starts": "2026-01-01"}) == []


def test_a_deadline_before_the_dialogue_begins() -> None:
    steps = {
        "which": ask(**{"for": "1 day"}, valid={"until": "2026-02-28"}),
        "wait": {"kind": "wait", "until": "$offer_to"},
        "last": {"kind": "wait", "until": "2026-03-02T10:01"},
    }
    steps["which"]["outcomes"] = dict.fromkeys(("A", "B", "other", "none"), "wait")
    assert found_in(
        steps,
        trigger={"audience": {"at": "2026-03-02T10:00"}},
        variables={"offer_to": "2026-03-01"},
    ) == [
        ("error", "deadline_before_start", "which", "2026-02-28"),
        ("error", "deadline_before_start", "wait", "offer_to"),
    ]


# names on every way

OFFER = {"kind": "offer", "offer": "x", "as": "code"}
WHICH = {
    "kind": "branch",
    "branches": {"new": {"trait": "new", "is": True}},
    "outcomes": {"new": "code", "else": "say"},
}


def test_a_code_that_some_way_does_not_reserve() -> None:
    steps = {
        "which": WHICH,
        "code": {**OFFER, "outcomes": {"given": "say", "sold_out": "end", "refused": "end"}},
        "say": send(text="{{ code }}"),
    }
    assert found_in(steps) == [("error", "coupon_before_offer", "say", "code")]
    (finding,) = check(program_of(steps, purpose="service"))
    assert finding.other == "which → say"
    steps["which"] = {**WHICH, "outcomes": {"new": "code", "else": "code"}}
    assert found_in(steps) == []


def test_a_code_is_not_there_when_none_was_given() -> None:
    ways = {"given": "say", "sold_out": "say", "refused": "end"}
    steps = {"code": {**OFFER, "outcomes": ways}, "say": send(text="{{ code }}")}
    assert found_in(steps) == [("error", "coupon_before_offer", "say", "code")]
    for careful in ("{% if code %}{{ code }}{% endif %}", "{{ code | default: 'x' }}"):
        steps["say"] = send(text=careful)
        assert found_in(steps) == []


NUMBER: dict[str, Any] = {
    "kind": "ask",
    "channel": "sms",
    "text": "?",
    "for": "1 day",
    "answer": {"kind": "number", "as": "weight"},
    "outcomes": {"answer": "say", "other": "back", "none": "end"},
}


def test_a_value_that_only_an_answer_sets() -> None:
    steps = {"ask": NUMBER, "say": send(text="{{ weight }}")}
    assert found_in(steps) == []
    steps["ask"] = {**NUMBER, "outcomes": {**NUMBER["outcomes"], "none": "say"}}
    assert found_in(steps) == [("warning", "unset_variable", "say", "weight")]
    assert found_in(steps, variables={"weight": 80}) == []


def test_a_moment_or_a_value_that_hangs_on_an_answer() -> None:
    ways = {**NUMBER["outcomes"], "none": "wait", "answer": "wait"}
    steps = {
        "ask": {**NUMBER, "answer": {"kind": "date", "as": "when"}, "outcomes": ways},
        "wait": {"kind": "wait", "until": "$when"},
        "keep": {"kind": "update", "traits": {"when": "$when"}},
    }
    assert found_in(steps) == [
        ("error", "unset_variable", "wait", "when"),
        ("error", "unset_variable", "keep", "when"),
    ]
    steps["ask"]["outcomes"] = {**ways, "none": "end"}
    assert found_in(steps) == []


def test_what_another_system_answers_is_there_when_it_has() -> None:
    steps: dict[str, Any] = {
        "call": {
            "kind": "call",
            "connection": "crm",
            "as": "told",
            "outcomes": {"ok": "say", "refused": "say", "failed": "end"},
        },
        "say": send(text="{{ told.price }}"),
    }
    assert found_in(steps) == [("warning", "unset_variable", "say", "told")]
    steps["call"]["outcomes"]["refused"] = "end"
    assert found_in(steps) == []


def test_names_that_the_text_makes_itself_are_known() -> None:
    text = "{% for item in items %}{{ item.name }}{% endfor %}{% assign x = 1 %}{{ x }}"
    assert found_in({"say": send(text=text)}, variables={"items": []}) == []
    assert found_in({"say": send(text=text)}) == [("error", "unknown_variable", "say", "items")]


# the newer kinds of steps

SPLIT: dict[str, Any] = {"kind": "split", "arms": {"a": 50, "b": 50}}
TIMELINE: dict[str, Any] = {
    "kind": "timeline",
    "of": "customer.born_on",
    "items": {"first": {"for": "1 month"}, "second": {"for": "2 months"}},
}
REPEAT: dict[str, Any] = {"kind": "repeat", "every": "day", "at": "09:00"}


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        ({**SPLIT, "outcomes": {"a": "end"}}, ["b"]),
        ({**TIMELINE, "outcomes": {"first": "here"}}, ["second"]),
        ({**REPEAT, "times": 3}, ["run"]),
        ({"kind": "call", "connection": "x", "outcomes": {"refused": "end"}}, ["failed"]),
        ({**NUMBER, "outcomes": {"none": "end", "other": "back"}}, ["answer"]),
    ],
)
def test_a_newer_outcome_that_leads_nowhere(step: dict[str, Any], missing: list[str]) -> None:
    assert found_in({"here": step}) == [
        ("error", "outcome_without_path", "here", outcome) for outcome in missing
    ]


def test_a_free_text_needs_no_way_for_other_answers() -> None:
    answer = {
        "answer": {"kind": "text", "as": "said"},
        "outcomes": {"answer": "end", "none": "end"},
    }
    assert found_in({"ask": {**NUMBER, **answer}}) == []


@pytest.mark.parametrize("target", ["end", "say"])
def test_what_does_not_come_back_is_done_once(target: str) -> None:
    steps = {"again": {**REPEAT, "times": 9, "outcomes": {"run": target}}, "say": send()}
    if target == "end":
        steps["again"]["outcomes"]["ended"] = "say"
    assert found_in(steps) == [("warning", "never_comes_back", "again", "run")]
    steps["again"]["outcomes"]["run"] = "ask"
    steps["ask"] = send(outcomes={"sent": "again"})
    assert found_in({**steps, "say": finish()}, goal="x")[:1] == []


def test_an_item_that_does_not_come_back() -> None:
    ways = {"first": "timeline", "second": "say"}
    steps = {"timeline": {**TIMELINE, "outcomes": {**ways, "done": "end"}}, "say": send()}
    assert found_in(steps) == [("warning", "never_comes_back", "timeline", "second")]
    steps["say"] = send(outcomes={"sent": "timeline"})
    assert found_in(steps) == []


def test_a_rhythm_without_an_end() -> None:
    steps = {
        "again": {**REPEAT, "outcomes": {"run": "say", "ended": "end"}},
        "say": send(outcomes={"sent": "again"}),
    }
    assert found_in(steps) == [("error", "repeats_for_ever", "again", "")]
    for ending in ({"goal": "Paid"}, {"exit": ["Left"]}, {"ends": {"for": "1 year"}}):
        assert found_in(steps, **ending) == []
    steps["again"]["while"] = {"trait": "x", "is": 1}
    assert found_in(steps) == []


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({**SPLIT, "outcomes": {"a": "here", "b": "end"}}, "here → here"),
        (
            {
                "kind": "call",
                "connection": "x",
                "outcomes": {"ok": "end", "refused": "here", "failed": "end"},
            },
            "here → here",
        ),
        ({"kind": "start", "dialogue": "x", "outcomes": {"refused": "here"}}, "here → here"),
    ],
)
def test_a_newer_loop_without_a_wait(step: dict[str, Any], path: str) -> None:
    assert found_in({"here": step}) == [("error", "loop_without_wait", "here", path)]


# moments and texts


def test_a_deadline_that_has_passed_when_anybody_comes() -> None:
    steps = {
        "rest": {"kind": "wait", "for": "10 days"},
        "say": send(valid={"until": "2026-03-08"}),
        "wait": {"kind": "wait", "until": "2026-03-10"},
    }
    trigger = {"audience": {"at": "2026-03-02T10:00"}}
    assert found_in(steps, trigger=trigger) == [
        ("error", "over_on_arrival", "say", "2026-03-08"),
        ("warning", "over_on_arrival", "wait", "2026-03-10"),
    ]
    steps["rest"]["for"] = "2 days"
    assert found_in(steps, trigger=trigger) == []
    assert found_in(steps) == []  # nobody knows when people come


def test_a_way_that_is_quick_enough_is_found() -> None:
    steps = {
        "ask": ask(
            outcomes={"A": "say", "B": "end", "other": "back", "none": "say"}, until="2026-03-20"
        ),
        "say": send(valid={"until": "2026-03-08"}),
    }
    del steps["ask"]["for"]
    assert found_in(steps, trigger={"audience": {"at": "2026-03-02T10:00"}}) == []


def test_a_text_message_that_does_not_say_how_to_stop() -> None:
    text = {"fi": "Hei! Ei enää viestejä: LOPETA", "en": "Hi!"}
    steps = {"say": send(text=text), "write": send(channel="email", text=text)}
    given = {"languages": ["fi", "en"], "purpose": "marketing"}
    assert found_in(steps, **given) == [("warning", "no_stop_instruction", "say", "en")]
    steps["say"] = send(text={**text, "en": "Hi! {{ preferences }}"})
    assert found_in(steps, **given) == []


def test_findings_stand_in_the_order_of_the_file() -> None:
    steps = {
        "b": send(text="{{ y }}", outcomes={"sent": "a", "odd": "gone"}),
        "a": {"kind": "wait", "events": {"x": "X"}, "outcomes": {}},
    }
    assert [(step, code) for _, code, step, _ in found_in(steps)] == [
        ("b", "unknown_outcome"),
        ("b", "unknown_target"),
        ("b", "unknown_variable"),
        ("a", "outcome_without_path"),
        ("a", "waits_for_ever"),
    ]


def test_a_finding_speaks_both_languages() -> None:
    (finding,) = check(program_of({"here": send(outcomes={"sent": "there"})}, purpose="service"))
    assert finding.sentence() == "An outcome leads to there, which does not exist."
    assert finding.sentence("fi") == "Tulos vie askeleeseen there, jota ei ole."
    assert finding.mend() == "Name an existing step, end, or back."
    assert finding.mend("fi") == "Nimeä olemassa oleva askel, end tai back."
    for texts in FINDINGS.values():
        for text in texts:
            filled = text.format(detail="DETAIL", step="STEP", other="OTHER")
            assert "{" not in filled.replace("{% if DETAIL %}", "")
