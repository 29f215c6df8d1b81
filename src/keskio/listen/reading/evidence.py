"""What each step saw in one message, as it is kept and shown: which words, with which weights, and why."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keskio.engine.text.lists import Kind, Record
from keskio.listen.contracts import EMOTIONS, Step
from keskio.listen.reading.batch import Batch, Group

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

Word = tuple[str, float, str]
Words = tuple[Word, ...]
Weighed = tuple[tuple[float, str], ...]
NAMED = (
    (Kind.NEUTRAL, "neutral here"),
    (Kind.DOMAIN, "business"),
    (Kind.GOOD, "good"),
    (Kind.BAD, "bad"),
    (Kind.FAULT, "fault"),
    (Kind.NEEDED, "needed"),
    (Kind.QUESTION, "question"),
    (Kind.PROFANE, "profanity"),
)
SIDES = ((Kind.PHYSICAL, "physical"), (Kind.EMOTIONAL, "emotional"))
MOST_WORDS = 8
MATCHED, MORE = 1, 2  # what a record tells, as bits


class Telling(NamedTuple):
    """What a record says in evidence, worked out once: pairs of weight and why for each step."""

    matched: Weighed
    felt: Weighed
    themed: Weighed
    sided: Weighed
    moved: Weighed
    tells: int  # MATCHED, MORE than that, or both


class Told(NamedTuple):
    """What the words of a group say in evidence, flat; bounds by message, one more than there are.

    `matched`: words of the lists; `more`: of them those that say more, what, and whether denied; `learnt`:
    what weighs most in the model's chance of negativity, the heaviest first. By message: the `strongest`
    emotion, and how `negative` it is.
    """

    matched: list[Word]
    of_matched: list[int]
    more: list[tuple[str, Telling, bool]]
    of_more: list[int]
    learnt: list[Word]
    of_learnt: list[int]
    strongest: list[tuple[int, float]]
    negative: list[float]


def telling_of(record: Record) -> Telling:
    """Return what a record says in evidence."""
    mark = record.mark
    names = [name for kind, name in NAMED if mark.kinds & kind]
    if mark.themes and not mark.kinds & Kind.DOMAIN:
        names.append("business")
    why = ", ".join(names)
    if record.how != "exact":
        why = f"{why} ({record.how}: {' + '.join(record.found)})"
    rest = (
        tuple((1.0, name) for name in mark.emotions),
        tuple((round(1 / len(mark.themes), 2), theme) for theme in mark.themes),
        tuple((1.0, name) for kind, name in SIDES if mark.kinds & kind),
        tuple((1.0, name) for name in mark.motives),
    )
    matched = ((round(mark.weight, 2), why),) if names and record.found else ()
    return Telling(matched, *rest, tells=MATCHED * bool(matched) | MORE * any(rest))


def evidence_of(reader: Reader, batch: Batch, group: Group, at: int) -> tuple[Step, ...]:
    """Return the steps of one message of a group, in the order of the pipeline."""
    if group.told is None:
        group.told = told_of(reader, group)
    told, judged = group.told, group.judged[at]
    row, (strongest, most) = group.rows[at], told.strongest[at]
    matched = told.matched[told.of_matched[at] : told.of_matched[at + 1]]
    felt, themed, sided, moved = _more(told.more[told.of_more[at] : told.of_more[at + 1]])
    for phrase in judged.phrases:
        matched.append((phrase.text, round(phrase.mark.weight, 2), "phrase"))
        moved += [(phrase.text, 2.0, name) for name in phrase.mark.motives]
    negative, feeling, reach, velocity, value = group.parts[at]
    return (
        Step("collect", str(len(batch.texts[row]))),
        Step("language", f"{group.language} {batch.margins[row]:.2f}"),
        Step("normalise", " ".join(group.tokens_of(at))),
        Step("match", "match" if group.matches[at] else "no match", tuple(matched)),
        Step(
            "negation",
            "irony?" if judged.is_ironic else f"{judged.sum:+.2f}",
            tuple([(part.word, round(part.weight, 2), part.why) for part in judged.parts]),
        ),
        Step("emotions", f"{EMOTIONS[strongest]} {most:.2f}", tuple(felt)),
        Step(
            "negativity",
            f"{told.negative[at]:.2f}",
            tuple(told.learnt[told.of_learnt[at] : told.of_learnt[at + 1]]),
        ),
        Step("themes", ", ".join(group.themes[at]), tuple(themed)),
        Step("side", group.sides[at], tuple(sided)),
        Step("motive", group.motives[at], tuple(moved)),
        Step("spread", f"{group.spread[at]:.0f}"),
        Step(
            "urgency",
            f"{group.urgency[at]:.2f}",
            (
                ("negative", negative, "part"),
                ("feeling", feeling, "part"),
                ("reach", reach, "part"),
                ("velocity", velocity, "part"),
                ("value", value, "part"),
            ),
        ),
        Step("mention", f"{group.polarity[at]:+.2f}"),
    )


def _more(found: list[tuple[str, Telling, bool]]) -> tuple[list[Word], ...]:
    """Return what words say beside that they match, by step: emotions, themes, side, motive."""
    felt: list[Word] = []
    themed: list[Word] = []
    sided: list[Word] = []
    moved: list[Word] = []
    for token, telling, is_denied in found:
        if telling.felt:
            felt += [(token, 0.0 if is_denied else weight, why) for weight, why in telling.felt]
        if telling.themed:
            themed += [(token, weight, why) for weight, why in telling.themed]
        if telling.sided:
            sided += [(token, weight, why) for weight, why in telling.sided]
        if telling.moved:
            moved += [(token, weight, why) for weight, why in telling.moved]
    return felt, themed, sided, moved


def told_of(reader: Reader, group: Group) -> Told:
    """Return what the words of a group say in evidence."""
    found = group.found
    assert found is not None, "found before"
    records, spelt = reader.records(group.language), group.spelt
    known, messages = records.known(), np.arange(len(group) + 1)
    at = np.flatnonzero(known.tells[found.numbers] & MATCHED)
    matched = [
        (spelt[said], *records.tellings[number].matched[0])
        for said, number in zip(
            group.said[found.places[at]].tolist(), found.numbers[at].tolist(), strict=True
        )
    ]
    of_matched = np.searchsorted(found.owners[at], messages).tolist()
    at = np.flatnonzero(known.tells[found.numbers] & MORE)
    more = [
        (spelt[said], records.tellings[number], is_denied)
        for said, number, is_denied in zip(
            group.said[found.places[at]].tolist(),
            found.numbers[at].tolist(),
            found.denied[at].tolist(),
            strict=True,
        )
    ]
    of_more = np.searchsorted(found.owners[at], messages).tolist()
    strongest = list(
        zip(
            group.feelings.argmax(axis=1).tolist(),
            group.feelings.max(axis=1).tolist(),
            strict=True,
        )
    )
    negative = group.negative.tolist()
    return Told(matched, of_matched, more, of_more, *_learnt(reader, group), strongest, negative)


def _learnt(reader: Reader, group: Group) -> tuple[list[Word], list[int]]:
    """Return the words that weigh most in the model's chance of negativity, and bounds by message."""
    assert group.batch is not None, "numbered before"
    added = reader.scorer.added(group.batch, group.language)
    ends = group.batch.ends
    owners = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    told = np.array(group.matches) if reader.tells is None else np.ones(len(ends), dtype=bool)
    weighs = told[owners] & (added != 0)
    weighs[ends - 1] = False  # END is no word
    at = np.flatnonzero(weighs)
    owners, heaviness = owners[at], np.abs(added[at])
    # One key is sorted in half the time of two; nothing weighs a thousand.
    at = at[np.argsort(owners * 1000.0 - np.minimum(heaviness, 400), kind="stable")]
    most = np.arange(len(at)) - np.searchsorted(owners, owners) < MOST_WORDS
    at, owners = at[most], owners[most]
    words = map(group.spelt.__getitem__, group.said[at].tolist())
    weights = np.round(added[at].astype(np.float64), 3).tolist()
    bounds = np.searchsorted(owners, np.arange(len(ends) + 1)).tolist()
    return list(zip(words, weights, repeat("learnt"), strict=False)), bounds
