"""`keskio lake`: all events as Parquet, the queries over them, and their upkeep."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from keskio.cli.installation import data_option, use_installation

if TYPE_CHECKING:
    import pyarrow as pa

    from keskio.lake.contracts import Engine

engine_option = click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    help="Who works the answer out.",
)
master_option = click.option(
    "--master",
    default="",
    help="Spark's address, such as spark://host:7077; the setting without it.",
)


@click.group()
def lake() -> None:
    """Look after the lake and ask it."""


@lake.command()
@data_option
def status(data: Path | None) -> None:
    """Print what the lake consists of, as one JSON object."""
    use_installation(data=data)
    from keskio.lake import api

    _print(api.status())


@lake.command()
@data_option
def follow(data: Path | None) -> None:
    """Take everything that is in the log now into the lake; the worker does so by itself."""
    use_installation(data=data)
    from keskio.lake import api

    _print({"position": api.bring_up_to_date()})


@lake.command()
@data_option
def compact(data: Path | None) -> None:
    """Put all files in order now, as every night: days, the order by customer, the state table."""
    use_installation(data=data)
    from keskio.lake import api

    api.bring_up_to_date()
    api.compact()
    _print(api.status())


@lake.command()
@data_option
def rebuild(data: Path | None) -> None:
    """Build the whole lake again from the log; the old one answers until the new one is ready."""
    use_installation(data=data)
    from keskio.lake import api

    api.rebuild()
    _print(api.status())


@lake.command()
@data_option
def queries(data: Path | None) -> None:
    """List the named queries, what goes in and what comes out."""
    use_installation(data=data)
    from keskio.lake import api

    for name in api.query_names():
        told = api.read_named(name)
        _print(
            {
                "name": name,
                "says": told.sentence,
                "in": {p.name: p.kind for p in told.parameters},
                "out": told.columns,
            }
        )


@lake.command()
@data_option
def views(data: Path | None) -> None:
    """Print the SQL that makes the lake's views in your own DuckDB."""
    use_installation(data=data)
    from keskio.lake import api

    click.echo(api.script(), nl=False)


@lake.command()
@click.argument("name", required=False)
@click.option("--sql", help="A query in DuckDB's dialect instead of a named one.")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the query."
)
@engine_option
@master_option
@data_option
def query(
    name: str | None,
    sql: str | None,
    given: tuple[str, ...],
    engine: str,
    master: str,
    data: Path | None,
) -> None:
    """Print what the query NAME answers, as JSON Lines."""
    if (name is None) == (sql is None):
        raise click.UsageError("Write the name of a query, or --sql with a query of your own.")
    told = dict(_pair(pair) for pair in given)
    use_installation(data=data)
    from keskio.lake import api

    with api.engine(engine, master=master) as opened:
        _print_rows(_ask(opened, name, sql, told))


def _ask(engine: Engine, name: str | None, sql: str | None, told: dict[str, str]) -> pa.Table:
    from keskio.lake import api

    if name is None:
        return engine.query(sql or "", {key: _guess(text) for key, text in told.items()})
    kinds = {p.name: p.kind for p in api.read_named(name).parameters}
    values = {key: _read(key, text, kinds.get(key, "VARCHAR")) for key, text in told.items()}
    return engine.named(name, **values)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="--set")
    return name, value


def _read(name: str, text: str, kind: str) -> Any:
    """Return a parameter's value as its kind asks for it."""
    readers: dict[str, Any] = {
        "BIGINT": int,
        "DOUBLE": float,
        "DATE": date.fromisoformat,
        "TIMESTAMPTZ": _instant,
    }
    try:
        return readers.get(kind, str)(text)
    except ValueError:
        raise click.BadParameter(f"{name} is a {kind}, not {text!r}.", param_hint="--set") from None


def _guess(text: str) -> Any:
    """Return the value of a parameter whose kind nobody has told: a number, an instant, else text."""
    for read in (int, float, _instant):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _print(told: Any) -> None:
    click.echo(msgspec.json.encode(told).decode())


def _print_rows(table: pa.Table) -> None:
    encoder = msgspec.json.Encoder()
    for batch in table.to_batches(max_chunksize=10_000):
        sys.stdout.buffer.write(encoder.encode_lines(batch.to_pylist()))
    sys.stdout.buffer.flush()
