"""Customers' texts, which carry their own language versions; pages have gettext instead."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("fi", "en")
DEFAULT_LANGUAGE = "fi"


def in_language(texts: Mapping[str, str] | str, language: str) -> str:
    """Return the version in `language`, else in Finnish, else the first there is ("" for none)."""
    if isinstance(texts, str):
        return texts
    if language in texts:
        return texts[language]
    return texts.get(DEFAULT_LANGUAGE) or next(iter(texts.values()), "")
