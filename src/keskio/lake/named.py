"""Named queries: `.sql` files in DuckDB's dialect that say in their first lines what goes in and out.

    -- How many events there were each day.
    -- in: since TIMESTAMPTZ = NULL · from then on
    -- out: day DATE, times BIGINT

A parameter with `= value` may be left out. In the text it stands as `$since`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from keskio.lake.contracts import WrongQuery

_IN = re.compile(
    r"^-- in: (?P<name>\w+) (?P<type>[A-Z]+(?:\[\])?)(?: = (?P<default>[^·]+?))?(?: · .*)?$"
)
_OUT = re.compile(r"^-- out: (?P<columns>.+)$")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True)
class Parameter:
    """What goes into a named query."""

    name: str
    kind: str
    default: Any = None
    is_needed: bool = True


@dataclass(frozen=True)
class Named:
    """A named query."""

    name: str
    sentence: str
    parameters: tuple[Parameter, ...]
    columns: dict[str, str]
    sql: str

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a value for each parameter, or raise WrongQuery saying which is wrong."""
        known = {parameter.name for parameter in self.parameters}
        if strange := sorted(set(given) - known):
            raise WrongQuery(f"The query {self.name} has no parameter {strange[0]}.")
        needed = [p.name for p in self.parameters if p.is_needed and p.name not in given]
        if needed:
            raise WrongQuery(f"The query {self.name} needs the parameter {needed[0]}.")
        return {p.name: given.get(p.name, p.default) for p in self.parameters}


def names() -> list[str]:
    """Return the names of all queries."""
    folder = resources.files("keskio.lake") / "queries"
    found = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql"))


@cache
def read_named(name: str) -> Named:
    """Return a query by its name, or raise WrongQuery."""
    if name not in names():
        raise WrongQuery(f"There is no query {name}; there are {', '.join(names())}.")
    text = (resources.files("keskio.lake") / "queries" / f"{name}.sql").read_text()
    head = [line for line in text.splitlines() if line.startswith("--")]
    parameters = tuple(_parameter(line, name) for line in head if line.startswith("-- in:"))
    told = [match for line in head if (match := _OUT.match(line))]
    if len(told) != 1:
        raise WrongQuery(f"The query {name} does not say in one line what comes out.")
    pairs = (column.strip().split(" ", 1) for column in _split(told[0]["columns"]))
    sentence = " ".join(line[3:] for line in head if not line.startswith(("-- in:", "-- out:")))
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
    return Named(name, sentence, parameters, dict(pairs), body)


def _split(columns: str) -> list[str]:
    """Split at commas outside parentheses."""
    return re.split(r",\s*(?![^()]*\))", columns)


def _parameter(line: str, query: str) -> Parameter:
    match = _IN.match(line)
    if match is None:
        raise WrongQuery(f"The query {query} has a line that cannot be read: {line}")
    told = match["default"]
    return Parameter(match["name"], match["type"], _value(told, match["type"]), told is None)


def _value(told: str | None, kind: str) -> Any:
    if told is None or told in _CONSTANTS:
        return _CONSTANTS.get(told or "NULL")
    if kind == "BIGINT":
        return int(told)
    if kind == "DOUBLE":
        return float(told)
    return told.strip("'")
