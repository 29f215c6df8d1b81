"""Names of themes, for pages: from the word lists in use."""

from __future__ import annotations

from keskio.listen.wordlists.documents import themes_of
from keskio.listen.wordlists.queries import documents_in_use


def theme_names() -> dict[str, dict[str, str]]:
    """Return the themes of the word lists in use by key, with their names by language."""
    return themes_of(documents_in_use())
