"""What a step promises to the customer is told to the log; who keeps promises follows it."""

from __future__ import annotations

from typing import Any

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.run import Run

PROMISED = "promise.made"


def promised(run: Run, promise: p.Promise | None, due: int | None = None) -> None:
    """Record a promise that is made now, in the visit of the present step; None promises nothing.

    `due`: when it is due where the promise does not say so itself.
    """
    if promise is None:
        return
    told: dict[str, Any] = {
        "text": dict(promise.text),
        "due_at": due if promise.due is None else run.due(promise.due, otherwise=due),
        "visit": run.visit,
        "share": promise.share,
    }
    if run.channel:
        told["channel"] = run.channel
    if promise.team:
        told["team"] = promise.team
    if promise.owner and (owner := run.value(promise.owner)) is not None:
        told["owner"] = str(owner)
    if promise.steps:
        told["steps"] = list(promise.steps)
    if promise.events:
        told["events"] = list(promise.events)
    run.effects.append(do.Record(run.step, PROMISED, told))
