"""Writes of the desk: what is remembered of people at work. Cases themselves are changed by the inbox."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import F

from keskio.kernel.clock import now, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.respond.desk import contracts
from keskio.respond.desk.models import (
    Choices,
    DeskRules,
    Draft,
    LanguageModel,
    Macro,
    Nudge,
    PastAnswer,
    Presence,
    Snippet,
    Taken,
    View,
)
from keskio.respond.desk.queries import FRESH
from keskio.respond.inbox.contracts import NOTE, OUT
from keskio.respond.inbox.models import Case, Entry

# Every page of a case and every tick of it writes these: two statements, in no transaction.
PRESENCE = """
    INSERT INTO desk_presence (case_id, username, is_writing, seen_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (case_id, username) DO UPDATE
    SET is_writing = excluded.is_writing, seen_at = excluded.seen_at
"""
GONE = "DELETE FROM desk_presence WHERE case_id = %s AND seen_at < %s"
_CALLED = re.compile(r"(?<![\w@])@([\w.+-]+)")


class NameTaken(Mistake):
    """There is one with this name already."""

    code = "name_taken"


def note_presence(case: int, username: str, *, is_writing: bool) -> None:
    """Record that somebody is at a case now, and let those go who left long ago."""
    at = now()
    run(PRESENCE, (case, username, is_writing, to_micros(at)))
    run(GONE, (case, to_micros(at - 3 * FRESH)))


def leave(case: int, username: str) -> None:
    """Record that somebody is not at a case any more."""
    Presence.objects.filter(case_id=case, username=username).delete()


def save_draft(case: Case, username: str, *, kind: str, text: str, version: int) -> Draft | None:
    """Keep what somebody has written to a case; an empty text keeps nothing.

    `version` is the number of the newest entry that was on the page when the writing began. What has been
    sent since is no draft any more: a page may save once more while it is being sent, so whoever sends is
    waited for.
    """
    with transaction.atomic():
        Case.objects.select_for_update().filter(pk=case.pk).first()
        return _save_draft(case, username, kind=kind, text=text, version=version)


def _save_draft(case: Case, username: str, *, kind: str, text: str, version: int) -> Draft | None:
    mine = Draft.objects.filter(case_id=case.pk, username=username)
    if not text.strip() or _is_sent(case, username, text=text, version=version):
        mine.delete()
        return None
    draft, _ = Draft.objects.update_or_create(
        case_id=case.pk,
        username=username,
        defaults={
            "customer_id": case.customer_id,
            "kind": kind,
            "text": text,
            "version": version,
            "saved_at": now(),
        },
    )
    return draft


def _is_sent(case: Case, username: str, *, text: str, version: int) -> bool:
    sent = Entry.objects.filter(case_id=case.pk, by=username, number__gt=version)
    texts = sent.filter(kind__in=(OUT, NOTE)).values_list("text", flat=True)
    return any(one.strip().startswith(text.strip()) for one in texts)


def drop_draft(case: int, username: str) -> None:
    """Let a draft go: it was sent, or thrown away."""
    Draft.objects.filter(case_id=case, username=username).delete()


def called_in(text: str, people: Iterable[str]) -> list[str]:
    """Return who of `people` is mentioned in a note, each once, in their order in the text.

    >>> called_in("@ville katso tämä, myös @siiri.", ["siiri", "ville"])
    ['ville', 'siiri']
    """
    known = {name.lower(): name for name in people}
    found = (known.get(match.rstrip(".").lower(), "") for match in _CALLED.findall(text))
    return list(dict.fromkeys(name for name in found if name))


def nudge(case: int, entry: int, names: Collection[str], *, by: str) -> None:
    """Put a case on the lists of those who were mentioned in an entry; oneself is left out."""
    Nudge.objects.bulk_create(
        [
            Nudge(case_id=case, entry_id=entry, username=name, by=by, at=now())
            for name in names
            if name != by
        ],
        ignore_conflicts=True,
    )


def see_nudges(case: int, username: str) -> None:
    """Record that somebody has looked at where they were mentioned."""
    mine = Nudge.objects.filter(case_id=case, username=username, seen_at__isnull=True)
    mine.update(seen_at=now())


def choose(username: str, *, has_keys: bool, signature: str = "") -> None:
    """Record what somebody has chosen for the desk."""
    chosen = {"has_keys": has_keys, "signature": signature}
    Choices.objects.update_or_create(pk=username, defaults=chosen)


def set_rules(*, confirms_public: bool, by: str) -> None:
    """Record what holds for everybody."""
    found = DeskRules.objects.first() or DeskRules()
    found.confirms_public, found.changed_by = confirms_public, by
    found.save()


def save_view(owner: str, title: str, wanted: contracts.Wanted) -> View:
    """Keep a way of looking at the inbox; `owner` "" is everybody's. Raises NameTaken."""
    query = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    view, is_new = View.objects.get_or_create(owner=owner, title=title, defaults={"query": query})
    if not is_new:
        raise NameTaken(title=title)
    return view


def save_snippet(
    snippet: Snippet | None, *, key: str, title: dict[str, str], text: dict[str, str], by: str
) -> Snippet:
    """Make a snippet, or change one. Raises NameTaken."""
    row = snippet or Snippet()
    if Snippet.objects.filter(key=key).exclude(pk=row.pk).exists():
        raise NameTaken(key=key)
    row.key, row.title, row.text = key, title, text
    row.changed_at, row.changed_by = now(), by
    row.save()
    return row


def save_macro(macro: Macro | None, *, key: str, text: str, by: str) -> Macro:
    """Make a macro of a document that can be read, or change one. Raises NameTaken."""
    row = macro or Macro()
    if Macro.objects.filter(key=key).exclude(pk=row.pk).exists():
        raise NameTaken(key=key)
    row.key, row.text, row.changed_at, row.changed_by = key, text, now(), by
    row.save()
    return row


def note_used(thing: Snippet | Macro) -> None:
    """Count one more use."""
    type(thing).objects.filter(pk=thing.pk).update(used=F("used") + 1)


def take(answer: PastAnswer, case: int) -> None:
    """Record that a past answer was taken into a reply of a case: counted once for each case."""
    with transaction.atomic():
        _, is_new = Taken.objects.get_or_create(
            answer_id=answer.pk, case_id=case, defaults={"at": now()}
        )
        if is_new:
            PastAnswer.objects.filter(pk=answer.pk).update(used=F("used") + 1)


def hide(answer: PastAnswer) -> None:
    """Suggest a past answer no more: it was wrong, or it tells of a person."""
    PastAnswer.objects.filter(pk=answer.pk).update(is_hidden=True)


def save_language_model(  # noqa: PLR0913 - a form's fields
    *,
    is_on: bool,
    address: str,
    name: str,
    secret: str,
    timeout: int,
    instructions: str,
    by: str,
) -> LanguageModel:
    """Record which language model may draft; a secret that is given empty stays as it was."""
    row = LanguageModel.objects.first() or LanguageModel()
    row.is_on, row.address, row.name = is_on, address, name
    row.timeout, row.instructions, row.changed_by = timeout, instructions, by
    if secret:
        row.secret = secret
    row.save()
    return row
