"""The steps of the pipeline, in their order: each a function that adds its part to the batch.

A step takes the reader (which holds lists and model) and the batch. Nothing is written anywhere and
nothing is asked of the outside world. What words said is kept as it is found; `evidence` tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import SILENT, Hit, Judged, judge
from keskio.engine.text.lists import SPEAKS, SPEAKS_DENIED, Kind
from keskio.engine.text.tokens import negation_marks, stream
from keskio.engine.text.urgency import REPOST
from keskio.listen.contracts import EMOTIONS, Reading
from keskio.listen.model import language as languages
from keskio.listen.reading.batch import Batch, Group, split_by_language
from keskio.listen.reading.evidence import evidence_of
from keskio.listen.reading.weighing import feelings_with, negative_with, polarity_with, urgencies

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

SURE = 0.3  # a smaller margin is a guess: the source's word is believed
NONE: list[Hit] = []  # the hits of a message that says nothing; never added to
READABLE = ("fi", "en", "sv")
MOOD = Kind.GOOD | Kind.BAD | Kind.FAULT | Kind.PROFANE | Kind.LEAVES | Kind.STILL | Kind.IRONY
TELLING = MOOD | Kind.QUESTION  # a word of mood, or one that asks
THEME_LEAST = 0.2
FELT = 0.6  # this negative, a message about the business matches without a word of mood


def collect(_: Reader, batch: Batch) -> None:
    """Take each message's title and text."""
    batch.texts = [
        f"{post.title}. {post.text}" if post.title else post.text for post in batch.posts
    ]


def language(_: Reader, batch: Batch) -> None:
    """Tell the languages apart; where that is a guess, believe the source."""
    batch.tokens = stream(batch.texts)
    codes, margins = languages.decided(batch.tokens)
    names = languages.codes()
    batch.languages = [names[code] for code in codes.tolist()]
    batch.margins = margins.tolist()
    for row in np.flatnonzero(margins < SURE).tolist():
        hint = batch.posts[row].language_hint[:2].lower()
        batch.languages[row] = hint if hint in READABLE else _guessed(batch.languages[row])


def _guessed(code: str) -> str:
    return code if code in ("fi", "en") else "fi"


def normalise(reader: Reader, batch: Batch) -> None:
    """Group the tokens by language and number the words; mark what a denial reaches."""
    batch.groups = split_by_language(batch)
    for group in batch.groups:
        group.marks = negation_marks(group.tokens)
        reader.prepare(group.language)
        group.batch = reader.scorer.batch(group.tokens, group.language, group.marks)
        group.starts = [0, *group.batch.ends[:-1].tolist()]


def match(reader: Reader, batch: Batch) -> None:
    """Find the words of the lists: those of the business, of mood and of themes."""
    for group in batch.groups:
        assert group.batch is not None, "numbered in the step before"
        known = reader.scorer.words(group.language).values(reader.column)[group.batch.numbers]
        owners = np.repeat(np.arange(len(group)), np.diff(group.batch.ends, prepend=0))
        denied = np.frombuffer(group.marks, dtype=np.uint8)
        numbers, level = known[:, 0], known[:, 1]
        spoken = np.zeros(len(group), dtype=bool)
        spoken[owners[(level == SPEAKS) | (level == SPEAKS_DENIED) & (denied == 1)]] = True
        places = np.flatnonzero((numbers != 0) & spoken[owners])
        group.hits = _hits_of(reader, group, places, numbers[places], owners[places])


def _hits_of(
    reader: Reader, group: Group, places: NDArray[Any], numbers: NDArray[Any], owners: NDArray[Any]
) -> list[list[Hit]]:
    records, tokens = reader.records(group.language), group.tokens
    marks, starts = group.marks, group.starts
    hits: list[list[Hit]] = [NONE] * len(group)
    business = group.business = [False] * len(group)
    owned = -1
    for place, number, owner in zip(
        places.tolist(), numbers.tolist(), owners.tolist(), strict=True
    ):
        if owner != owned:
            owned, start = owner, starts[owner]
            own = hits[owner] = []
        record = records[number]
        if record.is_business:
            business[owner] = True
        own.append(Hit(place - start, tokens[place], record, marks[place] == 1))
    return hits


def negation(reader: Reader, batch: Batch) -> None:
    """Judge by rules of language: denial, intensity, contrast, what is implied, hints of irony."""
    for group in batch.groups:
        lists = reader.lists(group.language)
        group.judged = [judge(hits, lists) if hits else SILENT for hits in group.hits]


def emotions(reader: Reader, batch: Batch) -> None:
    """Score the eight emotions by the model, and add what words of emotion say."""
    for group in batch.groups:
        assert group.batch is not None, "numbered in the step before"
        group.scores = reader.scorer.score_batch(group.batch, group.language)
        group.feelings = feelings_with(
            group.scores.feelings, group.hits, group.judged, group.business
        )


def negativity(_: Reader, batch: Batch) -> None:
    """Say how negative it is, and which way it leans: the model and the rules together."""
    for group in batch.groups:
        assert group.scores is not None, "scored in the step before"
        group.negative = negative_with(group.scores.negative, group.judged, group.business)
        ratings = [batch.posts[row].rating for row in group.rows]
        group.polarity = polarity_with(group.scores, group.judged, group.hits, ratings)
        group.matches = [
            ours and _is_match(hits, judged, negative)
            for ours, hits, judged, negative in zip(
                group.business, group.hits, group.judged, group.negative, strict=True
            )
        ]


def _is_match(hits: list[Hit], judged: Judged, negative: float) -> bool:
    """Say whether a message about the business has a word of mood or asks something."""
    if judged.parts or negative >= FELT:
        return True
    return any(hit.record.bits & TELLING for hit in hits)


def themes(_: Reader, batch: Batch) -> None:
    """Say which themes it is of: by words of the lists, and by what the company has taught."""
    for group in batch.groups:
        assert group.scores is not None, "scored before"
        group.themes = [
            _themes_of(hits, judged) if ours else {}
            for ours, hits, judged in zip(group.business, group.hits, group.judged, strict=True)
        ]
        for key, chances in group.scores.themes.items():
            for at in np.flatnonzero(chances >= 0.5).tolist():
                group.themes[at][key] = max(
                    group.themes[at].get(key, 0.0), round(float(chances[at]), 3)
                )


def _themes_of(hits: list[Hit], judged: Judged) -> dict[str, float]:
    """Return themes by their share of theme words; a word of one theme counts more than one of many."""
    found: dict[str, float] = {}
    for hit in hits:
        named = hit.record.mark.themes
        if named:
            share = 1.0 / len(named)
            for theme in named:
                found[theme] = found.get(theme, 0.0) + share
    for phrase in judged.phrases:
        for theme in phrase.mark.themes:
            found[theme] = found.get(theme, 0.0) + 1.0
    if not found:
        return found
    most = max(found.values())
    return {
        key: round(count / most, 3) for key, count in found.items() if count / most >= THEME_LEAST
    }


def side(_: Reader, batch: Batch) -> None:
    """Say whether it is about things (waiting, place, price, device) or about how people were met."""
    for group in batch.groups:
        group.sides = [
            _side_of(hits) if ours else ""
            for ours, hits in zip(group.business, group.hits, strict=True)
        ]


def _side_of(hits: list[Hit]) -> str:
    physical = emotional = 0
    for hit in hits:
        kinds = hit.record.mark.kinds
        physical += bool(kinds & (Kind.PHYSICAL | Kind.FAULT | Kind.UNIT))
        emotional += bool(kinds & Kind.EMOTIONAL)
    if not physical and not emotional:
        return ""
    return "physical" if physical >= emotional else "emotional"


ORDER = ("made_up", "warns", "peer_support", "guides", "seeks_solution", "vents")


def motive(_: Reader, batch: Batch) -> None:
    """Say why it was probably written, by phrases of each motive."""
    for group in batch.groups:
        group.motives = [
            _motive_of(hits, judged, negative) if ours else ""
            for ours, hits, judged, negative in zip(
                group.business, group.hits, group.judged, group.negative, strict=True
            )
        ]


def _motive_of(hits: list[Hit], judged: Judged, negative: float) -> str:
    found: dict[str, int] = {}
    for hit in hits:
        for name in hit.record.mark.motives:
            found[name] = found.get(name, 0) + 1
    for phrase in judged.phrases:
        for name in phrase.mark.motives:
            found[name] = found.get(name, 0) + 2
    if not found:
        return "vents" if negative >= 0.7 and judged.sum <= -1.5 else ""
    return min(found, key=lambda name: (-found[name], ORDER.index(name) if name in ORDER else 9))


def spread(_: Reader, batch: Batch) -> None:
    """Say how far it has spread: followers and reposts as people reached."""
    posts = batch.posts
    for group in batch.groups:
        group.spread = [float(posts[row].reach + REPOST * posts[row].reposts) for row in group.rows]


def urgency(reader: Reader, batch: Batch) -> None:
    """Multiply what makes it urgent; `evidence` tells the parts."""
    anger, fear = EMOTIONS.index("anger"), EMOTIONS.index("fear")
    velocities, value_of, posts = batch.velocities, reader.value_of, batch.posts
    for group in batch.groups:
        feelings = np.array(group.feelings)
        group.speeds = [0.0] * len(group)
        if velocities:
            group.speeds = [
                max([velocities.get(key, 0.0) for key in named], default=0.0)
                for named in group.themes
            ]
        group.values = [value_of(posts[row]) for row in group.rows]
        group.urgency = urgencies(
            np.array(group.negative),
            np.maximum(feelings[:, anger], feelings[:, fear]),
            np.array(group.spread),
            np.array(group.speeds),
            np.array(group.values),
        )


def mention(reader: Reader, batch: Batch) -> None:
    """Make the readings, with evidence for what is a match."""
    readings: list[Reading | None] = [None] * len(batch.posts)
    for group in batch.groups:
        for at, row in enumerate(group.rows):
            is_match = group.matches[at]
            is_told = is_match if reader.tells is None else reader.tells
            readings[row] = Reading(
                batch.languages[row],
                group.negative[at],
                group.polarity[at],
                dict(zip(EMOTIONS, group.feelings[at])),  # noqa: B905 - half a microsecond; both are eight
                group.themes[at],
                is_match,
                group.sides[at],  # type: ignore[arg-type]
                group.motives[at],  # type: ignore[arg-type]
                group.urgency[at],
                evidence_of(reader, batch, group, at) if is_told else (),
            )
    batch.readings = [reading for reading in readings if reading is not None]
    assert len(batch.readings) == len(batch.posts), "every message is in one group"
