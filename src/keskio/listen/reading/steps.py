"""The steps of the pipeline, in their order: each a function that adds its part to the batch.

A step takes the reader (which holds lists and model) and the batch. Nothing is written anywhere and
nothing is asked of the outside world. What words said is kept as it is found; `evidence` tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keskio.engine.text.lists import (
    FEELS,
    MOVES,
    SPEAKS,
    SPEAKS_DENIED,
    THEMED,
    Kind,
    Phrase,
    Record,
)
from keskio.engine.text.urgency import REPOST
from keskio.listen.contracts import EMOTIONS, Reading
from keskio.listen.model import language as languages
from keskio.listen.model.batches import NO_MARKS, batch_from
from keskio.listen.reading.batch import Batch, Found, Group, split_by_language
from keskio.listen.reading.evidence import evidence_of
from keskio.listen.reading.weighing import (
    feelings_with,
    learnt_shares,
    negative_with,
    polarity_with,
    urgencies,
)
from keskio.listen.reading.windows import judge_all

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

SURE = 0.3  # a smaller margin is a guess: the source's word is believed
PHYSICAL = Kind.PHYSICAL | Kind.FAULT | Kind.UNIT
ORDER = ("made_up", "warns", "peer_support", "guides", "seeks_solution", "vents")
READABLE = ("fi", "en", "sv")
MOOD = Kind.GOOD | Kind.BAD | Kind.FAULT | Kind.PROFANE | Kind.LEAVES | Kind.STILL | Kind.IRONY
TELLING = MOOD | Kind.QUESTION  # a word of mood, or one that asks
THEME_LEAST = 0.2
VENTS, VENTED = 0.7, -1.5  # so negative, and said so: it lets off steam
FELT = 0.6  # this negative, a message about the business matches without a word of mood


def collect(_: Reader, batch: Batch) -> None:
    """Take each message's title and text."""
    batch.texts = [
        f"{post.title}. {post.text}" if post.title else post.text for post in batch.posts
    ]


def language(reader: Reader, batch: Batch) -> None:
    """Tell the languages apart; where that is a guess, believe the source."""
    cutting = reader.cutting
    batch.said, batch.spelt = cutting.numbers(batch.texts), cutting.words.spelt
    numbered = batch_from(cutting.words, batch.said, NO_MARKS)
    batch.ends = numbered.ends
    codes, margins = languages.decided_in(cutting.words, numbered)
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
        reader.prepare(group.language)
        words = reader.scorer.words(group.language)
        group.batch = batch_from(words, reader.across(group.language).numbers(group.said))
        group.starts = [0, *group.batch.ends[:-1].tolist()]


def match(reader: Reader, batch: Batch) -> None:
    """Find the words of the lists: those of the business, of mood and of themes."""
    for group in batch.groups:
        assert group.batch is not None, "numbered in the step before"
        known = reader.scorer.words(group.language).values(reader.column)[group.batch.numbers]
        owners = np.repeat(np.arange(len(group)), np.diff(group.batch.ends, prepend=0))
        denied = np.zeros(len(owners), dtype=bool)
        denied[group.batch.denied] = True
        numbers, level = known[:, 0], known[:, 1]
        business = np.zeros(len(group), dtype=bool)
        business[owners[known[:, 2] != 0]] = True
        spoken = np.zeros(len(group), dtype=bool)
        spoken[owners[(level == SPEAKS) | (level == SPEAKS_DENIED) & denied]] = True
        if not reader.tells:
            sorts = [batch.posts[row].of_all_sorts for row in group.rows]
            spoken &= business | ~np.array(sorts)
        places = np.flatnonzero((numbers != 0) & spoken[owners])
        group.found = Found(owners[places], places, numbers[places], denied[places], business)


def negation(reader: Reader, batch: Batch) -> None:
    """Judge by rules of language: denial, intensity, contrast, what is implied, hints of irony."""
    for group in batch.groups:
        assert group.found is not None, "found in the step before"
        bits = reader.records(group.language).known().bits
        group.kinds = group.found.kinds(bits, len(group))
        judge_all(reader, group)


def emotions(reader: Reader, batch: Batch) -> None:
    """Score the eight emotions by the model, and add what words of emotion say."""
    for group in batch.groups:
        assert group.batch is not None, "numbered before"
        group.scores = reader.scorer.score_batch(group.batch, group.language)
        felt = [
            (owner, record.mark.emotions)
            for owner, record, denied in _said(reader, group, FEELS)
            if not denied
        ]
        felt += [
            (owner, phrase.mark.emotions)
            for owner, phrase in _phrases(group)
            if phrase.mark.emotions
        ]
        group.feelings = feelings_with(group.scores.feelings, felt)


def _said(reader: Reader, group: Group, kind: int) -> list[tuple[int, Record, bool]]:
    """Return whose hits are of a kind, in messages about the business: (message, record, denied)."""
    assert group.found is not None, "found before"
    records, found = reader.records(group.language), group.found
    said = (records.known().bits[found.numbers] & kind != 0) & found.business[found.owners]
    return [
        (owner, records.all[number], denied)
        for owner, number, denied in zip(
            found.owners[said].tolist(),
            found.numbers[said].tolist(),
            found.denied[said].tolist(),
            strict=True,
        )
    ]


def _phrases(group: Group) -> list[tuple[int, Phrase]]:
    """Return the phrases of messages about the business."""
    assert group.found is not None, "found before"
    business, judged = group.found.business, group.judged
    return [
        (owner, phrase)
        for owner in group.spoken
        if judged[owner].phrases and business[owner]
        for phrase in judged[owner].phrases
    ]


def negativity(_: Reader, batch: Batch) -> None:
    """Say how negative it is, and which way it leans: the model and the rules together."""
    for group in batch.groups:
        assert group.scores is not None, "scored in the step before"
        assert group.found is not None, "found before"
        ours = group.found.business
        group.negative = negative_with(group.scores.negative, group.sums * ours)
        ratings = [batch.posts[row].rating for row in group.rows]
        shares = learnt_shares(group)
        group.polarity = polarity_with(group.scores, group.sums, shares, ratings)
        # A message about the business needs a word of mood, or one that asks.
        moody = (group.kinds & TELLING != 0) | (group.negative >= FELT) | group.weighs
        group.matches = (moody & ours).tolist()


def themes(reader: Reader, batch: Batch) -> None:
    """Say which themes it is of: by words of the lists, and by what the company has taught."""
    for group in batch.groups:
        assert group.scores is not None, "scored before"
        counts: dict[int, dict[str, float]] = {}
        for owner, record, _ in _said(reader, group, THEMED):
            # A word of one theme counts more than one of many.
            named = record.mark.themes
            found = counts.setdefault(owner, {})
            for theme in named:
                found[theme] = found.get(theme, 0.0) + 1.0 / len(named)
        for owner, phrase in _phrases(group):
            for theme in phrase.mark.themes:
                found = counts.setdefault(owner, {})
                found[theme] = found.get(theme, 0.0) + 1.0
        group.themes = [{} for _ in group.rows]
        for owner, found in counts.items():
            group.themes[owner] = _shares(found)
        for key, chances in group.scores.themes.items():
            for at in np.flatnonzero(chances >= 0.5).tolist():
                group.themes[at][key] = max(
                    group.themes[at].get(key, 0.0), round(float(chances[at]), 3)
                )


def _shares(counts: dict[str, float]) -> dict[str, float]:
    """Return themes by their share of theme words beside the first one's."""
    if len(counts) == 1:
        return dict.fromkeys(counts, 1.0)
    most = max(counts.values())
    return {
        key: round(count / most, 3) for key, count in counts.items() if count / most >= THEME_LEAST
    }


def side(reader: Reader, batch: Batch) -> None:
    """Say whether it is about things (waiting, place, price, device) or about how people were met."""
    for group in batch.groups:
        assert group.found is not None, "found before"
        owners, bits = (
            group.found.owners,
            reader.records(group.language).known().bits[group.found.numbers],
        )
        physical = np.bincount(owners, bits & PHYSICAL != 0, len(group))
        emotional = np.bincount(owners, bits & Kind.EMOTIONAL != 0, len(group))
        sides = np.where(physical >= emotional, "physical", "emotional")
        sides[(physical + emotional == 0) | ~group.found.business] = ""
        group.sides = sides.tolist()


def motive(reader: Reader, batch: Batch) -> None:
    """Say why it was probably written, by phrases of each motive."""
    for group in batch.groups:
        counts: dict[int, dict[str, int]] = {}
        for owner, record, _ in _said(reader, group, MOVES):
            found = counts.setdefault(owner, {})
            for name in record.mark.motives:
                found[name] = found.get(name, 0) + 1
        for owner, phrase in _phrases(group):
            for name in phrase.mark.motives:
                found = counts.setdefault(owner, {})
                found[name] = found.get(name, 0) + 2
        assert group.found is not None, "found before"
        vents = group.found.business & (group.negative >= VENTS) & (group.sums <= VENTED)
        group.motives = [""] * len(group)
        for owner in np.flatnonzero(vents).tolist():
            group.motives[owner] = "vents"
        for owner, found in counts.items():
            group.motives[owner] = min(found, key=lambda name: (-found[name], _rank(name)))


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


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
        feelings = group.feelings
        group.speeds = [0.0] * len(group)
        if velocities:
            group.speeds = [
                max([velocities.get(key, 0.0) for key in named], default=0.0)
                for named in group.themes
            ]
        group.values = list(map(value_of, [posts[row] for row in group.rows]))
        parts = urgencies(
            group.negative,
            np.maximum(feelings[:, anger], feelings[:, fear]),
            np.array(group.spread),
            np.array(group.speeds),
            np.array(group.values),
        )
        group.urgency = np.round(parts.prod(axis=0), 4).tolist()
        group.parts = np.round(parts, 3).T.tolist()


def mention(reader: Reader, batch: Batch) -> None:
    """Make the readings, with evidence for what is a match."""
    readings: list[Reading | None] = [None] * len(batch.posts)
    for group in batch.groups:
        parts = zip(
            group.rows,
            group.negative.tolist(),
            group.polarity,
            group.feelings.tolist(),
            group.themes,
            group.matches,
            group.sides,
            group.motives,
            group.urgency,
            strict=True,
        )
        tells = reader.tells
        for at, (
            row,
            negative,
            polarity,
            feelings,
            themes,
            is_match,
            side,
            motive,
            urgent,
        ) in enumerate(parts):
            joy, trust, fear, surprise, sadness, disgust, anger, anticipation = feelings
            readings[row] = Reading(
                group.language,
                negative,
                polarity,
                {  # written out: a third of the time that it takes to zip them
                    "joy": joy,
                    "trust": trust,
                    "fear": fear,
                    "surprise": surprise,
                    "sadness": sadness,
                    "disgust": disgust,
                    "anger": anger,
                    "anticipation": anticipation,
                },
                themes,
                is_match,
                side,
                motive,
                urgent,
                evidence_of(reader, batch, group, at)
                if tells or (is_match and tells is None)
                else (),
            )
    batch.readings = [reading for reading in readings if reading is not None]
    assert len(batch.readings) == len(batch.posts), "every message is in one group"
