"""The page on which a call is noted: whom it was with, what was said, what comes of it."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keskio.kernel.errors import Mistake
from keskio.know.api import ids_found, people_of, same_person_ids
from keskio.know.contracts import Person
from keskio.respond.desk import call_noting
from keskio.respond.desk.call_forms import CallForm, FindForm
from keskio.respond.inbox.contracts import ACTIVE, ASLEEP
from keskio.respond.inbox.models import Case
from keskio.web.roles import editor

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def note_call(request: HttpRequest) -> HttpResponse:
    """Find whom a call was with, and put it on record."""
    find = FindForm(request.GET)
    asked = find.cleaned_data if find.is_valid() else {}
    person = _person(asked.get("customer") or 0)
    cases = _open_cases(person.id) if person else []
    form = CallForm(
        request.POST or None,
        customer=person.id if person else 0,
        cases=cases,
        initial={
            "key": secrets.token_hex(12),
            "direction": call_noting.IN,
            "result": call_noting.TO_DO,
            "kind": Case.Kind.QUESTION,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            case = call_noting.note_call(form.call(by=request.user.get_username()))
        except Mistake as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("The call is on record."))
            return redirect("desk:case", pk=case.pk)
    q = asked.get("q", "").strip()
    found = people_of(ids_found(q, limit=SHOWN)) if q else {}
    context = {"form": form, "person": person, "q": q, "found": list(found.values())}
    return render(request, "desk/note_call.html", context, status=422 if form.errors else 200)


def _person(asked: int) -> Person | None:
    if not asked:
        return None
    person = people_of([asked]).get(asked)
    if person is None:
        raise Http404(_("There is no such customer."))
    return person


def _open_cases(customer: int) -> list[Case]:
    """Return the cases that a call may go on with, the newest first."""
    mine = Q(customer_id__in=same_person_ids(customer), place__in=(ACTIVE, ASLEEP))
    return list(Case.objects.filter(mine).order_by("-pk")[:SHOWN])
