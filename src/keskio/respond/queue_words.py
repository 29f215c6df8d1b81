"""What queues of work are called that playbooks give work to; others have the title that people gave them."""

from __future__ import annotations

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


def queue_called(queue: str) -> str:
    """Return what people call a queue, else the queue as it was written."""
    return str(NAMES.get(queue, queue))
