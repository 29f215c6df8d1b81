"""Files that customers send: kept beside the log, in the intake's transaction, and shown to people.

Rule 1: nothing is believed that a sender says of a file. What it is, its first bytes tell; only pictures
that every browser draws by itself are ever shown, everything else is only handed out.
Rule 2: a file that is too large is named and not kept, so that people know to ask for it.
Rule 3: the same message again keeps nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from keskio.channels.models import KeptFile
from keskio.events.contracts import Envelope, Placed
from keskio.kernel.clock import from_micros
from keskio.kernel.sql import storable

LARGEST = 10 * 1024 * 1024
PICTURES = {
    "png": (b"\x89PNG\r\n\x1a\n", 0),
    "jpeg": (b"\xff\xd8\xff", 0),
    "gif": (b"GIF8", 0),
    "webp": (b"WEBP", 8),
}
AT_ONCE = 20  # files in a statement


class Listed(msgspec.Struct, frozen=True):
    """A file as a list shows it. `kind`: the picture that it is, or ""; `size` in bytes, 0: not kept."""

    number: int
    name: str
    kind: str
    size: int


def keep_files(envelopes: Sequence[Envelope], placed: Placed) -> None:
    """Keep what came with envelopes, for the customers whose they are."""
    rows = [
        _row(envelope, customer, number)
        for envelope, customer in zip(envelopes, placed.customers, strict=True)
        for number in range(len(envelope.files))
    ]
    if rows:
        KeptFile.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)


def _row(envelope: Envelope, customer: int, number: int) -> KeptFile:
    file = envelope.files[number]
    body = file.body if len(file.body) <= LARGEST else b""
    return KeptFile(
        message=envelope.message_id,
        number=number,
        customer_id=customer,
        name=storable(file.name),
        kind=kind_of(body),
        size=len(body),
        body=body,
        at=from_micros(envelope.received_at),
    )


def kind_of(body: bytes) -> str:
    """Return which picture the first bytes say that this is, "" for anything else."""
    for kind, (mark, at) in PICTURES.items():
        if body[at : at + len(mark)] == mark:
            return kind
    return ""


def files_of(messages: Collection[str]) -> dict[str, list[Listed]]:
    """Return the files of each message, without what is in them. One query."""
    found: dict[str, list[Listed]] = {}
    if messages:
        rows = KeptFile.objects.filter(message__in=messages).order_by("message", "number")
        for row in rows.defer("body"):
            listed = Listed(row.number, row.name, row.kind, row.size)
            found.setdefault(row.message, []).append(listed)
    return found


def file_of(message: str, number: int) -> tuple[Listed, bytes] | None:
    """Return one file with what is in it; None for one that is not there or was not kept."""
    row = KeptFile.objects.filter(message=message, number=number, size__gt=0).first()
    if row is None:
        return None
    return Listed(row.number, row.name, row.kind, row.size), bytes(row.body)
