"""SQL for two engines: our macros in DuckDB, and the translation of DuckDB's dialect for Spark.

This is the one place that knows what the two do differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keskio.lake.contracts import WrongQuery

Node: TypeAlias = Any  # a piece of a parsed query; sqlglot has changed what it calls them

# A property's place as a JSON pointer (RFC 6901), so that any name will do.
_POINTER = "'/properties/' || replace(replace(name, '~', '~0'), '/', '~1')"
_TYPE = f"json_type(body, {_POINTER})"
_TEXT = f"json_extract_string(body, {_POINTER})"
_LIST = f"json_extract(body, {_POINTER})"
_NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"
_ELEMENTS = f"CASE WHEN {_TYPE} = 'ARRAY' THEN json_extract({_LIST}, '$[*]') END"

DUCKDB_MACROS = (
    f"CREATE OR REPLACE TEMP MACRO event_kind(body, name) AS CASE {_TYPE} WHEN 'VARCHAR' THEN 'text'"
    " WHEN 'BIGINT' THEN 'number' WHEN 'UBIGINT' THEN 'number' WHEN 'HUGEINT' THEN 'number'"
    " WHEN 'DOUBLE' THEN 'number' WHEN 'BOOLEAN' THEN 'flag' WHEN 'ARRAY' THEN 'list'"
    " WHEN 'OBJECT' THEN 'object' END",
    f"CREATE OR REPLACE TEMP MACRO event_text(body, name) AS CASE WHEN {_TYPE} = 'VARCHAR' THEN {_TEXT} END",
    f"CREATE OR REPLACE TEMP MACRO event_number(body, name) AS CASE WHEN {_TYPE} IN {_NUMBERS}"
    f" THEN CAST({_TEXT} AS DOUBLE) END",
    f"CREATE OR REPLACE TEMP MACRO event_flag(body, name) AS CASE WHEN {_TYPE} = 'BOOLEAN'"
    f" THEN {_TEXT} = 'true' END",
    "CREATE OR REPLACE TEMP MACRO event_has_text(body, name, wanted) AS coalesce(len(list_filter("
    f"{_ELEMENTS}, lambda e: json_type(e) = 'VARCHAR' AND json_extract_string(e, '$') = wanted)) > 0,"
    " false)",
    "CREATE OR REPLACE TEMP MACRO event_has_number(body, name, wanted) AS coalesce(len(list_filter("
    f"{_ELEMENTS}, lambda e: CASE WHEN json_type(e) IN {_NUMBERS}"
    " THEN CAST(json_extract_string(e, '$') AS DOUBLE) = wanted ELSE false END)) > 0, false)",
)

# The events are read in order, so that a window over everything sees a customer's events together.
# Spark has no order: there the window is told.
ORDERED = {"events_by_customer": "customer", "events_by_record": "record"}


def literal_of(value: Any) -> Node:
    """Return a value as SQL that both engines read."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise WrongQuery("An instant without a zone cannot be a parameter: give it one.")
        text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
        return exp.cast(exp.Literal.string(text), "timestamptz")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "double")
    if isinstance(value, (list, tuple)):
        return exp.Array(expressions=[literal_of(item) for item in value])
    return exp.convert(value)


def to_spark(sql: str, params: Mapping[str, Any] | None = None) -> str:
    """Return DuckDB's SQL as Spark's, with `$name` replaced by the parameters' values.

    Raises WrongQuery for what cannot be read.
    """
    tree = _parse(sql).copy()
    for place in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        name = place.name
        if params is None or name not in params:
            raise WrongQuery(f"The query asks for the parameter {name}, which was not given.")
        place.replace(literal_of(params[name]))
    for window in list(tree.find_all(exp.Window)):
        _order(window)
    tree = tree.transform(_spoken)
    return str(tree.sql(dialect="spark"))


@lru_cache(maxsize=256)
def _parse(sql: str) -> Node:
    try:
        tree: Node = sqlglot.parse_one(sql, read="duckdb")
    except SqlglotError as error:
        raise WrongQuery(f"The query cannot be read: {error}") from None
    return tree


def _order(window: exp.Window) -> None:
    """Give a window over everything the partition and order that the rows have by themselves."""
    if window.args.get("partition_by") or window.args.get("order"):
        return
    scope = window.find_ancestor(exp.Select)
    names = {table.name for table in scope.find_all(exp.Table)} if scope else set()
    keys = {ORDERED[name] for name in names if name in ORDERED}
    if not keys:
        names = {table.name for table in window.root().find_all(exp.Table)}
        keys = {ORDERED[name] for name in names if name in ORDERED}
    if len(keys) != 1:
        return
    key = keys.pop()
    window.set("partition_by", [exp.column(key)])
    window.set(
        "order", exp.Order(expressions=[exp.column("occurred_at").asc(), exp.column("id").asc()])
    )


def _spoken(node: Node) -> Node:
    """Say in Spark's words what sqlglot leaves as it is."""
    if isinstance(node, exp.Anonymous):
        build = _SPARK.get(node.name.lower())
        if build is not None:
            return build(node.expressions)
    return node


def _sql_of(arguments: list[Node]) -> list[str]:
    return [argument.sql(dialect="spark") for argument in arguments]


def _raw(sql: str) -> Node:
    """Return Spark's own SQL, to be written as it is."""
    return exp.Var(this=sql)


def _variant(arguments: list[Node]) -> str:
    body, name = arguments[0].sql(dialect="spark"), arguments[1].name
    inside = name.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    return f"""try_variant_get(try_parse_json({body}), '$.properties["{inside}"]', 'variant')"""


_SPARK_NUMBERS = "rlike '^(BIGINT|DOUBLE|DECIMAL.*|FLOAT|INT|SMALLINT|TINYINT|LONG)$'"


def _kind(arguments: list[Node]) -> Node:
    told = f"schema_of_variant({_variant(arguments)})"
    return _raw(
        f"CASE WHEN {told} = 'STRING' THEN 'text' WHEN {told} = 'BOOLEAN' THEN 'flag'"
        f" WHEN {told} {_SPARK_NUMBERS} THEN 'number' WHEN {told} LIKE 'ARRAY%' THEN 'list'"
        f" WHEN {told} LIKE 'OBJECT%' THEN 'object' END"
    )


def _text(arguments: list[Node]) -> Node:
    found = _variant(arguments)
    return _raw(f"CASE WHEN schema_of_variant({found}) = 'STRING' THEN CAST({found} AS STRING) END")


def _number(arguments: list[Node]) -> Node:
    found = _variant(arguments)
    return _raw(
        f"CASE WHEN schema_of_variant({found}) {_SPARK_NUMBERS} THEN CAST({found} AS DOUBLE) END"
    )


def _flag(arguments: list[Node]) -> Node:
    found = _variant(arguments)
    return _raw(
        f"CASE WHEN schema_of_variant({found}) = 'BOOLEAN' THEN CAST({found} AS BOOLEAN) END"
    )


def _elements(arguments: list[Node]) -> str:
    found = _variant(arguments)
    return (
        f"CASE WHEN schema_of_variant({found}) LIKE 'ARRAY%' THEN"
        f" CAST({found} AS ARRAY<VARIANT>) END"
    )


def _has_text(arguments: list[Node]) -> Node:
    wanted = arguments[2].sql(dialect="spark")
    return _raw(
        f"coalesce(exists({_elements(arguments)}, e -> CASE WHEN schema_of_variant(e) = 'STRING'"
        f" THEN CAST(e AS STRING) = {wanted} ELSE false END), false)"
    )


def _has_number(arguments: list[Node]) -> Node:
    wanted = arguments[2].sql(dialect="spark")
    return _raw(
        f"coalesce(exists({_elements(arguments)}, e -> CASE WHEN schema_of_variant(e)"
        f" {_SPARK_NUMBERS} THEN CAST(e AS DOUBLE) = {wanted} ELSE false END), false)"
    )


_SPARK: dict[str, Any] = {
    "event_kind": _kind,
    "event_text": _text,
    "event_number": _number,
    "event_flag": _flag,
    "event_has_text": _has_text,
    "event_has_number": _has_number,
    "epoch_us": lambda a: exp.Anonymous(this="unix_micros", expressions=a),
    "to_microseconds": lambda a: _raw(f"make_dt_interval(0, 0, 0, {_sql_of(a)[0]} / 1000000.0D)"),
}
