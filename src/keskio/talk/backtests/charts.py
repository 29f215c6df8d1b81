"""Charts of the wing as inline SVG: by attributes and classes only, for the strict policy.

Beside each chart the page has a table with its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 640, 160
_EDGE = 6


def days(series: Sequence[tuple[str, Sequence[int]]], *, label: str, cut: int = 0) -> SafeString:
    """Return stacked bars, one a day; each of `series` is a class and its values, as many in each.

    `cut`: a height that is marked by a line, 0 for none.
    """
    count = max((len(values) for _, values in series), default=0) or 1
    sums = [sum(values[day] for _, values in series) for day in range(count)] if series else [0]
    top = max([*sums, cut, 1])
    wide = (WIDTH - 2 * _EDGE) / count
    high = HEIGHT - 2 * _EDGE
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect>',
        (
            (
                kind,
                round(_EDGE + day * wide, 1),
                round(_EDGE + high * (top - _below(series, place, day) - values[day]) / top, 1),
                round(max(wide - (1 if wide > 3 else 0), 0.5), 1),
                round(high * values[day] / top, 1),
            )
            for place, (kind, values) in enumerate(series)
            for day in range(len(values))
            if values[day]
        ),
    )
    line = _line(_EDGE + high * (top - cut) / top) if cut else ""
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<line class="chart-base" x1="0" x2="{}" y1="{}" y2="{}"></line>{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        drawn,
        WIDTH,
        HEIGHT - _EDGE,
        HEIGHT - _EDGE,
        line,
    )


def _below(series: Sequence[tuple[str, Sequence[int]]], place: int, day: int) -> int:
    return sum(values[day] for _, values in series[:place])


def _line(y: float) -> SafeString:
    return format_html(
        '<line class="chart-cut" x1="0" x2="{}" y1="{}" y2="{}"></line>', WIDTH, round(y), round(y)
    )
