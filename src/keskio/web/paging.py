"""Pages of long lists, without counting what nobody asked to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

T = TypeVar("T")
PAGE_SIZE = 50
MOST_PAGES = 2000


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list; `older` and `newer` are query strings of its neighbours ("" for none)."""

    items: Sequence[T]
    number: int
    size: int
    total: int | None
    newer: str
    older: str

    @property
    def first(self) -> int:
        """Return the place of the first item in the whole list, from 1 (0 for an empty page)."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Return the place of the last item in the whole list."""
        return (self.number - 1) * self.size + len(self.items)


def page_number(request: HttpRequest) -> int:
    """Return the page that `?page=` asks for, from 1; nonsense counts as 1."""
    text = request.GET.get("page", "1")
    return max(1, min(int(text), MOST_PAGES)) if text.isascii() and text.isdigit() else 1


def page_of(
    request: HttpRequest, items: Sequence[T], *, size: int = PAGE_SIZE, total: int | None = None
) -> Page[T]:
    """Wrap one page's items; give up to `size + 1` of them, so that it is known if more follow."""
    number = page_number(request)
    return Page(
        items=items[:size],
        number=number,
        size=size,
        total=total,
        newer=_query(request, number - 1) if number > 1 else "",
        older=_query(request, number + 1) if len(items) > size else "",
    )


M = TypeVar("M", bound=Model)


def page_of_rows(
    request: HttpRequest, rows: QuerySet[M], *, size: int = PAGE_SIZE, is_counted: bool = True
) -> Page[M]:
    """Read one page of a query: one query for the rows, one more for the total if `is_counted`."""
    start = (page_number(request) - 1) * size
    found = list(rows[start : start + size + 1])
    return page_of(request, found, size=size, total=rows.count() if is_counted else None)


def _query(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
