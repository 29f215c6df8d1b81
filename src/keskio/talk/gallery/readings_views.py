"""The pages of readings: the customer's own, opened by the link of a message, and a doctor's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from keskio.know.api import PREFERENCE_LANGUAGES as LANGUAGES
from keskio.know.api import facts_of, people_of
from keskio.know.api import preference_by_link as by_link
from keskio.know.api import preference_page_in as page_in
from keskio.know.api import read_preference_token as read_token
from keskio.talk.gallery import readings


class ShareForm(forms.Form):
    """To whom the readings are shown, and for how long."""

    doctor = forms.CharField(label=_("Doctor's name"), max_length=100, strip=True)
    days = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[
            (days, ngettext_lazy("%(days)s day", "%(days)s days", days) % {"days": days})
            for days in readings.DAYS
        ],
    )


@by_link
def own(request: HttpRequest, token: str) -> HttpResponse:
    """Show a customer's own readings, and make or end links to them."""
    link = read_token(token)
    if link is None or not readings.may_be_seen(link.customer):
        return _ended(request)
    with translation.override(_language(request, link.customer)):
        form = ShareForm(request.POST if request.POST.get("action") == "share" else None)
        context: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            made = readings.share(link.customer, **form.cleaned_data)
            address = reverse("gallery:shared", args=[made])
            context = {"address": f"{settings.PUBLIC_URL.rstrip('/')}{address}"}
            context["doctor"] = form.cleaned_data["doctor"]
        elif request.POST.get("action") == "end":
            readings.close_shares(link.customer)
            context = {"is_ended": True}
        status = 422 if form.errors else 200
        return _page(
            request, "gallery/readings.html", link.customer, {"form": form, **context}, status
        )


@by_link
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the readings to the doctor whom the link names, while it lives."""
    found = readings.opened(token)
    if found is None:
        return _ended(request)
    with translation.override(_language(request, found.customer)):
        return _page(request, "gallery/readings_shared.html", found.customer, {"share": found})


def _page(
    request: HttpRequest, template: str, customer: int, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    person = people_of([customer]).get(customer)
    context = {
        **_frame(translation.get_language() or "fi"),
        "person": person,
        "rows": readings.readings_of(customer),
        **more,
    }
    return render(request, template, context, status=status)


def _ended(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("lang", "")
    language = asked if asked in LANGUAGES else translation.get_language() or "fi"
    language = language[:2] if language[:2] in LANGUAGES else "fi"
    with translation.override(language):
        return render(request, "gallery/readings_ended.html", _frame(language), status=404)


def _frame(language: str) -> dict[str, Any]:
    return {"language": language, "languages": LANGUAGES.items(), "words": page_in(language)}


def _language(request: HttpRequest, customer: int) -> str:
    asked = request.GET.get("lang", "")
    known = facts_of([customer], ())[customer].language[:2]
    return next((one for one in (asked, known) if one in LANGUAGES), "fi")
