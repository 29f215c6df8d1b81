"""Pages of personas: all, one (which prints), adding and changing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.know.profiles import words
from keskio.know.profiles.actions import save_persona
from keskio.know.profiles.forms import PersonaForm
from keskio.know.profiles.models import Persona
from keskio.know.profiles.queries import matches_there_are, standing_of, title_of_match
from keskio.web.roles import editor


@require_safe
def personas(request: HttpRequest) -> HttpResponse:
    """Show all personas as cards."""
    return render(request, "profiles/personas.html", {"personas": list(Persona.objects.all())})


@require_safe
def persona(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one persona with the live figures of those who match."""
    found = get_object_or_404(Persona, pk=pk)
    standing = standing_of(found)
    lists = [
        (_("Motives"), found.motives),
        (_("Goals"), found.goals),
        (_("Hindrances"), found.hindrances),
        (_("Channels"), found.channels),
    ]
    context = {
        "persona": found,
        "lists": [(title, _lines(text)) for title, text in lists if text.strip()],
        "quotes": _lines(found.quotes),
        "match": title_of_match(found),
        "standing": standing,
        "share": words.percent(standing.share, places=1)
        if standing and standing.share is not None
        else "–",
        "value": words.percent(standing.share_of_value)
        if standing and standing.share_of_value is not None
        else "–",
    }
    return render(request, "profiles/persona.html", context)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@require_http_methods(["GET", "POST"])
@editor
def add(request: HttpRequest) -> HttpResponse:
    """Describe a new persona."""
    return _edited(request, Persona())


@require_http_methods(["GET", "POST"])
@editor
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Describe a persona anew."""
    return _edited(request, get_object_or_404(Persona, pk=pk))


def _edited(request: HttpRequest, found: Persona) -> HttpResponse:
    form = PersonaForm(request.POST or None, instance=found, matches=matches_there_are())
    if request.method == "POST" and form.is_valid():
        saved = save_persona(form.save(commit=False), by=request.user.get_username())
        messages.success(request, _("Saved."))
        return redirect("profiles:persona", saved.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "persona": found}
    return render(request, "profiles/persona_change.html", context, status=status)


@require_POST
@editor
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a persona away; the customers who match it are not touched."""
    get_object_or_404(Persona, pk=pk).delete()
    messages.success(request, _("The persona was removed."))
    return redirect("profiles:personas")
