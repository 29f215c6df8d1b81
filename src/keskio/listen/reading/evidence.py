"""What each step saw in one message, as it is kept and shown: which words, with which weights, and why."""

from __future__ import annotations

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


class Telling(NamedTuple):
    """What a record says in evidence, worked out once: pairs of weight and why for each step."""

    matched: Weighed
    felt: Weighed
    themed: Weighed
    sided: Weighed
    moved: Weighed
    more: bool  # whether it says anything but what it matched


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
    return Telling(matched, *rest, more=any(rest))


def evidence_of(reader: Reader, batch: Batch, group: Group, at: int) -> tuple[Step, ...]:
    """Return the steps of one message of a group, in the order of the pipeline."""
    row, judged, feelings = group.rows[at], group.judged[at], group.feelings[at]
    matched, felt, themed, sided, moved = _listed(reader, group, at)
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
        Step("emotions", _strongest(feelings), tuple(felt)),
        Step("negativity", f"{group.negative[at]:.2f}", _learnt(reader, group, at)),
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


def _listed(reader: Reader, group: Group, at: int) -> tuple[list[Word], ...]:
    """Return the words of the lists by step: match, emotions, themes, side, motive."""
    matched: list[Word] = []
    felt: list[Word] = []
    themed: list[Word] = []
    sided: list[Word] = []
    moved: list[Word] = []
    tellings = reader.tellings
    for hit in group.hits[at]:
        record = hit.record
        telling = tellings[id(record)] if id(record) in tellings else reader.telling(record)
        if telling is None:
            continue
        token = hit.token
        for weight, why in telling.matched:
            matched.append((token, weight, why))
        if telling.more:
            felt += [(token, 0.0 if hit.denied else weight, why) for weight, why in telling.felt]
            themed += [(token, weight, why) for weight, why in telling.themed]
            sided += [(token, weight, why) for weight, why in telling.sided]
            moved += [(token, weight, why) for weight, why in telling.moved]
    for phrase in group.judged[at].phrases:
        matched.append((phrase.text, round(phrase.mark.weight, 2), "phrase"))
        moved += [(phrase.text, 2.0, name) for name in phrase.mark.motives]
    return matched, felt, themed, sided, moved


def _strongest(feelings: list[float]) -> str:
    most = max(feelings)
    return f"{EMOTIONS[feelings.index(most)]} {most:.2f}"


def _learnt(reader: Reader, group: Group, at: int) -> Words:
    """Return the words that weigh most in the model's chance of negativity."""
    if group.added is None:
        group.added = _added(reader, group)
    heaviest, weights, counts = group.added
    start, said, spelt = group.starts[at], group.said, group.spelt
    told = heaviest[start : start + counts[at]]
    return tuple([(spelt[said[place]], weights[place], "learnt") for place in told])


def _added(reader: Reader, group: Group) -> tuple[list[int], list[float], list[int]]:
    """Return places by message, the heaviest first; each place's weight; how many of each to tell."""
    assert group.batch is not None, "numbered before"
    added = reader.scorer.added(group.batch, group.language)
    ends = group.batch.ends
    heaviness = -np.abs(added)
    heaviness[ends - 1] = 1  # END is no word
    counts = np.add.reduceat(heaviness < 0, np.array(group.starts), dtype=np.int64)
    owners = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    # One key is sorted in half the time of two; nothing weighs a thousand.
    order = np.argsort(owners * 1000.0 + np.clip(heaviness, -400, 400), kind="stable")
    weights = np.round(added.astype(np.float64), 3)
    return order.tolist(), weights.tolist(), np.minimum(counts, MOST_WORDS).tolist()
