"""Forms of the room's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keskio.tracking.models import Key
from keskio.tracking.queries import quarantined

MOST_AT_ONCE = 1000


class FilterForm(forms.Form):
    """Which items of the quarantine are shown; nonsense shows all that is open."""

    reason = forms.CharField(required=False, max_length=40)
    source = forms.TypedChoiceField(label=_("Source"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Open items")), ("settled", _("Settled items"))],
    )

    def __init__(self, *args: Any, sources: Mapping[int, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All sources")), *sources.items(), (0, _("Unknown source"))]

    def chosen(self) -> dict[str, Any]:
        """Return what the query takes."""
        self.is_valid()
        told = self.cleaned_data
        return {
            "reason": told.get("reason") or "",
            "source": told.get("source"),
            "settled": told.get("state") == "settled",
        }


class SettleForm(forms.Form):
    """What to do with which items: the chosen ones, or all open ones of a reason."""

    what = forms.ChoiceField(
        choices=[(what, what) for what in ("replay", "dismiss", "replay_all", "dismiss_all")]
    )
    reason = forms.CharField(required=False, max_length=40)
    only = forms.IntegerField(required=False)
    source = forms.TypedChoiceField(
        label=_("Source for items of unknown senders"),
        required=False,
        coerce=int,
        empty_value=None,
    )

    def __init__(self, *args: Any, sources: Mapping[int, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.has_sources = bool(sources)
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("No source")), *sources.items()]

    @property
    def is_dismissal(self) -> bool:
        """Tell whether the items are dismissed rather than put back."""
        return str(self.cleaned_data["what"]).startswith("dismiss")

    def ids(self) -> list[int]:
        """Return the numbers of the items, at most MOST_AT_ONCE."""
        told = self.cleaned_data
        if told["what"].endswith("_all"):
            rows = quarantined(reason=told["reason"], source=told["only"], settled=False)
            return list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
        chosen = self.data.getlist("id") if isinstance(self.data, QueryDict) else []
        return [int(number) for number in chosen[:MOST_AT_ONCE] if number.isdecimal()]


class SourceForm(forms.Form):
    """A source's name, and whose clock is trusted."""

    name = forms.CharField(label=_("Name"), max_length=120)
    trust_client_time = forms.BooleanField(
        label=_("Trust this source's own clock"),
        required=False,
        help_text=_(
            "For bringing in what happened long ago: times are taken as they are told. Otherwise a"
            " wrong clock is put right by when the request was sent and when it arrived."
        ),
    )


class KeyForm(forms.Form):
    """A new write key."""

    kind = forms.ChoiceField(
        label=_("Who sends with it"),
        choices=[
            (Key.Kind.SERVER, _("A server of ours: secret, vouches for who the customer is")),
            (Key.Kind.BROWSER, _("Web pages and apps: public, never joins two known customers")),
        ],
        widget=forms.RadioSelect,
        initial=Key.Kind.SERVER,
    )
    text = forms.CharField(
        label=_("A key that is in use already"),
        required=False,
        max_length=500,
        help_text=_(
            "Leave empty for a new one. Write your present key here when you move from another"
            " service, so that clients need only a new address."
        ),
    )
