"""Static analysis of a dialogue: what would go wrong, found before anybody is in it.

Works on the compiled program alone, and with a `World` also on what an installation has: its events,
segments, rules, offers and other dialogues. Findings are ordered as the steps stand in the file.
`check_flow`, `check_names`, `check_texts`, `check_times` and `check_world` do the looking.
"""

from __future__ import annotations

from keskio.engine.dialogue import check_flow as flow
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.check_flow import declared_outcomes
from keskio.engine.dialogue.check_names import name_findings
from keskio.engine.dialogue.check_texts import text_findings, texts_of
from keskio.engine.dialogue.check_times import date_findings, unknown_date_findings
from keskio.engine.dialogue.check_world import World, world_findings
from keskio.engine.dialogue.findings import Finding

__all__ = ["World", "check", "check_world", "declared_outcomes", "texts_of"]
LOOKS = (
    flow.outcome_findings,
    flow.target_findings,
    flow.reach_findings,
    flow.loop_findings,
    flow.back_findings,
    flow.return_findings,
    flow.patience_findings,
    text_findings,
    name_findings,
    date_findings,
    unknown_date_findings,
)


def check(program: p.Program) -> list[Finding]:
    """Return everything that can be said against `program` without knowing its customers."""
    return in_order(program, [finding for look in LOOKS for finding in look(program)])


def check_world(program: p.Program, world: World) -> list[Finding]:
    """Return everything that can be said against `program` in the installation that `world` tells of."""
    return in_order(program, list(world_findings(program, world)))


def in_order(program: p.Program, findings: list[Finding]) -> list[Finding]:
    """Return `findings` as their steps stand in the file; those about the settings come first."""
    place = {key: index for index, key in enumerate(program.order)}
    return sorted(findings, key=lambda f: (place.get(f.step, -1), f.severity, f.code, f.detail))
