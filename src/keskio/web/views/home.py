"""Home: the day's pulse, made of what the rooms have registered."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from keskio.web import panels


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the day's pulse; asked for by htmx, only the part that changes."""
    context = {
        "figures": panels.figures_of(request),
        "panels": panels.panels_of(panels.HOME, request),
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "web/_pulse.html" if live else "web/home.html", context)


@require_safe
@login_not_required
@cache_control(max_age=86400, public=True)
def mark(request: HttpRequest) -> HttpResponse:
    """Return the mark as an icon for the browser's tab."""
    return render(request, "web/mark.svg", content_type="image/svg+xml")
