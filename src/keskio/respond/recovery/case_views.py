"""What is done in a case: a plan is begun, its steps are ticked, a compensation is asked for and decided."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keskio.kernel.errors import KeskioError
from keskio.respond.inbox.models import Case
from keskio.respond.recovery import actions, compensating, offering
from keskio.respond.recovery import forms as f
from keskio.respond.recovery import queries as q
from keskio.respond.recovery.models import Compensation, PlanRun
from keskio.respond.recovery.refusals import refusal_in_words
from keskio.web.roles import admin, editor


@require_POST
@admin
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a compensation that waits for a second person."""
    by = request.user.get_username()
    if request.POST.get("answer") == "approve":
        _do(
            request,
            lambda: compensating.approve(pk, by=by),
            _("The compensation may be offered now."),
        )
    else:
        _do(
            request, lambda: compensating.refuse(pk, by=by), _("The compensation was not approved.")
        )
    return redirect("recovery:plans")


@require_POST
@editor
def begin(request: HttpRequest, case: int) -> HttpResponse:
    """Choose a plan by hand for a case that has none, or anew by what is said of the customer."""
    found = _case(case)
    form = f.KindForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say which kind of customer it is."))
        return _back(request, case)
    by, kind = request.user.get_username(), form.cleaned_data["kind"]

    def chosen() -> None:
        if actions.choose_again(found, kind=kind, by=by) is None:
            messages.warning(request, _("No plan fits this case."))

    _do(request, chosen, _("The plan has been chosen anew."))
    return _back(request, case)


@require_POST
@editor
def tick(request: HttpRequest, case: int) -> HttpResponse:
    """Record that a step was done or passed over."""
    run = _run(case)
    form = f.TickForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        actions.tick(
            run,
            given["step"],
            by=request.user.get_username(),
            note=given["note"],
            skip=given["skip"],
        )
    return _back(request, case)


@require_POST
@editor
def ask(request: HttpRequest, case: int) -> HttpResponse:
    """Ask for the plan's compensation."""
    run, by = _run(case), request.user.get_username()

    def asked() -> None:
        paid = compensating.ask_compensation(run, by=by)
        if paid.why_approval:
            messages.warning(request, _("A second person must approve this compensation first."))
        else:
            messages.success(request, _("The compensation may be offered now."))

    _do(request, asked, "")
    return _back(request, case)


@require_POST
@editor
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer an approved compensation to the customer, in private."""
    found = _compensation(pk)
    form = f.OfferForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    by = request.user.get_username()
    said = _("The compensation is on its way to the customer, in private.")
    _do(request, lambda: offering.offer(pk, by=by, text=text), said)
    return _back(request, found.case_id)


@require_POST
@editor
def close_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Record whether the customer took the compensation."""
    found = _compensation(pk)
    if request.POST.get("answer") == "accepted":
        _do(request, lambda: offering.accept(pk), _("The customer took the compensation."))
    else:
        by = request.user.get_username()
        _do(request, lambda: offering.decline(pk, by=by), _("The money is back in the budget."))
    return _back(request, found.case_id)


def _do(request: HttpRequest, act: Callable[[], object], said: str) -> None:
    """Do something, and say that it was done or why it was not."""
    try:
        act()
    except KeskioError as fault:
        messages.error(request, refusal_in_words(fault))
    else:
        if said:
            messages.success(request, said)


def _back(request: HttpRequest, case: int) -> HttpResponse:
    """Return to the case's page."""
    del request
    try:
        return redirect(reverse("desk:case", args=[case]))
    except NoReverseMatch:
        return redirect("recovery:plans")


def _case(number: int) -> Case:
    found = Case.objects.filter(pk=number).first()
    if found is None:
        raise Http404(_("There is no such case."))
    return found


def _run(case: int) -> PlanRun:
    found = q.run_of(case)
    if found is None:
        raise Http404(_("This case has no plan."))
    return found


def _compensation(pk: int) -> Compensation:
    found = Compensation.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such compensation."))
    return found
