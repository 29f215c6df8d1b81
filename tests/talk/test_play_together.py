"""Several dialogues in one play: they start and stop one another, share stock, call and come back."""

from __future__ import annotations

import json
from typing import Any

from keskio.talk.documents import compile_text
from keskio.talk.play import Play
from keskio.talk.scripts import read_script

Line = dict[str, Any]
HEAD = """
keskio: dialogue/1
key: {key}
title: {{fi: X}}
purpose: marketing
languages: [fi]
"""
FIRST = (
    HEAD.format(key="first")
    + """
trigger: {event: Seen}
steps:
  begin: {kind: start, dialogue: second, with: {why: seen}, outcomes: {started: ask, refused: end}}
  ask:
    kind: call
    connection: stock
    body: {who: "{{ customer.first_name }}"}
    within: 1 hour
    as: left
    outcomes: {ok: halt, refused: give-up, failed: give-up}
  halt: {kind: stop, dialogue: second, outcomes: {stopped: end, refused: end}}
  give-up: {kind: end, outcome: given-up}
"""
)
SECOND = (
    HEAD.format(key="second")
    + """
trigger: {hand: true}
steps:
  hi: {kind: send, channel: sms, text: {fi: "Hei! LOPETA"}}
  rest: {kind: wait, for: 10 days, outcomes: {timeout: code}}
  code: {kind: offer, offer: bike, as: code, outcomes: {given: end, sold_out: none, refused: none}}
  none: {kind: end, outcome: none-left}
"""
)
ARMS = (
    HEAD.format(key="arms")
    + """
trigger: {event: Seen}
steps:
  cut: {kind: split, arms: {a: 50, b: 50}, outcomes: {a: end, b: end}}
"""
)
BACK = (
    HEAD.format(key="back")
    + """
trigger: {event: Seen}
reentry: always
steps:
  hi: {kind: send, channel: sms, text: {fi: "Hei! LOPETA"}}
"""
)


def played(texts: list[str], script: list[Line], *, quiet: bool = False) -> tuple[Play, list[Line]]:
    programs = []
    for text in texts:
        program, findings = compile_text(text)
        assert program is not None, [finding.sentence("en") for finding in findings]
        programs.append(program)
    lines = read_script([json.dumps(line) for line in script], "Europe/Helsinki")
    stage = Play(programs, quiet=quiet)
    return stage, list(stage.run(lines))


def seen(*names: str) -> list[Line]:
    return [{"at": "2026-03-02T12:00", "customer": name, "event": "Seen"} for name in names]


def told(lines: list[Line], customer: str) -> list[tuple[str, str]]:
    return [
        (line["dialogue"], str(line.get("outcome", line["effect"])))
        for line in lines
        if line["customer"] == customer and line.get("effect") in ("enter", "send_message", "end")
    ]


def test_a_dialogue_starts_another_and_stops_it_when_a_call_has_been_answered() -> None:
    calls: list[Line] = [
        {"call": "stock", "answer": "ok", "value": 3},
        {"customer": "no", "call": "ask", "answer": "refused"},
    ]
    _, lines = played([FIRST, SECOND], [*calls, *seen("yes", "no")])
    assert told(lines, "yes") == [
        ("first", "enter"),
        ("second", "enter"),
        ("second", "send_message"),
        ("first", "halt.stopped"),
        ("second", "stopped_by_dialogue"),
    ]
    assert ("first", "given-up") in told(lines, "no")
    assert ("second", "code.given") in told(lines, "no")


def test_a_call_of_which_nothing_is_said_fails_when_its_time_is_over() -> None:
    _, lines = played([FIRST, SECOND], seen("x"))
    (end,) = [line for line in lines if (line["dialogue"], line.get("effect")) == ("first", "end")]
    assert (end["at"][:16], end["outcome"]) == ("2026-03-02T13:00", "given-up")


def test_stock_is_as_the_script_says() -> None:
    offers: list[Line] = [{"offer": "bike", "stock": 1}]
    _, lines = played([FIRST, SECOND], [*offers, *seen("x", "y")])
    assert [line.get("outcome", "given") for line in lines if line.get("effect") == "reserve"] == [
        *("given", "sold_out"),
    ]


def test_arms_are_the_customers_for_ever() -> None:
    names = [f"c{n}" for n in range(40)]
    first, _ = played([ARMS], seen(*names), quiet=True)
    again, _ = played([ARMS], seen(*reversed(names)), quiet=True)
    assert first.teller.counts == again.teller.counts
    assert 10 < first.teller.counts["arms", "cut", "a"] < 30


def test_a_start_word_gives_back_what_the_stop_word_took() -> None:
    script = [
        *seen("x"),
        {"at": "2026-03-02T13:00", "customer": "x", "reply": "STOP"},
        {"at": "2026-03-02T14:00", "customer": "x", "event": "Seen"},
        {"at": "2026-03-02T15:00", "customer": "x", "reply": "ALOITA"},
        {"at": "2026-03-02T16:00", "customer": "x", "event": "Seen"},
    ]
    _, lines = played([BACK], script)
    assert [line["at"][11:13] for line in lines if line.get("effect") == "send_message"] == [
        *("12", "16"),
    ]


def test_a_summary_counts_what_the_lines_tell() -> None:
    script = seen("x", "y", "z")
    _, lines = played([BACK], script)
    stage, quiet = played([BACK], script, quiet=True)
    assert quiet == []
    assert list(stage.teller.summary()) == [
        {"dialogue": "back", "step": "", "outcome": "ended:hi.sent", "times": 3},
        {"dialogue": "back", "step": "", "outcome": "entered", "times": 3},
        {"dialogue": "back", "step": "hi", "outcome": "message:sms", "times": 3},
        {"dialogue": "back", "step": "hi", "outcome": "sent", "times": 3},
    ]
    assert sum(line.get("effect") == "send_message" for line in lines) == 3


BIRTHDAY = (
    HEAD.format(key="birthday")
    + """
trigger: {date: {of: customer.born, for: 0 days, at: "09:00", every: year}}
reentry: always
steps:
  hi: {kind: send, channel: sms, text: {fi: "Onnea! LOPETA"}}
"""
)
CARE = (
    HEAD.format(key="care")
    + """
object: {kind: car, key: car_id}
trigger: {date: {of: object.delivered_on, for: 1 day, at: "10:00"}}
steps:
  years:
    kind: timeline
    of: object.delivered_on
    items:
      first: {for: 1 month, at: "10:00", window: 14 days}
      second: {for: 2 months, at: "10:00", window: 14 days}
    outcomes: {first: hi, second: hi, done: end}
  hi: {kind: send, channel: sms, text: {fi: "Hei! LOPETA"}, outcomes: {sent: years}}
"""
)
MONTHLY = (
    HEAD.format(key="monthly")
    + """
trigger: {audience: {at: "2026-01-05T12:00", rrule: "FREQ=MONTHLY;BYDAY=1MO", spread: {per_hour: 2}}}
reentry: always
steps:
  hi: {kind: send, channel: sms, text: {fi: "Hei! LOPETA"}}
"""
)


def moments(lines: list[Line]) -> list[str]:
    return [line["at"][:16] for line in lines if line.get("effect") == "send_message"]


def test_a_yearly_date_comes_every_year_until_the_script_ends() -> None:
    script: list[Line] = [
        {"customer": "x", "traits": {"born": "1980-05-02"}},
        {"at": "2026-01-01T12:00", "customer": "x", "event": "Seen"},
        {"at": "2028-01-01T12:00", "customer": "x", "event": "Seen"},
    ]
    _, lines = played([BIRTHDAY], script)
    assert moments(lines) == ["2026-05-02T09:00", "2027-05-02T09:00"]


def test_a_date_of_an_object_that_moves_moves_what_hangs_on_it() -> None:
    def car(day: str, **more: Any) -> Line:
        return {"customer": "x", "objects": {"car": [{"key": "A1", "delivered_on": day}]}, **more}

    script = [
        car("2026-03-02", at="2026-03-01T12:00"),
        car("2026-03-22", at="2026-03-10T12:00"),
    ]
    _, lines = played([CARE], script)
    assert moments(lines) == ["2026-04-22T10:00", "2026-05-22T10:00"]


def test_an_audience_comes_again_by_its_rule_and_spread_out() -> None:
    script: list[Line] = [
        *({"customer": name} for name in ("x", "y", "z")),
        {"at": "2026-02-20T12:00", "customer": "x", "event": "Seen"},
    ]
    _, lines = played([MONTHLY], script)
    assert moments(lines) == [
        *("2026-01-05T12:00", "2026-01-05T12:30", "2026-01-05T13:00"),
        *("2026-02-02T12:00", "2026-02-02T12:30", "2026-02-02T13:00"),
    ]
