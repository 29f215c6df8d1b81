"""Atoms as picks: from which relation, by which predicate, customers are taken.

A relation has a column `customer`. One that is `single` has each customer once, so that several
picks from it can be made in one pass: `m0 >= 3 AND m1 = 0`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.sql import comparing as cmp
from keskio.engine.conditions.sql import literals as sql
from keskio.engine.conditions.values import test_of
from keskio.engine.conditions.windows import (
    Bounds,
    anniversaries,
    back,
    date_bounds,
    event_bounds,
)
from keskio.engine.times import to_local

FILTER = "\0"  # where an aggregate says which rows it is over; no name can have it


class Kept(msgspec.Struct, frozen=True):
    """A measure of the state table: events of one name like `where`, summing `property`."""

    key: str
    event: str
    where: f.Condition | None = None
    property: str = ""


class Scan(msgspec.Struct, frozen=True):
    """A pass over the events of one stretch of time: what is asked in it is asked together."""

    bounds: Bounds


class Pick(msgspec.Struct, frozen=True):
    """Customers of a relation that meet a predicate; or (`negated`) all others.

    The relation is a piece of SQL after FROM, the state table's rows of a measure, or a scan of
    events, for which the predicate speaks of `figures`, aggregates over the rows like `rows`. `by_any`:
    one record of the customer that meets it is enough, so that merged ones need not be added up.
    """

    source: str | Scan
    predicate: str = ""
    negated: bool = False
    measure: str = ""
    rows: str = ""
    figures: tuple[str, ...] = ()
    by_any: bool = False

    @property
    def is_single(self) -> bool:
        """Whether the source has each customer once."""
        return bool(self.measure) or isinstance(self.source, Scan)


class Picker:
    """Turns atoms into picks, for one moment and zone and what the state table keeps."""

    def __init__(self, now: int, zone: str, kept: Sequence[Kept] | None, *, merged: bool) -> None:
        self.now, self.zone, self.kept, self.merged = now, zone, kept, merged

    def pick(self, form: f.Condition) -> Pick:
        """Return where the customers come from that meet an atom."""
        return _PICK[type(form)](self, form)

    def measure_of(self, event: str, where: f.Condition | None, of: str = "") -> str:
        """Return the key of the measure that has what is asked, or ""."""
        if self.kept is None:
            return ""
        for kept in self.kept:
            if kept.event == event and kept.where == where and of in ("", kept.property):
                return kept.key
        return event if where is None and not of else ""

    def rows_of(self, event: str, where: f.Condition | None) -> str:
        """Return the predicate on rows of events."""
        named = f"name = {sql.text(event)}"
        return named if where is None else f"{named} AND {cmp.joined(where, cmp.property_leaf)}"

    def events(self, event: str, where: f.Condition | None, bounds: Bounds) -> str:
        """Return the rows (customer, occurred_at) of events as a subquery."""
        test = " AND ".join([self.rows_of(event, where), *between(bounds)])
        if not self.merged:
            return f"(SELECT record AS customer, occurred_at FROM events WHERE {test})"
        return (
            "(SELECT coalesce(r.customer, e.record) AS customer, e.occurred_at FROM"
            f" (SELECT record, occurred_at FROM events WHERE {test}) AS e"
            " LEFT JOIN redirects AS r ON r.record = e.record)"
        )


def between(bounds: Bounds, column: str = "occurred_at") -> list[str]:
    """Return the predicates on instants that half-open bounds mean."""
    first, behind = bounds
    found = [] if first is None else [f"{column} >= {sql.instant(first)}"]
    return found if behind is None else [*found, f"{column} < {sql.instant(behind)}"]


def _compared(_picker: Picker, form: f.Compared) -> Pick:
    negated = cmp.is_negative(form)
    asked = cmp.positive(form) if negated else form
    return _of_traits(form.name, cmp.row_test(asked), negated=negated)


def _of_traits(name: str, test: str, *, negated: bool = False) -> Pick:
    predicate = f"name = {sql.text(name)}" + ("" if test == "TRUE" else f" AND {test}")
    return Pick("traits", predicate, negated)


def _dated(picker: Picker, form: f.Dated) -> Pick:
    bounds = date_bounds(form.window, picker.now, picker.zone)
    return _of_traits(form.trait, cmp.date_test(bounds))


def _anniversary(picker: Picker, form: f.Anniversary) -> Pick:
    today = to_local(picker.now, picker.zone).date()
    return _of_traits(form.trait, cmp.anniversary_test(anniversaries(form.first, form.last, today)))


def _consented(_picker: Picker, form: f.Consented) -> Pick:
    key = f"purpose = {sql.text(form.purpose)} AND channel = {sql.text(form.channel)}"
    if form.state == "none":
        return Pick("consents", key, negated=True)
    return Pick("consents", f"{key} AND state = {sql.text(form.state)}")


def _staged(picker: Picker, form: f.Staged) -> Pick:
    stages = sql.listed(map(sql.text, form.stages))
    test = f"model = {sql.text(form.model)} AND stage IN {stages}"
    return Pick("stages", test + picker_held(picker, form.held))


def _in_segment(picker: Picker, form: f.InSegment) -> Pick:
    test = f"segment = {sql.text(form.key)}"
    return Pick("memberships", test + picker_held(picker, form.held))


def picker_held(picker: Picker, held: f.Held | None) -> str:
    """Return the predicate on `since`, to be put behind another."""
    if held is None:
        return ""
    sign = "<=" if held.operator == "at_least" else ">"
    return f" AND since {sign} {sql.instant(back(picker.now, held.length, picker.zone))}"


def _has(picker: Picker, form: f.Has) -> Pick:
    tests: list[str] = []
    names: set[str] = set()
    if form.where is not None:
        tests.append(cmp.joined(form.where, lambda asked: _field(asked, names)))
    if form.date is not None:
        names.add(form.date.field)
        bounds = date_bounds(form.date.window, picker.now, picker.zone)
        tests.append(_any_row(form.date.field, cmp.date_test(bounds, "f.")))
    of_kind = f"o.kind = {sql.text(form.kind)} AND NOT o.ended"
    found = f"(SELECT o.customer FROM objects AS o WHERE {of_kind})"
    if tests:
        listed = sql.listed(map(sql.text, sorted(names)))
        found = (
            "(SELECT o.customer FROM objects AS o LEFT JOIN object_fields AS f"
            f" ON f.object = o.object AND f.name IN {listed} WHERE {of_kind}"
            f" GROUP BY o.object, o.customer HAVING {' AND '.join(tests)})"
        )
    if form.times == f.ONCE:
        return Pick(f"{found} AS found")
    return _counted(
        f"(SELECT customer, count(*) AS n FROM {found} AS found GROUP BY customer)", form
    )


def _counted(counts: str, form: f.Has) -> Pick:
    test = f"n {cmp.SIGNS[form.times.operator]} {form.times.number}"
    if form.times.holds_for_none:
        return Pick(f"{counts} AS counts", f"NOT ({test})", negated=True)
    return Pick(f"{counts} AS counts", test)


def _field(form: f.Compared, names: set[str]) -> str:
    names.add(form.name)
    return _any_row(form.name, cmp.row_test(form, "f."))


def _any_row(name: str, test: str) -> str:
    named = f"f.name = {sql.text(name)}"
    return f"max(CASE WHEN {named} AND {test} THEN 1 ELSE 0 END) = 1"


def _did(picker: Picker, form: f.Did) -> Pick:
    bounds = event_bounds(form.window, picker.now, picker.zone)
    negated = form.times.holds_for_none
    times = _opposite(form.times) if negated else form.times
    measure = picker.measure_of(form.event, form.where)
    at_all = times.holds(1) and times.holds(2**31)
    if measure and (at_all or bounds == (None, None)):
        by_tally = _by_tally(times, bounds, at_all=at_all)
        if by_tally is not None:
            return Pick("tallies", by_tally, negated, measure=measure, by_any=at_all)
    rows = picker.rows_of(form.event, form.where)
    if at_all:
        return Pick(Scan(bounds), "", negated, rows=rows)
    test = f"{{0}} {cmp.SIGNS[times.operator]} {times.number}"
    return Pick(Scan(bounds), test, negated, rows=rows, figures=(f"count(*){FILTER}",))


_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
}


def _opposite(times: f.Times) -> f.Times:
    return f.Times(_OPPOSITE[times.operator], times.number)  # type: ignore[arg-type]


def _by_tally(times: f.Times, bounds: Bounds, *, at_all: bool) -> str | None:
    first, behind = bounds
    if bounds == (None, None):
        return "" if at_all else f"times {cmp.SIGNS[times.operator]} {times.number}"
    if behind is None and first is not None:
        return f"last_at >= {sql.instant(first)}"
    if first is None and behind is not None:
        return f"first_at < {sql.instant(behind)}"
    return None  # both ends: the first and the last do not tell what is between


def _recency(picker: Picker, form: f.Recency) -> Pick:
    bounds = event_bounds(form.window, picker.now, picker.zone)
    measure = picker.measure_of(form.event, form.where)
    rows = picker.rows_of(form.event, form.where)
    if measure:
        test = " AND ".join(between(bounds, f"{form.which}_at"))
        by_any = bounds[form.which == "last"] is None
        return Pick("tallies", test, measure=measure, by_any=by_any)
    first, behind = bounds
    by_existence = behind is None if form.which == "last" else first is None
    if by_existence:  # the last one lies behind an instant when any one does
        return Pick(Scan(bounds), "", rows=rows)
    figure = f"{'max' if form.which == 'last' else 'min'}(occurred_at){FILTER}"
    test = " AND ".join(between(bounds, "{0}"))
    narrowed = (first, None) if form.which == "last" else (None, behind)
    return Pick(Scan(narrowed), test, rows=rows, figures=(figure,))


def _figure(picker: Picker, form: f.Figure) -> Pick:
    asked = f.Compared(
        field="property", name=form.property, operator=form.operator, value=form.value
    )
    negated = cmp.is_negative(asked)
    if negated:
        asked = cmp.positive(asked)
    if form.how in ("first", "last"):
        return _value_at_end(picker, form, asked, negated=negated)
    bounds = event_bounds(form.window, picker.now, picker.zone)
    rows = picker.rows_of(form.event, form.where)
    if form.how == "distinct":
        return _distinct(form, bounds, rows)
    if form.how == "sum" and bounds == (None, None) and _is_not_met_by_zero(asked):
        measure = picker.measure_of(form.event, form.where, form.property)
        if measure:
            return Pick("tallies", _against("round(total, 6)", asked), negated, measure=measure)
    number = cmp.property_sides(form.property).number
    figure = {
        "sum": f"round(sum({number}){FILTER}, 6)",
        "average": f"round(avg({number}){FILTER}, 6)",
        "min": f"min({number}){FILTER}",
        "max": f"max({number}){FILTER}",
    }[form.how]
    test = _against("{0}", asked)
    return Pick(Scan(bounds), test, negated, rows=rows, figures=(figure,))


def _against(figure: str, asked: f.Compared) -> str:
    if asked.operator == "exists":
        return f"{figure} IS NOT NULL"
    if asked.operator == "in":
        assert isinstance(asked.value, tuple)
        wanted = [sql.number(float(value)) for value in asked.value]
        return f"{figure} IN {sql.listed(wanted)}" if wanted else "FALSE"
    assert isinstance(asked.value, (int, float))
    return f"{figure} {cmp.SIGNS[asked.operator]} {sql.number(asked.value)}"


def _is_not_met_by_zero(asked: f.Compared) -> bool:
    """The state table has 0 where there is no number at all, which is not known to be 0."""
    if asked.operator in ("in", "exists"):
        return False
    assert isinstance(asked.value, (int, float))
    zero = {"is": asked.value == 0, "at_least": asked.value <= 0, "more_than": asked.value < 0}
    return not zero.get(asked.operator, True)


def _distinct(form: f.Figure, bounds: Bounds, rows: str) -> Pick:
    sides = cmp.property_sides(form.property)
    figures = tuple(
        f"count(DISTINCT {side}){FILTER}" for side in (sides.text, sides.number, sides.flag)
    )
    asked = f.Compared(
        field="property", name=form.property, operator=form.operator, value=form.value
    )
    if form.operator == "is_not":
        test = f"NOT ({_against('({0} + {1} + {2})', cmp.positive(asked))})"
    else:
        test = _against("({0} + {1} + {2})", asked)
    if test_of(form.operator, form.value)(0):
        return Pick(Scan(bounds), f"NOT ({test})", negated=True, rows=rows, figures=figures)
    return Pick(Scan(bounds), test, rows=rows, figures=figures)


def _value_at_end(picker: Picker, form: f.Figure, asked: f.Compared, *, negated: bool) -> Pick:
    bounds = event_bounds(form.window, picker.now, picker.zone)
    test = " AND ".join([picker.rows_of(form.event, form.where), *between(bounds)])
    order = "e.occurred_at DESC, e.id DESC" if form.how == "last" else "e.occurred_at, e.id"
    customer, join = "e.record", ""
    if picker.merged:
        customer = "coalesce(r.customer, e.record)"
        join = " LEFT JOIN redirects AS r ON r.record = e.record"
    ranked = (
        f"(SELECT {customer} AS customer, e.*, row_number() OVER"
        f" (PARTITION BY {customer} ORDER BY {order}) AS place"
        f" FROM (SELECT * FROM events WHERE {test}) AS e{join})"
    )
    return Pick(f"{ranked} AS ranked", f"place = 1 AND {cmp.property_leaf(asked)}", negated)


def _followed(picker: Picker, form: f.Followed) -> Pick:
    first, behind = event_bounds(form.window, picker.now, picker.zone)
    within = form.within.fixed
    later = None if behind is None else behind + within
    if not form.came:
        over = picker.now - within  # what came at this moment may still be followed
        behind = over if behind is None else min(behind, over)
    before = picker.events(form.event, form.where, (first, behind))
    after = picker.events(form.then, form.then_where, (first, later))
    join = "SEMI" if form.came else "ANTI"
    return Pick(
        f"(SELECT a.customer FROM {before} AS a {join} JOIN {after} AS b ON b.customer = a.customer"
        f" AND b.occurred_at > a.occurred_at"
        f" AND b.occurred_at <= a.occurred_at + {sql.interval(within)}) AS pairs"
    )


_PICK: Mapping[type, Callable[[Picker, Any], Pick]] = {
    f.Compared: _compared,
    f.Dated: _dated,
    f.Anniversary: _anniversary,
    f.Consented: _consented,
    f.Staged: _staged,
    f.InSegment: _in_segment,
    f.Has: _has,
    f.Did: _did,
    f.Figure: _figure,
    f.Recency: _recency,
    f.Followed: _followed,
}
