"""Flows between stages as a picture: what came from where and went where, as inline SVG.

Attributes only, so that the strict CSP has nothing to refuse; the table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, PILLAR = 720, 12
LEFT, RIGHT = 190, 530
ROOM = 260
GAP = 22
LEAST = 1.5


class Side(NamedTuple):
    """Where the pillars of one side stand, and their texts."""

    x: float
    text: float
    anchor: str


FROM = Side(LEFT - PILLAR, LEFT - PILLAR - 8, "end")
INTO = Side(RIGHT, RIGHT + PILLAR + 8, "start")
Flows = Mapping[tuple[str, str], int]


def draw_flows(flows: Flows, stages: Sequence[tuple[str, str]], *, label: str) -> SafeString:
    """Draw the flows between `stages` ((key, title) from first to last) as bands from left to right.

    The width of a band is its share of all that moved. "" as key stands for no stage.
    """
    total = sum(flows.values())
    if not total:
        return SafeString("")
    scale = ROOM / total
    outs = {key: sum(n for (was, _), n in flows.items() if was == key) for key, _ in stages}
    ins = {key: sum(n for (_, new), n in flows.items() if new == key) for key, _ in stages}
    left, low = _pillars(stages, outs, scale)
    right, deep = _pillars(stages, ins, scale)
    height = max(low, deep)
    return format_html(
        '<svg class="flows" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        round(height, 1),
        label,
        _bands(flows, stages, left, right, scale),
        _signs(stages, outs, left, scale, FROM),
        _signs(stages, ins, right, scale, INTO),
    )


def _pillars(
    stages: Sequence[tuple[str, str]], sums: Mapping[str, int], scale: float
) -> tuple[dict[str, float], float]:
    """Return where each stage's pillar begins, and where the last one ends."""
    tops: dict[str, float] = {}
    y = 8.0
    for key, _title in stages:
        if sums[key]:
            tops[key] = y
            y += max(sums[key] * scale, LEAST) + GAP
    return tops, y


def _bands(
    flows: Flows,
    stages: Sequence[tuple[str, str]],
    left: Mapping[str, float],
    right: Mapping[str, float],
    scale: float,
) -> SafeString:
    order = {key: at for at, (key, _) in enumerate(stages)}
    out, into = dict(left), dict(right)
    bands = []
    for was, became in sorted(flows, key=lambda pair: (order[pair[0]], order[pair[1]])):
        width = flows[was, became] * scale
        y, z = out[was] + width / 2, into[became] + width / 2
        out[was] += width
        into[became] += width
        middle = (LEFT + RIGHT) / 2
        path = f"M{LEFT} {y:.1f}C{middle} {y:.1f} {middle} {z:.1f} {RIGHT} {z:.1f}"
        tone = "is-up" if order[became] > order[was] else "is-down"
        bands.append((path, f"{max(width, LEAST):.1f}", tone))
    return format_html_join(
        "", '<path d="{}" stroke-width="{}" fill="none" class="{}"></path>', bands
    )


def _signs(
    stages: Sequence[tuple[str, str]],
    sums: Mapping[str, int],
    tops: Mapping[str, float],
    scale: float,
    side: Side,
) -> SafeString:
    rows = []
    for key, title in stages:
        if key in tops:
            height = max(sums[key] * scale, LEAST)
            middle = tops[key] + height / 2 + 4
            top, size = f"{tops[key]:.1f}", f"{height:.1f}"
            text = f"{title} {sums[key]}"
            rows.append((side.x, top, PILLAR, size, side.text, f"{middle:.1f}", side.anchor, text))
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="2"></rect>'
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        rows,
    )
