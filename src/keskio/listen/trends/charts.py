"""Charts of the wing as inline SVG: by attributes and classes only, for the strict policy.

Beside each chart the page has a table with its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 640, 180
SMALL_WIDTH, SMALL_HEIGHT = 240, 72
_EDGE = 6

Bar = tuple[float, float, float]
"""A value with the low and the high end of its interval."""


def bars(
    values: Sequence[Bar],
    *,
    label: str,
    parts: Sequence[float] = (),
    size: tuple[int, int] = (WIDTH, HEIGHT),
    top: float = 0.0,
) -> SafeString:
    """Return bars with their intervals; `parts` of them are filled; `top` is the height of the chart.

    Without `top` the chart is as high as its highest interval.
    """
    width, height = size
    top = max([top, *(high for _, _, high in values), 0.001])
    step = (width - 2 * _EDGE) / max(len(values), 1)
    high = height - 2 * _EDGE

    def y(value: float) -> float:
        return round(_EDGE + high * (top - min(value, top)) / top, 1)

    wide = round(max(step * 0.7, 0.8), 1)
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect>',
        (
            (kind, round(_EDGE + place * step, 1), y(value), wide, round(high * value / top, 1))
            for kind, row in (
                ("chart-bar", [value for value, _, _ in values]),
                ("chart-bar-2", parts),
            )
            for place, value in enumerate(row)
            if value
        ),
    )
    whiskers = format_html_join(
        "",
        '<line class="chart-whisker" x1="{x}" x2="{x}" y1="{low}" y2="{high}"></line>',
        (
            {"x": round(_EDGE + place * step + wide / 2, 1), "low": y(low), "high": y(upper)}
            for place, (_, low, upper) in enumerate(values)
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{bars}{whiskers}'
        '<line class="chart-base" x1="0" x2="{w}" y1="{base}" y2="{base}"></line></svg>',
        w=width,
        h=height,
        label=label,
        bars=drawn,
        whiskers=whiskers,
        base=height - _EDGE,
    )


def small(values: Sequence[Bar], *, label: str, top: float) -> SafeString:
    """Return a small chart, one of many that share the height `top`."""
    return bars(values, label=label, size=(SMALL_WIDTH, SMALL_HEIGHT), top=top)
