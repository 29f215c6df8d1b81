"""Sources and their write keys. For administrators."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.tracking.actions import add_key, add_source, change_source, restore_key, retire_key
from keskio.tracking.forms import KeyForm, SourceForm
from keskio.tracking.models import Key, Source
from keskio.tracking.queries import sources_with_keys
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin


@require_safe
@admin
def sources(request: HttpRequest) -> HttpResponse:
    """List the sources with how many keys each has in use."""
    page = page_of_rows(request, sources_with_keys())
    return render(request, "tracking/sources.html", {"page": page})


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest) -> HttpResponse:
    """Add a source."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = add_source(
            form.cleaned_data["name"], trust_client_time=form.cleaned_data["trust_client_time"]
        )
        messages.success(request, _("The source was added. Give it a write key."))
        return redirect("tracking:source", made.pk)
    return render(request, "tracking/source_add.html", {"form": form})


@require_http_methods(["GET", "POST"])
@admin
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a source with its keys and how to send to it; change its name and clock."""
    found = get_object_or_404(Source, pk=pk)
    form = SourceForm(
        request.POST or None,
        initial={"name": found.name, "trust_client_time": found.trust_client_time},
    )
    if request.method == "POST" and form.is_valid():
        change_source(found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("tracking:source", found.pk)
    return _show(request, found, form=form, key_form=KeyForm())


@require_POST
@admin
@never_cache
def new_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a write key and show it; a server's key is never shown again."""
    found = get_object_or_404(Source, pk=pk)
    key_form = KeyForm(request.POST)
    made = None
    if key_form.is_valid():
        try:
            made = add_key(
                found,
                browser=key_form.cleaned_data["kind"] == Key.Kind.BROWSER,
                text=key_form.cleaned_data["text"],
            )
            key_form = KeyForm()
        except Mistake as mistake:
            key_form.add_error("text", _sentence_of(mistake))
    form = SourceForm(initial={"name": found.name, "trust_client_time": found.trust_client_time})
    return _show(request, found, form=form, key_form=key_form, made=made)


@require_POST
@admin
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a key: what comes with it goes to quarantine from now on."""
    key = get_object_or_404(Key, pk=pk)
    retire_key(key)
    messages.success(request, _("The key is retired. What comes with it goes to quarantine."))
    return redirect("tracking:source", key.source_id)


@require_POST
@admin
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a retired key into use again."""
    key = get_object_or_404(Key, pk=pk)
    restore_key(key)
    messages.success(request, _("The key is in use again."))
    return redirect("tracking:source", key.source_id)


def _show(
    request: HttpRequest,
    found: Source,
    *,
    form: SourceForm,
    key_form: KeyForm,
    made: tuple[Key, str] | None = None,
) -> HttpResponse:
    context = {
        "source": found,
        "keys": list(found.keys.all()),
        "hooks": list(found.hooks.all()),
        "form": form,
        "key_form": key_form,
        "made": made,
        "public_url": settings.PUBLIC_URL,
    }
    return render(request, "tracking/source.html", context)


def _sentence_of(mistake: Mistake) -> str:
    sentences = {
        "key_in_use": _("This write key is in use already."),
        "bad_key": _("A write key has at most 500 characters, and no colon."),
    }
    return sentences.get(mistake.code, mistake.message)
