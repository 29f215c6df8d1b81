"""Everything that the house holds of a person, for the person: as JSON, as a page, as both in a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec
from django.template.loader import render_to_string

from keskio.kernel.clock import from_micros, now
from keskio.kernel.holdings import holdings
from keskio.know.privacy.erasing import person_of
from keskio.know.privacy.speech import EXPORT, said
from keskio.know.queries import same_person_ids

_JSON = frozenset(
    {"traits", "consents", "trait_times", "body", "content", "why", "values", "properties", "times"}
)
_INSTANTS = frozenset({"at", "since", "told_to"})
_FIRST_INSTANT = 10**12
_LAST_INSTANT = 253_402_300_800_000_000  # the year 10000: what is greater is a place in a list
# What is only of use to the machine, or somebody else's.
_LEFT_OUT = frozenset({"search", "state_blob", "partition", "secrets"})
_BLOBS = frozenset({("talk_enrolment", "state")})


def everything_about(customer: int) -> dict[str, Any] | None:
    """Return what is held of a customer and of all records merged into it; None for nobody.

    Each table is named with its rows, oldest first, with times in UTC; tables without any are left
    out.
    """
    records = same_person_ids(customer)
    person = person_of(records)
    held: dict[str, list[dict[str, Any]]] = {}
    for holding in sorted(holdings(), key=lambda each: (each.key != "know_customer", each.key)):
        rows = [_readable(holding.key, row) for row in holding.export(person)]
        if rows:
            held[holding.key] = rows
    if "know_customer" not in held:
        return None
    return {"customer": records[0], "made_at": now().isoformat(), "held": held}


def as_json(everything: Mapping[str, Any]) -> bytes:
    """Return an export as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(everything, enc_hook=str), indent=2)


def as_page(everything: Mapping[str, Any], language: str) -> str:
    """Return an export as a page that needs nothing beside itself, in Finnish, Swedish or English."""
    words = {name: said(texts, language) for name, texts in EXPORT["page"].items()}
    parts = [
        {
            "title": said(EXPORT["tables"].get(key, {"en": key}), language),
            "rows": [_shown(row) for row in rows],
        }
        for key, rows in everything["held"].items()
    ]
    context = {"everything": everything, "parts": parts, "words": words, "language": language}
    return render_to_string("privacy/everything.html", context)


def as_zip(everything: Mapping[str, Any], language: str) -> bytes:
    """Return an export as a packed file with the page and the JSON."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("everything.html", as_page(everything, language))
        file.writestr("everything.json", as_json(everything))
    return packed.getvalue()


def export_as(form: str, everything: Mapping[str, Any], language: str) -> bytes:
    """Return an export as `json`, `html` or `zip`."""
    if form == "html":
        return as_page(everything, language).encode()
    return as_zip(everything, language) if form == "zip" else as_json(everything)


def _readable(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if name in _LEFT_OUT or (table, name) in _BLOBS:
            continue
        if name in _JSON and isinstance(value, str):
            try:
                told[name] = msgspec.json.decode(value)
            except msgspec.MsgspecError:
                told[name] = value
        elif (
            isinstance(value, int) and _FIRST_INSTANT < value < _LAST_INSTANT and _is_instant(name)
        ):
            told[name] = from_micros(value).isoformat()
        else:
            told[name] = value
    return told


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in _INSTANTS


def _shown(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (
            name,
            value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode(),
        )
        for name, value in row.items()
        if value not in (None, "", {}, [])
    ]
