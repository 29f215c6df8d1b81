"""Reads of the room: keys for the door, sources and quarantine for the pages."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from keskio.kernel.sql import fetch
from keskio.tracking.contracts import HookEntry, KeyEntry
from keskio.tracking.keyring import digest_of
from keskio.tracking.models import Quarantined, Source

KEYS = """
    SELECT k.digest, k.id, s.id, s.key, s.name, k.kind, s.trust_client_time, k.retired_at
    FROM tracking_key k JOIN tracking_source s ON s.id = k.source_id
"""


def keys_by_digest() -> dict[str, KeyEntry]:
    """Return all write keys as the door sees them."""
    return {
        digest: KeyEntry(
            id=key,
            source=source,
            source_key=source_key,
            source_name=source_name,
            trusted=kind == "server",
            own_time=bool(own_time),
            retired=retired_at is not None,
        )
        for digest, key, source, source_key, source_name, kind, own_time, retired_at in fetch(KEYS)
    }


def hooks_by_digest() -> dict[str, HookEntry]:
    """Return all open web hooks as the door sees them, by the digests of their tokens."""
    rows = fetch("SELECT id, source_id, secret, header, token FROM tracking_hook WHERE active")
    return {
        digest_of(token): HookEntry(number, source, secret, header.lower().encode())
        for number, source, secret, header, token in rows
    }


def source_by_key_or_name(told: str) -> Source | None:
    """Return the source that a person means by its key or its name."""
    return Source.objects.filter(key=told).first() or Source.objects.filter(name=told).first()


def source_keys() -> dict[int, str]:
    """Return the keys of all sources by their ids."""
    return dict(Source.objects.values_list("pk", "key"))


def source_names() -> dict[int, str]:
    """Return the names of all sources by their ids."""
    return dict(Source.objects.values_list("pk", "name"))


def sources_with_keys() -> QuerySet[Source]:
    """Return the sources with `in_use`: how many of their keys are."""
    in_use = Count("keys", filter=Q(keys__retired_at=None))
    return Source.objects.annotate(in_use=in_use).order_by("name", "pk")


def quarantined(*, reason: str, source: int | None, settled: bool) -> QuerySet[Quarantined]:
    """Return what is set aside, newest first, without its long texts."""
    rows = Quarantined.objects.filter(settled_at__isnull=not settled).defer("item", "meta")
    if reason:
        rows = rows.filter(reason=reason)
    if source is not None:
        rows = rows.filter(source_id=source)
    return rows.order_by("-pk")


def reasons_open() -> list[tuple[str, int]]:
    """Return the reasons of open items with how many there are, most first."""
    rows = Quarantined.objects.filter(settled_at=None).values_list("reason")
    return list(rows.annotate(count=Count("pk")).order_by("-count", "reason"))


MANY = 1000


def open_count() -> int:
    """Return how many items wait for a person (at most MANY: counting on would help nobody)."""
    return Quarantined.objects.filter(settled_at=None, stored=False)[:MANY].count()
