"""Pages on which known customers' links are made: a segment's as a file, one customer's to be copied."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keskio.engine.dialogue.reasons import sentence
from keskio.kernel.i18n import in_language
from keskio.know.api import members_of_segment, people_of, segments_now
from keskio.know.contracts import Person
from keskio.listen.surveys import words
from keskio.listen.surveys.models import Survey
from keskio.listen.surveys.personal import (
    MOST,
    Handed,
    NoPersonalLinks,
    counted,
    hand_out,
    links_of,
    reasons_now,
)
from keskio.listen.surveys.queries import form_of, newest_version
from keskio.listen.surveys.views import cell_safe, frame_of_survey
from keskio.web.roles import editor

CHANNELS = [
    ("email", gettext_lazy("e-mail")),
    ("sms", gettext_lazy("text message")),
    ("letter", gettext_lazy("letter")),
]


class SegmentForm(forms.Form):
    """Whom the links are for, and how they will be sent."""

    segment = forms.ChoiceField(label=gettext_lazy("Segment"))
    channel = forms.ChoiceField(label=gettext_lazy("Sent by"), choices=CHANNELS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = [  # type: ignore[attr-defined]
            (one.key, in_language(one.title, get_language() or "fi") or one.key)
            for one in segments_now()
        ]


class ChannelForm(forms.Form):
    """For which survey one customer's link is, and how it will be sent."""

    survey = forms.CharField(max_length=80)
    channel = forms.ChoiceField(choices=CHANNELS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@editor
def for_segment(request: HttpRequest, key: str) -> HttpResponse:
    """Show who of a segment would get a link and who not, and why; posted, make the links as a file."""
    row = get_object_or_404(Survey, key=key)
    given = request.POST if request.method == "POST" else request.GET
    form = SegmentForm(given if "segment" in given else None)
    if not form.is_valid():
        return _show(request, row, {"form": form}, status=422 if form.is_bound else 200)
    channel = form.cleaned_data["channel"]
    members = members_of_segment(form.cleaned_data["segment"], limit=MOST)
    try:
        if request.method == "POST":
            by = request.user.get_username()
            return _file(row, hand_out(row, members, channel=channel, by=by), channel)
        reasons = reasons_now(row, members, channel=channel)
    except NoPersonalLinks:
        messages.error(
            request, _("This survey is anonymous: there are no links for known customers.")
        )
        return redirect("surveys:share", key=key)
    language = get_language() or "fi"
    context = {
        "form": form,
        "members": len(reasons),
        "is_cut": len(members) == MOST,
        "most": MOST,
        "allowed": sum(not reason for reason in reasons.values()),
        "left_out": [(sentence(code, language), n) for code, n in counted(reasons)],
        "chosen": form.cleaned_data,
    }
    return _show(request, row, context, status=200)


def _show(request: HttpRequest, row: Survey, context: Any, *, status: int) -> HttpResponse:
    told = {**frame_of_survey(row), **context}
    return render(request, "surveys/links.html", told, status=status)


def _file(row: Survey, handed: Sequence[Handed], channel: str) -> HttpResponse:
    """Return a row for everybody: a link, or the reason why there is none."""
    people = people_of([one.customer for one in handed])
    language = get_language() or "fi"
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["customer", "name", "address", "language", "link", "left_out_because"])
    for one in handed:
        person = people.get(one.customer)
        writer.writerow(
            [
                one.customer,
                cell_safe(person.name if person else ""),
                _address(person, channel),
                person.language if person else "",
                one.address,
                sentence(one.reason, language) if one.reason else "",
            ]
        )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.key}-links.csv"'
    return response


def _address(person: Person | None, channel: str) -> str:
    if person is None:
        return ""
    # A number is left as it is: letters' and messages' tools read it, and it is no formula.
    return {"email": cell_safe(person.email), "sms": person.phone}.get(channel, "")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@editor
def for_customer(request: HttpRequest, customer: int) -> HttpResponse:
    """Show which surveys one customer may be asked, and her own links; posted, make one."""
    person = people_of([customer]).get(customer)
    if person is None:
        raise Http404(_("There is no such customer."))
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = get_object_or_404(Survey, key=form.cleaned_data["survey"])
        _make(request, row, person, form.cleaned_data["channel"])
        return redirect("surveys:personal", customer=person.id)
    language = get_language() or "fi"
    links = links_of(person.id)
    rows = []
    for row in Survey.objects.filter(state="live").order_by("key"):
        version = newest_version(row)
        if version is None or form_of(version).anonymous:
            continue
        ways = [
            (name, title, sentence(reason, language) if reason else "")
            for name, title in CHANNELS
            for reason in reasons_now(row, [person.id], channel=name).values()
        ]
        rows.append((row, in_language(row.title, language), links.get(row.key, ""), ways))
    context = {"person": person, "rows": rows, "words": words}
    return render(request, "surveys/personal.html", context, status=422 if form.errors else 200)


def _make(request: HttpRequest, row: Survey, person: Person, channel: str) -> None:
    try:
        handed = hand_out(row, [person.id], channel=channel, by=request.user.get_username())
    except NoPersonalLinks:
        messages.error(
            request, _("This survey is anonymous: there are no links for known customers.")
        )
        return
    reason = next((one.reason for one in handed if one.reason), "")
    if reason:
        messages.warning(request, sentence(reason, get_language() or "fi"))
    else:
        messages.success(request, _("The link is made. It counts as asking from now on."))
