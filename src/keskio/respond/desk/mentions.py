"""The case that a mention belongs to, for the mention's own page."""

from __future__ import annotations

from django.urls import reverse

from keskio.respond.inbox.models import Entry


def address_of_case(mention: int) -> str:
    """Return the address of the case whose words a mention is, "" for none."""
    found = Entry.objects.filter(mention_id=mention).values_list("case_id", flat=True).first()
    return "" if found is None else reverse("desk:case", args=[found])
