"""What is told of a run: an event in the log, an entry in the case's thread."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.recovery.models import (
    PlanRun,
)

_encode = msgspec.json.Encoder().encode


def tell_of(run: PlanRun, name: str, at: Micros, **more: Any) -> None:
    """Tell the log what happened to a run."""
    told = {
        "case": run.case_id,
        "run": run.pk,
        "plan": run.plan,
        "version": run.version,
        "kind": run.kind,
        "severity": run.severity,
        "theme": run.theme,
        "channel": run.channel,
        "language": run.language,
        **more,
    }
    body = _encode({"properties": told}).decode()
    append_events([NewEvent(run.customer_id, name, at, body)])


def note_in_case(run: PlanRun, what: str, *, by: str = "", **told: Any) -> None:
    """Put what was done into the case's thread."""
    cases.add_entry(
        run.case_id,
        kind=inbox.EVENT,
        author=inbox.AGENT if by else inbox.BOT,
        by=by,
        what=what,
        told={"run": run.pk, **told},
    )
