"""Reads of the wing: definitions that are kept, made or ended, and their figures."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from keskio.kernel.sql import fetch
from keskio.know.computed.keeping import Live
from keskio.know.computed.models import Definition
from keskio.know.computed.recipes import Question, Recipe, WrongDefinition, read_definition

log = logging.getLogger(__name__)

_KEPT = (Definition.State.SETTLING, Definition.State.READY)


def live_definitions() -> list[Live]:
    """Return the definitions of events that the follower keeps up to date."""
    rows = fetch(
        "SELECT id, edition, document FROM computed_definition WHERE state IN (%s, %s) ORDER BY id",
        _KEPT,
    )
    return [kept for row in rows if (kept := _live(*row)) is not None]


def building() -> Live | None:
    """Return the oldest definition that is being made."""
    rows = fetch(
        "SELECT id, edition, document FROM computed_definition WHERE state = %s ORDER BY id",
        (Definition.State.BUILDING,),
    )
    return next((kept for row in rows if (kept := _live(*row)) is not None), None)


def _live(number: int, edition: int, document: str) -> Live | None:
    try:
        recipe = read_definition(msgspec.json.decode(document))
    except WrongDefinition:
        log.warning("computed: the definition %d can no longer be read", number)
        return None
    return Live(number, edition, recipe) if isinstance(recipe, Recipe) else None


def question_of(document: str) -> Question | None:
    """Return the SQL that a stored document asks, None for one of events."""
    found = read_definition(msgspec.json.decode(document))
    return found if isinstance(found, Question) else None


def document_of(definition: Definition) -> dict[str, Any]:
    """Return a definition's document."""
    document: dict[str, Any] = msgspec.json.decode(definition.document, type=dict[str, Any])
    return document


def customers_with_value(definitions: list[int]) -> dict[int, int]:
    """Return how many customers have a value, by definition."""
    rows = fetch(
        "SELECT definition_id, count(*) FROM computed_value WHERE value <> 'null'"
        " GROUP BY definition_id"
    )
    return {number: count for number, count in rows if number in definitions}
