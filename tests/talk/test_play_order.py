"""Law 5 through a play: time orders what happens, not the order of telling; and customers are apart."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.play import Play
from keskio.talk.scripts import read_script

Line = dict[str, Any]
PROGRAMS = [
    compile_text(playbook_text(key))[0] for key in ("bicycle-autumn-service", "stop-confirmation")
]
# Around everything that has a moment of its own: the start, the end of the offer, the helmets, the evening.
MOMENTS = (
    *("2012-09-10T10:00:01", "2012-09-12T12:00", "2012-09-14T23:30", "2012-09-29T23:59:59.999999"),
    *("2012-09-30T00:00", "2012-10-10T12:00", "2012-11-06T09:59:59.999999", "2012-11-06T10:00:01"),
    *("2012-11-20T17:59:59.999999", "2012-11-20T18:00", "2012-12-24T12:00", "2013-02-01T12:00"),
)
SAID = ("A", "b", "Ahaa kiitos", "STOP", "a.", "LOPETA")
NAMES = ("aino", "eero", "siiri")


def played(script: list[Line]) -> dict[str, list[Line]]:
    programs = [program for program in PROGRAMS if program is not None]
    lines = read_script([json.dumps(line) for line in script], "Europe/Helsinki")
    found: dict[str, list[Line]] = {name: [] for name in NAMES}
    for line in Play(programs).run(lines):
        found[line["customer"]].append(line)
    return found


def script_from(seed: int, length: int) -> list[Line]:
    dice = Random(seed)
    script: list[Line] = [
        {"customer": name, "language": dice.choice(["fi", "en"])} for name in NAMES
    ]
    moments = dice.sample([(name, at) for name in NAMES for at in MOMENTS], length)
    for name, at in moments:
        done = {"done": dice.choice(["call", "call-late"])}
        reply = {"reply": dice.choice(SAID)}
        script.append({"at": at, "customer": name, **dice.choice([done, reply, reply, reply])})
    return script


SEEDS, LENGTHS = st.integers(0, 2**32 - 1), st.integers(0, 20)


@given(SEEDS, LENGTHS)
def test_the_order_of_telling_changes_nothing(seed: int, length: int) -> None:
    script = script_from(seed, length)
    mixed = script.copy()
    Random(seed + 1).shuffle(mixed)
    assert played(mixed) == played(script)


@given(SEEDS, LENGTHS)
def test_each_customer_has_a_play_of_their_own(seed: int, length: int) -> None:
    script = script_from(seed, length)
    together = played(script)
    for name in NAMES:
        assert played([line for line in script if line["customer"] == name])[name] == together[name]


@given(SEEDS, LENGTHS)
def test_case_1_holds_for_whoever_says_whatever(seed: int, length: int) -> None:
    for lines in played(script_from(seed, length)).values():
        sent = [line["step"] for line in lines if line.get("effect") == "send_message"]
        assert sent.count("invite") == 1
        assert all(sent.count(step) <= 1 for step in ("thank", "send-coupon", "helmets"))
        assert not ("thank" in sent and "helmets" in sent)
        assert not ("send-coupon" in sent and "helmets" in sent)
        if "confirm" in sent and _stopped(lines):
            assert sent[-1] == "confirm"


def _stopped(lines: list[Line]) -> bool:
    return any(line["dialogue"] == "stop-confirmation" for line in lines)


def test_a_reply_before_the_deadline_beats_the_timer_though_it_is_told_last() -> None:
    told_last = {"at": "2012-09-29T23:59:59.999999", "customer": "aino", "reply": "A"}
    later = {"at": "2012-12-24T12:00", "customer": "eero", "reply": "A"}
    lines = played([later, told_last])["aino"]
    assert [line["step"] for line in lines if line.get("effect") == "send_message"] == [
        "invite",
        "thank",
    ]


def test_at_the_deadline_itself_the_timer_beats_the_reply() -> None:
    lines = played([{"at": "2012-09-30T00:00", "customer": "aino", "reply": "A"}])["aino"]
    sent = [line["step"] for line in lines if line.get("effect") == "send_message"]
    assert sent == ["invite", "tell-late", "helmets"]
