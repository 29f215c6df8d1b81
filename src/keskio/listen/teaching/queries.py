"""Reads of the wing: the scorer in use, what is worth labelling next, lessons, and what stands where."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count

from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.listen.model.scoring import Scorer
from keskio.listen.model.tables import Table
from keskio.listen.models import Mention
from keskio.listen.teaching.contracts import POLARITY, Lesson
from keskio.listen.teaching.models import Cluster, Label, Version

A_DAY = 20
"""Messages offered for labelling in a day: more tire people, and the next are chosen better tomorrow."""
DAY: Micros = 86_400_000_000
LOOKED_AT = 400
RECENT = 30 * DAY
UNSURE = 15  # of the twenty; the rest are taken as they come, so that sureness is tested too

# Unsure is what lies near the middle, in either way of asking.
UNLABELLED = """
    SELECT m.id FROM listen_mention m
    WHERE m.state = 'read' AND m.text <> '' AND m.near_of = 0 AND m.at > %s
        AND NOT EXISTS (SELECT 1 FROM teaching_label l WHERE l.mention_id = m.id)
    ORDER BY {order} LIMIT %s
"""
TAUGHT = """
    SELECT m.id, m.text, l.head, l.value FROM teaching_label l
    JOIN listen_mention m ON m.id = l.mention_id
    WHERE m.language = %s AND m.text <> '' AND l.head <> 'skip'
    ORDER BY m.id, l.head
"""


class Standing(NamedTuple):
    """How far teaching is: labels in all, said today, and left of today's twenty."""

    labels: int
    today: int
    left: int


_loaded: dict[tuple[tuple[str, int], ...], Scorer] = {}


def scorer_in_use() -> Scorer:
    """Return the scorer with the versions in use; the same object until they change."""
    rows = Version.objects.filter(state=Version.State.IN_USE).values_list("language", "pk")
    key = tuple(sorted((language, int(pk)) for language, pk in rows))
    found = _loaded.get(key)
    if found is None:
        found = Scorer.load({language: table_of(pk) for language, pk in key})
        _loaded.clear()
        _loaded[key] = found
    return found


def read_with() -> str:
    """Return a name of what `scorer_in_use` reads with: 'frozen', or 'fi:12' for version 12."""
    rows = Version.objects.filter(state=Version.State.IN_USE).values_list("language", "pk")
    return " ".join(sorted(f"{language}:{pk}" for language, pk in rows)) or "frozen"


def table_of(version: int) -> Table:
    """Return the weights of a version."""
    kept = Version.objects.values_list("table", flat=True).get(pk=version)
    return Table.load(io.BytesIO(bytes(kept)))


def lessons_of(language: str) -> list[tuple[int, Lesson]]:
    """Return what people said of texts in a language that are still there, by mention."""
    found: dict[int, Lesson] = {}
    for pk, text, head, value in fetch(TAUGHT, [language]):
        lesson = found.get(pk)
        if lesson is None:
            lesson = found[pk] = Lesson(text, {})
        found[pk] = Lesson(text, {**lesson.values, head: value})
    return list(found.items())


def languages_taught() -> list[str]:
    """Return the languages in which anything has been labelled."""
    rows = Label.objects.exclude(mention__language="").values_list("mention__language", flat=True)
    return sorted(set(rows.distinct()))


def worth_labelling(now: Micros) -> list[Mention]:
    """Return what is left of today's messages to label: those the model is least sure of, and some others.

    The same message is not offered twice over; near copies of another are left out.
    """
    left = standing(now).left
    if not left:
        return []
    since = now - RECENT
    unsure = _ids("abs(m.negative - 0.5) + abs(m.polarity) / 2, m.id", since, LOOKED_AT)
    # Ids times a large odd number, wrapped: as good as dice, and the same all day.
    others = _ids("(m.id * 48271) %% 65537, m.id", since, A_DAY)
    wanted = list(dict.fromkeys([*unsure[:UNSURE], *others]))[:left]
    by_id = Mention.objects.in_bulk(wanted)
    return [by_id[pk] for pk in wanted if pk in by_id]


def _ids(order: str, since: Micros, count: int) -> list[int]:
    return [pk for (pk,) in fetch(UNLABELLED.format(order=order), [since, count])]


def standing(now: Micros) -> Standing:
    """Return how far teaching is."""
    labels = Label.objects.exclude(head="skip").values("mention_id").distinct().count()
    today = Label.objects.filter(at__gt=now - now % DAY).values("mention_id").distinct().count()
    return Standing(labels, today, max(0, A_DAY - today))


def labels_of(mention_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what people have said of mentions: values by head."""
    said: dict[int, dict[str, str]] = {}
    rows = Label.objects.filter(mention_id__in=mention_ids)
    for pk, head, value in rows.values_list("mention_id", "head", "value"):
        said.setdefault(pk, {})[head] = value
    return said


def counts_by_value() -> list[tuple[str, int]]:
    """Return how many labels there are of each polarity."""
    rows = Label.objects.filter(head=POLARITY).values_list("value").annotate(n=Count("pk"))
    return sorted(rows)


def new_labels(language: str) -> int:
    """Return how many labels have come in a language since its latest version was made."""
    latest = Version.objects.filter(language=language).order_by("-id").first()
    found = Label.objects.filter(mention__language=language).exclude(head="skip")
    return (found.filter(at__gt=latest.made_at) if latest else found).count()


def open_clusters() -> list[tuple[Cluster, list[Mention]]]:
    """Return undecided clusters, largest first, each with those examples that are still there."""
    clusters = list(Cluster.objects.filter(state=Cluster.State.OPEN).order_by("-size", "id"))
    wanted = [pk for cluster in clusters for pk in cluster.examples]
    found = Mention.objects.exclude(text="").in_bulk(wanted)
    return [(one, [found[pk] for pk in one.examples if pk in found]) for one in clusters]
