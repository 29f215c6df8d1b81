"""Frozen types and names of the wing that others use."""

from __future__ import annotations

import msgspec

from keskio.kernel.clock import Micros

HOUSEHOLD, ORGANISATION = "household", "organisation"
KINDS = (ORGANISATION, HOUSEHOLD)

MEMBER = "member"
ROLES = (
    MEMBER,
    "user",
    "influencer",
    "buyer",
    "decision_maker",
    "gatekeeper",
    "contact",
    "head",
    "adult",
    "child",
)
"""Roles: those of a buying centre, and of a household."""

JOINED = "group.joined"
ADDED, REMOVED = "group.member_added", "group.member_removed"


class Membership(msgspec.Struct, frozen=True):
    """A group to which a customer belongs, and as what."""

    group: int
    kind: str
    name: str
    role: str
    since: Micros
