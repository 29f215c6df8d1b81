"""Personal identity codes are taken out of what comes in, unless their rule names a legal basis.

The code may come as an external id, or as a trait. Neither the event's body nor its traits keep it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.events.contracts import Envelope, Fault, Parser, SpoolRow
from keskio.know.rules import CODE
from keskio.know.ruling import rules_now

NAMES = frozenset({CODE, "henkilotunnus", "henkilötunnus"})
_SIGNS = ('"hetu"', '"Hetu"', '"HETU"', '"henkil', '"Henkil')
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def without_codes(parser: Parser) -> Parser:
    """Return `parser` with personal identity codes taken out of its envelopes where none may be kept."""

    def parse(row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:
        envelopes, faults = parser(row)
        told = [any(sign in one.body for sign in _SIGNS) for one in envelopes]
        if any(told) and not rules_now().of(CODE).legal_basis:
            envelopes = [
                _clean(one) if is_told else one
                for one, is_told in zip(envelopes, told, strict=True)
            ]
        return envelopes, faults

    return parse


def _clean(envelope: Envelope) -> Envelope:
    body = _decode(envelope.body)
    for part in ("traits", "properties"):
        if isinstance(body.get(part), dict):
            body[part] = _without(body[part])
    context = body.get("context")
    if isinstance(context, dict):
        if isinstance(context.get("traits"), dict):
            context["traits"] = _without(context["traits"])
        ids = context.get("externalIds")
        if isinstance(ids, list):
            context["externalIds"] = [one for one in ids if not _is_code(one)]
    traits = None if envelope.traits is None else _without(envelope.traits)
    return msgspec.structs.replace(envelope, body=_encode(body).decode(), traits=traits)


def _without(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name.lower() not in NAMES}


def _is_code(one: Any) -> bool:
    return isinstance(one, dict) and str(one.get("type", "")).strip().lower() in NAMES
