"""Names of queues of work, for templates: `{% load queues %}`."""

from __future__ import annotations

from django import template

from keskio.respond.queue_words import queue_called

register = template.Library()


@register.filter
def queue_in_words(queue: str) -> str:
    """Return a queue's name as people say it."""
    return queue_called(queue)
