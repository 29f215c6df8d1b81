"""Reads a spool row of the tracking door into envelopes and faults.

Each item stands for itself: one that breaks a rule becomes a fault, its neighbours become envelopes.
The same row always gives the same result by the same data plan; no clock, database or network is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.clock import Micros
from keskio.tracking import items
from keskio.tracking.contracts import KIND, MINTED, Meta
from keskio.tracking.items import Body, Flaw, Item, Sent
from keskio.tracking.plan import NO_PLAN, QUARANTINE, Plan
from keskio.tracking.reasons import Reason
from keskio.tracking.times import EARLIEST, LATEST, Told, happened_at, instant_of

CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
SHOWN = 2000  # characters of an item that is in the log all the same

SENTENCES = {
    Reason.UNKNOWN_KEY: "No source has this write key. Make a key, or choose the source and replay.",
    Reason.RETIRED_KEY: "The write key has been retired. Give the sender a new key, and replay.",
}


NOTHING = msgspec.Raw(b"null")


class Request(msgspec.Struct, rename="camel", gc=False):
    """The envelope of a request: what stands beside its items."""

    batch: list[msgspec.Raw] | None = None
    sent_at: Any = None
    context: msgspec.Raw = NOTHING
    integrations: msgspec.Raw = NOTHING


class Setting(msgspec.Struct, frozen=True, gc=False):
    """What all items of a request share; `base` is what missing message ids are made of."""

    plan: Plan
    row: SpoolRow
    meta: Meta
    base: str
    sent_at: Told
    sent: Micros | None
    context: dict[str, Any]
    integrations: dict[str, Any]


_request = msgspec.json.Decoder(Request)
_item = msgspec.json.Decoder(Item)
_meta = msgspec.json.Decoder(Meta)
_object: msgspec.json.Decoder[dict[str, Any] | None] = msgspec.json.Decoder(dict[str, Any] | None)
_encode = msgspec.json.Encoder().encode


def parse(row: SpoolRow, plan: Plan = NO_PLAN) -> tuple[list[Envelope], list[Fault]]:
    """Return what a row of the door holds, in its order: envelopes to take, faults to show.

    Events that break `plan` become faults by its modes.
    """
    meta = _meta.decode(row.meta)
    try:
        request = _request.decode(row.body)
        texts = request.batch if request.batch is not None else [msgspec.Raw(row.body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            request, texts = _repaired_request(row.body)
        except (ValueError, RecursionError) as error:
            return [], [_whole(row, f"The body cannot be read as JSON: {error}.")]
    setting = _setting(row, meta, request, plan)
    envelopes: list[Envelope] = []
    faults: list[Fault] = []
    for index, text in enumerate(texts):
        _take(setting, index, bytes(text), envelopes, faults)
    return envelopes, faults


def parse_items(
    row: SpoolRow, texts: Sequence[bytes], *, plan: Plan, meta: Meta
) -> tuple[list[Envelope], list[Fault]]:
    """Read items that were made of a row in another way than a client's, as `parse` reads a batch."""
    setting = _setting(row, meta, Request(), plan)
    envelopes: list[Envelope] = []
    faults: list[Fault] = []
    for index, text in enumerate(texts):
        _take(setting, index, text, envelopes, faults)
    return envelopes, faults


def _setting(row: SpoolRow, meta: Meta, request: Request, plan: Plan) -> Setting:
    sent_at = request.sent_at if isinstance(request.sent_at, str | int | float) else None
    sent_at = sent_at or meta.sent or None
    return Setting(
        plan=plan,
        row=row,
        meta=meta,
        base=meta.message_id or f"{MINTED}{row.id}",
        sent_at=sent_at,
        sent=instant_of(sent_at),
        context=_shared(request, request.context),
        integrations=_shared(request, request.integrations),
    )


def _shared(request: Request, told: msgspec.Raw) -> dict[str, Any]:
    """Return what a batch says for all its items; a request of one item says it for itself."""
    if request.batch is None or told is NOTHING:
        return {}
    try:
        return _object.decode(bytes(told)) or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}  # not an object: it says nothing


def _take(
    setting: Setting, index: int, text: bytes, envelopes: list[Envelope], faults: list[Fault]
) -> None:
    item = None
    try:
        item = _read(text)
        envelope, body = _envelope(setting, item, index)
    except Flaw as flaw:
        faults.append(_fault(setting, flaw, text, item, index))
        return
    told = body.properties if envelope.traits is None else envelope.traits
    broken = setting.plan.judge(envelope.name, told)
    if broken is not None:
        against = Flaw(broken.reason, broken.sentence)
        is_stored = broken.mode != QUARANTINE
        fault = _fault(setting, against, text, item, index, stored=is_stored)
        faults.append(msgspec.structs.replace(fault, name=envelope.name))
        if not is_stored:
            return
    envelopes.append(envelope)
    if len(text) > items.LARGE:
        size = f"The event has {len(text)} bytes; clients should stay below {items.LARGE}."
        large = Flaw(Reason.LARGE_EVENT, f"{size} It was stored all the same.")
        faults.append(_fault(setting, large, text[:SHOWN], item, index, stored=True))


def _read(text: bytes) -> Item:
    try:
        return _item.decode(text)
    except msgspec.ValidationError as error:
        raise Flaw(Reason.BAD_FIELD, _sentence_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _item.decode(_repaired(text))
    except msgspec.ValidationError as error:
        raise Flaw(Reason.BAD_FIELD, _sentence_of(error)) from None
    except (ValueError, RecursionError) as error:
        raise Flaw(Reason.BAD_JSON, f"The item cannot be read as JSON: {error}.") from None


def _sentence_of(error: msgspec.ValidationError) -> str:
    expected, _, place = str(error).partition(" - at `$")
    field = place.strip("`.")
    where = f"The field {field}" if field else "The item"
    return f"{where} is not of the right kind: {expected[:1].lower()}{expected[1:]}."


def _envelope(setting: Setting, item: Item, index: int) -> tuple[Envelope, Body]:
    row, meta = setting.row, setting.meta
    if meta.refused:
        raise Flaw(Reason(meta.refused), SENTENCES[Reason(meta.refused)])
    if setting.context:
        item.context = items.merged(setting.context, item.context or {})
    kind = item.type if item.type in CALLS else items.type_of(item, meta.path)
    identify = kind == "identify"
    traits = items.traits_of(item) if identify else item.traits or {}
    original_at = item.original_timestamp or item.timestamp
    body = Body(
        items.properties_of(item, kind),
        item.context or {},
        traits,
        Sent(
            item.user_id,
            item.anonymous_id,
            original_at,
            item.sent_at or setting.sent_at,
            _integrations(setting, item),
            item.channel,
            item.version,
            meta.trusted or not identify,
        ),
    )
    envelope = Envelope(
        items.name_of(item, kind, trusted=meta.trusted),
        _when(setting, item, original_at),
        row.received_at,
        row.source,
        items.message_id_of(item, setting.base, index),
        items.identifiers_of(item, kind, trusted=meta.trusted),
        _encode(body).decode(),
        traits if identify else None,
        meta.trusted,
    )
    return envelope, body


def _when(setting: Setting, item: Item, original_at: Told) -> Micros:
    """Return when the item happened, by our clock unless the source's own is trusted."""
    original = instant_of(original_at)
    if original is None and original_at:
        raise Flaw(
            Reason.BAD_TIME,
            f"The time {str(original_at)[:60]!r} is none. Write it as 2026-11-22T15:04:05.678Z.",
        )
    sent = setting.sent if item.sent_at is None else instant_of(item.sent_at) or setting.sent
    at = happened_at(
        original, sent=sent, received=setting.row.received_at, own_time=setting.meta.own_time
    )
    if not EARLIEST <= at < LATEST:
        raise Flaw(Reason.BAD_TIME, "The times of the item contradict each other by centuries.")
    return at


def _integrations(setting: Setting, item: Item) -> Any:
    """Return which destinations were asked for; an empty object asks for nothing."""
    if setting.integrations and isinstance(item.integrations, dict | None):
        return items.merged(setting.integrations, item.integrations or {})
    return item.integrations or None


def _fault(
    setting: Setting,
    flaw: Flaw,
    text: bytes,
    item: Item | None,
    index: int,
    *,
    stored: bool = False,
) -> Fault:
    row = setting.row
    told = items.text_of(item.message_id) if item is not None else ""
    meta = msgspec.structs.replace(setting.meta, sent=str(setting.sent_at or ""))
    return Fault(
        source=row.source,
        reason=flaw.reason,
        sentence=flaw.sentence,
        item=_alone(setting, text).decode("utf-8", "replace").replace("\x00", "\ufffd"),
        received_at=row.received_at,
        message_id=(told.replace("\x00", "\ufffd") or f"{setting.base}-{index}")[
            : items.LONGEST_NAME
        ],
        kind=row.kind,
        meta=_encode(meta).decode(),
        stored=stored,
    )


def _alone(setting: Setting, text: bytes) -> bytes:
    """Return an item that can stand without its request: with what the batch says for all."""
    if not (setting.context or setting.integrations):
        return text
    try:
        told = _object.decode(text) or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text
    for field, below in (("context", setting.context), ("integrations", setting.integrations)):
        above = told.get(field)
        if below and isinstance(above, dict | None):
            told[field] = items.merged(below, above or {})
    return _encode(told)


def _whole(row: SpoolRow, sentence: str) -> Fault:
    return Fault(
        source=row.source,
        reason=Reason.BAD_JSON,
        sentence=sentence,
        item=row.body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
        received_at=row.received_at,
        message_id=f"{MINTED}{row.id}",
        kind=KIND,
        meta=row.meta,
    )


def _repaired_request(body: bytes) -> tuple[Request, list[msgspec.Raw]]:
    """Read a body that only a lenient reader takes: NaN, halves of surrogate pairs, broken UTF-8.

    Raises ValueError when even that fails. Each item is judged by itself afterwards.
    """
    told = json.loads(body.decode("utf-8", "replace"))
    if not isinstance(told, dict):
        raise ValueError("it is not an object")
    batch = told.get("batch")
    if batch is not None and not isinstance(batch, list):
        raise ValueError("batch is not an array")
    texts = [_whole_text(item) for item in ([told] if batch is None else batch)]
    request = Request(
        batch=None if batch is None else [],
        sent_at=told.get("sentAt"),
        context=msgspec.Raw(_whole_text(told.get("context"))),
        integrations=msgspec.Raw(_whole_text(told.get("integrations"))),
    )
    return request, [msgspec.Raw(text) for text in texts]


def _repaired(text: bytes) -> bytes:
    return _whole_text(json.loads(text.decode("utf-8", "replace")))


def _whole_text(told: Any) -> bytes:
    """Return JSON text in which halves of surrogate pairs have become U+FFFD."""
    text = json.dumps(told, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
