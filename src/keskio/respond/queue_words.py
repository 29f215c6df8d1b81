"""What queues of work are called that playbooks give work to; others have the title that people gave them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

NAMES = {
    "customer-service": _("Customer service"),
    "manager": _("Shop manager"),
    "nurse": _("Nurse"),
    "sales": _("Sales"),
    "sales-manager": _("Sales manager"),
    "sellers": _("Sellers"),
    "service": _("Customer service"),
    "workshop": _("Workshop"),
}


def queues_called_as(queue: str) -> list[str]:
    """Return the queues that have the same name to people as this one, itself first; [] for ""."""
    name = queue_called(queue)
    others = [key for key, called in NAMES.items() if key != queue and str(called) == name]
    return [queue, *others] if queue else []


def once_each(queues: Iterable[str]) -> list[str]:
    """Return the queues less those whose name to people an earlier one has."""
    by_name: dict[str, str] = {}
    for queue in queues:
        by_name.setdefault(queue_called(queue), queue)
    return list(by_name.values())


def queue_called(queue: str) -> str:
    """Return what people call a queue, else the queue as it was written."""
    return str(NAMES.get(queue, queue))
