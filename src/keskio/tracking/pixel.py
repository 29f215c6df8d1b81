"""A call written into the address of a picture, as Rudder's pixel does: dots lead into objects."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

MOST_FIELDS = 200


def item_of_query(query: str) -> dict[str, Any]:
    """Return the item that a query string means.

    >>> item_of_query("writeKey=k&anonymousId=a&event=Opened&properties.mail=7&context.page.title=T")
    {'anonymousId': 'a', 'event': 'Opened', 'properties': {'mail': '7'}, 'context': {'page': {'title': 'T'}}}
    """
    item: dict[str, Any] = {}
    for name, value in parse_qsl(query, max_num_fields=None)[:MOST_FIELDS]:
        if name != "writeKey":
            _set(item, name.split("."), value)
    return item


def _set(item: dict[str, Any], path: list[str], value: str) -> None:
    inner = item
    for name in path[:-1]:
        below = inner.setdefault(name, {})
        if not isinstance(below, dict):
            return  # the same name was given a text before: that one stays
        inner = below
    inner.setdefault(path[-1], value)
