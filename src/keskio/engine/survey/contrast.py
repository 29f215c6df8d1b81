"""How well a colour is told from another (WCAG 2.2, relative luminance and contrast ratio)."""

from __future__ import annotations

import re

LEAST = 4.5
"""What text must have at least (success criterion 1.4.3)."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours "#rrggbb", 1 to 21. Raises ValueError for anything else.

    >>> contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """Return black or white, whichever is told better from `colour`."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, colour))


def _luminance(colour: str) -> float:
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise ValueError(f"{colour!r} is no colour: write for example '#0b5c6b'")
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
