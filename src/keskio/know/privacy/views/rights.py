"""What customers have asked for, and what has been done: demands, erasures, restrictions, exports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.know.actions import NoSuchCustomer
from keskio.know.models import Customer
from keskio.know.privacy.actions import ask_consent, close_demand
from keskio.know.privacy.erasing import begin
from keskio.know.privacy.exporting import everything_about, export_as
from keskio.know.privacy.forms import AskForm, CloseForm, EraseForm, ReasonForm
from keskio.know.privacy.models import Demand, Erasure
from keskio.know.privacy.restricting import release, restrict
from keskio.know.privacy.speech import EXPORT, LANGUAGES, said
from keskio.know.queries import people_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin, editor

_FORMS = {"json": "application/json", "html": "text/html; charset=utf-8", "zip": "application/zip"}


@require_safe
def demands(request: HttpRequest) -> HttpResponse:
    """List what is open, most urgent first, and the erasures with their receipts."""
    waiting = list(Demand.objects.filter(state=Demand.State.OPEN).order_by("due_at")[:200])
    people = people_of([demand.customer_id for demand in waiting])
    page = page_of_rows(request, Erasure.objects.order_by("-id"))
    at = now()
    context = {
        "demands": [(d, people.get(d.customer_id), d.due_at < at) for d in waiting],
        "page": page,
        "erasures": [(row, sum(row.counts.values())) for row in page.items],
    }
    return render(request, "privacy/demands.html", context)


@require_POST
@editor
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what became of a demand."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        raise Http404
    told = form.cleaned_data
    try:
        close_demand(pk, state=told["state"], by=request.user.get_username(), note=told["note"])
        messages.success(request, _("The request was closed."))
    except Mistake:
        messages.info(request, _("It had been closed already."))
    return redirect("privacy:demands")


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an erasure: what went from where, how far it is, and what it waits for."""
    found = get_object_or_404(Erasure, pk=pk)
    language = get_language() or "fi"
    rows = [
        (said(EXPORT["tables"].get(key, {"en": key}), language), key, count)
        for key, count in sorted(found.counts.items(), key=lambda item: -item[1])
    ]
    context = {"erasure": found, "rows": rows, "total": sum(found.counts.values())}
    return render(request, "privacy/receipt.html", context)


@require_http_methods(["GET", "POST"])
@admin
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a customer: a page that says what happens, asks why, and makes sure that it is meant."""
    found = _customer(pk)
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if told["number"] != found.pk:
            form.add_error("number", _("This is not the customer's number."))
        else:
            try:
                by = request.user.get_username()
                begun = begin(found.pk, reason=told["reason"], by=by, block=told["block"])
            except NoSuchCustomer:
                raise Http404(_("There is no such customer.")) from None
            messages.success(request, _("The customer is being erased."))
            return redirect("privacy:receipt", begun.pk)
    return render(request, "privacy/erase.html", {"customer": found, "form": form})


@require_POST
@editor
def set_restriction(request: HttpRequest, pk: int, is_on: bool) -> HttpResponse:
    """Restrict the use of a customer's data, or lift the restriction."""
    found = _customer(pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why."))
        return redirect("know:customer_rights", pk)
    action = restrict if is_on else release
    action(found.pk, by=request.user.get_username(), reason=form.cleaned_data["reason"])
    told = _("The use of the data is restricted.") if is_on else _("The restriction was lifted.")
    messages.success(request, told)
    return redirect("know:customer_rights", pk)


@require_POST
@editor
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a customer to confirm a consent."""
    found = _customer(pk)
    form = AskForm(request.POST)
    if not form.is_valid():
        raise Http404
    told = form.cleaned_data
    try:
        ask_consent(found.pk, purpose=told["purpose"], channel=told["channel"], source="staff")
        messages.success(
            request, _("The question is on its way. The consent counts once it is confirmed.")
        )
    except Mistake:
        messages.error(
            request,
            _("The question cannot be sent: there is no address in the channel, or it is stopped."),
        )
    return redirect("know:customer_rights", pk)


@require_POST
@admin
@never_cache
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Give everything about a customer as a file."""
    found = _customer(pk)
    form = request.POST.get("form", "zip")
    language = request.POST.get("language", "fi")
    told: dict[str, Any] | None = everything_about(found.pk)
    if form not in _FORMS or language not in LANGUAGES or told is None:
        raise Http404
    response = HttpResponse(export_as(form, told, language), content_type=_FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="customer-{found.pk}.{form}"'
    return response


def _customer(pk: int) -> Customer:
    return get_object_or_404(Customer, pk=pk, merged_into_id=None, erased_at=None)
