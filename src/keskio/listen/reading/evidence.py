"""What each step saw in one message, as it is kept and shown: which words, with which weights, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keskio.engine.text.lists import Kind, Record
from keskio.engine.text.urgency import urgency_of
from keskio.listen.contracts import EMOTIONS, Step
from keskio.listen.reading.batch import Batch, Group
from keskio.listen.reading.weighing import AT

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


class Telling(NamedTuple):
    """What a record says in evidence, worked out once: pairs of weight and why for each step."""

    matched: Weighed
    felt: Weighed
    themed: Weighed
    sided: Weighed
    moved: Weighed


def telling_of(record: Record) -> Telling:
    """Return what a record says in evidence."""
    mark = record.mark
    names = [name for kind, name in NAMED if mark.kinds & kind]
    if mark.themes and not mark.kinds & Kind.DOMAIN:
        names.append("business")
    why = ", ".join(names)
    if record.how != "exact":
        why = f"{why} ({record.how}: {' + '.join(record.found)})"
    return Telling(
        ((round(mark.weight, 2), why),) if names and record.found else (),
        tuple((1.0, name) for name in mark.emotions),
        tuple((round(1 / len(mark.themes), 2), theme) for theme in mark.themes),
        tuple((1.0, name) for kind, name in SIDES if mark.kinds & kind),
        tuple((1.0, name) for name in mark.motives),
    )


def evidence_of(reader: Reader, batch: Batch, group: Group, at: int) -> tuple[Step, ...]:
    """Return the steps of one message of a group, in the order of the pipeline."""
    row, judged, feelings = group.rows[at], group.judged[at], group.feelings[at]
    matched, felt, themed, sided, moved = _listed(reader, group, at)
    urgency = urgency_of(
        group.negative[at],
        feeling=max(feelings[AT["anger"]], feelings[AT["fear"]]),
        reached=int(group.spread[at]),
        velocity=group.speeds[at],
        value=group.values[at],
    )
    return (
        Step("collect", str(len(batch.texts[row]))),
        Step("language", f"{batch.languages[row]} {batch.margins[row]:.2f}"),
        Step("normalise", " ".join(group.tokens_of(at))),
        Step("match", "match" if group.matches[at] else "no match", matched),
        Step(
            "negation",
            "irony?" if judged.is_ironic else f"{judged.sum:+.2f}",
            tuple([(part.word, round(part.weight, 2), part.why) for part in judged.parts]),
        ),
        Step("emotions", _strongest(feelings), felt),
        Step("negativity", f"{group.negative[at]:.2f}", _learnt(reader, group, at)),
        Step("themes", ", ".join(group.themes[at]), themed),
        Step("side", group.sides[at], sided),
        Step("motive", group.motives[at], moved),
        Step("spread", f"{group.spread[at]:.0f}"),
        Step(
            "urgency",
            f"{urgency.whole:.2f}",
            (
                ("negative", round(urgency.negative, 3), "part"),
                ("feeling", round(urgency.feeling, 3), "part"),
                ("reach", round(urgency.reach, 3), "part"),
                ("velocity", round(urgency.velocity, 3), "part"),
                ("value", round(urgency.value, 3), "part"),
            ),
        ),
        Step("mention", f"{group.polarity[at]:+.2f}"),
    )


def _listed(reader: Reader, group: Group, at: int) -> tuple[Words, Words, Words, Words, Words]:
    """Return the words of the lists by step: match, emotions, themes, side, motive."""
    matched: list[Word] = []
    felt: list[Word] = []
    themed: list[Word] = []
    sided: list[Word] = []
    moved: list[Word] = []
    for hit in group.hits[at]:
        token, telling = hit.token, reader.telling(hit.record)
        if telling is None:
            continue
        for weight, why in telling.matched:
            matched.append((token, weight, why))
        for weight, why in telling.felt:
            felt.append((token, 0.0 if hit.denied else weight, why))
        for weight, why in telling.themed:
            themed.append((token, weight, why))
        for weight, why in telling.sided:
            sided.append((token, weight, why))
        for weight, why in telling.moved:
            moved.append((token, weight, why))
    for phrase in group.judged[at].phrases:
        matched.append((phrase.text, round(phrase.mark.weight, 2), "phrase"))
        moved += [(phrase.text, 2.0, name) for name in phrase.mark.motives]
    return tuple(matched), tuple(felt), tuple(themed), tuple(sided), tuple(moved)


def _strongest(feelings: list[float]) -> str:
    most = max(feelings)
    return f"{EMOTIONS[feelings.index(most)]} {most:.2f}"


def _learnt(reader: Reader, group: Group, at: int) -> Words:
    """Return the words that weigh most in the model's chance of negativity."""
    if group.added is None:
        group.added = _added(reader, group)
    heaviest, weights, counts = group.added
    start, tokens = group.starts[at], group.tokens
    told = heaviest[start : start + counts[at]]
    return tuple([(tokens[place], weights[place], "learnt") for place in told])


def _added(reader: Reader, group: Group) -> tuple[list[int], list[float], list[int]]:
    """Return places by message, the heaviest first; each place's weight; how many of each to tell."""
    assert group.batch is not None, "numbered before"
    added = reader.scorer.added(group.batch, group.language)
    ends = group.batch.ends
    heaviness = -np.abs(added)
    heaviness[ends - 1] = 1  # END is no word
    counts = np.add.reduceat(heaviness < 0, np.array(group.starts), dtype=np.int64)
    owners = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    order = np.lexsort((heaviness, owners))
    weights = np.round(added.astype(np.float64), 3)
    return order.tolist(), weights.tolist(), np.minimum(counts, MOST_WORDS).tolist()
