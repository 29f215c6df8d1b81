"""Small charts as inline SVG: bars by attributes only, so that the strict CSP has nothing to refuse."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

HEIGHT = 40
STEP = 10
GAP = 2
NOW = mark_safe(' class="is-now"')


def spark(values: Sequence[int], *, label: str) -> SafeString:
    """Return a bar for each value, the last one marked as now; `label` says the chart in words."""
    top = max(values, default=0) or 1
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1"{}></rect>',
        (
            (
                place * STEP,
                HEIGHT - height,
                STEP - GAP,
                height,
                NOW if place == len(values) - 1 else "",
            )
            for place, height in enumerate(_heights(values, top))
        ),
    )
    width = max(len(values), 1) * STEP - GAP
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img"'
        ' aria-label="{label}"><line x1="0" x2="{w}" y1="{h}" y2="{h}"></line>{bars}</svg>',
        w=width,
        h=HEIGHT,
        label=label,
        bars=bars,
    )


def share_bar(part: int, whole: int, *, label: str) -> SafeString:
    """Return `part` of `whole` as one bar; `label` says it in words, unless those stand beside it."""
    width = 0 if whole <= 0 else max(0, min(100, round(100 * part / whole, 1)))
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" {}>'
        '<rect width="{}" height="4" fill="currentColor"></rect></svg>',
        mark_safe(said),  # noqa: S308 - one of two made above
        width,
    )


def _heights(values: Sequence[int], top: int) -> list[float]:
    """Return heights between 0 and HEIGHT; a value above nothing is always visible."""
    return [max(1.5, round(HEIGHT * v / top, 1)) if v > 0 else 0.5 for v in values]
