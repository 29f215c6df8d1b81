"""Drafts: begin one, save it, throw it away. Saving over somebody's newer save is refused, not lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.kernel.i18n import in_language
from keskio.talk.documents import playbook_text, read_document
from keskio.talk.models import Version
from keskio.talk.publishing.models import Draft, Note

MOST_CHARACTERS = 400_000
OPEN = (Draft.State.OPEN, Draft.State.ASKED)


class Overtaken(Mistake):
    """Somebody else has saved this draft since you opened it; nothing of yours is lost, see both texts."""

    code = "draft_overtaken"

    def __init__(self, draft: Draft, yours: str) -> None:
        super().__init__()
        self.draft, self.yours = draft, yours


class NotOpen(Mistake):
    """The draft has been published or discarded and cannot be changed any more."""

    code = "draft_not_open"


class TooLong(Mistake):
    """The text is longer than a definition can be (400,000 characters)."""

    code = "draft_too_long"


def create_draft(
    text: str, *, by: str, variables: Mapping[str, Any] | None = None, based_on: int = 0
) -> Draft:
    """Begin a draft from `text`, which need not be right, or even readable, yet.

    `variables` are values given in place of the text's own; dates become text. `based_on` is the
    number of the version's row that it was begun from. Raises TooLong.
    """
    _check_length(text)
    at = now()
    key, title = _named(text)
    with transaction.atomic():
        draft = Draft.objects.create(
            key=key,
            title=title,
            text=text,
            variables={name: _plain(value) for name, value in (variables or {}).items()},
            based_on=based_on,
            created_at=at,
            created_by=by,
            changed_at=at,
            changed_by=by,
        )
        note(draft, Note.What.CREATED, by=by)
    return draft


def draft_of_version(version: Version, *, by: str) -> Draft:
    """Begin a draft from a published version, with the variables it was published with."""
    return create_draft(version.document, by=by, variables=version.variables, based_on=version.pk)


def draft_of_playbook(key: str, *, by: str, variables: Mapping[str, Any] | None = None) -> Draft:
    """Begin a draft from a playbook; raises FileNotFoundError for an unknown key."""
    return create_draft(playbook_text(key), by=by, variables=variables)


def save_draft(
    draft: int, text: str, *, revision: int, by: str, variables: Mapping[str, Any] | None = None
) -> Draft:
    """Keep `text` exactly, over the `revision` that its writer had before her.

    The same text (and variables) again changes nothing. A save takes back what a second person
    agreed to: she agreed to another text. Raises Overtaken with both texts when there is a newer
    save, NotOpen, TooLong.
    """
    _check_length(text)
    with transaction.atomic():
        row = Draft.objects.select_for_update().get(pk=draft)
        _check_open(row)
        given = row.variables if variables is None else dict(variables)
        if (row.text, row.variables) == (text, given):
            return row
        if row.revision != revision:
            raise Overtaken(row, text)
        key, title = _named(text)
        row.text, row.variables, row.revision = text, given, revision + 1
        row.key, row.title = key or row.key, title or row.title
        row.state, row.changed_at, row.changed_by = Draft.State.OPEN, now(), by
        row.save()
        note(row, Note.What.SAVED, by=by)
    return row


def discard_draft(draft: int, *, by: str) -> None:
    """Throw a draft away; it stays in the list of those that are closed. Raises NotOpen."""
    with transaction.atomic():
        row = Draft.objects.select_for_update().get(pk=draft)
        _check_open(row)
        row.state, row.changed_at = Draft.State.DISCARDED, now()
        row.save(update_fields=["state", "changed_at"])
        note(row, Note.What.DISCARDED, by=by)


def note(draft: Draft, what: Note.What, *, by: str, comment: str = "") -> None:
    """Write down what was done, in the caller's transaction."""
    Note.objects.create(
        draft=draft, what=what, revision=draft.revision, at=now(), by=by, comment=comment
    )


def name_of(draft: Draft, language: str) -> str:
    """Return what a draft is called: its title, else its key, else "" when the text names neither."""
    return in_language(draft.title, language) or draft.key


def _named(text: str) -> tuple[str, dict[str, str]]:
    """Return the key and title that a text gives itself, as far as it can be read."""
    document, _findings = read_document(text)
    if not isinstance(document, dict):
        return "", {}
    key, title = document.get("key"), document.get("title")
    named = {str(k): str(v) for k, v in title.items()} if isinstance(title, dict) else {}
    return (key[:100] if isinstance(key, str) else ""), named


def _check_open(draft: Draft) -> None:
    if draft.state not in OPEN:
        raise NotOpen


def _check_length(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise TooLong


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
