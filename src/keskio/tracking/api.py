"""The door of the room: what the wiring and the command line need of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connections

from keskio.events.contracts import Absorber, Parser, Resolver
from keskio.jobs.contracts import Prune
from keskio.tracking.actions import (
    add_key,
    add_source,
    dismiss,
    prune_quarantine,
    prune_spool_rows,
    replay,
    retire_key,
)
from keskio.tracking.contracts import HOOK, KIND
from keskio.tracking.door import PREFIXES, Door, Spools
from keskio.tracking.hooking import add_hook
from keskio.tracking.hooks import Hooks
from keskio.tracking.intake import Intake
from keskio.tracking.keyring import Keyring
from keskio.tracking.plan import Plan
from keskio.tracking.planning import plan_event
from keskio.tracking.planreading import events_seen
from keskio.tracking.queries import (
    hooks_by_digest,
    keys_by_digest,
    source_by_key_or_name,
    source_keys,
    source_names,
)
from keskio.tracking.scripts import Scripts
from keskio.tracking.seen import Forgetting
from keskio.tracking.segment import parse

E = TypeVar("E")

__all__ = [
    "PREFIXES",
    "Door",
    "Intake",
    "add_hook",
    "add_key",
    "add_source",
    "dismiss",
    "events_seen",
    "make_door",
    "make_intake",
    "plan_event",
    "prunes",
    "replay",
    "retire_key",
    "source_by_key_or_name",
    "source_keys",
    "source_names",
]


def make_door(spool: Spools, *, scripts: Path | None = None) -> Door:
    """Return the ASGI application that goes before all paths of `PREFIXES`.

    `scripts`: where analytics.js lies; default where the pages' build puts it.
    """
    return Door(
        spool,
        Keyring(partial(_read, keys_by_digest)),
        hooks=Keyring(partial(_read, hooks_by_digest)),
        scripts=Scripts([scripts or settings.BUILT_DIR / "analytics"]),
        proxies=settings.PROXIES,
    )


def _read(query: Callable[[], Mapping[str, E]]) -> Mapping[str, E]:
    """Read in a keyring's own thread, which keeps no connection between readings."""
    try:
        return query()
    finally:
        connections.close_all()


def make_intake(
    others: Mapping[str, Parser],
    resolve: Resolver,
    absorb: Absorber,
    *,
    guard: Callable[[Parser], Parser] = lambda parser: parser,
) -> Intake:
    """Return the job that takes what the doors have spooled into the log, by the data plan.

    `others`: parsers of other rooms' rows, by kind. The plan and the hooks' mappings are read again
    before each batch when they have changed. `guard` takes out of what parsers read what may not be kept.
    """
    plan = Plan()
    hooks = Hooks(plan)

    def refresh() -> None:
        plan.refresh()
        hooks.refresh()

    own: dict[str, Parser] = {KIND: partial(parse, plan=plan), HOOK: hooks.parse}
    parsers = {kind: guard(parser) for kind, parser in {**own, **others}.items()}
    return Intake(parsers, resolve, absorb, refresh=refresh)


def prunes() -> Mapping[str, Prune]:
    """Return what takes away what this room keeps only for a time."""
    return {
        "spool": prune_spool_rows,
        "quarantine": prune_quarantine,
        "seen": Forgetting(),
    }
