"""Traits that SQL on the lake answers: the check of the SQL, the asking, and what changed since last time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import sqlglot
from django.db import transaction
from sqlglot import expressions as exp

from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros, now_micros
from keskio.kernel.errors import KeskioError
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.computed.keeping import save_values, write_traits
from keskio.know.computed.models import Definition
from keskio.know.computed.recipes import Question, WrongDefinition, read_definition
from keskio.lake import api as lake

log = logging.getLogger(__name__)

VIEWS = frozenset(
    {
        *("events", "events_by_record", "events_by_customer", "redirects", "customers", "traits"),
        *("consents", "objects", "object_fields", "memberships", "stages", "tallies"),
    }
)
CHUNK = 500
PAUSE = 5.0  # seconds between looks at what is due

_decode = msgspec.json.Decoder().decode


def check_sql(sql: str) -> None:
    """See that `sql` is one SELECT over the lake's views that answers customer and value.

    Raises WrongDefinition. DuckDB's dialect.
    """
    try:
        parsed = [part for part in sqlglot.parse(sql, read="duckdb") if part is not None]
    except sqlglot.errors.SqlglotError as fault:
        sentence = str(fault).splitlines()[0]
        raise WrongDefinition(f"The SQL cannot be read: {sentence}") from None
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise WrongDefinition("The SQL must be one SELECT and nothing else.")
    query = parsed[0]
    forbidden = (exp.Insert, exp.Update, exp.Delete, exp.Into, exp.DDL, exp.Command)
    if any(
        isinstance(node, forbidden) and not isinstance(node, exp.Query) for node in query.walk()
    ):
        raise WrongDefinition("The SQL may only read: a SELECT, with WITH before it if need be.")
    own = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        name = table.name.lower()
        plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        if not plain or (name not in VIEWS and name not in own):
            raise WrongDefinition(
                f"{table.sql('duckdb')} is none of the lake's views: {', '.join(sorted(VIEWS))}."
            )
    if not {"customer", "value"} <= {name.lower() for name in query.named_selects}:
        raise WrongDefinition("The SQL must answer the columns customer and value.")


def answers_of(question: Question) -> dict[int, Any]:
    """Ask the lake and return each customer's value; customers without one are left out.

    Raises WrongDefinition when a customer stands twice, and what the lake raises.
    """
    check_sql(question.sql)
    with lake.engine() as engine:
        table = engine.query(question.sql)
    names = {name.lower(): name for name in table.column_names}
    customers = table.column(names["customer"]).to_pylist()
    values = table.column(names["value"]).to_pylist()
    found: dict[int, Any] = {}
    for customer, value in zip(customers, values, strict=True):
        if customer is None:
            continue
        if customer in found:
            raise WrongDefinition(f"The customer {customer} stands twice: GROUP BY customer.")
        found[int(customer)] = _plain(value)
    return {customer: value for customer, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def ask(number: int, now: Micros) -> int:
    """Ask one definition's SQL and write what has changed; return for how many customers.

    Written in slices, each with its events: stopped in the middle, the next asking does the rest.
    """
    row = Definition.objects.get(pk=number)
    began = time.perf_counter()
    question = read_definition(_decode(row.document))
    assert isinstance(question, Question)
    answers = answers_of(question)
    rows = fetch(
        "SELECT customer_id, value FROM computed_value WHERE definition_id = %s", (number,)
    )
    known = {customer: _decode(value) for customer, value in rows}
    changed = sorted(
        customer
        for customer in answers.keys() | known.keys()
        if answers.get(customer) != known.get(customer)
    )
    for start in range(0, len(changed), CHUNK):
        slice_ = changed[start : start + CHUNK]
        with transaction.atomic():
            _write(row, slice_, answers, now)
            transaction.on_commit(wake)
    Definition.objects.filter(pk=number).update(
        run_at=from_micros(now + question.every),
        refreshed_at=from_micros(now),
        took=round((time.perf_counter() - began) * 1e6),
        error="",
        error_at=None,
    )
    return len(changed)


def _write(
    row: Definition, customers: Collection[int], answers: Mapping[int, Any], now: Micros
) -> None:
    found = fetch(
        f"SELECT id FROM know_customer WHERE {any_of('id')} AND merged_into_id IS NULL",  # noqa: S608 - constants
        (listed(customers),),
    )
    in_force = [number for (number,) in found]
    save_values(
        row.pk,
        row.edition,
        {customer: (answers.get(customer), None) for customer in in_force},
        now,
        gone=set(customers) - set(in_force),
    )
    write_traits({customer: {row.key: answers.get(customer)} for customer in in_force}, now)


def ask_what_is_due(now: Micros) -> int:
    """Ask every definition of SQL whose time has come; return how many were asked.

    One that fails shows its error and is asked again after its time.
    """
    ready = Definition.objects.filter(state=Definition.State.READY)
    due = list(ready.filter(run_at__lte=from_micros(now)).order_by("run_at", "pk"))
    for row in due:
        try:
            ask(row.pk, now)
        except KeskioError as fault:
            log.warning("computed: the SQL of %s failed: %s", row.key, fault.message)
            question = read_definition(_decode(row.document))
            every = question.every if isinstance(question, Question) else 0
            Definition.objects.filter(pk=row.pk).update(
                error=fault.message,
                error_at=from_micros(now),
                run_at=from_micros(now + max(every, 60_000_000)),
            )
    return len(due)


class Asking:
    """The background that asks the lake: its queries may take longer than a turn of the worker."""

    name = "computed-sql"

    def run(self, stop: threading.Event) -> None:
        """Ask what is due until `stop` is set."""
        while not stop.wait(PAUSE):
            ask_what_is_due(now_micros())
