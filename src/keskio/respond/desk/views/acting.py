"""Doing things to cases: giving, snoozing, closing, merging, splitting, macros; many at once, and undoing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keskio.kernel.errors import KeskioError
from keskio.respond.desk.doing import AskFirst, do, run_macro, undo
from keskio.respond.desk.macros import foretold, title_of
from keskio.respond.desk.models import Macro
from keskio.respond.desk.queries import cases_wanted, colleagues
from keskio.respond.desk.sentences import sentence_of
from keskio.respond.desk.views.frame import case_or_404, query_of, wanted_of
from keskio.respond.desk.views.writing import back_to
from keskio.respond.inbox import actions as inbox_actions
from keskio.respond.inbox.models import Case
from keskio.web.roles import editor

LEAVING = ("snooze", "close")
"""What takes a case off the list: the next one is shown then."""
FORMS = ("assign", "snooze", "about")


@editor
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Show the form of an action as a page of its own; when posted, do it."""
    case = case_or_404(pk)
    if request.method != "POST":
        if what not in FORMS:
            return back_to(request, case)
        return render(request, "desk/act.html", act_context(request, case, what))
    try:
        return _done(request, case, what)
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case)


def act_context(request: HttpRequest, case: Case, what: str) -> dict[str, Any]:
    """Return what the form of an action shows."""
    return {
        "case": case,
        "what": what,
        "query": query_of(wanted_of(request)),
        "people": colleagues(),
        "kinds": Case.Kind,
        "severities": Case.Severity,
    }


def _done(request: HttpRequest, case: Case, what: str) -> HttpResponse:
    by = request.user.get_username()
    given = request.POST
    if what == "about":
        themes = [theme.strip() for theme in given.get("themes", "").split(",")]
        severity = given.get("severity", "")
        inbox_actions.change(
            case.pk,
            by=by,
            kind=given.get("kind", case.kind),
            severity=int(severity) if severity.isdigit() else case.severity,
            themes=[theme for theme in themes if theme],
            subject=given.get("subject", case.subject)[:300],
        )
        messages.success(request, _("The case was changed."))
        return back_to(request, case)
    return _plain(request, case, what, by)


def _plain(request: HttpRequest, case: Case, what: str, by: str) -> HttpResponse:
    value = request.POST.get("value", "") or request.POST.get("on", "")
    do(what, [case.pk], value=value, by=by)
    messages.success(request, _told(what, 1, value))
    if what not in LEAVING:
        return back_to(request, case)
    wanted = wanted_of(request)
    following = cases_wanted(wanted, by).exclude(pk=case.pk).first()
    query = query_of(wanted)
    if following is None:
        return redirect(reverse("desk:inbox") + query)
    return redirect(reverse("desk:case", kwargs={"pk": following.pk}) + query)


def _told(what: str, count: int, value: str) -> str:
    if what == "assign":
        if not value:
            said = ngettext("%(n)d case is nobody's now.", "%(n)d cases are nobody's now.", count)
        else:
            said = ngettext(
                "%(n)d case was given to %(to)s.", "%(n)d cases were given to %(to)s.", count
            )
        return said % {"n": count, "to": value}
    sentences = {
        "snooze": ngettext("%(n)d case was snoozed.", "%(n)d cases were snoozed.", count),
        "close": ngettext("%(n)d case was closed.", "%(n)d cases were closed.", count),
        "reopen": ngettext("%(n)d case was opened again.", "%(n)d cases were opened again.", count),
        "wake": ngettext("%(n)d case is in work again.", "%(n)d cases are in work again.", count),
    }
    return sentences[what] % {"n": count}


@require_POST
@editor
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to the cases that were chosen in the list."""
    chosen = [int(pk) for pk in request.POST.getlist("case") if pk.isdigit()]
    what = request.POST.get("do", "")
    value = request.POST.get({"assign": "to", "snooze": "until"}.get(what, ""), "")
    try:
        done = do(what, chosen, value=value, by=request.user.get_username())
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
    else:
        messages.success(request, _told(what, len(done.before), value))
    return redirect(reverse("desk:inbox") + query_of(wanted_of(request)))


@require_POST
@editor
def undo_it(request: HttpRequest, pk: int) -> HttpResponse:
    """Put cases back to how they stood before one's last action."""
    try:
        count = undo(pk, by=request.user.get_username())
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
    else:
        said = ngettext("%(n)d case stands as before.", "%(n)d cases stand as before.", count)
        messages.success(request, said % {"n": count})
    return redirect(reverse("desk:inbox") + query_of(wanted_of(request)))


@editor
def macro(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show what a macro would do to a case; when posted, do it."""
    case = case_or_404(pk)
    found = get_object_or_404(Macro, key=key)
    user = request.user
    try:
        if request.method == "POST":
            confirmed = bool(request.POST.get("is_confirmed"))
            run_macro(found, case, user, is_confirmed=confirmed)  # type: ignore[arg-type]  # signed in
            messages.success(request, _("The macro was run."))
            return back_to(request, case)
        steps = foretold(found, case, user)  # type: ignore[arg-type]  # signed in
    except AskFirst:
        messages.warning(
            request, _("The macro replies publicly: nothing was done. Confirm it first.")
        )
        return redirect("desk:macro", pk=pk, key=key)
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case)
    context = {
        "case": case,
        "macro": found,
        "title": title_of(found, get_language() or "fi"),
        "steps": steps,
        "is_public": case.channel == "social" and any(step.step == "reply" for step in steps),
        "query": query_of(wanted_of(request)),
    }
    return render(request, "desk/macro_preview.html", context)
