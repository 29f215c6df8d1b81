"""What people call kinds of groups and roles in them."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from keskio.know.groups.contracts import HOUSEHOLD, ORGANISATION
from keskio.know.words import Words

KINDS: Words = {
    ORGANISATION: pgettext_lazy("group", "Organisation"),
    HOUSEHOLD: pgettext_lazy("group", "Household"),
}
ROLES: Words = {
    "member": pgettext_lazy("role", "Member"),
    "user": pgettext_lazy("role", "User"),
    "influencer": pgettext_lazy("role", "Influencer"),
    "buyer": pgettext_lazy("role", "Buyer"),
    "decision_maker": pgettext_lazy("role", "Decision maker"),
    "gatekeeper": pgettext_lazy("role", "Gatekeeper"),
    "contact": pgettext_lazy("role", "Contact person"),
    "head": pgettext_lazy("role", "Head of the household"),
    "adult": pgettext_lazy("role", "Adult"),
    "child": pgettext_lazy("role", "Child"),
}
