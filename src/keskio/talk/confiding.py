"""Who is in a dialogue about health is confided to those who may see health data, and to no other user."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from keskio.engine.dialogue.check_world import purposes_of
from keskio.engine.dialogue.program import Program
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import may_see_special
from keskio.talk.shelf import all_programs

HEALTH = "health"
INSIDE = "SELECT DISTINCT customer_id, version_id FROM talk_enrolment WHERE {customers}"


def is_about_health(program: Program | None) -> bool:
    """Tell whether a dialogue, or any of its messages, speaks of health."""
    return program is not None and HEALTH in purposes_of(program)


def is_kept_from(user: AbstractBaseUser | AnonymousUser, program: Program | None) -> bool:
    """Tell whether a user may not know who is in a dialogue."""
    return is_about_health(program) and not may_see_special(user)


def dialogues_about_health() -> set[str]:
    """Return the keys of the dialogues of which any published version speaks of health."""
    return {program.key for program in all_programs().values() if is_about_health(program)}


def versions_about_health() -> set[int]:
    """Return the published versions that speak of health."""
    return {number for number, program in all_programs().items() if is_about_health(program)}


def patients_among(customers: Collection[int]) -> set[int]:
    """Return those of `customers` who are, or have been, in a dialogue about health. One query."""
    if not customers:
        return set()
    rows = fetch(INSIDE.format(customers=any_of("customer_id")), (listed(customers),))
    programs = all_programs()
    return {customer for customer, version in rows if is_about_health(programs.get(version))}
