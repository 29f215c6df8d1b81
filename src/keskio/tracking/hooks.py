"""Web hooks: the signature that the door checks, and the reading of rows by the hook's mapping."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging

import msgspec

from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.sql import fetch
from keskio.kernel.yamls import read_yaml
from keskio.tracking.contracts import HOOK, HookMeta, Meta
from keskio.tracking.mapping import NotMapped, Reading, WrongMapping, calls_in, read_mapping
from keskio.tracking.plan import Plan
from keskio.tracking.reasons import Reason
from keskio.tracking.segment import parse_items
from keskio.tracking.texts import written

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
_meta = msgspec.json.Decoder(HookMeta)


def is_signed(secret: str, told: str, body: bytes) -> bool:
    """Tell whether `told`, the header's value, is the HMAC-SHA256 of `body`, in hexadecimal or base64.

    What stands before the last `=`-free part ("sha256=", "v1=") is a name and is left out.
    """
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    told = told.strip()
    forms = (digest.hex(), base64.b64encode(digest).decode())
    given = {told, told.partition("=")[2]}
    return any(
        hmac.compare_digest(form.encode(), one.encode()) for form in forms for one in sorted(given)
    )


class Hooks:
    """The mappings of all hooks; `refresh` reads them again when the mark of the plan has changed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mark = -1
        self._readings: dict[int, Reading | str] = {}

    def refresh(self) -> None:
        """Read the mappings if any may be another than was read last: one small query."""
        rows = fetch("SELECT mark FROM tracking_planrule WHERE id = 1")
        mark = rows[0][0] if rows else 0
        if mark == self._mark:
            return
        found = fetch("SELECT id, mapping FROM tracking_hook")
        self._readings = {number: _reading_of(text) for number, text in found}
        self._mark = mark

    def parse(self, row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:
        """Return what a hook's body means by its mapping; a body that it does not fit is a fault."""
        meta = _meta.decode(row.meta)
        reading = self._readings.get(meta.hook)
        if reading is None:
            return [], [_whole(row, meta, Reason.UNKNOWN_HOOK, "This web hook is no longer there.")]
        if isinstance(reading, str):
            return [], [_whole(row, meta, Reason.NOT_MAPPED, reading)]
        try:
            body = json.loads(row.body)
        except (ValueError, RecursionError) as fault:
            sentence = f"The body cannot be read as JSON: {fault}."
            return [], [_whole(row, meta, Reason.BAD_JSON, sentence)]
        base = meta.message_id or base_of(row.body)
        try:
            calls = calls_in(reading, body, base)
        except NotMapped as fault:
            return [], [_whole(row, meta, Reason.NOT_MAPPED, str(fault))]
        texts = [json.dumps(call).encode() for call in calls]
        plain = Meta(trusted=True, own_time=True, address=meta.address, message_id=base)
        envelopes, faults = parse_items(row, texts, plan=self._plan, meta=plain)
        return envelopes, [_of_body(row, fault) for fault in faults]


def base_of(body: bytes) -> str:
    """Return what ids of messages are made of when the mapping has none: the same for the same body."""
    return f"hook-{hashlib.blake2b(body, digest_size=12).hexdigest()}"


def _reading_of(text: str) -> Reading | str:
    if not text.strip():
        return "The web hook has no mapping yet."
    try:
        return read_mapping(read_yaml(text))
    except (WrongMapping, ValueError) as fault:
        return f"The mapping of the web hook cannot be read: {fault}"


def _whole(row: SpoolRow, meta: HookMeta, reason: Reason, sentence: str) -> Fault:
    if reason is Reason.NOT_MAPPED:
        sentence = f"{sentence} Write or mend the mapping, and put this back."
    return Fault(
        source=row.source,
        reason=reason,
        sentence=sentence,
        item=written(row.body),
        received_at=row.received_at,
        message_id=meta.message_id or base_of(row.body),
        kind=HOOK,
        meta=row.meta,
    )


def _of_body(row: SpoolRow, fault: Fault) -> Fault:
    """Return a fault of one call with the whole body, so that it can be put back and mapped anew."""
    meta = _meta.decode(row.meta)
    return msgspec.structs.replace(
        fault,
        item=written(row.body),
        kind=HOOK,
        meta=row.meta,
        message_id=meta.message_id or base_of(row.body),
    )
