"""Pages of the wing: the lists in use, the ready ones, and changing the company's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.engine.text.lists import entries_of
from keskio.listen.wordlists import actions, queries
from keskio.listen.wordlists.documents import LANGUAGES, READY, BadWordList, ready
from keskio.listen.wordlists.forms import LANGUAGE_NAMES, LISTS, ListsForm
from keskio.listen.wordlists.models import Version
from keskio.web.roles import editor

MOST_BEFORE = 10


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Show what texts are read with: the company's own list, the ready ones, and the draft."""
    document = queries.company_document()
    language = _language()
    rows = [
        (
            key,
            ready(key)["name"][language],
            queries.counts_of(ready(key)),
            key in document.get("uses", ()),
        )
        for key in READY
    ]
    return render(
        request,
        "wordlists/lists.html",
        {
            "rows": rows,
            "own": queries.counts_of(document),
            "in_use": queries.version_of_state(Version.State.IN_USE),
            "draft": queries.version_of_state(Version.State.DRAFT),
            "before": Version.objects.filter(state=Version.State.BEFORE).order_by("-used_at")[
                :MOST_BEFORE
            ],
        },
    )


@require_safe
def ready_list(request: HttpRequest, key: str) -> HttpResponse:
    """Show the words of a ready list."""
    if key not in READY:
        raise Http404
    document, language = ready(key), _language()
    parts = [
        (label, LANGUAGE_NAMES[code], entries_of((document.get(name) or {}).get(code, "")))
        for name, (label, _help) in LISTS.items()
        for code in LANGUAGES
    ]
    parts += [
        (theme["name"][language], LANGUAGE_NAMES[code], entries_of(theme["words"][code]))
        for theme in document["themes"].values()
        for code in LANGUAGES
    ]
    shown = [part for part in parts if part[2]]
    return render(
        request, "wordlists/ready.html", {"name": document["name"][language], "parts": shown}
    )


@require_http_methods(["GET", "POST"])
@editor
def edit(request: HttpRequest) -> HttpResponse:
    """Change the company's own list: what is saved is a draft."""
    document = queries.draft_document()
    form = ListsForm(request.POST or None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_draft(form.document_given(), by=request.user.get_username())
        except BadWordList as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(
                request, _("The draft has been saved. Try it before you put it in use.")
            )
            return redirect("listen:try_lists")
    return render(request, "wordlists/edit.html", {"form": form, "groups": form.groups()})


@require_POST
@editor
def use(request: HttpRequest) -> HttpResponse:
    """Put the draft in use."""
    try:
        actions.use_draft(by=request.user.get_username())
    except actions.NoDraft:
        messages.warning(request, _("There is no draft any more."))
    else:
        messages.success(request, _("The word lists are in use. New messages are read with them."))
    return redirect("wordlists:lists")


@require_POST
@editor
def drop(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    try:
        actions.drop_draft()
    except actions.NoDraft:
        messages.warning(request, _("There is no draft any more."))
    else:
        messages.success(request, _("The draft has been thrown away."))
    return redirect("wordlists:lists")


@require_POST
@editor
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft of what was in use before."""
    actions.begin_from(get_object_or_404(Version, pk=pk), by=request.user.get_username())
    messages.success(request, _("The draft is now as the lists were then."))
    return redirect("wordlists:edit")


def _language() -> str:
    language = (get_language() or "fi")[:2]
    return language if language in LANGUAGES else LANGUAGES[0]
