"""Forms of the wing: an offer, its codes, and what codes are looked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keskio.engine.times import DAY
from keskio.talk.models import Offer
from keskio.talk.offers.actions import Terms

LARGEST = 20 * 1024 * 1024
STATE_NAMES = {
    "": _("all"),
    "free": _("in stock"),
    "reserved": _("reserved"),
    "assigned": _("sent"),
    "redeemed": _("used"),
    "expired": _("over"),
}


class TermsForm(forms.Form):
    """What can be changed later too."""

    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=200)
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    stock = forms.IntegerField(
        label=_("At most in all"),
        min_value=0,
        required=False,
        help_text=_("Empty: without end, or as many as the list has codes."),
    )
    per_customer = forms.IntegerField(label=_("At most to one customer"), min_value=1, initial=1)
    valid_until = forms.DateTimeField(
        label=_("Good until"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("After this none is given, and those given are over."),
    )
    valid_days = forms.IntegerField(
        label=_("A code is good for days"),
        min_value=1,
        max_value=3660,
        required=False,
        help_text=_("Counted from when it was given. Empty: as long as the offer."),
    )

    def terms(self) -> Terms:
        """Return the terms as they were given."""
        given = self.cleaned_data
        titles = {"fi": given["title_fi"], "en": given["title_en"]}
        days = given["valid_days"]
        return Terms(
            title={language: title for language, title in titles.items() if title},
            stock=given["stock"],
            per_customer=given["per_customer"],
            valid_until=given["valid_until"],
            valid_for=days * DAY if days else None,
        )


class OfferForm(TermsForm):
    """A new offer."""

    key = forms.SlugField(
        label=_("Key"),
        max_length=100,
        help_text=_("What dialogues call it, such as winter-bicycle-20."),
    )
    kind = forms.ChoiceField(
        label=_("Codes"),
        choices=[
            (Offer.Kind.GENERATOR, _("Keskiö makes them, one for each customer")),
            (Offer.Kind.LIST, _("From a list that you bring")),
        ],
    )
    beginning = forms.RegexField(
        r"^[A-Z0-9]{1,10}$",
        label=_("Codes begin with"),
        required=False,
        max_length=10,
        help_text=_("Capital letters and digits, such as WINTER."),
    )
    field_order = ("key", "title_fi", "title_en", "kind", "beginning")


class CodesForm(forms.Form):
    """A file of codes, or codes as text."""

    file = forms.FileField(label=_("CSV file, one code a row"), required=False)
    text = forms.CharField(
        label=_("Or the codes here, one a row"), required=False, widget=forms.Textarea({"rows": 4})
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        given = super().clean() or {}
        file = given.get("file")
        if not file and not given.get("text"):
            raise forms.ValidationError(_("Bring a file or write the codes."))
        if file and file.size > LARGEST:
            raise forms.ValidationError(
                _("The file is larger than 20 megabytes. Bring it in parts.")
            )
        return given


class FindForm(forms.Form):
    """Which codes of an offer to show."""

    q = forms.CharField(label=_("Code or customer's number"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=lambda: list(STATE_NAMES.items())
    )


def initial_of(offer: Offer) -> dict[str, Any]:
    """Return what the form of an offer begins with."""
    until = offer.valid_until
    return {
        "title_fi": offer.title.get("fi", ""),
        "title_en": offer.title.get("en", ""),
        "stock": offer.stock,
        "per_customer": offer.per_customer,
        "valid_until": None if until is None else timezone.localtime(until),
        "valid_days": None if offer.valid_for is None else offer.valid_for // DAY,
    }
