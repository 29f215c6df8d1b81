"""Replies from the company's own past answers: which earlier questions were most like this one.

Words of what was asked stand in an inverted index (a table of words, a table of where they stand), kept
as cases close. A question is compared by BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75) over its
rarest words; the same language is asked for, shared themes and well-ended uses lift an answer. Nothing
leaves the house, and nothing is ever sent by itself.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
from django.db.models import Avg, Count

from keskio.engine.text.tokens import tokens
from keskio.kernel.sql import any_of, fetch, listed
from keskio.respond.desk.models import PastAnswer

K1, B = 1.2, 0.75
RAREST = 24  # stems of a question that are looked up
COMMONEST = (
    20_000  # a word that stands in more questions than this tells nothing and is passed over
)
STEMS = (4, 7)  # letters: four bring the forms of a Finnish word together, seven tell words apart
SHARED_THEME, WELL_ENDED = 0.15, 0.2
LEAST = 0.18  # of the score that a question would have with itself
WORDS = "SELECT word, questions FROM desk_word WHERE {words}"
PLACES = """
    SELECT p.answer_id, p.word, p.times, a.length
    FROM desk_posting p JOIN desk_pastanswer a ON a.id = p.answer_id
    WHERE {words} AND a.language = %s AND a.is_hidden = %s AND a.case_id <> %s
"""


class Suggestion(msgspec.Struct, frozen=True):
    """A past answer for this question: how like the questions are (0-1), and how it has served."""

    id: int
    case: int
    asked: str
    answer: str
    likeness: float
    used: int
    satisfied: int


@lru_cache(maxsize=65_536)
def stems(word: str) -> tuple[int, ...]:
    """Return what a word is found by: its first letters, few and more, each as 63 bits of BLAKE2b.

    >>> set(stems("lasku")) & set(stems("laskussani")) != set(), stems("ja")
    (True, ())
    """
    found = [word[:letters] for letters in STEMS if len(word) >= letters]
    if len(word) == STEMS[0] - 1:
        found.append(word)
    return tuple(
        int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "big") >> 1
        for stem in found
    )


def words_of(text: str) -> Counter[int]:
    """Return the stems of a text with how many times each stands there; marks and numbers count not."""
    return Counter(stem for token in tokens(text) if token[0].isalpha() for stem in stems(token))


def suggestions(
    question: str, *, language: str, themes: Sequence[str] = (), case: int = 0, limit: int = 3
) -> list[Suggestion]:
    """Return past answers to questions like this one, the best first; [] when none is like enough."""
    asked = words_of(question)
    if not asked:
        return []
    known = PastAnswer.objects.filter(language=language).aggregate(
        count=Count("id"), length=Avg("length")
    )
    total, mean = known["count"], float(known["length"] or 1)
    if not total:
        return []
    weights = _weights(asked, PastAnswer.objects.count())
    if not weights:
        return []
    scores = _scores(weights, language, case, mean)
    best = sorted(scores, key=lambda answer: (-scores[answer], answer))[: limit * 4]
    own = sum(weight * (K1 + 1) / (1 + K1) for weight in weights.values())
    rows = PastAnswer.objects.in_bulk(best)
    found = [_told(rows[answer], scores[answer] / own, themes) for answer in best]
    found.sort(key=lambda pair: (-pair[0], -pair[1].id))
    return _distinct(one for score, one in found if score >= LEAST)[:limit]


def _weights(asked: Counter[int], total: int) -> dict[int, float]:
    known = dict(fetch(WORDS.format(words=any_of("word")), (listed(asked),)))
    rare = sorted((count, word) for word, count in known.items() if 0 < count <= COMMONEST)
    return {
        word: math.log(1 + (total - count + 0.5) / (count + 0.5))
        for count, word in rare[:RAREST]
        if total >= count
    }


def _scores(weights: dict[int, float], language: str, case: int, mean: float) -> dict[int, float]:
    sql = PLACES.format(words=any_of("p.word"))
    scores: dict[int, float] = {}
    for answer, word, times, length in fetch(sql, (listed(weights), language, False, case)):
        part = times * (K1 + 1) / (times + K1 * (1 - B + B * length / mean))
        scores[answer] = scores.get(answer, 0.0) + weights[word] * part
    return scores


def _told(row: PastAnswer, score: float, themes: Sequence[str]) -> tuple[float, Suggestion]:
    shared = SHARED_THEME if set(themes) & set(row.themes) else 0.0
    served = WELL_ENDED * row.satisfied / (row.used + 2)
    told = Suggestion(
        id=row.pk,
        case=row.case_id,
        asked=row.asked,
        answer=row.answer,
        likeness=min(1.0, score),
        used=row.used,
        satisfied=row.satisfied,
    )
    return score * (1 + shared + served), told


def _distinct(found: Iterable[Suggestion]) -> list[Suggestion]:
    """Leave out answers that say the same in other letters: agents answer alike."""
    kept: list[Suggestion] = []
    said: set[str] = set()
    for one in found:
        text = " ".join(one.answer.lower().split())
        if text not in said:
            said.add(text)
            kept.append(one)
    return kept
