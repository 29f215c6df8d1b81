"""Names of what was heard, for templates of any room: `{% load listening %}`."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from keskio.listen.drawing import CHANNELS, name_of
from keskio.listen.themes import themes_in_words

register = template.Library()


@register.simple_tag
def themes_named(keys: Iterable[str]) -> list[str]:
    """Return the names of themes in the reader's language; the word lists are read once, if at all."""
    return list(themes_in_words(keys).values())


@register.filter
def heard_in(channel: str) -> str:
    """Return where a message was heard, in words."""
    return name_of(CHANNELS, channel)
