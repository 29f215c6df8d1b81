"""Names of themes, for pages: from the word lists in use."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language

from keskio.listen.drawing import theme_name
from keskio.listen.wordlists.documents import themes_of
from keskio.listen.wordlists.queries import documents_in_use


def theme_names() -> dict[str, dict[str, str]]:
    """Return the themes of the word lists in use by key, with their names by language."""
    return themes_of(documents_in_use())


def themes_in_words(keys: Iterable[str]) -> dict[str, str]:
    """Return the names of themes in the reader's language by key; one unknown reads as it was written."""
    wanted = [key for key in keys if key]
    if not wanted:
        return {}
    names, language = theme_names(), (get_language() or "fi")[:2]
    return {key: theme_name(names, key, language) for key in wanted}
