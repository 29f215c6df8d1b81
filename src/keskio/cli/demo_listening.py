"""What the demo company hears and how it answers: mentions, surveys, cases, promises, plans, leads."""

from __future__ import annotations

from datetime import datetime

# In this order: what comes later stands on what came before.
SEEDS = (
    "keskio.listen.demo",
    "keskio.listen.sources.demo",
    "keskio.listen.surveys.demo",
    "keskio.listen.interviews.demo",
    "keskio.respond.inbox.demo",
    "keskio.respond.desk.demo",
    "keskio.respond.promises.demo",
    "keskio.respond.recovery.demo",
    "keskio.respond.leads.demo",
    "keskio.respond.feedback.demo",
)


def seed_listening(now: datetime) -> None:
    """Seed every wing that has something to show."""
    from importlib import import_module

    for name in SEEDS:
        import_module(name).seed_demo(now)
