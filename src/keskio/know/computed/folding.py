"""What events come to: states that take one event after another, in any order, and can be joined.

Rules
-----
1. The same events give the same value in whatever order they come, and however they are spread over records
   whose states are joined. Sums are exact (Shewchuk's partials, as math.fsum keeps them) and rounded once.
2. First and last are by (time, place in the log). Of the most frequent, the one seen last wins a tie.
3. Numbers are JSON numbers; true and false are not. 12 and 12.0 are the same value.
4. No events: no value (None), also for a count.
5. The next is expected a usual interval after the day of the last: the median of the intervals between the
   last days with an event and, as one voice more, the days that the last one's property lasts (a package
   of lenses). One day with events and no such property: nothing is expected.

Nothing here knows the database or the clock.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.conditions import ZONE, Subject
from keskio.kernel.clock import Micros, from_micros
from keskio.know.computed.recipes import (
    AVERAGE,
    COUNT,
    DISTINCT,
    FIRST,
    LAST,
    MAX,
    MIN,
    MOST_FREQUENT,
    NEXT,
    OF_NUMBERS,
    SUM,
    Recipe,
)

State: TypeAlias = dict[str, Any]
Scalar: TypeAlias = str | int | float | bool
Nothing: Any = object()

MOST_LISTED = 100
INTERVALS = 12  # the last ones of which the usual one is the median
LONGEST_PACKAGE = 3660  # days
LARGEST = 1e200  # sums of larger numbers could leave what a double can hold

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def contribution(recipe: Recipe, properties: Mapping[str, Any]) -> Any:
    """Return what an event with `properties` adds, or `Nothing` if it does not count."""
    if recipe.where is not None and not recipe.where(Subject(properties=properties)):
        return Nothing
    if recipe.compute == COUNT:
        return None
    value = properties.get(recipe.property)
    if recipe.compute == NEXT:
        is_length = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_length and 0 < value <= LONGEST_PACKAGE else None  # type: ignore[operator,arg-type]
    if recipe.compute in OF_NUMBERS:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and abs(value) <= LARGEST else Nothing  # type: ignore[arg-type]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float | bool) else Nothing


def add(compute: str, state: State, at: Micros, place: int, value: Any) -> None:
    """Take one event's contribution into `state` (an empty dict to begin with), in place."""
    _ADD[compute](state, at, place, value)


def join(compute: str, states: Iterable[State]) -> State:
    """Return one state of several records' states; they are not changed."""
    joined: State = {}
    for state in states:
        if state:
            _JOIN[compute](joined, state)
    return joined


def value_of(compute: str, state: State) -> Any:
    """Return the trait's value, None when there is none."""
    return _VALUE[compute](state) if state else None


def _add_count(state: State, _at: Micros, _place: int, _value: Any) -> None:
    state["n"] = state.get("n", 0) + 1


def _add_sum(state: State, _at: Micros, _place: int, value: float) -> None:
    state["n"] = state.get("n", 0) + 1
    _grow(state.setdefault("s", []), value)


def _add_least(state: State, _at: Micros, _place: int, value: float) -> None:
    state["v"] = min(state.get("v", value), value)


def _add_most(state: State, _at: Micros, _place: int, value: float) -> None:
    state["v"] = max(state.get("v", value), value)


def _add_first(state: State, at: Micros, place: int, value: Scalar) -> None:
    if not state or (at, place) < (state["at"], state["id"]):
        state.update(at=at, id=place, v=value)


def _add_last(state: State, at: Micros, place: int, value: Scalar) -> None:
    if not state or (at, place) > (state["at"], state["id"]):
        state.update(at=at, id=place, v=value)


def _add_frequent(state: State, at: Micros, place: int, value: Scalar) -> None:
    _see(state, _encode(value).decode(), 1, at, place)


def _see(state: State, text: str, times: int, at: Micros, place: int) -> None:
    seen = state.setdefault("c", {})
    held = seen.get(text, (0, at, place))
    seen[text] = [held[0] + times, *max((held[1], held[2]), (at, place))]


def _add_distinct(state: State, at: Micros, place: int, value: Scalar) -> None:
    _list(state, _encode(value).decode(), at, place)


def _list(state: State, text: str, at: Micros, place: int) -> None:
    """Keep when each value was first seen, of the earliest values; later ones can never come back in."""
    seen = state.setdefault("c", {})
    seen[text] = list(min(tuple(seen.get(text, (at, place))), (at, place)))
    if len(seen) > MOST_LISTED:
        del seen[max(seen, key=lambda known: tuple(seen[known]))]


def _add_day(state: State, at: Micros, place: int, value: float | None) -> None:
    day = from_micros(at).astimezone(ZoneInfo(ZONE)).date().toordinal()
    _keep_day(state, str(day), [at, place, value])


def _keep_day(state: State, day: str, told: list[Any]) -> None:
    """Keep the last event of each of the last days; an earlier day can never come back in."""
    days = state.setdefault("d", {})
    days[day] = max(days.get(day, told), told, key=lambda one: (one[0], one[1]))
    if len(days) > INTERVALS + 1:
        del days[min(days, key=int)]


def _join_days(joined: State, state: State) -> None:
    for day, told in state["d"].items():
        _keep_day(joined, day, told)


def _next_day(state: State) -> str | None:
    days = sorted(int(day) for day in state["d"])
    package = state["d"][str(days[-1])][2]
    lengths = [float(later - earlier) for earlier, later in pairwise(days)]
    if package is not None:
        lengths.append(package)
    if not lengths:
        return None
    return date.fromordinal(days[-1] + round(statistics.median(lengths))).isoformat()


def _grow(partials: list[float], x: float) -> None:
    """Add `x` to a sum kept exactly as non-overlapping doubles (Shewchuk 1997, GROW-EXPANSION)."""
    kept = 0
    for y in partials:
        big, small = (x, y) if abs(x) >= abs(y) else (y, x)
        high = big + small
        low = small - (high - big)
        if low:
            partials[kept] = low
            kept += 1
        x = high
    partials[kept:] = [x]


def _join_count(joined: State, state: State) -> None:
    joined["n"] = joined.get("n", 0) + state["n"]


def _join_sum(joined: State, state: State) -> None:
    _join_count(joined, state)
    partials = joined.setdefault("s", [])
    for part in state["s"]:
        _grow(partials, part)


def _join_frequent(joined: State, state: State) -> None:
    for text, (times, at, place) in state["c"].items():
        _see(joined, text, times, at, place)


def _join_distinct(joined: State, state: State) -> None:
    for text, (at, place) in state["c"].items():
        _list(joined, text, at, place)


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _most_seen(state: State) -> Any:
    seen = state["c"]
    return _decode(max(seen, key=lambda text: (*seen[text], text)))


def _in_order(state: State) -> list[Any]:
    seen = state["c"]
    return [_decode(text) for text in sorted(seen, key=lambda text: (*seen[text], text))]


_Add: TypeAlias = Callable[[State, Micros, int, Any], None]
_ADD: dict[str, _Add] = {
    COUNT: _add_count,
    SUM: _add_sum,
    AVERAGE: _add_sum,
    MIN: _add_least,
    MAX: _add_most,
    FIRST: _add_first,
    LAST: _add_last,
    MOST_FREQUENT: _add_frequent,
    DISTINCT: _add_distinct,
    NEXT: _add_day,
}
_JOIN: dict[str, Callable[[State, State], None]] = {
    COUNT: _join_count,
    SUM: _join_sum,
    AVERAGE: _join_sum,
    MIN: lambda joined, state: _add_least(joined, 0, 0, state["v"]),
    MAX: lambda joined, state: _add_most(joined, 0, 0, state["v"]),
    FIRST: lambda joined, state: _add_first(joined, state["at"], state["id"], state["v"]),
    LAST: lambda joined, state: _add_last(joined, state["at"], state["id"], state["v"]),
    MOST_FREQUENT: _join_frequent,
    DISTINCT: _join_distinct,
    NEXT: _join_days,
}
_VALUE: dict[str, Callable[[State], Any]] = {
    COUNT: lambda state: state["n"],
    SUM: lambda state: _plain(math.fsum(state["s"])),
    AVERAGE: lambda state: _plain(math.fsum(state["s"]) / state["n"]),
    MIN: lambda state: _plain(float(state["v"])),
    MAX: lambda state: _plain(float(state["v"])),
    FIRST: lambda state: state["v"],
    LAST: lambda state: state["v"],
    MOST_FREQUENT: _most_seen,
    DISTINCT: _in_order,
    NEXT: _next_day,
}
