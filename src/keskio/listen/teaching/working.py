"""What the wing's thread does: fits anew, and looks for new themes.

Everything that was found is written in one transaction at the end, so that stopping half-way leaves
nothing behind.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import msgspec
import numpy as np
from django.db import transaction

from keskio.engine.text.tokens import stream
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import fetch
from keskio.listen.model.scoring import Scorer
from keskio.listen.teaching import actions, queries
from keskio.listen.teaching.clustering import EXAMPLES, clusters_of
from keskio.listen.teaching.contracts import FEWEST_NEW, POLARITY, VALUES, Lesson
from keskio.listen.teaching.learning import Learnt, learn
from keskio.listen.teaching.models import Cluster, Label, Version

THEMELESS = """
    SELECT m.id, m.text FROM listen_mention m
    WHERE m.language = %s AND m.state = 'read' AND m.text <> '' AND m.negative >= 0.5
        AND m.near_of = 0 AND m.at > %s
        AND NOT EXISTS (SELECT 1 FROM listen_mentiontheme t WHERE t.mention_id = m.id)
    ORDER BY m.id DESC LIMIT 4000
"""
LOOKED_BACK = 90 * queries.DAY


class Stopping(Exception):
    """The worker ends; what was begun is begun again by the next."""


def refit(is_over: Callable[[], bool] = lambda: False) -> dict[str, bool]:
    """Fit each taught language anew; returns whether its new version was put in use. Raises Stopping."""

    def stop() -> None:
        if is_over():
            raise Stopping

    done: dict[str, bool] = {}
    for language in queries.languages_taught():
        lessons = queries.lessons_of(language)
        learnt = learn([lesson for _, lesson in lessons], language, Scorer.load(), stop)
        if learnt.figures:
            done[language] = keep(language, lessons, learnt)
    return done


def keep(language: str, lessons: list[tuple[int, Lesson]], learnt: Learnt) -> bool:
    """Keep a version, and put it in use when it is better; returns whether it was.

    Better than the frozen model on labels held back, and, where a version is in use, right at least as
    often as it about the labels that came after that one was made.
    """
    used = Version.objects.filter(language=language, state=Version.State.IN_USE).first()
    figures = {name: msgspec.to_builtins(one) for name, one in learnt.figures.items()}
    for name, one in learnt.figures.items():
        figures[name]["is_kept"] = one.is_better
    better = learnt.table is not None and (used is None or _holds(used, lessons, learnt))
    table = io.BytesIO()
    if learnt.table is not None:
        learnt.table.save(table)
    with transaction.atomic():
        version = Version.objects.create(
            language=language,
            made_at=now_micros(),
            labels=len(lessons),
            table=table.getvalue(),
            figures=figures,
            curve=learnt.curve,
        )
        if better:
            actions.use_version(version, "")
    return better


def _holds(used: Version, lessons: list[tuple[int, Lesson]], learnt: Learnt) -> bool:
    """Return whether what is learnt does not fall behind the version in use on labels new to both.

    The fresh figures come from slices held back; the version in use is asked about newer labels only.
    """
    newer = set(
        Label.objects.filter(at__gt=used.made_at, head=POLARITY).values_list(
            "mention_id", flat=True
        )
    )
    asked = [one for pk, one in lessons if pk in newer and POLARITY in one.values]
    if POLARITY not in learnt.figures or len(asked) < FEWEST_NEW:
        return set(used.figures) <= set(learnt.figures)
    scorer = Scorer.load({used.language: queries.table_of(used.pk)})
    batch = scorer.batch(stream([one.text for one in asked]), used.language)
    ways = scorer.score_batch(batch, used.language).classes.argmax(axis=1)
    right = np.array(
        [VALUES[way] == one.values[POLARITY] for way, one in zip(ways, asked, strict=True)]
    )
    return learnt.figures[POLARITY].fresh >= float(right.mean()) - 1 / len(right)


def find_themes(language: str, now: Micros) -> int:
    """Look for themes among negative messages without one; what nobody decided about is found anew."""
    rows = fetch(THEMELESS, [language, now - LOOKED_BACK])
    found = clusters_of([text for _, text in rows], language)
    with transaction.atomic():
        Cluster.objects.filter(language=language, state=Cluster.State.OPEN).delete()
        Cluster.objects.bulk_create(
            Cluster(
                language=language,
                made_at=now,
                size=len(one.places),
                words=one.words,
                examples=[rows[place][0] for place in one.places[: EXAMPLES * 4]],
            )
            for one in found
        )
    return len(found)
