"""Definitions as files: YAML as people write it, texts that cannot be templates, the shipped playbooks."""

from __future__ import annotations

import json

import pytest

from keskio.engine.dialogue.program import Ask, Send, Wait
from keskio.talk.documents import compile_text, playbook_keys, playbook_text, read_document

HELLO = """
keskio: dialogue/1
key: hello
purpose: service
languages: [fi]
trigger: {hand: true}
steps:
  hello: {kind: send, channel: sms, text: %s}
"""


def test_the_shipped_playbooks_are_named_and_without_findings() -> None:
    assert {"bicycle-autumn-service", "stop-confirmation"} <= set(playbook_keys())
    for key in playbook_keys():
        program, findings = compile_text(playbook_text(key), version=3)
        assert program is not None
        assert (program.key, program.version, findings) == (key, 3, [])


def test_a_playbook_that_does_not_ship_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        playbook_text("no-such-playbook")


def test_a_playbook_may_start_with_other_dates() -> None:
    text = playbook_text("bicycle-autumn-service")
    program, findings = compile_text(text, variables={"offer_to": "2012-09-01"})
    assert program is not None
    assert {(finding.step, finding.code, finding.detail) for finding in findings} == {
        ("invite", "deadline_before_start", "offer_to"),
        ("with-coupon", "deadline_before_start", "offer_to"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: b: c",
        "\t- x",
        "a: !!python/object:os.system {}",
        "\x00",
        "a: 2012-13-45",
        "{[a]: 1}",
    ],
)
def test_what_is_no_yaml_is_a_finding(text: str) -> None:
    document, findings = read_document(text)
    assert document is None
    assert [(finding.code, finding.severity) for finding in findings] == [("unreadable", "error")]
    assert "\n" not in findings[0].sentence()
    assert compile_text(text) == (None, findings)


def test_json_is_read_as_well() -> None:
    document, _ = read_document(HELLO % "Hei")
    program, findings = compile_text(json.dumps(document))
    assert program is not None
    assert findings == []


@pytest.mark.parametrize("clock", ["16:00", "09:30", '"16:00"'])
def test_a_time_of_day_needs_no_quotes(clock: str) -> None:
    text = HELLO % "Hei" + f"  wait: {{kind: wait, at: {clock}}}\n"
    program, findings = compile_text(text)
    assert program is not None, findings
    step = program.steps["wait"]
    assert isinstance(step, Wait)
    assert step.deadline is not None
    assert step.deadline.at in (16 * 60, 9 * 60 + 30)


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "No", "ei"])
def test_a_choice_may_be_any_word(word: str) -> None:
    text = HELLO % "Hei" + (
        "  which:\n    kind: ask\n    channel: sms\n    text: Hei\n    for: 1 day\n"
        f"    choices: {{{word}: {{}}}}\n    outcomes: {{{word}: end, other: back, none: end}}\n"
    )
    program, findings = compile_text(text)
    assert program is not None, findings
    assert findings == []
    step = program.steps["which"]
    assert isinstance(step, Ask)
    assert step.words == {word.lower(): word}


def test_true_and_false_dates_and_numbers_stay_what_they_are() -> None:
    document, _ = read_document(
        "{a: true, b: false, c: 2012-09-29, d: 85, e: 1.5, f: null, g: '00100', h: 00100}"
    )
    assert isinstance(document, dict)
    assert {key: type(value).__name__ for key, value in document.items()} == {
        "a": "bool",
        "b": "bool",
        "c": "date",
        "d": "int",
        "e": "float",
        "f": "NoneType",
        "g": "str",
        "h": "str",
    }


def test_the_same_step_twice_is_a_finding_and_not_the_last_of_the_two() -> None:
    text = HELLO % "Hei" + "  hello: {kind: send, channel: sms, text: Moi}\n"
    program, findings = compile_text(text)
    assert program is None
    (finding,) = findings
    assert finding.code == "unreadable"
    assert "'hello' stands here twice" in finding.detail


def test_anchors_and_merges_are_understood() -> None:
    text = HELLO % "&hi Hei" + "  again: {kind: send, channel: sms, text: *hi}\n"
    text += (
        "  base: &base {kind: send, channel: sms, text: Moi}\n  more: {<<: *base, text: Terve}\n"
    )
    program, findings = compile_text(text)
    assert program is not None, findings
    found = {
        key: step.message.texts["fi"]
        for key, step in program.steps.items()
        if isinstance(step, Send)
    }
    assert found == {"hello": "Hei", "again": "Hei", "base": "Moi", "more": "Terve"}


@pytest.mark.parametrize(
    "text",
    ["{{ customer.first_name", "{% if x %}Hei", "{% include 'x' %}{% endif %}", "{{ x | nosuch }}"],
)
def test_a_text_that_is_no_template_is_a_finding_at_its_step(text: str) -> None:
    program, findings = compile_text(HELLO % f'"{text}"')
    assert program is not None
    found = [finding for finding in findings if finding.code == "bad_text"]
    assert [(finding.step, finding.severity) for finding in found] == [("hello", "error")]


def test_the_same_fault_in_two_languages_is_told_once() -> None:
    program, findings = compile_text(HELLO % '{fi: "{{ a", en: "{{ a"}')
    assert program is not None
    assert [finding.code for finding in findings].count("bad_text") == 1
