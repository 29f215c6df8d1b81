"""A second pair of eyes: asking for it, agreeing, sending back. Off until an administrator turns it on."""

from __future__ import annotations

from django.db import transaction

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake, Refused
from keskio.talk.publishing.drafts import OPEN, NotOpen, Overtaken, note
from keskio.talk.publishing.models import Draft, Note, Rule


class OwnDraft(Refused):
    """Somebody else must agree: this text is yours."""

    code = "own_draft"


class NotAsked(Mistake):
    """Nobody has asked for this draft to be looked at."""

    code = "not_asked"


class NoComment(Mistake):
    """Say what should be changed, so that its writer knows."""

    code = "no_comment"


def needs_second() -> bool:
    """Tell whether a second person must agree before anything is published."""
    rule = Rule.objects.first()
    return rule is not None and rule.needs_second


def set_needs_second(needed: bool, *, by: str) -> None:
    """Turn the second pair of eyes on or off; earlier rows are kept as they were."""
    if needed != needs_second():
        Rule.objects.create(needs_second=needed, changed_at=now(), changed_by=by)


def is_agreed(draft: Draft) -> bool:
    """Tell whether `draft` may be published as it is now."""
    return draft.agreed == draft.revision or not needs_second()


def ask_for_review(draft: int, *, by: str, comment: str = "") -> None:
    """Put a draft, as it is now, before others. Raises NotOpen."""
    with transaction.atomic():
        row = _open(draft)
        row.state, row.asked, row.asked_by = Draft.State.ASKED, row.revision, by
        row.save(update_fields=["state", "asked", "asked_by"])
        note(row, Note.What.ASKED, by=by, comment=comment)


def agree(draft: int, *, revision: int, by: str, comment: str = "") -> None:
    """Agree to a draft as it was at `revision`.

    Raises OwnDraft for whoever wrote, saved or asked for it, NotAsked, Overtaken, NotOpen.
    """
    with transaction.atomic():
        row = _asked(draft, revision)
        if by in _writers(row):
            raise OwnDraft
        row.state, row.agreed, row.agreed_by = Draft.State.OPEN, revision, by
        row.save(update_fields=["state", "agreed", "agreed_by"])
        note(row, Note.What.AGREED, by=by, comment=comment)


def send_back(draft: int, *, revision: int, by: str, comment: str) -> None:
    """Send a draft back to its writer with a comment. Raises OwnDraft, NotAsked, NoComment, Overtaken."""
    if not comment.strip():
        raise NoComment
    with transaction.atomic():
        row = _asked(draft, revision)
        if by in _writers(row):
            raise OwnDraft
        row.state, row.agreed = Draft.State.OPEN, 0
        row.save(update_fields=["state", "agreed"])
        note(row, Note.What.RETURNED, by=by, comment=comment)


def may_agree(draft: Draft, user: str) -> bool:
    """Tell whether `user` is somebody else than those who made the draft what it is."""
    return draft.state == Draft.State.ASKED and user not in _writers(draft)


def _writers(draft: Draft) -> set[str]:
    saved = draft.notes.filter(what__in=(Note.What.CREATED, Note.What.SAVED))
    return {draft.created_by, draft.asked_by, *saved.values_list("by", flat=True)}


def _asked(draft: int, revision: int) -> Draft:
    row = _open(draft)
    if row.state != Draft.State.ASKED:
        raise NotAsked
    if row.revision != revision:
        raise Overtaken(row, "")
    return row


def _open(draft: int) -> Draft:
    row = Draft.objects.select_for_update().get(pk=draft)
    if row.state not in OPEN:
        raise NotOpen
    return row
