"""Writes of the data plan: events planned, changed, taken off; brought in and given out whole."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.kernel.yamls import write_yaml
from keskio.tracking.items import LONGEST_NAME, NAMES, RESERVED
from keskio.tracking.models import Planned, PlanRule, PlanVersion
from keskio.tracking.schemas import check_schema

_MARK = """
    INSERT INTO tracking_planrule (id, unplanned, mark) VALUES (1, 'allow', %s)
    ON CONFLICT (id) DO UPDATE SET mark = excluded.mark
"""
_FIELDS = frozenset({"mode", "description", "schema"})


def change_mark() -> None:
    """Let the intake read the plan and the mappings again before its next batch."""
    run(_MARK, (1 + secrets.randbits(62),))


def plan_event(
    name: str, schema: Mapping[str, Any], *, mode: str, description: str = "", by: str = ""
) -> Planned:
    """Plan an event, or change what is planned of it; the same again changes nothing.

    A new version begins when the schema or the mode changes. Raises Mistake for a name that cannot
    be planned, WrongSchema for a schema that is none.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Mistake(f"The name of an event has 1 to {LONGEST_NAME} characters.")
    if RESERVED.match(name) and name not in NAMES.values():
        raise Mistake(f"{name!r} is one of Keskiö's own events, which nobody sends.")
    if mode not in Planned.Mode.values:
        raise Mistake(f"The mode is one of {', '.join(Planned.Mode.values)}, not {mode!r}.")
    check_schema(schema)
    text = msgspec.json.encode(schema).decode()
    with transaction.atomic():
        row = Planned.objects.select_for_update().filter(name=name).first()
        is_new = row is None or (row.schema, row.mode) != (text, mode)
        if row is None:
            last = PlanVersion.objects.filter(name=name).aggregate(last=Max("version"))["last"]
            row = Planned(name=name, version=last or 0)
        row.schema, row.mode, row.description = text, mode, description.strip()
        if is_new:
            row.version += 1
            row.changed_at, row.changed_by = now(), by
            PlanVersion.objects.create(
                name=name,
                version=row.version,
                mode=mode,
                schema=text,
                changed_at=row.changed_at,
                changed_by=by,
            )
        row.save()
        change_mark()
    return row


def unplan_event(name: str) -> None:
    """Take an event off the plan; its versions stay, and planning it again goes on from them."""
    with transaction.atomic():
        Planned.objects.filter(name=name).delete()
        change_mark()


def set_unplanned(what: str) -> None:
    """Say what becomes of tracked events that the plan does not name: allow, warn or quarantine."""
    if what not in PlanRule.Unplanned.values:
        raise Mistake(f"What is not planned is one of {', '.join(PlanRule.Unplanned.values)}.")
    with transaction.atomic():
        change_mark()
        run("UPDATE tracking_planrule SET unplanned = %s WHERE id = 1", (what,))


def unplanned_rule() -> str:
    """Return what becomes of tracked events that the plan does not name."""
    row = PlanRule.objects.filter(pk=1).first()
    return row.unplanned if row else PlanRule.Unplanned.ALLOW


def plan_document() -> dict[str, Any]:
    """Return the whole plan as one document."""
    events = {}
    for row in Planned.objects.order_by("name"):
        told: dict[str, Any] = {"mode": row.mode}
        if row.description:
            told["description"] = row.description
        events[row.name] = {**told, "schema": msgspec.json.decode(row.schema)}
    return {"unplanned": unplanned_rule(), "events": events}


def plan_as_yaml() -> str:
    """Return the whole plan as YAML, which `bring_in` takes back."""
    return write_yaml(plan_document())


def bring_in(document: object, *, by: str = "") -> int:
    """Plan every event of a document as `plan_document` gives it; return how many there are.

    What the document does not name stays. Everything is taken or nothing. Raises Mistake.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("events"), Mapping):
        raise Mistake("A plan is {unplanned: allow, events: {NAME: {mode, schema}}}.")
    with transaction.atomic():
        for name, told in document["events"].items():
            if not isinstance(told, Mapping) or set(told) - _FIELDS or "schema" not in told:
                raise Mistake(f"{name!r}: an event of the plan has schema, mode and description.")
            try:
                plan_event(
                    str(name),
                    told["schema"],
                    mode=str(told.get("mode", "observe")),
                    description=str(told.get("description", "")),
                    by=by,
                )
            except Mistake as fault:
                raise Mistake(f"{name!r}: {fault.message}") from None
        if "unplanned" in document:
            set_unplanned(str(document["unplanned"]))
    return len(document["events"])
