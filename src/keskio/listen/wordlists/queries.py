"""What is asked of word lists: those in use, the draft, and how many words there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.text.lists import entries_of
from keskio.listen.wordlists.documents import READY, ready_documents
from keskio.listen.wordlists.models import Version

FIRST: dict[str, Any] = {"kind": "company", "uses": list(READY)}
"""Before anybody has chosen: all ready lists, so that nothing is missed while nobody knows better."""


def version_of_state(state: str) -> Version | None:
    """Return the version in a state that one at most has (draft, in use)."""
    return Version.objects.filter(state=state).first()


def company_document() -> dict[str, Any]:
    """Return the company's own list that is in use."""
    found = version_of_state(Version.State.IN_USE)
    return dict(found.document) if found else dict(FIRST)


def draft_document() -> dict[str, Any]:
    """Return the draft, or what is in use when there is none: what an editor begins from."""
    found = version_of_state(Version.State.DRAFT)
    return dict(found.document) if found else company_document()


def documents_in_use() -> list[dict[str, Any]]:
    """Return all word lists that texts are read with, the company's own first."""
    return whole(company_document())


def whole(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a company's list with the ready ones that it uses and the general one."""
    return [document, *ready_documents([key for key in document.get("uses", ()) if key in READY])]


def counts_of(document: Mapping[str, Any]) -> dict[str, int]:
    """Return how many words and phrases of each kind a document has, in all languages."""
    found = {name: _count(document.get(name)) for name in ("domain", "neutral", "bad", "good")}
    themes = document.get("themes") or {}
    found["theme_words"] = sum(_count(theme.get("words")) for theme in themes.values())
    found["themes"] = len(themes)
    return found


def _count(texts: object) -> int:
    if isinstance(texts, Mapping):
        return sum(_count(text) for text in texts.values())
    return len(entries_of(texts)) if isinstance(texts, (str, list)) else 0
