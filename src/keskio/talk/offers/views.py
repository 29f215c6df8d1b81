"""Pages of the wing: the offers with their stocks, one offer with its codes, making and changing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.i18n import in_language
from keskio.know.api import people_of
from keskio.talk.models import Coupon, Offer
from keskio.talk.offers.actions import KeyTaken, TakenIn, add_codes, change_offer, make_offer
from keskio.talk.offers.forms import (
    STATE_NAMES,
    CodesForm,
    FindForm,
    OfferForm,
    TermsForm,
    initial_of,
)
from keskio.talk.offers.models import Redemption
from keskio.talk.offers.queries import codes_of, faulty_uses, stands, state_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

TONES = {
    "free": "plain",
    "reserved": "calm",
    "assigned": "good",
    "redeemed": "brand",
    "expired": "warn",
}


@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """List the offers with their stocks, and uses of codes that belong to none."""
    page = page_of_rows(request, Offer.objects.order_by("-id"))
    rows = [(stand, _title(stand.offer)) for stand in stands(page.items)]
    context = {"page": page, "rows": rows, "faulty": _uses(faulty_uses())}
    return render(request, "offers/offers.html", context)


@require_safe
def offer(request: HttpRequest, key: str) -> HttpResponse:
    """Show one offer: its terms, its stock, its codes."""
    return _offer_page(request, get_object_or_404(Offer, key=key), CodesForm())


@editor
def edit(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make an offer, or change the terms of one."""
    found = get_object_or_404(Offer, key=key) if key is not None else None
    given = request.POST if request.method == "POST" else None
    form = TermsForm(given, initial=initial_of(found)) if found else OfferForm(given)
    if request.method == "POST" and form.is_valid():
        if found is not None:
            change_offer(found.pk, form.terms())
            messages.success(request, _("The offer was saved."))
            return redirect("offers:offer", key=found.key)
        wanted = form.cleaned_data
        try:
            made = make_offer(wanted["key"], wanted["kind"], wanted["beginning"], form.terms())
        except KeyTaken:
            form.add_error("key", _("There is an offer with this key already."))
        else:
            messages.success(request, _("The offer was made."))
            return redirect("offers:offer", key=made.key)
    title = _title(found) if found else ""
    return render(request, "offers/edit.html", {"form": form, "offer": found, "title": title})


@require_POST
@editor
def codes(request: HttpRequest, key: str) -> HttpResponse:
    """Take in codes from a file or from text; faulty rows are told with their numbers."""
    found = get_object_or_404(Offer, key=key, kind=Offer.Kind.LIST)
    form = CodesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _offer_page(request, found, form)
    try:
        taken = add_codes(found, _lines(form.cleaned_data))
    except UnicodeDecodeError:
        form.add_error("file", _("The file is not in UTF-8. Save it as UTF-8 and try again."))
        return _offer_page(request, found, form)
    added = ngettext("%(n)d code was added.", "%(n)d codes were added.", taken.added)
    messages.success(request, added % {"n": taken.added})
    if taken.faulty:
        return _offer_page(request, found, CodesForm(), taken)
    return redirect("offers:offer", key=key)


def _offer_page(
    request: HttpRequest, found: Offer, form: CodesForm, taken: TakenIn | None = None
) -> HttpResponse:
    find = FindForm(request.GET)
    wanted = find.cleaned_data if find.is_valid() else {"q": "", "state": ""}
    page = page_of_rows(request, codes_of(found, q=wanted["q"].strip(), state=wanted["state"]))
    people = people_of([c.customer_id for c in page.items if c.customer_id])
    context: dict[str, Any] = {
        "stand": stands([found])[0],
        "title": _title(found),
        "page": page,
        "rows": [_code_row(coupon, people) for coupon in page.items],
        "find": find,
        "is_narrowed": bool(wanted["q"] or wanted["state"]),
        "form": form,
        "taken": taken,
        "faults": [(fault, _fault(fault.why)) for fault in taken.faults] if taken else [],
        "faulty": _uses(faulty_uses(found)),
        "valid_days": None if found.valid_for is None else found.valid_for // 86_400_000_000,
    }
    return render(request, "offers/offer.html", context)


def _code_row(coupon: Coupon, people: Any) -> dict[str, Any]:
    state = state_of(coupon)
    person = people.get(coupon.customer_id) if coupon.customer_id else None
    return {"code": coupon, "person": person, "state": STATE_NAMES[state], "tone": TONES[state]}


def _uses(found: Any) -> list[tuple[Redemption, str]]:
    told = {
        "unknown": _("no such code has been given"),
        "expired": _("the code was over"),
        "used": _("the code had been used already"),
    }
    return [(one, told.get(one.outcome, one.outcome)) for one in found]


def _fault(why: str) -> str:
    told = {
        "form": _("A code is at most 40 characters, without spaces."),
        "twice": _("The code stands in the list twice; it was taken in once."),
        "held": _("There is such a code already, in this offer or another."),
    }
    return told[why]


def _title(found: Offer) -> str:
    return in_language(found.title, get_language() or "fi") or found.key


def _lines(given: dict[str, Any]) -> Iterator[str]:
    if given["file"]:
        yield from io.TextIOWrapper(given["file"], encoding="utf-8-sig", newline=None)
    yield from given["text"].splitlines()
