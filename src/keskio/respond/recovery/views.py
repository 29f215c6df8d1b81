"""Pages of the wing: plans with their budgets, approvals, one plan, results; and what is done in a case."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.engine.recovering import Finding, Plan
from keskio.kernel.clock import now
from keskio.kernel.errors import KeskioError
from keskio.kernel.i18n import in_language
from keskio.know.api import people_of
from keskio.respond.recovery import actions
from keskio.respond.recovery import forms as f
from keskio.respond.recovery import queries as q
from keskio.respond.recovery.documents import plan_schema, read_text, ready_texts
from keskio.respond.recovery.models import Plan as PlanRow
from keskio.respond.recovery.refusals import refusal_in_words
from keskio.respond.recovery.results import results as results_now
from keskio.respond.recovery.words import approval_in_words, finding_in_words, kind_in_words
from keskio.web.roles import admin

EMPTY = """\
keskio: recovery/1
key: my-plan
title: {fi: Oma suunnitelma, en: A plan of our own}
when:
  customer: [occasional]
respond_within: {working_hours: 4}
steps:
  acknowledge:
    kind: acknowledge
    title: {fi: Vastaa, en: Answer}
    within: {working_hours: 4}
    private: {fi: Pahoittelut!, en: We are sorry!}
"""


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans with their budgets, and the compensations that wait for a second person."""
    shown = get_language() or "fi"
    stands = [
        (stand, in_language(stand.plan.title, shown), _who(stand.plan))
        for stand in q.standings(now())
    ]
    waiting = q.waiting_for_approval()
    people = people_of({one.customer_id for one in waiting})
    name = request.user.get_username()
    context = {
        "stands": stands,
        "waiting": [
            (one, people.get(one.customer_id), approval_in_words(one), one.asked_by == name)
            for one in waiting
        ],
        "are_ready_there": set(ready_texts()) <= {stand.row.key for stand, *_ in stands},
    }
    return render(request, "recovery/plans.html", context)


def _who(plan: Plan) -> str:
    return ", ".join(kind_in_words(kind) for kind in plan.when.customer) or _("Everybody")


@require_POST
@admin
def add_ready(request: HttpRequest) -> HttpResponse:
    """Take the plans that ship with the product into use."""
    added = actions.save_ready_plans(by=request.user.get_username())
    if added:
        messages.success(request, _("The ready plans are in use. Make their offers next."))
    return redirect("recovery:plans")


@admin
def new_plan(request: HttpRequest) -> HttpResponse:
    """Write a new plan."""
    form = f.TextForm(request.POST or None, initial={"text": EMPTY})
    return _edit(request, form, "", "recovery/plan_new.html")


@require_safe
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """Show one plan: what it is for, its steps and texts, its budget; for administrators its text."""
    return _show_plan(request, key, f.TextForm(initial={"text": _text_or_404(key)}))


@require_POST
@admin
def save(request: HttpRequest, key: str) -> HttpResponse:
    """Save a plan's text as its next version."""
    _text_or_404(key)
    form = f.TextForm(request.POST)
    return _edit(request, form, key, "")


@require_POST
@admin
def check(request: HttpRequest, key: str = "") -> HttpResponse:
    """Tell what is wrong with a text, without saving it."""
    form = f.TextForm(request.POST)
    found: tuple[Finding, ...] = ()
    if form.is_valid():
        made, found = read_text(form.cleaned_data["text"])
        if made is not None and not found:
            messages.success(request, _("The plan can be used as it is. It has not been saved."))
    if not key:
        return render(request, "recovery/plan_new.html", _with(form, found))
    return _show_plan(request, key, form, found)


def _edit(request: HttpRequest, form: f.TextForm, key: str, template: str) -> HttpResponse:
    found: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.save_plan(
                form.cleaned_data["text"], by=request.user.get_username(), key=key
            )
        except actions.Unusable as fault:
            found = fault.findings
        except KeskioError as fault:
            messages.error(request, refusal_in_words(fault))
        else:
            messages.success(request, _("The plan is in force. Cases under way keep the old one."))
            return redirect("recovery:plan", key=made.key)
    if template:
        failed = 422 if request.method == "POST" else 200
        return render(request, template, _with(form, found), status=failed)
    return _show_plan(request, key, form, found, status=422)


def _with(form: f.TextForm, found: tuple[Finding, ...]) -> dict[str, object]:
    return {"form": form, "findings": [(one, finding_in_words(one)) for one in found]}


def _show_plan(
    request: HttpRequest,
    key: str,
    form: f.TextForm,
    found: tuple[Finding, ...] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    shown = get_language() or "fi"
    stand = next((one for one in q.standings(now()) if one.row.key == key), None)
    if stand is None:
        raise Http404(_("There is no such plan."))
    made = stand.plan
    paid = made.compensation
    steps = [
        (step, in_language(step.title, shown), in_language(step.public, shown),
         in_language(step.private, shown))
        for step in made.steps
    ]  # fmt: skip
    context = _with(form, found) | {
        "stand": stand,
        "plan": made,
        "title": in_language(made.title, shown),
        "about": in_language(made.about, shown),
        "tone": in_language(made.tone, shown),
        "who": _who(made),
        "steps": steps,
        "paid": paid and in_language(paid.title, shown),
        "paid_text": paid and in_language(paid.text, shown),
        "budget": f.BudgetForm(
            initial={
                "priority": made.priority,
                "euros": paid and paid.cents / 100,
                "month": paid and paid.month / 100,
            }
        ),
    }
    return render(request, "recovery/plan.html", context, status=status)


@require_POST
@admin
def budget(request: HttpRequest, key: str) -> HttpResponse:
    """Change a plan's priority, sum and budget in its text, and save it as the next version."""
    text = _text_or_404(key)
    form = f.BudgetForm(request.POST)
    if form.is_valid():
        text = _replaced(text, "priority", form.cleaned_data["priority"], indent="")
        for name in ("euros", "month"):
            if form.cleaned_data[name] is not None:
                text = _replaced(text, name, f"{form.cleaned_data[name]:g}", indent="  ")
        try:
            actions.save_plan(text, by=request.user.get_username(), key=key)
        except actions.Unusable as fault:
            for one in fault.findings:
                messages.error(request, finding_in_words(one))
        else:
            messages.success(request, _("The plan is in force. Cases under way keep the old one."))
    else:
        messages.error(request, _("Write the numbers as numbers: nothing changed."))
    return redirect("recovery:plan", key=key)


def _replaced(text: str, name: str, value: object, *, indent: str) -> str:
    """Return a plan's text with another value on the line of `name`; added where there is none at the top."""
    pattern = re.compile(rf"^{indent}{name}:[^\n]*$", re.MULTILINE)
    if pattern.search(text):
        return pattern.sub(f"{indent}{name}: {value}", text, count=1)
    return text if indent else f"{text.rstrip()}\n{name}: {value}\n"


@require_POST
@admin
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Let new cases get the plan, or no longer."""
    on = request.POST.get("on") == "yes"
    if not actions.switch_plan(key, on=on):
        raise Http404(_("There is no such plan."))
    said = _("New cases get the plan.") if on else _("New cases no longer get the plan.")
    messages.success(request, said)
    return redirect("recovery:plan", key=key)


@admin
def kinds(request: HttpRequest) -> HttpResponse:
    """Say which customers are regular."""
    form = f.TextForm(request.POST or None, initial={"text": q.kinds_text()})
    found: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_kinds(form.cleaned_data["text"], by=request.user.get_username())
        except actions.Unusable as fault:
            found = fault.findings
        else:
            messages.success(request, _("The rules are in force for new cases."))
            return redirect("recovery:kinds")
    return render(request, "recovery/kinds.html", _with(form, found), status=422 if found else 200)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Give the JSON Schema of plans."""
    del request
    return JsonResponse(plan_schema())


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show what came of each plan, against comparable cases."""
    shown = get_language() or "fi"
    titles = {
        row.key: in_language(made.title, shown) for row, made in q.plans_in_force(also_off=True)
    }
    found = [(one, titles.get(one.plan, one.plan)) for one in results_now()]
    return render(request, "recovery/results.html", {"results": found})


def _text_or_404(key: str) -> str:
    if not PlanRow.objects.filter(key=key).exists():
        raise Http404(_("There is no such plan."))
    return q.plan_text(key)
