"""What a condition may name: traits and events that have been seen, kinds of objects, segments, stages."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import fetch
from keskio.know.objects.queries import fields_of_kinds
from keskio.know.segments.contracts import ModelDraft
from keskio.know.segments.models import Segment, StageModel
from keskio.know.segments.shelf import node_of

# As much of the log and of the customers is looked at: the newest.
EVENTS_SEEN = 100_000
CUSTOMERS_SEEN = 2_000
KEPT_FOR: Micros = 60_000_000
NAMES = "SELECT name, count(*) FROM events_event WHERE id > %s GROUP BY name ORDER BY 2 DESC, 1"
SAMPLE = "SELECT body FROM events_event WHERE name = %s ORDER BY id DESC LIMIT 20"
TOLD = """
    SELECT traits FROM know_customer WHERE known_at IS NOT NULL AND merged_into_id IS NULL
    ORDER BY id DESC LIMIT %s
"""
# Events that only say what Keskiö itself has written elsewhere.
OWN = ("customer.", "consent.", "segment.", "stage.", "object.")

_body = msgspec.json.Decoder(dict[str, Any])
_lock = threading.Lock()


class Offered(msgspec.Struct, frozen=True):
    """The names that a builder offers; `segments` and `models` are (key, title) pairs."""

    traits: list[str]
    events: list[str]
    kinds: list[str]
    properties: list[str]
    fields: list[str]
    segments: list[tuple[str, str]]
    models: list[tuple[str, str]]
    stages: list[tuple[str, str]]


class _Seen(msgspec.Struct, frozen=True):
    at: Micros
    traits: list[str]
    events: list[str]
    properties: list[str]


_kept: list[_Seen] = []  # none or one


def offered(language: str) -> Offered:
    """Return the names that conditions may use now; what has been seen is read at most once a minute."""
    seen = _seen()
    kinds = fields_of_kinds()
    models = list(StageModel.objects.exclude(state="archived").order_by("key"))
    stages: dict[str, str] = {}
    for row in models:
        draft = node_of(row).draft
        assert isinstance(draft, ModelDraft)
        stages.update({stage.key: in_language(stage.title, language) for stage in draft.stages})
    return Offered(
        traits=seen.traits,
        events=seen.events,
        kinds=sorted(kinds),
        properties=seen.properties,
        fields=sorted({name for fields in kinds.values() for name in fields}),
        segments=[
            (row.key, in_language(row.title, language))
            for row in Segment.objects.exclude(state="archived").order_by("key")
        ],
        models=[(row.key, in_language(row.title, language)) for row in models],
        stages=sorted(stages.items()),
    )


def _seen() -> _Seen:
    with _lock:
        at = now_micros()
        if not _kept or not 0 <= at - _kept[0].at < KEPT_FOR:
            _kept[:] = [_look(at)]
        return _kept[0]


def forget_seen() -> None:
    """Look anew at the next question."""
    with _lock:
        _kept.clear()


def _look(at: Micros) -> _Seen:
    last = int(fetch("SELECT coalesce(max(id), 0) FROM events_event")[0][0])
    names = [row[0] for row in fetch(NAMES, (last - EVENTS_SEEN,))]
    events = [name for name in names if not name.startswith(OWN)]
    traits: set[str] = set()
    for (text,) in fetch(TOLD, (CUSTOMERS_SEEN,)):
        if text != "{}":
            traits.update(_body.decode(text))
    properties: set[str] = set()
    for name in events[:30]:
        for (text,) in fetch(SAMPLE, (name,)):
            told = _body.decode(text).get("properties")
            properties.update(told if isinstance(told, dict) else ())
    return _Seen(at, sorted(traits), sorted(events), sorted(properties))
