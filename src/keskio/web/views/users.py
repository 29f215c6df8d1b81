"""Users: who may sign in, with which role. For administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from keskio.web.forms import AddUserForm, ChangeUserForm
from keskio.web.paging import page_of_rows
from keskio.web.roles import ROLES, admin, role_of


@require_safe
@admin
def users(request: HttpRequest) -> HttpResponse:
    """List the users with their roles."""
    page = page_of_rows(request, User.objects.prefetch_related("groups").order_by("username"))
    rows = [(user, ROLES[_role(user)]) for user in page.items]
    return render(request, "web/users.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@admin
def add_user(request: HttpRequest) -> HttpResponse:
    """Add a user."""
    form = AddUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
        messages.success(request, _("%(name)s may now sign in.") % {"name": user.get_username()})
        return redirect("web:users")
    return render(request, "web/user_add.html", {"form": form})


@require_http_methods(["GET", "POST"])
@admin
def change_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a user's name, address, role, or whether they may sign in."""
    user = get_object_or_404(User, pk=pk)
    form = ChangeUserForm(request.POST or None, instance=user, initial={"role": role_of(user)})
    if user == request.user:
        # Nobody can shut themselves out: another administrator must do it.
        for name in ("role", "is_active"):
            form.fields[name].disabled = True
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("Saved."))
        return redirect("web:users")
    return render(request, "web/user_change.html", {"form": form, "person": user})


def _role(user: User) -> str:
    """Return the role from the groups that were read with the list (no query a row)."""
    names = [group.name for group in user.groups.all()]
    if user.is_superuser:
        return "admin"
    return next((role for role in reversed(ROLES) if role in names), "reader")
