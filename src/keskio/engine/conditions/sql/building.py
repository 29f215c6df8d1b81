"""Sets of customers put together: joins that keep and joins that take away.

Nothing is asked of NULL: `SEMI JOIN` keeps those who are in a set, `ANTI JOIN` those who are not,
`UNION ALL` puts sets together, and sets may have a customer more than once. Only the outermost query
looks at `customers`, and names each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.sql.picking import FILTER, Pick, Picker, Scan, between


class Joined(msgspec.Struct, frozen=True):
    """Several parts of which all, or any, must hold; `negated`: the others."""

    word: str
    parts: tuple[Node, ...]
    negated: bool = False


Node: TypeAlias = Pick | Joined


def node_of(form: f.Condition, picker: Picker, *, negated: bool = False) -> Node:
    """Return `form` as picks that are joined; "not" goes into what it stands before."""
    if isinstance(form, f.Not):
        return node_of(form.part, picker, negated=not negated)
    if isinstance(form, (f.AllOf, f.AnyOf)):
        word = "all" if isinstance(form, f.AllOf) is not negated else "any"
        parts: list[Node] = []
        for part in form.parts:
            node = node_of(part, picker, negated=negated)
            if isinstance(node, Joined) and node.word == word:
                parts += node.parts
            else:
                parts.append(node)
        return Joined(word, tuple(dict.fromkeys(parts)))
    pick = picker.pick(form)
    return msgspec.structs.replace(pick, negated=pick.negated is not negated)


class Builder:
    """Writes the query for one tree of nodes."""

    def __init__(self, picker: Picker) -> None:
        self.picker = picker
        self.tables: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.asked: dict[Scan, list[Pick]] = {}
        self.columns: dict[tuple[Scan, str, str], str] = {}

    def query(self, node: Node) -> str:
        """Return the whole query."""
        self._ask(node)
        joins = self._conditions([node])
        body = f"SELECT c.customer FROM customers AS c{joins}"
        if not self.tables:
            return body
        told = ", ".join(f"{name} AS ({sql})" for name, sql in self.tables.items())
        return f"WITH {told} {body}"

    def _ask(self, node: Node) -> None:
        """Note what is asked of each scan, before any is written."""
        if isinstance(node, Joined):
            for part in node.parts:
                self._ask(part)
        elif isinstance(node.source, Scan):
            many = self.asked.setdefault(node.source, [])
            plain = msgspec.structs.replace(node, negated=False)
            if plain not in many:
                many.append(plain)

    def _conditions(self, nodes: Sequence[Node], left: str = "c") -> str:
        """Return the joins that keep of `left` only those who meet all `nodes`."""
        together: list[Node] = []
        for node in nodes:
            together += node.parts if isinstance(node, Joined) and node.word == "all" else [node]
        joins = []
        for kept, relation in self._sets(together):
            name = self._named(relation)
            word = "SEMI" if kept else "ANTI"
            joins.append(f" {word} JOIN {name} ON {name}.customer = {left}.customer")
        return "".join(sorted(joins, key=lambda join: " ANTI " in join))

    def _sets(self, nodes: Sequence[Node]) -> list[tuple[bool, str]]:
        """Return the sets to keep or to take away, picks of one pass in one set."""
        found: list[tuple[bool, str]] = []
        passes: dict[tuple[object, str], list[Pick]] = {}
        for node in nodes:
            if isinstance(node, Joined):
                found.append((True, self._union(node.parts)))
            elif node.is_single and self._is_shared(node):
                passes.setdefault((node.source, node.measure), []).append(node)
            else:
                found.append((not node.negated, self._relation(node)))
        for picks in passes.values():
            kept = [pick for pick in picks if not pick.negated]
            gone = [pick for pick in picks if pick.negated]
            if len(picks) == 1:
                found.append((bool(kept), self._any_of(picks)))
            elif kept:
                tests = [self._test(pick) for pick in kept]
                tests += [f"NOT coalesce({self._test(pick)}, FALSE)" for pick in gone]
                found.append((True, self._from(kept[0], " AND ".join(tests))))
            else:
                found.append((False, self._any_of(gone)))
        return found

    def _union(self, nodes: Sequence[Node]) -> str:
        """Return the set of those who meet any of `nodes`."""
        found: list[str] = []
        passes: dict[tuple[object, str], list[Pick]] = {}
        for node in nodes:
            if isinstance(node, Joined) or node.negated:
                found.append(f"SELECT c.customer FROM customers AS c{self._conditions([node])}")
            elif node.is_single and self._is_shared(node):
                passes.setdefault((node.source, node.measure), []).append(node)
            else:
                found.append(self._relation(node))
        found += [self._any_of(picks) for picks in passes.values()]
        return " UNION ALL ".join(found)

    def _any_of(self, picks: Sequence[Pick]) -> str:
        """Return the customers that any of `picks`, of one pass, takes."""
        tests = [self._test(pick) for pick in picks]
        test = tests[0] if len(tests) == 1 else " OR ".join(f"({test})" for test in tests)
        by_any = all(pick.by_any for pick in picks)
        return self._from(picks[0], "TRUE" if "TRUE" in tests else test, by_any=by_any)

    def _is_shared(self, pick: Pick) -> bool:
        """Tell whether others may be answered in the same pass."""
        return bool(pick.measure) or len(self.asked[pick.source]) > 1  # type: ignore[index]

    def _test(self, pick: Pick) -> str:
        """Return the predicate of a pick on one row of its pass."""
        if pick.measure:
            return pick.predicate or "TRUE"
        assert isinstance(pick.source, Scan)
        if not pick.figures:
            return f"{self._column(pick.source, pick.rows, f'count(*){FILTER}')} > 0"
        columns = [self._column(pick.source, pick.rows, figure) for figure in pick.figures]
        return pick.predicate.format(*columns)

    def _column(self, scan: Scan, rows: str, figure: str) -> str:
        return self.columns.setdefault((scan, rows, figure), f"m{len(self.columns)}")

    def _from(self, pick: Pick, test: str, *, by_any: bool = False) -> str:
        """Return the customers of a pass that meet `test`."""
        if pick.measure:
            return self._tally(pick.measure, test, by_any=by_any)
        assert isinstance(pick.source, Scan)
        return f"SELECT customer FROM {self._pass(pick.source)} WHERE {test}"

    def _tally(self, measure: str, test: str, *, by_any: bool) -> str:
        told = measure.replace("'", "''")
        where = f" WHERE measure = '{told}'" + ("" if test == "TRUE" else f" AND ({test})")
        if not self.picker.merged:
            return f"SELECT record AS customer FROM tallies{where}"
        if by_any:
            return (
                "SELECT coalesce(r.customer, t.record) AS customer"
                f" FROM (SELECT record FROM tallies{where}) AS t"
                " LEFT JOIN redirects AS r ON r.record = t.record"
            )
        return f"SELECT customer FROM {self._tallies_of_now(told)}{where}"

    def _tallies_of_now(self, measure: str) -> str:
        """Return the state table by customer: only the rows of merged records are added up."""
        records = self._named("SELECT record FROM redirects UNION SELECT customer FROM redirects")
        of_measure = f"FROM tallies AS t {{join}} JOIN {records} ON {records}.record = t.record"
        own = f"WHERE t.measure = '{measure}'"
        return self._named(
            "SELECT t.record AS customer, t.measure, t.first_at, t.last_at, t.times, t.total"
            f" {of_measure.format(join='ANTI')} {own}"
            " UNION ALL SELECT coalesce(r.customer, t.record) AS customer, t.measure,"
            " min(t.first_at), max(t.last_at), CAST(sum(t.times) AS BIGINT), sum(t.total) FROM"
            f" (SELECT t.* {of_measure.format(join='SEMI')} {own}) AS t"
            " LEFT JOIN redirects AS r ON r.record = t.record"
            " GROUP BY coalesce(r.customer, t.record), t.measure"
        )

    def _pass(self, scan: Scan) -> str:
        """Return the table with what all picks ask of a scan of the events, by customer."""
        picks = self.asked[scan]
        for pick in picks:
            self._test(pick)
        figures = [
            figure.replace(FILTER, f" FILTER (WHERE {rows})") + f" AS {name}"
            for (of, rows, figure), name in self.columns.items()
            if of == scan
        ]
        rows = " OR ".join(f"({rows})" for rows in dict.fromkeys(pick.rows for pick in picks))
        return self._named(self._grouped(scan, f"({rows})", ", ".join(figures)))

    def _grouped(self, scan: Scan, rows: str, figures: str, having: str = "") -> str:
        said = f", {figures}" if figures else ""
        test = " AND ".join([rows, *between(scan.bounds)])
        customer, source = "record", f"events WHERE {test}"
        if self.picker.merged:
            customer = "coalesce(r.customer, e.record)"
            source = (
                f"(SELECT * FROM events WHERE {test}) AS e"
                " LEFT JOIN redirects AS r ON r.record = e.record"
            )
        return f"SELECT {customer} AS customer{said} FROM {source} GROUP BY {customer}{having}"

    def _relation(self, pick: Pick) -> str:
        """Return the customers of a pick that stands alone."""
        if isinstance(pick.source, str):
            where = f" WHERE {pick.predicate}" if pick.predicate else ""
            return f"SELECT customer FROM {pick.source}{where}"
        if not pick.figures:
            return self._anybody(pick.source, pick.rows)
        figures = [figure.replace(FILTER, "") for figure in pick.figures]
        having = " HAVING " + pick.predicate.format(*figures)
        return self._grouped(pick.source, f"({pick.rows})", "", having)

    def _anybody(self, scan: Scan, rows: str) -> str:
        """Return those who have such an event at all: fewer records than events look for redirects."""
        test = " AND ".join([rows, *between(scan.bounds)])
        if not self.picker.merged:
            return f"SELECT record AS customer FROM events WHERE {test} GROUP BY record"
        return (
            "SELECT coalesce(r.customer, e.record) AS customer"
            f" FROM (SELECT record FROM events WHERE {test} GROUP BY record) AS e"
            " LEFT JOIN redirects AS r ON r.record = e.record"
        )

    def _named(self, sql: str) -> str:
        """Return the name of a table of the query; the same is written once."""
        if sql not in self.names:
            name = f"s{len(self.names)}"
            self.names[sql] = name
            self.tables[name] = sql
        return self.names[sql]
