"""The registry of navigation: rooms put their pages in the menu, and the base template draws it.

`web` stands below the rooms and knows none of them; `config.wiring` calls each room's
`pages.register()` at start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keskio.web.roles import READER, is_at_least

GROUPS: dict[str, str | Promise] = {
    "work": "",
    "respond": _("Service"),
    "listen": _("Listening"),
    "talk": _("Conversations"),
    "know": _("Customer knowledge"),
    "keep": _("Upkeep"),
    "settings": _("Settings"),
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry of the menu.

    `url_name` is reversed without arguments; `prefix` is the path under which the entry counts as
    current (default: its own address). `count` may return how many things wait there (0 or None
    shows nothing); it runs on every page, so it must be one cheap query.
    """

    key: str
    title: str | Promise
    url_name: str
    icon: str
    group: str = "work"
    order: int = 100
    role: str = READER
    prefix: str = ""
    count: Callable[[], int | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An `Item` as the template draws it for one request."""

    title: str | Promise
    url: str
    icon: str
    is_current: bool
    count: int | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Entries under one heading (no heading when `title` is empty)."""

    key: str
    title: str | Promise
    entries: list[Entry]


_items: dict[str, Item] = {}


def register(item: Item) -> None:
    """Put `item` in the menu; the same key again replaces the earlier one."""
    if item.group not in GROUPS:
        raise ValueError(f"no group {item.group!r} in the menu; there are {', '.join(GROUPS)}")
    _items[item.key] = item


def menu_of(request: HttpRequest) -> list[Group]:
    """Return the menu as the signed-in user of `request` may see it, in order."""
    may_see = [item for item in _items.values() if is_at_least(request.user, item.role)]
    may_see.sort(key=lambda item: (item.order, item.key))
    current = _current(may_see, request.path)
    return [
        Group(key=key, title=title, entries=entries)
        for key, title in GROUPS.items()
        if (entries := [_entry(i, current) for i in may_see if i.group == key])
    ]


def _current(items: list[Item], path: str) -> str:
    """Return the key of the item whose prefix fits `path` best ("" for none)."""
    fitting = [(len(_prefix(i)), i.key) for i in items if path.startswith(_prefix(i))]
    home = reverse("web:home")
    best = max(fitting, default=(0, ""))
    return best[1] if best[0] > len(home) or path == home else ""


def _prefix(item: Item) -> str:
    return item.prefix or reverse(item.url_name)


def _entry(item: Item, current: str) -> Entry:
    return Entry(
        title=item.title,
        url=reverse(item.url_name),
        icon=item.icon,
        is_current=item.key == current,
        count=item.count() if item.count else None,
    )
