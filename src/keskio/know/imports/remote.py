"""Other systems' databases, read and never written: one query, in chunks that the server hands out.

Reading is made safe three times over: the statement is parsed and has to be one query, the session is
told to be read-only, and the time is limited. Addresses may hold passwords; nothing here puts one into a
message.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlglot
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlglot import exp

from keskio.kernel.errors import Mistake, Trouble

CHUNK = 2000
CONNECT_SECONDS = 10
QUERY_SECONDS = 900
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}
_DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
_LIMITS = {
    "postgresql": (
        f"SET statement_timeout = '{QUERY_SECONDS}s'",
        "SET TRANSACTION READ ONLY",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "sqlite": ("PRAGMA query_only = ON",),
}


class WrongQuery(Mistake):
    """The query cannot be used."""

    code = "wrong_query"


class Unreachable(Trouble):
    """The other database cannot be read now."""

    code = "unreachable"


def address_of(told: str) -> URL:
    """Return the address that `told` is, or that the environment or a file holds. Raises WrongQuery."""
    kind, _, place = told.strip().partition(":")
    text = told.strip()
    if kind == "env":
        text = os.environ.get(place.strip(), "")
        if not text:
            raise WrongQuery(
                f"The environment variable {place.strip()} with the address is not set."
            )
    elif kind == "file":
        try:
            text = Path(place.strip()).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise WrongQuery(
                f"The file with the address cannot be read: {error.strerror}."
            ) from None
    try:
        url = make_url(text)
    except ArgumentError:
        raise WrongQuery(
            "This is no address of a database. Write postgresql://user:password@host/name,"
            " mysql://… or sqlite:///path, or env:NAME or file:PATH of where it stands."
        ) from None
    driver = _DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None:
        raise WrongQuery(
            f"Databases of the kind {url.drivername} are not read; PostgreSQL, MySQL, MariaDB and"
            " SQLite are."
        )
    return url.set(drivername=driver)


def shown_address(told: str) -> str:
    """Return the address as pages may show it: without its password."""
    if told.startswith(("env:", "file:")):
        return told
    try:
        return address_of(told).render_as_string(hide_password=True)
    except Mistake:
        return "?"


def check_query(query: str, dialect: str) -> str:
    """Return `query` if it is one query that only reads. Raises WrongQuery."""
    text = query.strip().rstrip(";").strip()
    try:
        statements = sqlglot.parse(text, read=_DIALECTS.get(dialect, dialect))
    except sqlglot.errors.SqlglotError as error:
        told = str(error).splitlines()[0]
        raise WrongQuery(f"The query cannot be understood: {told}") from None
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Into)
    if (
        len(statements) != 1
        or not isinstance(statements[0], exp.Query)
        or statements[0].find(*writes)
    ):
        raise WrongQuery("Only one query that reads is allowed: SELECT …, or WITH … SELECT ….")
    return text


class Answer:
    """A query's answer under way: the names of its columns, and its rows in chunks."""

    def __init__(self, names: list[str], chunks: Iterator[Sequence[Sequence[Any]]]) -> None:
        self.names = names
        self.chunks = chunks


@contextmanager
def answer_of(
    told: str, query: str, *, mark_column: str = "", mark: str = "", most: int = 0
) -> Iterator[Answer]:
    """Ask the database at `told` and yield its answer; the connection is closed behind it.

    With a `mark`, only rows whose `mark_column` is at least that are asked for; `most` limits how many.
    Raises WrongQuery, Unreachable.
    """
    url = address_of(told)
    dialect = url.get_backend_name()
    text = _limited(check_query(query, dialect), dialect, mark_column, mark, most)
    password = url.password or ""
    try:
        engine = sqlalchemy.create_engine(
            _read_only(url), poolclass=NullPool, connect_args=_patience(dialect)
        )
        with engine.connect() as connection:
            _make_safe(connection, dialect)
            streamed = connection.execution_options(stream_results=True, yield_per=CHUNK)
            values = {"mark": mark} if mark_column and mark else {}
            found = streamed.execute(sqlalchemy.text(text), values)
            try:
                yield Answer(list(found.keys()), iter(found.partitions(CHUNK)))
            finally:
                found.close()
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise Unreachable(_sentence(error, str(password)), permanent=False) from None


def _read_only(url: URL) -> URL:
    """Return the address with SQLite's file opened for reading only, so that none is made either."""
    if url.get_backend_name() != "sqlite":
        return url
    path = Path(url.database or "").resolve()
    if not path.is_file():
        raise WrongQuery(f"There is no SQLite file {url.database}.")
    return url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})


def _patience(dialect: str) -> dict[str, Any]:
    if dialect == "sqlite":
        return {"timeout": CONNECT_SECONDS}
    if dialect == "mysql":
        return {"connect_timeout": CONNECT_SECONDS, "read_timeout": QUERY_SECONDS}
    return {"connect_timeout": CONNECT_SECONDS}


def _make_safe(connection: Connection, dialect: str) -> None:
    for statement in _LIMITS.get(dialect, ()):
        connection.exec_driver_sql(statement)
    if dialect == "mysql":
        connection.commit()  # what the session was told holds from the next transaction on


def _limited(text: str, dialect: str, mark_column: str, mark: str, most: int) -> str:
    """Return the query, kept to what is newer than the mark and to so many rows."""
    text = text.replace(":", r"\:")
    if not (mark_column and mark) and not most:
        return text
    quote = "`" if dialect == "mysql" else '"'
    column = quote + mark_column.replace(quote, "") + quote
    where = f" WHERE told.{column} >= :mark" if mark_column and mark else ""
    limit = f" LIMIT {int(most)}" if most else ""
    return f"SELECT * FROM ({text}) AS told{where}{limit}"  # noqa: S608 - a query is what is asked for


def _sentence(error: SQLAlchemyError, password: str) -> str:
    """Return what is wrong in one sentence, without the password and without the rows of a statement."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    told = " ".join(str(cause).split())
    if password:
        told = told.replace(password, "***")
    return f"The other database says: {told[:400]}"
