"""The state of an enrolment as a row, and when it wants to be told the time."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue.enrolment import (
    ENDED,
    EXITED,
    FAILED,
    WAITING,
    Enrolment,
    Question,
    Timer,
)
from keskio.engine.dialogue.packing import pack, unpack

micros = st.integers(-(2**53), 2**53)
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=9)
    | st.floats(allow_nan=False)
)
words = st.sampled_from(["", "gate", "ends", "answer", "of-a-later-version"])
timers = st.builds(Timer, micros, words, st.integers(0, 99))
questions = st.builds(
    Question,
    st.text(max_size=9),
    st.integers(0, 9),
    micros,
    st.sampled_from(["", "sms"]),
    st.integers(0, 3),
    micros,
)
enrolments = st.builds(
    Enrolment,
    status=st.sampled_from([WAITING, ENDED, EXITED, FAILED]),
    step=st.text(max_size=9),
    visit=st.integers(0, 10_000),
    phase=words | st.text(max_size=9),
    since=micros,
    timers=st.lists(timers, max_size=4).map(tuple),
    question=st.none() | questions,
    variables=st.dictionaries(
        st.text(max_size=9), st.recursive(values, lambda v: st.lists(v, max_size=3)), max_size=4
    ),
    object=st.text(max_size=9),
    outcome=st.text(max_size=9),
    channel=st.sampled_from(["", "sms", "email"]),
    places=st.just({}) | st.just({"daily": [1, 2]}),
    told=st.just({}) | st.just({"hello": "sms"}),
)


@given(enrolments)
def test_what_was_packed_is_unpacked(enrolment: Enrolment) -> None:
    assert unpack(pack(enrolment)) == enrolment


@given(enrolments)
def test_rows_of_the_older_shape_are_read_too(enrolment: Enrolment) -> None:
    assert unpack(msgspec.msgpack.encode(enrolment)) == enrolment


def test_a_row_of_an_older_shape_takes_the_defaults() -> None:
    row = msgspec.msgpack.encode([WAITING, "hello", 3])
    assert unpack(row) == Enrolment(step="hello", visit=3)


def test_a_row_is_small() -> None:
    timer = Timer(1_772_434_800_000_000, "question", 3)
    question = Question("invite", 3, 1_772_434_800_000_000, "sms", 0, 1_772_434_800_000_000)
    enrolment = Enrolment(
        step="invite",
        visit=3,
        phase="answer",
        since=1_772_434_800_000_000,
        timers=(timer,),
        question=question,
    )
    assert len(pack(enrolment)) < 45


def test_the_earliest_timer_is_due() -> None:
    assert Enrolment().due is None
    assert Enrolment(timers=(Timer(9, "ends", 0), Timer(4, "deadline", 2))).due == 4


def test_only_who_waits_is_not_over() -> None:
    assert [Enrolment(status=s).is_over for s in (WAITING, ENDED, EXITED, FAILED)] == [
        False,
        True,
        True,
        True,
    ]
