"""Reads of the wing."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count

from keskio.talk.calls.models import Call


def counts_of(keys: list[str]) -> dict[str, Counter[str]]:
    """Return how many calls of each connection stand in each state."""
    found: dict[str, Counter[str]] = {key: Counter() for key in keys}
    rows = Call.objects.filter(connection__in=keys).values_list("connection", "state")
    for key, state, count in rows.annotate(count=Count("id")).order_by():
        found[key][state] = count
    return found
