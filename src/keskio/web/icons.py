"""The few signs of the user interface, drawn on a 24 x 24 grid with a line of 2."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

PATHS: dict[str, str] = {
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "people": "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 3.5a4 4 0 0 1 0 7.5M19 15.5c2 .8 3 2.700 3 5.500",  # noqa: E501 - a drawing
    "segments": "M11 4a8.500 8.500 0 1 0 9 9h-9zM15 3a7 7 0 0 1 6 6h-6z",
    "person": "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.500-6 8-6s8 2 8 6",
    "dialogue": "M4 4h12v9H9l-4 4v-4H4zM20 9v8h-1v4l-4-4h-4",
    "flow": "M8 3h8v5H8zM3 16h7v5H3zM14 16h7v5h-7zM12 8v4M6.500 16v-4h11v4",
    "task": "M4 4h16v16H4zM8 12l3 3 5-6",
    "inbox": "M4 13l3-9h10l3 9v7H4zM4 13h5l1 3h4l1-3h5",
    "quarantine": "M12 3l9 17H3zM12 10v4M12 17v.100",
    "unknown": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.400-1 .900-1 1.700M12 17v.100",  # noqa: E501 - a drawing
    "channel": "M4 6h16v12H4zM4 7l8 6 8-6",
    "phone": "M7 2h10v20H7zM11 18h2",
    "key": "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 12l9-9M17 6l3 3",
    "settings": "M4 7h10M18 7h2M4 17h2M10 17h10M16 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",  # noqa: E501 - a drawing
    "source": "M4 6c0-3 16-3 16 0s-16 3-16 0zM4 6v12c0 3 16 3 16 0V6M4 12c0 3 16 3 16 0",
    "globe": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    "call": "M5 3h4l2 5-2.500 1.500a11 11 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2z",
    "note": "M5 3h10l4 4v14H5zM15 3v4h4M8 12h8M8 16h5",
    "reply": "M10 5L3 11l7 6v-4c6 0 9 2 11 6 0-7-4-10-11-10z",
    "lock": "M6 11h12v10H6zM8 11V8a4 4 0 0 1 8 0v3",
    "keyboard": "M2 6h20v12H2zM6 10v.100M10 10v.100M14 10v.100M18 10v.100M8 14h8",
    "check": "M4 12l5 6L20 6",
    "cross": "M5 5l14 14M19 5L5 19",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
    "pause": "M8 5v14M16 5v14",
    "play": "M7 4l13 8-13 8z",
    "stop": "M6 6h12v12H6z",
    "sent": "M3 11l18-8-8 18-2-8z",
    "held": "M6 3h12M6 21h12M7 3c0 5 5 6 5 9s-5 4-5 9M17 3c0 5-5 6-5 9s5 4 5 9",
    "warn": "M12 3l9 17H3zM12 10v4M12 17v.100",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v6M12 7v.100",
    "plus": "M12 5v14M5 12h14",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "sun": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M5 19l1.500-1.500M17.500 6.500L19 5",  # noqa: E501 - a drawing
    "moon": "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
    "auto": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M15 5v14M18 7v10",
    "left": "M15 5l-7 7 7 7",
    "right": "M9 5l7 7-7 7",
    "dot": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
    "book": "M4 4h7l1 1 1-1h7v15h-7l-1 1-1-1H4zM12 5v15",
    "balance": "M12 3v18M7 21h10M4 7h16M4 7l-2 7h5zM20 7l2 7h-5z",
}


def icon(name: str, *, size: int = 18) -> SafeString:
    """Return the sign `name` as inline SVG, hidden from screen readers: a word must stand beside it.

    Raises KeyError for a name that is not in `PATHS`.
    """
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"'
        ' focusable="false"><path d="{1}"/></svg>',
        size,
        mark_safe(PATHS[name]),  # noqa: S308 - a constant of this file
    )
