"""The one place where memberships and stages are written: rows, events, tallies, moves.

Everything here runs inside the caller's transaction and is set-wise. What is told is what has
changed in the rows, so that two who write the same change at one time tell of it once; it is told
in the order of the customers' numbers, so that the same course of things always gives the same log.
Customers who are not in force (merged away, restricted, erased) are never written, and leave without
an event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from keskio.engine.times import HOUR
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.know.segments.queries import stages_of

IN_FORCE = "merged_into_id IS NULL AND erased_at IS NULL AND restricted_at IS NULL"
ENTER = f"""
    INSERT INTO segments_membership (segment_id, customer_id, since)
    SELECT {{segment}}, id, {{since}} FROM know_customer WHERE {{customers}} AND {IN_FORCE}
    ON CONFLICT (segment_id, customer_id) DO NOTHING RETURNING customer_id
"""  # noqa: S608 - constants
LEAVE = """
    DELETE FROM segments_membership WHERE segment_id = %s AND {customers} RETURNING customer_id
"""
COUNT = "UPDATE segments_{table} SET members = members + %s WHERE id = %s RETURNING members"
TALLY = """
    INSERT INTO segments_tally (segment_id, hour, entered, went, members)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (segment_id, hour) DO UPDATE SET entered = segments_tally.entered + excluded.entered,
        went = segments_tally.went + excluded.went, members = excluded.members
"""
PUT_STAGE = """
    INSERT INTO segments_stageof (model, customer_id, stage, since) VALUES (%s, %s, %s, %s)
    ON CONFLICT (model, customer_id) DO UPDATE SET stage = excluded.stage, since = excluded.since
"""
MOVED = """
    INSERT INTO segments_move (model, customer_id, was, became, at) VALUES (%s, %s, %s, %s, %s)
"""


class Named(msgspec.Struct, frozen=True, gc=False):
    """The definition whose rows are written."""

    id: int
    key: str
    title: Mapping[str, str]


def in_force(customers: Collection[int]) -> set[int]:
    """Return those of `customers` of whom anything may be kept: not merged, restricted, erased."""
    sql = f"SELECT id FROM know_customer WHERE {any_of('id')} AND {IN_FORCE}"  # noqa: S608 - constants
    return {row[0] for row in fetch(sql, (listed(customers),))} if customers else set()


def change_members(
    segment: Named,
    *,
    entering: Collection[int],
    leaving: Collection[int],
    at: Micros,
    is_told: bool = True,
) -> tuple[list[int], list[int]]:
    """Let customers into a segment and out of it; return who really came and who really went.

    `is_told`: each change is also an event. Tallies of the hour are kept either way.
    """
    entered = _enter(segment.id, entering, at) if entering else []
    left = _leave(segment.id, leaving) if leaving else []
    if not entered and not left:
        return [], []
    ((members,),) = fetch(COUNT.format(table="segment"), (len(entered) - len(left), segment.id))
    run(TALLY, (segment.id, at - at % HOUR, len(entered), len(left), members))
    if is_told:
        staying = in_force(left)
        body = {"segment": segment.key, "title": in_language(segment.title, "fi")}
        text = msgspec.json.encode({"properties": body}).decode()
        append_events(
            [
                *(NewEvent(customer, "segment.entered", at, text) for customer in entered),
                *(NewEvent(c, "segment.left", at, text) for c in left if c in staying),
            ]
        )
    return entered, left


def change_stages(
    model: Named, stages: Mapping[int, str], *, at: Micros, is_told: bool = True
) -> dict[int, str]:
    """Bring customers to their stages ("": none); return those whose stage really changed.

    Customers at their stage already keep their `since`. Moves are kept either way; with `is_told`
    each is also an event.
    """
    allowed = in_force(stages.keys())
    before = stages_of(stages.keys(), [model.key])
    was = {customer: before.get(customer, {}).get(model.key, ("", 0))[0] for customer in stages}
    wanted = {c: stages[c] if c in allowed else "" for c in sorted(stages)}
    moved = {c: stage for c, stage in wanted.items() if stage != was[c]}
    if not moved:
        return {}
    gone = [customer for customer, stage in moved.items() if not stage]
    if gone:
        sql = f"DELETE FROM segments_stageof WHERE model = %s AND {any_of('customer_id')}"  # noqa: S608 - constants
        run(sql, (model.key, listed(gone)))
    run_many(PUT_STAGE, [(model.key, c, stage, at) for c, stage in moved.items() if stage])
    told = {c: stage for c, stage in moved.items() if c in allowed}
    run_many(MOVED, [(model.key, c, was[c], stage, at) for c, stage in told.items()])
    came = sum(not was[customer] for customer in moved)
    run(COUNT.format(table="stagemodel").partition("RETURNING")[0], (came - len(gone), model.id))
    if is_told:
        append_events(
            [
                NewEvent(customer, "stage.changed", at, _moved(model.key, was[customer], stage))
                for customer, stage in told.items()
            ]
        )
    return moved


def move_merged(customer: int, into: int) -> None:
    """Give what stands under a record that was merged away to the customer that it is now.

    Who both belonged has belonged since the earlier of the two; nothing is told: nobody came or went.
    """
    for table, name in (("membership", "segment_id"), ("stageof", "model")):
        older = f"""
            UPDATE segments_{table} SET since = (
                SELECT o.since FROM segments_{table} o
                WHERE o.{name} = segments_{table}.{name} AND o.customer_id = %s)
            WHERE customer_id = %s AND EXISTS (
                SELECT 1 FROM segments_{table} o WHERE o.{name} = segments_{table}.{name}
                AND o.customer_id = %s AND o.since < segments_{table}.since)
        """  # noqa: S608 - constants
        if table == "membership":
            run(older, (customer, into, customer))
        free = f"""
            UPDATE segments_{table} SET customer_id = %s WHERE customer_id = %s AND NOT EXISTS (
                SELECT 1 FROM segments_{table} o
                WHERE o.{name} = segments_{table}.{name} AND o.customer_id = %s)
        """  # noqa: S608 - constants
        run(free, (into, customer, into))


def forget(customers: Collection[int]) -> int:
    """Take away every row of `customers`: memberships, stages and moves; return how many.

    No event tells of it.
    """
    which = (listed(customers),)
    of_segments = f"""
        SELECT segment_id, count(*) FROM segments_membership WHERE {any_of("customer_id")}
        GROUP BY segment_id
    """  # noqa: S608 - constants
    of_models = (
        f"SELECT model, count(*) FROM segments_stageof WHERE {any_of('customer_id')} GROUP BY model"  # noqa: S608
    )
    for segment, count in fetch(of_segments, which):
        run("UPDATE segments_segment SET members = members - %s WHERE id = %s", (count, segment))
    for model, count in fetch(of_models, which):
        run("UPDATE segments_stagemodel SET members = members - %s WHERE key = %s", (count, model))
    return sum(
        run(f"DELETE FROM segments_{table} WHERE {any_of('customer_id')}", which)  # noqa: S608 - constants
        for table in ("membership", "stageof", "move")
    )


def _enter(segment: int, customers: Collection[int], at: Micros) -> list[int]:
    values = ("%s::bigint", "%s::bigint") if is_postgres() else ("%s", "%s")
    sql = ENTER.format(segment=values[0], since=values[1], customers=any_of("id"))
    return sorted(row[0] for row in fetch(sql, (segment, at, listed(customers))))


def _leave(segment: int, customers: Collection[int]) -> list[int]:
    sql = LEAVE.format(customers=any_of("customer_id"))
    return sorted(row[0] for row in fetch(sql, (segment, listed(customers))))


def _moved(model: str, was: str, became: str) -> str:
    body = {"properties": {"model": model, "from": was, "to": became}}
    return msgspec.json.encode(body).decode()
