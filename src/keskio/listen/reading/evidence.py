"""What each step saw in one message, as it is kept and shown: which words, with which weights, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keskio.engine.text.lists import Kind
from keskio.engine.text.urgency import urgency_of
from keskio.listen.contracts import EMOTIONS, Step
from keskio.listen.reading.batch import Batch, Group
from keskio.listen.reading.weighing import AT

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

Words = tuple[tuple[str, float, str], ...]
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
MOST_WORDS = 8


def evidence_of(reader: Reader, batch: Batch, group: Group, at: int) -> tuple[Step, ...]:
    """Return the steps of one message of a group, in the order of the pipeline."""
    row, judged = group.rows[at], group.judged[at]
    assert group.scores is not None, "scored before"
    urgency = urgency_of(
        group.negative[at],
        feeling=max(group.feelings[at][AT["anger"]], group.feelings[at][AT["fear"]]),
        reached=int(group.spread[at]),
        velocity=group.speeds[at],
        value=group.values[at],
    )
    return (
        Step("collect", str(len(batch.texts[row]))),
        Step("language", f"{batch.languages[row]} {batch.margins[row]:.2f}"),
        Step("normalise", " ".join(group.tokens_of(at))),
        Step("match", "match" if group.matches[at] else "no match", _matched(group, at)),
        Step(
            "negation",
            "irony?" if judged.is_ironic else f"{judged.sum:+.2f}",
            tuple((part.word, round(part.weight, 2), part.why) for part in judged.parts),
        ),
        Step("emotions", _strongest(group.feelings[at]), _felt(group, at)),
        Step("negativity", f"{group.negative[at]:.2f}", _learnt(reader, group, at)),
        Step("themes", ", ".join(group.themes[at]), _themed(group, at)),
        Step("side", group.sides[at], _sided(group, at)),
        Step("motive", group.motives[at], _moved(group, at)),
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


def _matched(group: Group, at: int) -> Words:
    found = []
    for hit in group.hits[at]:
        mark = hit.record.mark
        names = [name for kind, name in NAMED if mark.kinds & kind]
        if mark.themes and not mark.kinds & Kind.DOMAIN:
            names.append("business")
        if names and hit.record.found:
            why = (
                ", ".join(names)
                if hit.record.how == "exact"
                else f"{', '.join(names)} ({hit.record.how}: {' + '.join(hit.record.found)})"
            )
            found.append((hit.token, round(mark.weight, 2), why))
    phrases = [
        (phrase.text, round(phrase.mark.weight, 2), "phrase") for phrase in group.judged[at].phrases
    ]
    return tuple(found + phrases)


def _strongest(feelings: list[float]) -> str:
    place = max(range(len(feelings)), key=feelings.__getitem__)
    return f"{EMOTIONS[place]} {feelings[place]:.2f}"


def _felt(group: Group, at: int) -> Words:
    return tuple(
        (hit.token, 0.0 if hit.denied else 1.0, name)
        for hit in group.hits[at]
        for name in hit.record.mark.emotions
    )


def _learnt(reader: Reader, group: Group, at: int) -> Words:
    """Return the words that weigh most in the model's chance of negativity."""
    if group.added is None:
        assert group.batch is not None, "numbered before"
        group.added = reader.scorer.added(group.batch, group.language)
    tokens = group.tokens_of(at)
    start = group.starts[at]
    added = zip(tokens, group.added[start : start + len(tokens)].tolist(), strict=True)
    heavy = sorted(added, key=lambda pair: -abs(pair[1]))[:MOST_WORDS]
    return tuple((word, round(weight, 3), "learnt") for word, weight in heavy if weight)


def _themed(group: Group, at: int) -> Words:
    return tuple(
        (hit.token, round(1 / len(hit.record.mark.themes), 2), theme)
        for hit in group.hits[at]
        for theme in hit.record.mark.themes
    )


def _sided(group: Group, at: int) -> Words:
    return tuple(
        (hit.token, 1.0, name)
        for hit in group.hits[at]
        for kind, name in ((Kind.PHYSICAL, "physical"), (Kind.EMOTIONAL, "emotional"))
        if hit.record.mark.kinds & kind
    )


def _moved(group: Group, at: int) -> Words:
    words = [(hit.token, 1.0, name) for hit in group.hits[at] for name in hit.record.mark.motives]
    phrases = [(p.text, 2.0, name) for p in group.judged[at].phrases for name in p.mark.motives]
    return tuple(words + phrases)
