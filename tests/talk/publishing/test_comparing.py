"""Differences in sentences, and findings with their lines."""

from __future__ import annotations

import pytest
from django.utils import translation

from keskio.engine.dialogue.findings import error
from keskio.talk.documents import compile_text
from keskio.talk.publishing.comparing import Line, Side, compare, raw_difference
from keskio.talk.publishing.lines import placed

TEXT = """
keskio: dialogue/1
key: hello
title: {fi: Hei, en: Hello}
purpose: marketing
languages: [fi]
trigger: {event: Asked}
variables: {price: 85}
steps:
  hello: {kind: send, channel: sms, text: {fi: Hei}, outcomes: {sent: rest}}
  rest: {kind: wait, for: 2 days, outcomes: {timeout: bye}}
  bye: {kind: send, channel: sms, text: {fi: Heippa}, title: {fi: Loppu, en: The last}}
"""


def told(new: str, language: str = "en") -> list[Line]:
    with translation.override(language):
        return compare(side(TEXT), side(new), language)


def side(text: str) -> Side:
    program, findings = compile_text(text)
    assert program is not None, findings
    return Side(text, program)


@pytest.mark.parametrize(
    ("edit", "by", "kind", "sentence"),
    [
        ("{fi: Heippa}", "{fi: Moikka}", "text", "Another text in Finnish."),
        ("2 days", "5 days", "delay", "Another time: 5 days later, it was 2 days later."),
        ("timeout: bye", "timeout: end", "way", "“time is up” leads to: the end, it led to: The last."),
        ("price: 85", "price: 95", "setting", "The value price has changed."),
        (
            "{event: Asked}",
            "{hand: true}",
            "setting",
            "Changed: what brings people in. It concerns newcomers only.",
        ),
        ("channel: sms, text: {fi: Hei}", "channel: email, text: {fi: Hei}", "setting",
         "The setting channel has changed."),
    ],
)  # fmt: skip
def test_an_edit_is_told_in_a_sentence(edit: str, by: str, kind: str, sentence: str) -> None:
    found = told(TEXT.replace(edit, by))
    assert [(line.kind, line.sentence) for line in found] == [(kind, sentence)]


def test_steps_that_come_and_go_are_told() -> None:
    new = TEXT.replace("  bye:", "  more: {kind: wait, for: 1 day}\n  farewell:").replace(
        "timeout: bye", "timeout: more"
    )
    found = told(new)
    assert [(line.kind, line.step) for line in found] == [
        ("way", "rest"),
        ("added", "more"),
        ("added", "farewell"),
        ("removed", "bye"),
    ]


def test_a_text_shows_both_wordings() -> None:
    (line,) = told(TEXT.replace("{fi: Heippa}", "{fi: Moikka}"))
    assert (line.step, line.title, line.before, line.after) == (
        "bye",
        "The last",
        "Heippa",
        "Moikka",
    )


def test_finnish_readers_read_finnish() -> None:
    (line,) = told(TEXT.replace("2 days", "5 days"), "fi")
    assert line.sentence == "Toinen aika: 5 päivää myöhemmin, ennen 2 päivää myöhemmin."


def test_what_is_the_same_has_no_differences() -> None:
    assert (told(TEXT), raw_difference(TEXT, TEXT)) == ([], "")


def test_findings_stand_at_the_lines_of_their_steps() -> None:
    found = placed(
        TEXT, [error("dead_end", "rest", "nowhere"), error("unknown_field", "bye", "title")]
    )
    assert [(one.line, one.finding.step) for one in found] == [(11, "rest"), (12, "bye")]


def test_what_cannot_be_read_stands_where_the_reader_stumbled() -> None:
    text = "key: hello\nsteps:\n  a: [\n"
    _, findings = compile_text(text)
    assert [one.line for one in placed(text, findings)] == [4]


@pytest.mark.parametrize(
    ("had", "has", "before", "after"),
    [
        ("2026-12-12", "2027-09-29", "12 Dec 2026", "29 Sep 2027"),
        ("2026-12-12T18:00", "2027-09-29T09:30", "12 Dec 2026, 18:00", "29 Sep 2027, 09:30"),
        ("'2026-02-30'", "85 €", "2026-02-30", "85 €"),
    ],
)
def test_a_day_that_changed_is_written_as_the_reader_does(
    had: str, has: str, before: str, after: str
) -> None:
    with translation.override("en"):
        old, new = (TEXT.replace("price: 85", f"price: {value}") for value in (had, has))
        (line,) = compare(side(old), side(new), "en")
    assert (line.before, line.after) == (before, after)
