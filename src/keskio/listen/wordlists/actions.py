"""What people do to the company's word list: keep a draft, put it in use, throw it away."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from keskio.kernel.clock import now_micros
from keskio.listen.wordlists.documents import BadWordList, faults_of
from keskio.listen.wordlists.models import Version


class NoDraft(BadWordList):
    """There is no draft: change the word lists first."""

    code = "no_draft"


@transaction.atomic
def save_draft(document: dict[str, Any], *, by: str) -> Version:
    """Keep `document` as the draft, in place of the draft there was; raises BadWordList with its faults."""
    faults = faults_of(document)
    if faults:
        raise BadWordList(" ".join(faults))
    found, _ = Version.objects.select_for_update().update_or_create(
        state=Version.State.DRAFT,
        defaults={"document": document, "changed_at": now_micros(), "changed_by": by},
    )
    return found


@transaction.atomic
def use_draft(*, by: str) -> Version:
    """Read with the draft from now on; raises NoDraft. Readers notice at their next batch."""
    draft = Version.objects.select_for_update().filter(state=Version.State.DRAFT).first()
    if draft is None:
        raise NoDraft
    Version.objects.filter(state=Version.State.IN_USE).update(state=Version.State.BEFORE)
    draft.state, draft.used_at, draft.used_by = Version.State.IN_USE, now_micros(), by
    draft.save(update_fields=["state", "used_at", "used_by"])
    return draft


@transaction.atomic
def drop_draft() -> None:
    """Throw the draft away; raises NoDraft."""
    deleted, _ = Version.objects.filter(state=Version.State.DRAFT).delete()
    if not deleted:
        raise NoDraft


@transaction.atomic
def begin_from(version: Version, *, by: str) -> Version:
    """Make a draft of what was in use before."""
    return save_draft(version.document, by=by)
