"""Pages of groups: the list, one group with its members, making and changing by hand."""

from __future__ import annotations

import msgspec
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.know.groups import words
from keskio.know.groups.actions import Taken, add_member, remove_member, save_group
from keskio.know.groups.forms import GroupForm, MemberForm, SearchForm
from keskio.know.groups.models import Group
from keskio.know.groups.queries import member_counts, members_of
from keskio.know.words import called
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """List the groups, newest first, or those that `?q=` and `?kind=` find."""
    form = SearchForm(request.GET)
    found = Group.objects.order_by("-id")
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "kind": ""}
    for word in wanted["q"].casefold().split():
        found = found.filter(Q(search__contains=word))
    if wanted["kind"]:
        found = found.filter(kind=wanted["kind"])
    page = page_of_rows(request, found)
    counts = member_counts([group.pk for group in page.items])
    rows = [(g, called(words.KINDS, g.kind), counts.get(g.pk, 0)) for g in page.items]
    is_narrowed = bool(wanted["q"] or wanted["kind"])
    context = {"page": page, "rows": rows, "form": form, "is_narrowed": is_narrowed}
    return render(request, "groups/groups.html", context)


@require_safe
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one group: what is known of it, and its members with their roles."""
    found = get_object_or_404(Group, pk=pk)
    context = {
        "group": found,
        "kind": called(words.KINDS, found.kind),
        "members": [(m, called(words.ROLES, m.role)) for m in members_of(pk)],
        "traits": sorted(msgspec.json.decode(found.traits, type=dict[str, object]).items()),
        "form": MemberForm(),
    }
    return render(request, "groups/group.html", context)


@editor
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make a group, or change its name, kind and business id."""
    found = get_object_or_404(Group, pk=pk) if pk is not None else None
    initial = (
        {"name": found.name, "kind": found.kind, "business_id": found.business_id} if found else {}
    )
    form = GroupForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            number = save_group(group=pk, **form.cleaned_data)
        except Taken as fault:
            form.add_error("business_id", fault.message)
        else:
            messages.success(request, _("The group was saved."))
            return redirect("groups:group", pk=number)
    return render(request, "groups/edit.html", {"form": form, "group": found})


@require_POST
@editor
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a customer to the group, or give a member another role."""
    found = get_object_or_404(Group, pk=pk)
    form = MemberForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(x) for errors in form.errors.values() for x in errors))
        return redirect("groups:group", pk=pk)
    told = form.cleaned_data
    try:
        is_news = add_member(
            found.pk, told["customer"], role=told["role"], actor=request.user.get_username()
        )
    except Mistake as fault:
        messages.error(request, fault.message)
    else:
        said = _("The member was added.") if is_news else _("It was so already: nothing changed.")
        messages.success(request, said)
    return redirect("groups:group", pk=pk)


@require_POST
@editor
def remove(request: HttpRequest, pk: int, customer: int) -> HttpResponse:
    """End a membership."""
    found = get_object_or_404(Group, pk=pk)
    if remove_member(found.pk, customer, actor=request.user.get_username()):
        messages.success(request, _("The member was removed."))
    return redirect("groups:group", pk=pk)
