"""Writes a form as its document again: what is read and written once does not change any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.conditions import forms as f


def document_of(form: f.Condition) -> dict[str, Any]:
    """Return the canonical document of `form`: reading it gives the same form.

    Lengths are written with their largest unit first, what is the default is left out.
    """
    written: dict[str, Any] = _WRITE[type(form)](form)
    return written


def window_of(window: f.Window) -> dict[str, str]:
    """Return the document of a window."""
    if window.kind == "between":
        return {word: text for word, text in (("from", window.start), ("to", window.end)) if text}
    if window.kind == "this":
        return {"this": str(window.period)}
    return {window.kind: str(window.length)}


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _held(held: f.Held | None) -> dict[str, str]:
    return {} if held is None else {f"for_{held.operator}": str(held.length)}


def _where(where: f.Condition | None) -> dict[str, Any]:
    return {} if where is None else {"where": document_of(where)}


def _in(window: f.Window | None) -> dict[str, Any]:
    return {} if window is None else {"in": window_of(window)}


def _times(times: f.Times) -> dict[str, Any]:
    return {} if times == f.ONCE else {"times": {times.operator: times.number}}


def _staged(form: f.Staged) -> dict[str, Any]:
    said = {"in": list(form.stages)} if form.many else {"is": form.stages[0]}
    return {"stage": form.model, **said, **_held(form.held)}


def _consented(form: f.Consented) -> dict[str, Any]:
    said = {} if form.state == "given" else {"is": form.state}
    return {"consent": form.purpose, "channel": form.channel, **said}


def _has(form: f.Has) -> dict[str, Any]:
    dated = {}
    if form.date is not None:
        dated = {"date": {"field": form.date.field, "in": window_of(form.date.window)}}
    return {"object": form.kind, **_where(form.where), **dated, **_times(form.times)}


def _figure(form: f.Figure) -> dict[str, Any]:
    said: dict[str, Any] = {form.how: form.property, form.operator: _value(form.value)}
    return {"event": form.event, **said, **_where(form.where), **_in(form.window)}


def _followed(form: f.Followed) -> dict[str, Any]:
    after = {"event": form.then, **_where(form.then_where)}
    word = "then" if form.came else "not_then"
    said = {word: after, "within": str(form.within)}
    return {"event": form.event, **_where(form.where), **said, **_in(form.window)}


_WRITE: Mapping[type, Any] = {
    f.AllOf: lambda form: {"all": [document_of(part) for part in form.parts]},
    f.AnyOf: lambda form: {"any": [document_of(part) for part in form.parts]},
    f.Not: lambda form: {"not": document_of(form.part)},
    f.Compared: lambda form: {form.field: form.name, form.operator: _value(form.value)},
    f.Dated: lambda form: {"trait": form.trait, "date": window_of(form.window)},
    f.Anniversary: lambda form: {
        "trait": form.trait,
        "anniversary": {"from": form.first, "to": form.last},
    },
    f.Consented: _consented,
    f.Staged: _staged,
    f.InSegment: lambda form: {"segment": form.key, **_held(form.held)},
    f.Has: _has,
    f.Did: lambda form: {
        "event": form.event,
        **_where(form.where),
        **_in(form.window),
        **_times(form.times),
    },
    f.Figure: _figure,
    f.Recency: lambda form: {
        "event": form.event,
        form.which: window_of(form.window),
        **_where(form.where),
    },
    f.Followed: _followed,
}
