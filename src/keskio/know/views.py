"""Pages of the room: the customers' list, and one customer."""

from __future__ import annotations

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.know import words
from keskio.know.actions import give_consent, withdraw_consent
from keskio.know.browsing import (
    ConsentNow,
    TimelinePage,
    consents_of,
    timeline_of,
)
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.finding import Wanted, customers_found
from keskio.know.forms import ChangeForm, ConsentForm, FilterForm
from keskio.know.models import Customer
from keskio.know.queries import customer_count, same_person_ids
from keskio.know.sentences import entries_of
from keskio.know.special import (
    hidden_from,
    may_see_special,
    seen_events,
    without_what_patients_say,
)
from keskio.web import panels
from keskio.web.names import Reader
from keskio.web.paging import PAGE_SIZE, page_number, page_of
from keskio.web.roles import editor

_STAFF = "staff"


class Permission(msgspec.Struct, frozen=True):
    """A consent in force as the page shows it. `is_block` speaks of a whole channel."""

    purpose: str
    channel: str
    state: str
    tone: str
    sign: str
    cause: str
    now: ConsentNow
    is_block: bool
    may_withdraw: bool
    may_give: bool


@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """List the customers, newest first, or those whom the filters leave; for htmx only the list."""
    form = FilterForm(request.GET)
    wanted = form.wanted()
    is_whole = wanted == Wanted()
    first = (page_number(request) - 1) * PAGE_SIZE
    found = customers_found(wanted, limit=PAGE_SIZE + 1, offset=first)
    total = customer_count() if is_whole else None
    context = {
        "page": page_of(request, found, total=total),
        "form": form,
        "is_whole": is_whole,
        "languages_called": words.LANGUAGES,
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "know/_customers.html" if live else "know/customers.html", context)


@require_safe
def customer(request: HttpRequest, pk: int, tab: str = panels.NOW) -> HttpResponse:
    """Show one customer, a tab at a time; the number of a merged one leads to who she is now."""
    found = _customer(pk)
    if found.merged_into_id is not None:
        return redirect("know:customer", pk=found.merged_into_id)
    ids = same_person_ids(found.pk)
    drawn = panels.panels_of(panels.CUSTOMER, request, found.pk, tab=tab)
    context = {
        "customer": found,
        "tab": tab,
        "panels": [panel for panel in drawn if not panel.is_beside],
        "panels_beside": [panel for panel in drawn if panel.is_beside],
        "merged_ids": ids[1:],
        **_TABS[tab](request, found, ids),
    }
    return render(request, f"know/customer_{tab}.html", context)


def _now(request: HttpRequest, found: Customer, ids: list[int]) -> dict[str, object]:
    language = words.called(words.LANGUAGES, found.language)
    return {"language_called": language, **_timeline(request, timeline_of(ids))}


def _known(request: HttpRequest, found: Customer, _ids: list[int]) -> dict[str, object]:
    hidden = hidden_from(request.user)
    return {
        "traits": [
            (name, value)
            for name, value in sorted(_shown_traits(found.traits).items())
            if not hidden.is_trait(name)
        ],
    }


def _rights(_request: HttpRequest, found: Customer, ids: list[int]) -> dict[str, object]:
    states = msgspec.json.decode(found.consents, type=dict[str, str])
    return {
        "permissions": [_permission(consent) for consent in consents_of(ids, states)],
        "consent_form": ConsentForm(),
    }


_TABS = {panels.NOW: _now, panels.KNOWN: _known, panels.RIGHTS: _rights}


@require_safe
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Show older events (`?before=`), or those since a moment (`?since=`): a part of the page, or a page."""
    found = _customer(pk)
    before, since = _micros(request, "before"), _micros(request, "since")
    page = timeline_of(same_person_ids(found.pk), before=before, since=since)
    context = {"customer": found, **_timeline(request, page)}
    if since is not None:
        context["since"] = since
        return render(request, "know/_entries.html", context)
    live = request.headers.get("HX-Request") == "true"
    return render(request, "know/_timeline.html" if live else "know/timeline.html", context)


@require_POST
@editor
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a consent that the customer has given to staff, with its proof."""
    found = _customer(pk)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The consent was not recorded: say how it was given."))
        return redirect("know:customer_rights", pk=pk)
    told = form.cleaned_data
    is_news = give_consent(
        found.pk,
        purpose=told["purpose"],
        channel=told["channel"],
        source=_STAFF,
        actor=request.user.get_username(),
        proof=told["proof"],
    )
    _say(request, is_news, _("The consent was recorded."))
    return redirect("know:customer_rights", pk=pk)


@require_POST
@editor
def change(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """Withdraw a consent in force, or give it again; the purpose * is the whole channel."""
    found = _customer(pk)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        raise Http404
    action = {GIVEN: give_consent, WITHDRAWN: withdraw_consent}[state]
    is_news = action(
        found.pk,
        purpose=form.cleaned_data["purpose"],
        channel=form.cleaned_data["channel"],
        source=_STAFF,
        actor=request.user.get_username(),
    )
    said = _("The consent was withdrawn.") if state == WITHDRAWN else _("The consent was recorded.")
    _say(request, is_news, said)
    return redirect("know:customer_rights", pk=pk)


def _say(request: HttpRequest, is_news: bool, sentence: str) -> None:
    if is_news:
        messages.success(request, sentence)
    else:
        messages.info(request, _("It was so already: nothing changed."))


def _customer(pk: int) -> Customer:
    found = Customer.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such customer."))
    return found


def _micros(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _timeline(request: HttpRequest, page: TimelinePage) -> dict[str, object]:
    reader = Reader(get_language() or "fi", may_see_health=may_see_special(request.user))
    events = seen_events(page.events, hidden_from(request.user))
    if not reader.may_see_health:
        events = without_what_patients_say(events)
    return {
        "entries": entries_of(events, reader),
        "before": page.before,
        "since": page.since,
    }


def _permission(consent: ConsentNow) -> Permission:
    is_block = consent.purpose == ANY_PURPOSE
    line = consent.line
    state = words.called(words.STATES, consent.state)
    if is_block and consent.state in (GIVEN, WITHDRAWN):
        state = _("Stopped") if consent.state == WITHDRAWN else _("Not stopped")
    return Permission(
        purpose=words.called(words.PURPOSES, consent.purpose),
        channel=words.called(words.CHANNELS, consent.channel),
        state=state,
        tone=words.TONES.get(consent.state, "plain"),
        sign="stop"
        if is_block and consent.state == WITHDRAWN
        else words.SIGNS.get(consent.state, "dot"),
        cause=words.called(words.CAUSES, line.cause) if line else "",
        now=consent,
        is_block=is_block,
        may_withdraw=consent.state == GIVEN and not is_block,
        may_give=is_block and consent.state == WITHDRAWN,
    )


def _shown_traits(text: str) -> dict[str, object]:
    words_of = {True: _("yes"), False: _("no")}
    return {
        name: words_of[value] if isinstance(value, bool) else value
        for name, value in msgspec.json.decode(text, type=dict[str, object]).items()
    }
