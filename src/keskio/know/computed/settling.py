"""Definitions between making and keeping: values of everybody written in slices; and those that end."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from django.db import transaction

from keskio.events.api import locked_cursor_of
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros
from keskio.kernel.sql import fetch, run
from keskio.know.computed.keeping import Live, compute, save_values, write_traits
from keskio.know.computed.models import Definition
from keskio.know.computed.recipes import Recipe, read_definition

SLICE = 500
TIDIED = 5000
_NEXT_RECORDS = """
    SELECT DISTINCT record_id FROM {table}
    WHERE definition_id = %s AND edition = %s AND record_id > %s ORDER BY record_id LIMIT %s
"""
_STALE = """
    SELECT customer_id FROM computed_value WHERE definition_id = %s AND edition < %s
    ORDER BY customer_id LIMIT %s
"""
_TIDY = {
    "tally": """
        DELETE FROM computed_tally WHERE definition_id = %s AND edition < %s AND record_id IN (
            SELECT record_id FROM computed_tally WHERE definition_id = %s AND edition < %s LIMIT %s)
    """,
    "entry": """
        DELETE FROM computed_entry WHERE definition_id = %s AND edition < %s AND record_id IN (
            SELECT record_id FROM computed_entry WHERE definition_id = %s AND edition < %s LIMIT %s)
    """,
}


def settle(now: Micros) -> bool:
    """Take one step with one definition that is settling or ending; True when there may be more."""
    states = (Definition.State.SETTLING, Definition.State.ENDING)
    row = Definition.objects.filter(state__in=states).order_by("pk").first()
    if row is None:
        return False
    began = time.perf_counter()
    with transaction.atomic():
        locked_cursor_of("computed")
        found = Definition.objects.select_for_update().filter(pk=row.pk, state=row.state).first()
        if found is None or found.edition != row.edition:
            return True  # a person has changed it meanwhile
        step: Callable[[Definition, Micros], None] = (
            _settle if found.state == Definition.State.SETTLING else _end
        )
        step(found, now)
        Definition.objects.filter(pk=found.pk).update(
            took=found.took + round((time.perf_counter() - began) * 1e6)
        )
        transaction.on_commit(wake)
    return True


def _settle(row: Definition, now: Micros) -> None:
    recipe = read_definition(msgspec.json.decode(row.document))
    if not isinstance(recipe, Recipe):
        row.state = Definition.State.READY
        row.save(update_fields=["state"])
        return
    kept = Live(row.pk, row.edition, recipe)
    table = "computed_entry" if recipe.window else "computed_tally"
    found = fetch(_NEXT_RECORDS.format(table=table), (row.pk, row.edition, row.settled_to, SLICE))
    if found:
        records = [record for (record,) in found]
        compute([kept], {row.pk: records}, now)
        row.settled_to = records[-1]
        row.save(update_fields=["settled_to"])
        return
    stale = [customer for (customer,) in fetch(_STALE, (row.pk, row.edition, SLICE))]
    if stale:
        compute([kept], {row.pk: stale}, now)
        return
    if _tidy(row.pk, row.edition):
        return
    row.state, row.refreshed_at = Definition.State.READY, from_micros(now)
    row.save(update_fields=["state", "refreshed_at"])


def _end(row: Definition, now: Micros) -> None:
    """Take the trait from some of those who have it; when nobody is left, the definition goes."""
    theirs = [customer for (customer,) in fetch(_STALE, (row.pk, 2**31 - 1, SLICE))]
    if theirs:
        write_traits({customer: {row.key: None} for customer in theirs}, now)
        save_values(row.pk, row.edition, {}, now, gone=theirs)
    elif not _tidy(row.pk, 2**31 - 1):
        row.delete()


def _tidy(definition: int, edition: int) -> bool:
    """Forget a slice of what was gathered for editions before `edition`; True when there was any."""
    params = (definition, edition, definition, edition, TIDIED)
    gone = [run(sql, params) for sql in _TIDY.values()]
    return any(gone)
