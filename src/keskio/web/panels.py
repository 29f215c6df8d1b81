"""The registry of panels and tiles: rooms show themselves on the home page and the customer page.

`web` and `know` draw the pages; what stands above them registers here from `config.wiring`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

HOME = "home"
CUSTOMER = "customer"
PLACES = (HOME, CUSTOMER)
# The tabs of the customer page: what goes on, what is known and how, what the customer allows.
NOW = "now"
KNOWN = "known"
RIGHTS = "rights"
TABS = (NOW, KNOWN, RIGHTS)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of a page.

    `render(request, subject_id)` returns safe HTML (use `render_to_string`), or None to show
    nothing. On the customer page `subject_id` is the customer; at home it is None. Panels of the
    customer page may be `wide`, stand on one of its `TABS`, and on the first in the narrow column
    beside the timeline (`is_beside`). `refreshes`: drawn anew every few seconds while somebody looks.
    """

    key: str
    title: str | Promise
    render: Callable[[HttpRequest, int | None], str | None]
    order: int = 100
    is_wide: bool = False
    refreshes: bool = False
    tab: str = NOW
    is_beside: bool = False


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A panel as drawn for one request."""

    key: str
    title: str | Promise
    html: str
    is_wide: bool
    refreshes: bool
    is_beside: bool


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the day's pulse. `needs_attention` marks what waits for a person."""

    title: str | Promise
    value: int
    note: str | Promise = ""
    url: str = ""
    needs_attention: bool = False


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A source of figures at home; `read` must be a few cheap queries: it runs every few seconds."""

    key: str
    read: Callable[[HttpRequest], Sequence[Figure]]
    order: int = 100


_panels: dict[str, dict[str, Panel]] = {place: {} for place in PLACES}
_tiles: dict[str, Tile] = {}


def register(place: str, panel: Panel) -> None:
    """Show `panel` at `place` (`HOME` or `CUSTOMER`); the same key again replaces the earlier."""
    if place not in _panels:
        raise ValueError(f"no place {place!r} for panels; there are {', '.join(PLACES)}")
    _panels[place][panel.key] = panel


def register_tile(tile: Tile) -> None:
    """Show the figures of `tile` in the day's pulse; the same key again replaces the earlier."""
    _tiles[tile.key] = tile


def panels_of(
    place: str, request: HttpRequest, subject: int | None = None, *, tab: str = NOW
) -> list[Drawn]:
    """Draw the panels of `place` and its `tab` in order; those that return None are left out."""
    panels = sorted(_panels[place].values(), key=lambda panel: (panel.order, panel.key))
    return [
        Drawn(
            key=p.key,
            title=p.title,
            html=html,
            is_wide=p.is_wide,
            refreshes=p.refreshes,
            is_beside=p.is_beside,
        )
        for p in panels
        if p.tab == tab and (html := p.render(request, subject)) is not None
    ]


def chosen_panels(
    place: str, keys: Sequence[str], request: HttpRequest, subject: int | None
) -> list[Drawn]:
    """Draw those panels of `place` that `keys` names, in that order, whatever their tab."""
    found = [_panels[place][key] for key in keys if key in _panels[place]]
    return [
        Drawn(
            key=p.key,
            title=p.title,
            html=html,
            is_wide=p.is_wide,
            refreshes=p.refreshes,
            is_beside=p.is_beside,
        )
        for p in found
        if (html := p.render(request, subject)) is not None
    ]


def figures_of(request: HttpRequest) -> list[Figure]:
    """Read the figures of all tiles, in order."""
    tiles = sorted(_tiles.values(), key=lambda tile: (tile.order, tile.key))
    return [figure for tile in tiles for figure in tile.read(request)]
