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
    lines = format_html_join(
        "",
        '<line class="chart-grid" x1="0" x2="{width}" y1="{at}" y2="{at}"></line>',
        ({"width": width, "at": y(value)} for value in (top, top / 2)),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{lines}{bars}{whiskers}'
        '<line class="chart-base" x1="0" x2="{w}" y1="{base}" y2="{base}"></line></svg>',
        w=width,
        h=height,
        label=label,
        lines=lines,
        bars=drawn,
        whiskers=whiskers,
        base=height - _EDGE,
    )


def small(values: Sequence[Bar], *, label: str, top: float) -> SafeString:
    """Return a small chart, one of many that share the height `top`."""
    return bars(values, label=label, size=(SMALL_WIDTH, SMALL_HEIGHT), top=top)


def framed(chart: SafeString, *, top: int, unit: str = "", days: Sequence[str] = ()) -> SafeString:
    """Return a chart of height `top` with its scale beside it and its first, middle and last day below."""
    scale = format_html_join("", "<span>{}{}</span>", ((n, unit) for n in (top, top // 2, 0)))
    shown = dict.fromkeys((days[0], days[len(days) // 2], days[-1])) if days else {}
    return format_html(
        '<div class="plot"><div class="plot-scale" aria-hidden="true">{}</div>{}'
        '<div class="plot-days" aria-hidden="true">{}</div></div>',
        scale,
        chart,
        format_html_join("", "<span>{}</span>", ((day,) for day in shown)),
    )


def rounded_top(values: Sequence[Bar]) -> int:
    """Return an even number, 2, 4 or 10 times a power of ten, that no interval goes beyond."""
    highest, top, place = max((high for _, _, high in values), default=0.0), 2, 0
    while top < highest:
        place += 1
        top = (2, 4, 10)[place % 3] * 10 ** (place // 3)
    return top
