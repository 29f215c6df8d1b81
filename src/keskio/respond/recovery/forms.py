"""Forms of the wing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.respond.recovery.contracts import CUSTOMER_KINDS


class TextForm(forms.Form):
    """A plan, or rules of kinds, as YAML."""

    text = forms.CharField(
        label=_("Text (YAML)"),
        strip=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "input mono"}),
        help_text=_("Saved only when it can be used; what is wrong is told above."),
    )


class BudgetForm(forms.Form):
    """What is changed of a plan most often, without touching its text by hand."""

    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=0,
        max_value=100,
        help_text=_("Of the plans that fit a case, the one of the highest priority is chosen."),
    )
    euros = forms.DecimalField(
        label=_("Compensation, euros"), min_value=0, decimal_places=2, required=False
    )
    month = forms.DecimalField(
        label=_("Budget of a month, euros"), min_value=0, decimal_places=2, required=False
    )


class KindForm(forms.Form):
    """What a person says of the customer of a case."""

    kind = forms.ChoiceField(choices=[(one, one) for one in CUSTOMER_KINDS])


class TickForm(forms.Form):
    """A step that was done, or passed over with a reason."""

    step = forms.CharField(max_length=100)
    note = forms.CharField(required=False, max_length=1000)
    skip = forms.BooleanField(required=False)


class OfferForm(forms.Form):
    """The words with which a compensation is offered; empty for the plan's own."""

    text = forms.CharField(required=False, max_length=4000)
