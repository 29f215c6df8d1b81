"""Pages of errors: each says what happened and where to go on. They ask nothing of the database."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"status": status, "error_title": title, "error_text": text}
    return render(request, "web/error.html", context, status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """400: the browser sent what cannot be read."""
    return _page(
        request, 400, _("That could not be read"), _("Go back, reload the page and try again.")
    )


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but without the role that this needs."""
    text = str(exception) if exception and str(exception) else ""
    more = _("Ask an administrator of your Keskiö for it.")
    return _page(request, 403, _("This is not yours to do"), f"{text} {more}".strip())


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django gives it
    """403 of a form whose proof has expired or was sent from elsewhere."""
    return _page(
        request,
        403,
        _("The page had grown old"),
        _("For your safety the form was not accepted. Go back, reload the page and send it again."),
    )


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """404: nothing lives at this address."""
    return _page(
        request,
        404,
        _("There is nothing here"),
        _("It may have been moved, or the address is mistyped."),
    )


@login_not_required
def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault; what was saved stays saved."""
    return _page(
        request,
        500,
        _("Something broke on our side"),
        _("It has been written in the log. What was saved before is safe; try again in a moment."),
    )


@login_not_required
def locked(
    request: HttpRequest,
    original_response: HttpResponse | None = None,  # noqa: ARG001 - axes gives it
    credentials: object = None,  # noqa: ARG001 - axes gives it
) -> HttpResponse:
    """429: too many wrong passwords for one user name from one address (called by django-axes)."""
    return _page(
        request,
        429,
        _("Too many tries"),
        _("For safety this user name is closed from your address for a quarter of an hour."),
    )
