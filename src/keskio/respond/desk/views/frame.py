"""What the pages of the inbox have in common: the panes, and how the list is asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from keskio.channels.api import Listed, files_of
from keskio.kernel.clock import now
from keskio.respond.desk import contracts
from keskio.respond.desk.contracts import Sight, Wanted
from keskio.respond.desk.doing import latest_undo
from keskio.respond.desk.macros import title_of
from keskio.respond.desk.masking import named
from keskio.respond.desk.models import Macro, Snippet, View
from keskio.respond.desk.queries import (
    choices_of,
    colleagues,
    draft_of,
    entries_of,
    language_model,
    list_counts,
    listed_cases,
    newest_said,
    rows_of,
    sights_of,
)
from keskio.respond.desk.sending import Asked, Writing, is_public, ways_of
from keskio.respond.desk.shortcuts import shortcuts
from keskio.respond.desk.side import drawn_parts
from keskio.respond.desk.snippets import first_name, language_of
from keskio.respond.desk.suggesting import suggestions
from keskio.respond.desk.words import (
    CHANNEL_NAMES,
    channel_in_words,
    happened,
    left_of,
    people_in_words,
    sign_of,
)
from keskio.respond.inbox.contracts import BOT, CUSTOMER, DONE, IN
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.promises.recognising import recognise

MOST_ASKED = 2000
"""Characters of a question that suggestions are looked for by."""


def wanted_of(request: HttpRequest) -> Wanted:
    """Return what the list is to show: what stands in the address, over the saved view it names."""
    told = {name: request.GET.get(name, "")[:100] for name in Wanted.__struct_fields__}
    if told["list"] not in contracts.LISTS:
        told["list"] = contracts.ALL if told["q"] else contracts.NOW
    view = request.GET.get("view", "")
    if view.isdigit():
        found = View.objects.filter(
            pk=int(view), owner__in=["", request.user.get_username()]
        ).first()
        if found is not None:
            kept = {k: str(v) for k, v in found.query.items() if k in told}
            return Wanted(**{**told, **kept})
    return Wanted(**told)


def query_of(wanted: Wanted) -> str:
    """Return the address' part that asks for the same list: "" or one that begins with ?."""
    told = {
        name: getattr(wanted, name)
        for name in wanted.__struct_fields__
        if getattr(wanted, name) and not (name == "list" and wanted.list == contracts.NOW)
    }
    return f"?{urlencode(told)}" if told else ""


def case_or_404(pk: int) -> Case:
    """Return a case; one that was merged leads to the other. Raises Http404."""
    found = Case.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such case."))
    return found


def list_context(request: HttpRequest, wanted: Wanted, case: Case | None = None) -> dict[str, Any]:
    """Return what the two left panes show."""
    username = request.user.get_username()
    listed = listed_cases(wanted, username, after=request.GET.get("after", ""))
    query = query_of(wanted)
    return {
        "wanted": wanted,
        "query": query,
        "rows": [
            (row, sign_of(row.case.channel), channel_in_words(row.case))
            for row in rows_of(listed.cases, username)
        ],
        "older": f"{query}{'&' if query else '?'}after={listed.older}" if listed.older else "",
        "is_older": bool(request.GET.get("after")),
        "queues": _queues(wanted, list_counts(username)),
        "views": _views(username),
        "title": title_of_list(wanted),
        "is_narrowed": bool(wanted.channel or wanted.kind or wanted.theme or wanted.queue),
        "current": case.pk if case is not None else 0,
        "kinds": Case.Kind,
        "channels": channel_choices(),
        "people": colleagues(),
        "undo": latest_undo(username),
        "keys_on": choices_of(username).has_keys,
        "shortcuts": shortcuts(),
        "tools": _tools(),
    }


def channel_choices() -> list[tuple[str, str]]:
    """Return the channels by which a list can be narrowed down."""
    return [(key, str(name)) for key, name in CHANNEL_NAMES.items()]


def list_names() -> dict[str, str]:
    """Return the lists by what they are called."""
    return {
        contracts.NOW: _("Needs reply now"),
        contracts.MINE: pgettext("case list", "Mine"),
        contracts.UNASSIGNED: pgettext("case list", "Nobody's"),
        contracts.LATE: pgettext("case list", "Late"),
        contracts.NUDGED: _("You were mentioned"),
        contracts.ALL: _("All in work"),
        contracts.ASLEEP: pgettext("case list", "Snoozed"),
        contracts.CLOSED: pgettext("case list", "Closed"),
    }


def title_of_list(wanted: Wanted) -> str:
    """Return what the list is called."""
    return _("Found: %(q)s") % {"q": wanted.q} if wanted.q else list_names()[wanted.list]


def _queues(wanted: Wanted, counts: dict[str, int]) -> list[dict[str, Any]]:
    plain = not (wanted.q or wanted.channel or wanted.kind or wanted.theme or wanted.queue)
    return [
        {
            "key": key,
            "title": title,
            "count": counts.get(key),
            "is_current": plain and wanted.list == key,
            "is_bad": key == contracts.LATE and bool(counts.get(key)),
        }
        for key, title in list_names().items()
    ]


def _tools() -> list[tuple[str, str]]:
    return [
        (reverse("desk:report"), _("Response times")),
        (reverse("desk:targets"), _("Targets and calendars")),
        (reverse("desk:opening"), _("What opens a case")),
        (reverse("desk:tell_me"), _("Tell me by e-mail")),
    ]


def _views(username: str) -> list[tuple[View, str]]:
    found = View.objects.filter(owner__in=["", username]).order_by("owner", "title")
    return [(view, query_of(Wanted(**view.query))) for view in found]


def case_context(
    request: HttpRequest,
    case: Case,
    names: dict[str, str],
    *,
    writing: Writing | None = None,
    asked: Asked | None = None,
    inserted: str = "",
) -> dict[str, Any]:
    """Return what the thread, its composer and the panel beside it show.

    `names` are those of `colleagues`, read once for the whole page.
    """
    username = request.user.get_username()
    entries = entries_of(case)
    at = now()
    left, tone = left_of(case, at)
    draft = draft_of(case.pk, username)
    version = newest_said(case.pk, entries)
    text = writing.text if writing else draft.text if draft else inserted
    language = language_of(case)
    return {
        "case": case,
        "entries": shown(entries, names),
        "newest": max((entry.pk for entry in entries), default=0),
        "channel": channel_in_words(case),
        "sign": sign_of(case.channel),
        "left": left,
        "tone": tone,
        "sight": sight_context(case.pk, username),
        "composer": {
            "text": text,
            "way": writing_way(case, writing, draft),
            "version": writing.version if writing else draft.version if draft else version,
            "saved_at": draft.saved_at if draft else None,
            "is_public": is_public(case, contracts.HERE),
            "ways": ways_of(case),
            "asked": asked,
            "newer": shown(list(asked.newer), names) if asked else [],
            "promises": promises_in(text, language),
        },
        "language": language,
        "suggestions": suggested(case, entries, language),
        "snippets": Snippet.objects.order_by("key"),
        "macros": [(m, title_of(m, get_language() or "fi")) for m in Macro.objects.order_by("key")],
        "model": language_model(),
        "parts": drawn_parts(request, case),
        "merged": Case.objects.filter(merged_into=case.pk).order_by("pk"),
        "is_closed": case.place == DONE,
    }


def writing_way(case: Case, writing: Writing | None, draft: Any) -> str:
    """Return which way of writing is chosen in the composer: note, here, direct, or another channel."""
    del case
    if writing is not None:
        return contracts.NOTE if writing.kind == contracts.NOTE else writing.way
    if draft is not None and draft.kind == contracts.NOTE:
        return contracts.NOTE
    return contracts.HERE


def shown(entries: list[Entry], names: dict[str, str]) -> list[dict[str, Any]]:
    """Return entries as the thread draws them; `names` are those of `colleagues`."""
    files = _files_of(entries)
    return [
        {
            "entry": entry,
            "files": files.get(entry.pk, []),
            "by": _author(entry, names),
            "is_ours": entry.kind != IN,
            "is_mail": entry.channel == "email",
            "happened": happened(entry, names) if entry.kind == "event" else "",
            "channel": entry_channel(entry),
        }
        for entry in entries
    ]


def _files_of(entries: list[Entry]) -> dict[int, list[Listed]]:
    """Return the files that came with entries; of those from before files were kept, their names."""
    named = [entry for entry in entries if entry.attachments]
    kept = files_of({entry.told["files"] for entry in named if "files" in entry.told})
    return {
        entry.pk: kept.get(entry.told.get("files", ""))
        or [Listed(number, name, "", 0) for number, name in enumerate(entry.attachments)]
        for entry in named
    }


def _author(entry: Entry, names: dict[str, str]) -> str:
    if entry.author == BOT:
        return _("Automatic reply")
    return names.get(entry.by, entry.by) or _("Customer")


def entry_channel(entry: Entry) -> str:
    """Return in which channel an entry came or went, in words."""
    return str(CHANNEL_NAMES.get(entry.channel, entry.channel))


def sight_context(case: int, username: str) -> dict[str, Any]:
    """Return who else is at a case, in words."""
    sight = sights_of([case], username, now()).get(case, Sight())
    return {
        "looking": people_in_words(sight.looking),
        "writing": people_in_words(sight.writing),
        "are_many_writing": len(sight.writing) > 1,
        "are_many_looking": len(sight.looking) > 1,
    }


def promises_in(text: str, language: str) -> list[Any]:
    """Return the promises that a text holds, for a person to confirm."""
    return recognise(text, language) if text.strip() else []


def suggested(case: Case, entries: list[Entry], language: str) -> list[Any]:
    """Return past answers for what the customer asked last, with their first name put in."""
    asked = [entry.text for entry in entries if entry.author == CUSTOMER][-3:]
    if not asked:
        return []
    question = f"{case.subject}\n" + "\n".join(asked)
    found = suggestions(question[:MOST_ASKED], language=language, themes=case.themes, case=case.pk)
    first = first_name(case.name)
    return [(one, named(one.answer, first)) for one in found]
