"""Web hooks of sources: their addresses and mappings, tried out on what came last. For administrators."""

from __future__ import annotations

import json

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.tracking.examples import EXAMPLES
from keskio.tracking.hooking import (
    Tried,
    add_hook,
    change_hook,
    example_row,
    last_bodies,
    open_or_close,
    try_mapping,
)
from keskio.tracking.models import Hook, Source
from keskio.web.roles import admin


class HookForm(forms.Form):
    """A web hook's name, secret and mapping."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    mapping = forms.CharField(
        label=gettext_lazy("Mapping"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        help_text=gettext_lazy("What a body means, as YAML. Pointers begin with /."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret of the signature"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Leave empty to keep what is set."),
    )
    no_secret = forms.BooleanField(label=gettext_lazy("Bodies are not signed"), required=False)
    header = forms.CharField(
        label=gettext_lazy("Header of the signature"), max_length=60, initial="X-Signature-256"
    )
    example = forms.CharField(
        label=gettext_lazy("A body to try the mapping on"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a web hook to a source, with a mapping to start from."""
    source = get_object_or_404(Source, pk=pk)
    if request.method == "POST":
        example = EXAMPLES.get(request.POST.get("example", ""))
        try:
            made = add_hook(
                source,
                request.POST.get("name", ""),
                mapping=example.mapping if example else "",
            )
        except Mistake as fault:
            messages.error(request, fault.message)
        else:
            messages.success(request, _("The web hook was added. Give its address to the sender."))
            return redirect("tracking:hook", made.pk)
    context = {"source": source, "examples": EXAMPLES}
    return render(request, "tracking/hook_add.html", context)


@require_http_methods(["GET", "POST"])
@admin
def hook(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a web hook, change it, and try its mapping out on the last bodies."""
    found = get_object_or_404(Hook.objects.select_related("source"), pk=pk)
    initial = {"name": found.name, "mapping": found.mapping, "header": found.header}
    form = HookForm(request.POST or None, initial=initial)
    mapping, example = found.mapping, ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        mapping, example = told["mapping"], told["example"]
        try:
            if request.POST.get("what") != "try":
                secret = "" if told["no_secret"] else told["secret"] or None
                change_hook(
                    found, name=told["name"], mapping=mapping, secret=secret, header=told["header"]
                )
                messages.success(request, _("Saved. It is used from the next bodies on."))
                return redirect("tracking:hook", pk)
        except Mistake as fault:
            form.add_error("mapping", fault.message)
    context = {
        "hook": found,
        "form": form,
        "address": f"{settings.PUBLIC_URL}/v1/hook/{found.token}",
        "tried": _tried(found, form, mapping, example),
    }
    return render(request, "tracking/hook.html", context)


def _tried(found: Hook, form: HookForm, mapping: str, example: str) -> list[tuple[Tried, str, str]]:
    """Return the last bodies (or the example) with what the mapping makes of them, as indented JSON."""
    rows = [example_row(example)] if example.strip() else last_bodies(found)
    try:
        tried = try_mapping(mapping, rows)
    except Mistake as fault:
        if form.is_bound and "mapping" not in form.errors:
            form.add_error("mapping", fault.message)
        return []
    return [
        (one, _indented(one.body), json.dumps(one.calls, indent=2, ensure_ascii=False))
        for one in tried
    ]


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


@require_POST
@admin
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a web hook's address, or open it again."""
    found = get_object_or_404(Hook, pk=pk)
    open_or_close(found, active=not found.active)
    said = (
        _("The address is open.") if found.active else _("The address is closed: it answers 404.")
    )
    messages.success(request, said)
    return redirect("tracking:hook", pk)


@require_safe
@admin
def example(request: HttpRequest, key: str) -> HttpResponse:
    """Show a ready mapping with the body that it reads."""
    if key not in EXAMPLES:
        return redirect("tracking:sources")
    return render(request, "tracking/hook_example.html", {"example": EXAMPLES[key]})
