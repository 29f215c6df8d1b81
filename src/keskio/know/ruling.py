"""The rules of identifiers as the database keeps them, read once a version and process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from keskio.kernel.sql import fetch, run, run_many
from keskio.know.remembering import change_rules, read_marks
from keskio.know.rules import DEFAULTS, STANDARD, Rule, Rules

_COLUMNS = "type, priority, allowed, ever, blocked, shared, is_unique, is_proven_only, legal_basis"
_INSERT = (
    f"INSERT INTO know_identifierrule ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - constants
)
_cached: list[Rules] = [STANDARD]


def rules_of(version: int) -> Rules:
    """Return the rules of `version`, which `read_marks` told; they are read when it is a new one."""
    if version == 0:
        return STANDARD
    rules = _cached[0]
    if rules.version != version:
        rules = _cached[0] = Rules(kept_rules(), version=version)
    return rules


def rules_now() -> Rules:
    """Return the rules as they are now."""
    return rules_of(read_marks()[1])


def kept_rules() -> dict[str, Rule]:
    """Return the rules that differ from the defaults, by type."""
    return {
        row[0]: Rule(
            row[0],
            row[1],
            row[2],
            ever=bool(row[3]),
            blocked=_lines(row[4]),
            shared=_lines(row[5]),
            unique=bool(row[6]),
            proven_only=bool(row[7]),
            legal_basis=row[8],
        )
        for row in fetch(f"SELECT {_COLUMNS} FROM know_identifierrule")  # noqa: S608 - constants
    }


def keep_rules(told: Mapping[str, Rule]) -> None:
    """Make `told`, by type, the rules from the next batch on; what equals the defaults is not kept."""
    rows: Sequence[Sequence[object]] = [
        (
            rule.type,
            rule.priority,
            rule.limit,
            rule.ever,
            "\n".join(rule.blocked),
            "\n".join(rule.shared),
            rule.unique,
            rule.proven_only,
            rule.legal_basis,
        )
        for kind, rule in told.items()
        if DEFAULTS.get(kind) != rule
    ]
    with transaction.atomic():
        run("DELETE FROM know_identifierrule")
        run_many(_INSERT, rows)
        change_rules()


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
