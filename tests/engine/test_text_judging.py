"""Rules of language over a few words; and that nothing makes a message less urgent but being so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.text.judging import Hit, Judged, judge
from keskio.engine.text.lists import Builder, Kind, Lists, Mark
from keskio.engine.text.tokens import negation_marks, tokens
from keskio.engine.text.urgency import REPOST, urgency_of

USUAL = dict.fromkeys(("ei", "en", "eivät", "eikä"), "ei")


def _lists() -> Lists:
    builder = Builder("fi", lemma_of=str, knows=lambda _: False, usual=USUAL)
    for word, kind, weight in (
        ("hyvä", Kind.GOOD | Kind.HURRAH, 1.7),
        ("nopea", Kind.GOOD, 1.7),
        ("huono", Kind.BAD, -1.7),
        ("kaatua", Kind.FAULT, 0.0),
        ("toimia", Kind.NEEDED, 0.0),
        ("todella", Kind.STRONG, 0.0),
        ("hieman", Kind.SOFT, 0.0),
        ("hirveän", Kind.GRIM | Kind.BAD, -2.4),
        ("saatana", Kind.PROFANE, 0.0),
        ("odottaa", Kind.WAIT, 0.0),
        ("tunti", Kind.UNIT, 0.0),
        ("silti", Kind.YET, 0.0),
        ("vaikka", Kind.CONCEDE, 0.0),
        ("vasta", Kind.LATE, 0.0),
        ("😡", Kind.SIGN, -1.8),
        ("ei moitteen sijaa", Kind.GOOD, 1.9),
    ):
        builder.add(word, Mark(kind, weight))
    return builder.lists()


LISTS = _lists()


def _judged(text: str) -> Judged:
    cut = tokens(text)
    marks = negation_marks(cut)
    known = [(place, token, LISTS.record(token)) for place, token in enumerate(cut)]
    return judge([Hit(p, t, r, marks[p] == 1) for p, t, r in known if r], LISTS)


@pytest.mark.parametrize(
    "text",
    [
        "huono",
        "ei hyvä",
        "kaatuu",
        "ei toimi",
        "odotin tunnin",
        "hyvä mutta huono",
        "saatana",
        "ei ole ollut nyt hyvä",
        "ei 😡",
    ],
)
def test_it_sounds_bad(text: str) -> None:
    assert _judged(text).sum < 0


@pytest.mark.parametrize(
    "text",
    [
        "hyvä",
        "ei huono",
        "ei ole kaatunut",
        "hirveän hyvä",
        "huono mutta hyvä",
        "hyvä vaikka huono",
        "saatana hyvä",
        "ei moitteen sijaa",
    ],
)
def test_it_sounds_good(text: str) -> None:
    assert _judged(text).sum > 0


@pytest.mark.parametrize("text", ["toimii", "tunti", "ei", "todella", ""])
def test_it_says_nothing(text: str) -> None:
    assert _judged(text).sum == 0


def test_strength_scales() -> None:
    assert _judged("hieman huono").sum > _judged("huono").sum > _judged("todella huono").sum


def test_what_is_neither_is_nearly_nothing() -> None:
    judged = _judged("ei hyvä mutta ei huono")
    assert abs(judged.sum) < 0.5
    assert judged.is_neutral


def test_a_curse_after_no_denies_nothing() -> None:
    assert _judged("ei saatana kaatuu").sum < 0


def test_praise_of_what_came_late_is_doubted() -> None:
    judged = _judged("hyvä tuli vasta")
    assert judged.is_ironic
    assert judged.sum < 0


def test_each_part_says_why() -> None:
    assert [(part.word, part.why) for part in _judged("ei hyvä todella huono").parts] == [
        ("hyvä", "denied good"),
        ("huono", "denied bad, scaled"),
    ]


unit = st.floats(0, 1)
people = st.integers(0, 5_000_000)


@given(
    unit,
    unit,
    people,
    unit,
    unit,
    st.sampled_from(["negative", "feeling", "reached", "velocity", "value"]),
    unit,
)
def test_more_of_anything_is_never_less_urgent(  # noqa: PLR0917 - Hypothesis gives by place
    negative: float,
    feeling: float,
    reached: int,
    velocity: float,
    value: float,
    which: str,
    more: float,
) -> None:
    parts = {
        "negative": negative,
        "feeling": feeling,
        "reached": reached,
        "velocity": velocity,
        "value": value,
    }
    raised = dict(parts)
    raised[which] = (
        reached + int(more * REPOST * 1000) if which == "reached" else min(1.0, parts[which] + more)
    )
    before, after = urgency_of(**parts), urgency_of(**raised)  # type: ignore[arg-type]
    assert 0 <= before.whole <= after.whole <= 1
