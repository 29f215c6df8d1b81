"""Names of themes, for pages: from the word lists in use."""

from __future__ import annotations


def theme_names() -> dict[str, dict[str, str]]:
    """Return the themes of the word lists in use by key, with their names by language."""
    from keskio.listen.readers import documents_in_use  # noqa: PLC0415 - loads numpy
    from keskio.listen.wordlists.documents import themes_of  # noqa: PLC0415 - the same

    return themes_of(documents_in_use())
