"""Writes of web hooks: added, changed, closed and opened; and trying a mapping out."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from keskio.events.contracts import SpoolRow
from keskio.kernel.clock import now, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.ids import new_token
from keskio.kernel.sql import fetch
from keskio.kernel.yamls import read_yaml
from keskio.tracking.contracts import HOOK
from keskio.tracking.hooks import base_of
from keskio.tracking.mapping import NotMapped, calls_in, read_mapping
from keskio.tracking.models import Hook, Source
from keskio.tracking.planning import change_mark

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_LOOKED_AT = (
    20_000  # rows of the spool, from its end, among which a hook's last bodies are looked for
)
_LAST = """
    SELECT id, kind, source_id, received_at, meta, body FROM events_spooled
    WHERE id > (SELECT coalesce(max(id), 0) FROM events_spooled) - %s AND kind = %s AND source_id = %s
    ORDER BY id DESC LIMIT %s
"""


class Tried(msgspec.Struct, frozen=True):
    """A body as it came, and the calls that a mapping makes of it, or why it makes none."""

    received_at: int
    body: str
    calls: list[dict[str, Any]]
    fault: str = ""


def add_hook(source: Source, name: str, *, mapping: str = "", secret: str = "") -> Hook:
    """Add a web hook to a source, with an address that cannot be guessed."""
    if not name.strip():
        raise Mistake("A web hook needs a name.")
    check_mapping(mapping)
    with transaction.atomic():
        made = Hook.objects.create(
            source=source,
            name=name.strip()[:120],
            token=new_token("hk_"),
            secret=secret.strip(),
            mapping=mapping,
            created_at=now(),
            changed_at=now(),
        )
        change_mark()
    return made


def change_hook(hook: Hook, *, name: str, mapping: str, secret: str | None, header: str) -> None:
    """Change a hook: its mapping is used from the next batch on. `secret` None leaves it as it is.

    Raises Mistake (WrongMapping for a mapping that cannot be read).
    """
    check_mapping(mapping)
    if not _HEADER.fullmatch(header):
        raise Mistake(
            "The name of a header has letters, numbers and hyphens, such as X-Signature-256."
        )
    with transaction.atomic():
        hook.name = name.strip()[:120] or hook.name
        hook.mapping, hook.header, hook.changed_at = mapping, header, now()
        if secret is not None:
            hook.secret = secret.strip()
        hook.save()
        change_mark()


def open_or_close(hook: Hook, *, active: bool) -> None:
    """Let a hook's address take requests, or answer 404 (the door knows in two seconds)."""
    hook.active = active
    hook.save(update_fields=["active"])


def check_mapping(text: str) -> None:
    """See that a mapping can be read; an empty one is none yet. Raises Mistake."""
    if text.strip():
        try:
            read_mapping(read_yaml(text))
        except ValueError as fault:
            raise Mistake(f"The mapping is no YAML: {fault}") from None


def last_bodies(hook: Hook, *, limit: int = 5) -> list[SpoolRow]:
    """Return the bodies that the hook has received last, newest first."""
    rows = fetch(_LAST, (_LOOKED_AT, HOOK, hook.source_id, limit * 4), settings.SPOOL_ALIAS)
    found = [
        SpoolRow(number, kind, source, at, meta, bytes(body))
        for number, kind, source, at, meta, body in rows
    ]
    own = [row for row in found if json.loads(row.meta).get("hook") == hook.pk]
    return own[:limit]


def try_mapping(text: str, rows: list[SpoolRow]) -> list[Tried]:
    """Return what the mapping `text` makes of received bodies. Raises Mistake when it cannot be read."""
    check_mapping(text)
    reading = read_mapping(read_yaml(text)) if text.strip() else None
    found = []
    for row in rows:
        shown = row.body.decode("utf-8", "replace")
        calls: list[dict[str, Any]] = []
        fault = "" if reading else "There is no mapping yet."
        try:
            if reading:
                calls = calls_in(reading, json.loads(row.body), base_of(row.body))
        except (NotMapped, ValueError, RecursionError) as error:
            fault = str(error)
        found.append(Tried(row.received_at, shown[:5000], calls, fault))
    return found


def example_row(body: str) -> SpoolRow:
    """Return a body that a person wrote as if it had come now."""
    return SpoolRow(0, HOOK, 0, to_micros(now()), "{}", body.encode())
