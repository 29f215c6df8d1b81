"""Reads of the wing: series over time, comparisons, alerts, and who is heard.

Everything counts what concerns us. Public messages and what people tell us alone are counted apart:
`Among` says which, and only public messages have authors.
"""

from __future__ import annotations

from collections.abc import Mapping

from keskio.kernel.sql import fetch


def velocities_now() -> Mapping[str, float]:
    """Return how unusually fast themes grow now, 0-1, by theme: what part of the people are unusual."""
    rows = fetch("SELECT theme, expected, most FROM trends_alert WHERE closed_at IS NULL")
    return {theme: 1 - min(expected / max(most, 1), 1.0) for theme, expected, most in rows}


def open_alert_count() -> int:
    """Return how many alerts nobody has taken note of. One cheap query."""
    rows = fetch("SELECT count(*) FROM trends_alert WHERE seen_at IS NULL AND closed_at IS NULL")
    return int(rows[0][0])
