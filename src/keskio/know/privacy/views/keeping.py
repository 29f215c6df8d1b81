"""For how long what is kept, which names are health data, and who may see those."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.know.privacy.forms import RetentionForm, SpecialForm
from keskio.know.privacy.models import Retention, SpecialName
from keskio.know.privacy.retaining import count_due, fixed_rules
from keskio.know.special import HEALTH_GROUP
from keskio.web.roles import admin


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Show what goes when, and how much would go now."""
    at = now_micros()
    rules = [(rule, count_due(rule, at)) for rule in Retention.objects.order_by("kind", "name")]
    called = {
        "spool": _("Requests as they came in"),
        "quarantine": _("Settled items of the quarantine"),
        "files": _("Uploaded import files"),
    }
    fixed = [(called[what], days) for what, days in fixed_rules()]
    context = {"rules": rules, "fixed": fixed, "form": RetentionForm(initial={"is_on": True})}
    return render(request, "privacy/retention.html", context)


@require_POST
@admin
def add_rule(request: HttpRequest) -> HttpResponse:
    """Add a rule."""
    form = RetentionForm(request.POST)
    if form.is_valid():
        form.save()
        messages.success(request, _("The rule is in force from the next night on."))
    else:
        messages.error(
            request, _("The rule was not kept: it is there already, or the days are wrong.")
        )
    return redirect("privacy:retention")


@require_POST
@admin
def remove_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule away; what it has deleted stays deleted."""
    get_object_or_404(Retention, pk=pk).delete()
    messages.success(request, _("The rule was removed."))
    return redirect("privacy:retention")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Show which events and traits are health data, and who may see them."""
    seeing = set(User.objects.filter(groups__name=HEALTH_GROUP).values_list("pk", flat=True))
    users = User.objects.filter(is_active=True).order_by("username")
    context = {
        "names": SpecialName.objects.order_by("kind", "name"),
        "form": SpecialForm(),
        "users": [(user, user.pk in seeing) for user in users],
    }
    return render(request, "privacy/health.html", context)


@require_POST
@admin
def add_name(request: HttpRequest) -> HttpResponse:
    """Mark a name as health data."""
    form = SpecialForm(request.POST)
    if form.is_valid():
        form.save()
        messages.success(request, _("It is kept apart from now on."))
    else:
        messages.error(request, _("The name was not kept: it is there already, or empty."))
    return redirect("privacy:health")


@require_POST
@admin
def remove_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a name is ordinary data after all."""
    get_object_or_404(SpecialName, pk=pk).delete()
    messages.success(request, _("It is ordinary data from now on."))
    return redirect("privacy:health")


@require_POST
@admin
def set_sight(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a user the right to see health data, or take it away."""
    user = get_object_or_404(User, pk=pk)
    group, _made = Group.objects.get_or_create(name=HEALTH_GROUP)
    if request.POST.get("may") == "yes":
        user.groups.add(group)
    else:
        user.groups.remove(group)
    messages.success(request, _("Saved."))
    return redirect("privacy:health")
