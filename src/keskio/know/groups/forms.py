"""Forms of the wing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.know.groups import words
from keskio.know.groups.actions import business_id_of


class SearchForm(forms.Form):
    """What the list of groups is narrowed by."""

    q = forms.CharField(label=_("Name or id"), required=False, max_length=200)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=lambda: [("", _("any")), *words.KINDS.items()]
    )


class GroupForm(forms.Form):
    """A group made or changed by hand."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: list(words.KINDS.items()))
    business_id = forms.CharField(
        label=_("Business id"),
        required=False,
        max_length=20,
        help_text=_("Finnish Y-tunnus, such as 2077474-0. Only for organisations."),
    )

    def clean_business_id(self) -> str:
        """Return the business id in its one form."""
        text = str(self.cleaned_data["business_id"]).strip()
        form = business_id_of(text) if text else ""
        if text and not form:
            raise forms.ValidationError(
                _("This is no Finnish business id: the check digit does not fit. Try 2077474-0.")
            )
        return form


class MemberForm(forms.Form):
    """A customer to add, by number, and in which role."""

    customer = forms.CharField(
        label=_("Customer's number"),
        max_length=20,
        help_text=_("As on the customer's page, such as #128."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=lambda: list(words.ROLES.items()))

    def clean_customer(self) -> int:
        """Return the number."""
        text = str(self.cleaned_data["customer"]).strip().removeprefix("#")
        if not text.isdecimal() or len(text) > 15:
            raise forms.ValidationError(_("A customer's number is digits only, such as 128."))
        return int(text)
