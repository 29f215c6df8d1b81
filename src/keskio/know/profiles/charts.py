"""Charts of the wing as inline SVG: by attributes and classes only, for the strict policy.

Beside each chart the page has a table with its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from keskio.know.profiles.reports import Branch

WIDTH, HEIGHT = 640, 240
_EDGE = 6


def lines(
    days: Sequence[int], series: Sequence[tuple[str, Sequence[float]]], *, cut: int, label: str
) -> SafeString:
    """Return lines over time; each of `series` is a class and its values. `cut`: a day marked by a line."""
    top = max((max(values, default=0.0) for _, values in series), default=0.0) or 1.0
    first, last = days[0], max(days[-1], days[0] + 1)

    def across(day: float) -> float:
        return round(_EDGE + (WIDTH - 2 * _EDGE) * (day - first) / (last - first), 1)

    drawn = format_html_join(
        "",
        '<polyline class="{}" points="{}"></polyline>',
        (
            (
                kind,
                " ".join(
                    f"{across(day)},{round(HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * value / top, 1)}"
                    for day, value in zip(days, values, strict=True)
                ),
            )
            for kind, values in series
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">'
        '<line class="chart-base" x1="0" x2="{w}" y1="{base}" y2="{base}"></line>'
        '<line class="chart-cut" x1="{cut}" x2="{cut}" y1="0" y2="{h}"></line>{drawn}</svg>',
        w=WIDTH,
        h=HEIGHT,
        base=HEIGHT - _EDGE,
        cut=across(min(max(cut, first), last)),
        label=label,
        drawn=drawn,
    )


def tree(branches: Sequence[Branch], *, label: str) -> SafeString:
    """Return a tree of clusters (a dendrogram): the higher a branching, the more the sides differ."""
    widest = max((max(branch.xs) for branch in branches), default=1.0) or 1.0
    drawn = format_html_join(
        "",
        '<polyline class="chart-branch" points="{}"></polyline>',
        (
            (
                " ".join(
                    f"{round(WIDTH * x / (widest + 0.5), 1)},{round(HEIGHT - 4 - (HEIGHT - 8) * y, 1)}"
                    for x, y in zip(branch.xs, branch.ys, strict=True)
                ),
            )
            for branch in branches
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        drawn,
    )
