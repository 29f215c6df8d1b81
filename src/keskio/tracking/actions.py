"""Writes of the room: sources and keys, what is set aside and how it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from keskio.events import api as events
from keskio.events.contracts import Fault
from keskio.kernel.clock import MICROSECOND, Micros, now, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.ids import new_token
from keskio.kernel.sql import run, run_many
from keskio.tracking.contracts import MINTED
from keskio.tracking.keyring import LONGEST_KEY, digest_of
from keskio.tracking.models import Key, Quarantined, Source
from keskio.tracking.reasons import Reason
from keskio.tracking.texts import unwritten

SET_ASIDE = """
    INSERT INTO tracking_quarantined (
        kind, source_id, reason, sentence, item, message_id, meta, received_at, stored,
        settled_as, settled_by
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')
"""
FORGET_SETTLED = """
    DELETE FROM tracking_quarantined WHERE id IN (
        SELECT id FROM tracking_quarantined
        WHERE settled_at IS NOT NULL AND received_at < %s ORDER BY id LIMIT %s
    )
"""
SLICE = 500
SHOWN_OF_SERVER_KEY = 8


class KeyInUse(Mistake):
    """This write key is in use already."""

    code = "key_in_use"


class BadKey(Mistake):
    """A write key has at most 500 characters, and no colon."""

    code = "bad_key"


class NeedsSource(Mistake):
    """Nobody knows whose events these are: choose the source that they are put back to."""

    code = "needs_source"


def set_aside(faults: Sequence[Fault]) -> None:
    """Put faults into quarantine, inside the caller's transaction."""
    run_many(
        SET_ASIDE,
        [
            (
                fault.kind,
                fault.source,
                str(fault.reason),
                fault.sentence.replace("\x00", "\ufffd"),
                fault.item,
                fault.message_id,
                fault.meta,
                fault.received_at,
                fault.stored,
            )
            for fault in faults
        ],
    )


def add_source(name: str, *, trust_client_time: bool = False) -> Source:
    """Add a source. Its key is made of its name; a name in use gets a number behind it."""
    name = name.strip()
    if not name:
        raise Mistake("A source needs a name.")
    stem = slugify(name)[:50] or "source"
    with transaction.atomic():
        taken = set(Source.objects.filter(key__startswith=stem).values_list("key", flat=True))
        numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
        key = stem if stem not in taken else next(k for k in numbered if k not in taken)
        return Source.objects.create(
            key=key, name=name[:120], trust_client_time=trust_client_time, created_at=now()
        )


def change_source(source: Source, *, name: str, trust_client_time: bool) -> None:
    """Rename a source, or change whether its clocks are trusted; the door knows in two seconds."""
    source.name = name.strip()[:120] or source.name
    source.trust_client_time = trust_client_time
    source.save(update_fields=["name", "trust_client_time"])


def add_key(source: Source, *, browser: bool = False, text: str = "") -> tuple[Key, str]:
    """Add a write key to a source and return it with its text, which is not kept for a server's.

    `text`: a key that clients have already (moving from another system); else a new one is made.
    """
    text = text.strip() or new_token("wk_")
    if len(text) > LONGEST_KEY or ":" in text:
        raise BadKey
    if Key.objects.filter(digest=digest_of(text)).exists():
        raise KeyInUse
    key = Key.objects.create(
        source=source,
        kind=Key.Kind.BROWSER if browser else Key.Kind.SERVER,
        digest=digest_of(text),
        hint=text[:60] if browser else f"{text[:SHOWN_OF_SERVER_KEY]}…",
        created_at=now(),
    )
    return key, text


def retire_key(key: Key) -> None:
    """Let a key's events go to quarantine from now on (the door knows in two seconds)."""
    key.retired_at = now()
    key.save(update_fields=["retired_at"])


def restore_key(key: Key) -> None:
    """Take a retired key into use again."""
    key.retired_at = None
    key.save(update_fields=["retired_at"])


def dismiss(ids: Sequence[int], *, by: str) -> int:
    """Settle open items without putting them back; return how many were."""
    return Quarantined.objects.filter(pk__in=ids, settled_at=None).update(
        settled_at=now(), settled_as=Quarantined.Settled.DISMISSED, settled_by=by
    )


def replay(ids: Sequence[int], *, by: str, source: int | None = None) -> int:
    """Put open items back through the spool, each once; return how many were.

    Items of unknown senders need a `source`. A retired key's items go in: a person says so.
    Should the process die between the two databases, an item may be spooled again: it carries the
    message id that it had, so that the intake takes it once all the same.
    """
    with transaction.atomic():
        items = list(
            Quarantined.objects.select_for_update()
            .filter(pk__in=ids, settled_at=None, stored=False)
            .order_by("pk")
        )
        if source is None and any(_is_of_nobody(item) for item in items):
            raise NeedsSource
        Quarantined.objects.filter(pk__in=[item.pk for item in items]).update(
            settled_at=now(), settled_as=Quarantined.Settled.REPLAYED, settled_by=by
        )
        events.spool_rows([_row_of(item, source) for item in items])
    return len(items)


def _is_of_nobody(item: Quarantined) -> bool:
    return item.reason == Reason.UNKNOWN_KEY and item.source_id == 0


def _row_of(item: Quarantined, source: int | None) -> tuple[str, int, Micros, str, bytes]:
    try:
        meta = msgspec.json.decode(item.meta, type=dict)
    except msgspec.DecodeError:
        meta = {}
    meta.pop("refused", None)
    meta["replay"] = item.pk
    meta["message_id"] = item.message_id or f"{MINTED}replay-{item.pk}"
    place = source if source is not None and _is_of_nobody(item) else item.source_id
    text = msgspec.json.encode(meta).decode()
    return item.kind, place, to_micros(item.received_at), text, unwritten(item.item)


def prune_spool_rows(now: Micros) -> bool:
    """Take away a slice of the spool's rows that are taken and older than SPOOL_DAYS."""
    before = now - timedelta(days=settings.SPOOL_DAYS) // MICROSECOND
    taken = events.cursor_of("intake")
    return events.prune_spool(taken=taken, before=before, limit=SLICE) == SLICE


def prune_quarantine(now: Micros) -> bool:
    """Take away a slice of what was settled and is older than SPOOL_DAYS; open items stay."""
    before = now - timedelta(days=settings.SPOOL_DAYS) // MICROSECOND
    return run(FORGET_SETTLED, (before, SLICE)) == SLICE
