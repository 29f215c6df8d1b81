"""Pages of what is kept for answering: shortcuts, saved lists, snippets, macros, the language model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.respond.desk import actions
from keskio.respond.desk.asking_model import INSTRUCTIONS
from keskio.respond.desk.forms import (
    ChoicesForm,
    LanguageModelForm,
    MacroForm,
    RulesForm,
    SnippetForm,
)
from keskio.respond.desk.macros import title_of
from keskio.respond.desk.models import LanguageModel, Macro, PastAnswer, Snippet, View
from keskio.respond.desk.queries import choices_of, rules_in_force
from keskio.respond.desk.shortcuts import shortcuts
from keskio.respond.desk.views.frame import query_of, wanted_of
from keskio.web.roles import EDITOR, admin, editor, is_at_least

NEW_MACRO = """title:
  fi: Kiitos ja sulje
  en: Thank and close
does:
  - reply:
      fi: Kiitos viestistäsi, {{ customer.first_name }}!
      en: Thank you for your message, {{ customer.first_name }}!
  - close: yes
"""


def keys(request: HttpRequest) -> HttpResponse:
    """Show the shortcuts; when posted, turn one's own on or off."""
    username = request.user.get_username()
    mine = choices_of(username)
    may_rule = is_at_least(request.user, "admin")
    if request.method == "POST":
        form = ChoicesForm(request.POST)
        if form.is_valid():
            actions.choose(username, has_keys=form.cleaned_data["has_keys"])
        rules = RulesForm(request.POST)
        if may_rule and request.POST.get("rules") and rules.is_valid():
            actions.set_rules(confirms_public=rules.cleaned_data["confirms_public"], by=username)
        messages.success(request, _("Your choice was saved."))
        return redirect("desk:keys")
    context = {
        "form": ChoicesForm(initial={"has_keys": mine.has_keys}),
        "rules": RulesForm(initial={"confirms_public": rules_in_force().confirms_public}),
        "shortcuts": shortcuts(),
        "keys_on": mine.has_keys,
    }
    return render(request, "desk/keys.html", context)


@require_POST
@editor
def save_list(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is narrowed down now, for oneself or for everybody."""
    wanted = wanted_of(request)
    back = reverse("desk:inbox") + query_of(wanted)
    title = request.POST.get("title", "").strip()[:60]
    if not title:
        messages.error(request, _("Give the list a name."))
        return redirect(back)
    owner = "" if request.POST.get("for_all") else request.user.get_username()
    try:
        actions.save_view(owner, title, wanted)
    except actions.NameTaken:
        messages.error(request, _("There is a saved list with this name already."))
    else:
        messages.success(request, _("The list was saved."))
    return redirect(back)


@require_POST
@editor
def drop_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a saved list go."""
    owners = ["", request.user.get_username()]
    get_object_or_404(View, pk=pk, owner__in=owners).delete()
    messages.success(request, _("The saved list is gone."))
    return redirect("desk:inbox")


@require_safe
def snippets(request: HttpRequest) -> HttpResponse:
    """List the ready texts."""
    found = list(Snippet.objects.order_by("key"))
    return render(request, "desk/snippets.html", {"snippets": found})


@editor
def snippet(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make a ready text, or change one."""
    found = get_object_or_404(Snippet, key=key) if key else None
    initial = (
        {
            "key": found.key,
            **{f"title_{lang}": text for lang, text in found.title.items()},
            **{f"text_{lang}": text for lang, text in found.text.items()},
        }
        if found
        else {}
    )
    form = SnippetForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        by = request.user.get_username()
        try:
            actions.save_snippet(
                found,
                key=form.cleaned_data["key"],
                title=form.titles(),
                text=form.texts(),
                by=by,
            )
        except actions.NameTaken:
            form.add_error("key", _("There is a ready text with this key already."))
        else:
            messages.success(request, _("The ready text was saved."))
            return redirect("desk:snippets")
    context = {"form": form, "thing": found, "drop": "desk:drop_snippet"}
    return _form_page(request, context, _("Ready text"), "desk:snippets", _("Ready texts"))


def _form_page(
    request: HttpRequest, context: dict[str, Any], title: str, back: str, back_title: str
) -> HttpResponse:
    form: forms.Form = context["form"]
    told = {**context, "title": title, "back": back, "back_title": back_title}
    return render(request, "desk/edit.html", told, status=422 if form.errors else 200)


@require_POST
@editor
def drop_snippet(request: HttpRequest, key: str) -> HttpResponse:
    """Delete a ready text."""
    get_object_or_404(Snippet, key=key).delete()
    messages.success(request, _("The ready text is gone."))
    return redirect("desk:snippets")


@require_safe
def macros(request: HttpRequest) -> HttpResponse:
    """List the macros."""
    language = get_language() or "fi"
    rows = [(macro, title_of(macro, language)) for macro in Macro.objects.order_by("key")]
    return render(request, "desk/macros.html", {"rows": rows})


@editor
def macro(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Write a macro, or change one."""
    found = get_object_or_404(Macro, key=key) if key else None
    initial = {"key": found.key, "text": found.text} if found else {"text": NEW_MACRO}
    form = MacroForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        by = request.user.get_username()
        try:
            actions.save_macro(found, by=by, **form.cleaned_data)
        except actions.NameTaken:
            form.add_error("key", _("There is a macro with this key already."))
        else:
            messages.success(request, _("The macro was saved."))
            return redirect("desk:macros")
    context = {"form": form, "thing": found, "drop": "desk:drop_macro", "is_macro": True}
    return _form_page(request, context, pgettext("desk", "Macro"), "desk:macros", _("Macros"))


@require_POST
@editor
def drop_macro(request: HttpRequest, key: str) -> HttpResponse:
    """Delete a macro."""
    get_object_or_404(Macro, key=key).delete()
    messages.success(request, _("The macro is gone."))
    return redirect("desk:macros")


@admin
def language_model(request: HttpRequest) -> HttpResponse:
    """Show which language model may draft replies, if any; when posted, change it."""
    found = LanguageModel.objects.first() or LanguageModel()
    initial = {
        name: getattr(found, name)
        for name in ("is_on", "address", "name", "timeout", "instructions")
    }
    form = LanguageModelForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.save_language_model(**form.cleaned_data, by=request.user.get_username())
        messages.success(request, _("The language model was saved."))
        return redirect("desk:language_model")
    language = get_language() or "fi"
    context = {
        "form": form,
        "has_secret": bool(found.secret),
        "own": INSTRUCTIONS.get(language, INSTRUCTIONS["en"]),
        "learnt": PastAnswer.objects.filter(is_hidden=False).count(),
        "may_edit": is_at_least(request.user, EDITOR),
    }
    return render(request, "desk/language_model.html", context, status=422 if form.errors else 200)
