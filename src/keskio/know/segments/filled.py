"""From the fields of a form to a condition's document; fields not filled in yet are left out."""

from __future__ import annotations

from typing import Any

from keskio.kernel.yamls import read_yaml
from keskio.know.segments.documents import plain
from keskio.know.segments.spoken import MOST_ROWS, Fields, spoken, spoken_list


def _comparison(fields: Fields, prefix: str = "") -> dict[str, Any]:
    word = fields.get(f"{prefix}op") or "is"
    text = fields.get(f"{prefix}value", "")
    if word == "in":
        return {"in": spoken_list(text)}
    if word == "exists":
        return {"exists": text != "false"}
    return {word: spoken(text)}


def _where(fields: Fields, prefix: str) -> dict[str, Any]:
    rows = [
        {"property": fields[f"{prefix}.{at}.property"], **_comparison(fields, f"{prefix}.{at}.")}
        for at in range(MOST_ROWS)
        if fields.get(f"{prefix}.{at}.property")
    ]
    if not rows:
        return {}
    return {"where": rows[0] if len(rows) == 1 else {"all": rows}}


def _length(fields: Fields, prefix: str) -> str:
    number, unit = fields.get(f"{prefix}.n") or "30", fields.get(f"{prefix}.unit") or "day"
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _window(fields: Fields, prefix: str, name: str, fallback: str = "") -> dict[str, Any]:
    kind = fields.get(f"{prefix}.window") or fallback
    if not kind:
        return {}
    if kind == "between":
        bounds = {side: fields.get(f"{prefix}.{side}", "") for side in ("from", "to")}
        return {name: {side: day for side, day in bounds.items() if day}}
    if kind == "this":
        unit = fields.get(f"{prefix}.unit") or "month"
        return {name: {"this": unit}}
    return {name: {kind: _length(fields, prefix)}}


def _times(fields: Fields) -> dict[str, Any]:
    word = fields.get("times.op", "")
    return {"times": {word: spoken(fields.get("times.n") or "1")}} if word else {}


def _held(fields: Fields) -> dict[str, Any]:
    word = fields.get("held", "")
    return {word: _length(fields, "held")} if word else {}


def _stage(fields: Fields) -> dict[str, Any]:
    stages = [name.strip() for name in fields.get("stages", "").split(",") if name.strip()]
    many = bool(fields.get("many")) or len(stages) > 1
    which: dict[str, Any] = {"in": stages} if many else {"is": "".join(stages)}
    return {"stage": fields.get("model", ""), **which, **_held(fields)}


def _consent(fields: Fields) -> dict[str, Any]:
    state = fields.get("state", "")
    document = {"consent": fields.get("purpose", ""), "channel": fields.get("channel", "")}
    return {**document, "is": state} if state else document


def _sequence(fields: Fields) -> dict[str, Any]:
    after = {"event": fields.get("then", ""), **_where(fields, "then_where")}
    return {
        "event": fields.get("name", ""),
        **_where(fields, "where"),
        fields.get("came") or "then": after,
        "within": _length(fields, "within"),
        **_window(fields, "in", "in"),
    }


def _object(fields: Fields) -> dict[str, Any]:
    document = {"object": fields.get("name", ""), **_where(fields, "where")}
    if fields.get("date.field"):
        window = _window(fields, "date", "in", "next")
        document["date"] = {"field": fields["date.field"], **window}
    return {**document, **_times(fields)}


def _text(fields: Fields) -> Any:
    try:
        return plain(read_yaml(fields.get("yaml", "")))
    except ValueError:
        return fields.get("yaml", "")


BUILT = {
    "trait": lambda f: {"trait": f.get("name", ""), **_comparison(f)},
    "trait_date": lambda f: {"trait": f.get("name", ""), **_window(f, "in", "date", "last")},
    "anniversary": lambda f: {
        "trait": f.get("name", ""),
        "anniversary": {"from": spoken(f.get("from") or "0"), "to": spoken(f.get("to") or "7")},
    },
    "consent": _consent,
    "stage": _stage,
    "segment": lambda f: {"segment": f.get("key", ""), **_held(f)},
    "object": _object,
    "event": lambda f: {
        "event": f.get("name", ""),
        **_where(f, "where"),
        **_window(f, "in", "in"),
        **_times(f),
    },
    "figure": lambda f: {
        "event": f.get("name", ""),
        f.get("how") or "sum": f.get("property", ""),
        **_comparison({**f, "op": f.get("op") or "at_least"}),
        **_where(f, "where"),
        **_window(f, "in", "in"),
    },
    "recency": lambda f: {
        "event": f.get("name", ""),
        **_where(f, "where"),
        **_window(f, "in", f.get("which") or "last", "last"),
    },
    "sequence": _sequence,
    "text": _text,
}
ATOMS = tuple(BUILT)
