"""Names of queues of work, for templates: `{% load queues %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Those that playbooks give work to; others are shown as they were written.
NAMES = {"customer-service": _("Customer service"), "sales": _("Sales")}


@register.filter
def queue_in_words(queue: str) -> str:
    """Return a queue's name as people say it."""
    return str(NAMES.get(queue, queue))
