"""Forms of the room."""

from __future__ import annotations

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from keskio.know import words
from keskio.know.contracts import ANY_PURPOSE


class SearchForm(forms.Form):
    """What the customers' list is searched by."""

    q = forms.CharField(required=False, max_length=200, strip=True)


def _purposes() -> list[tuple[str, str]]:
    return [(purpose, capfirst(str(words.PURPOSES[purpose]))) for purpose in words.ASKED]


def _channels() -> list[tuple[str, str]]:
    return [(channel, capfirst(str(words.CHANNELS[channel]))) for channel in words.PERSONAL]


class ConsentForm(forms.Form):
    """A consent that a customer has given to staff: for what, where, and how it can be proved."""

    purpose = forms.ChoiceField(label=_("For what"), choices=_purposes)
    channel = forms.ChoiceField(label=_("In which channel"), choices=_channels)
    proof = forms.CharField(
        label=_("How was it given?"),
        max_length=500,
        help_text=_("For example: on the phone on 3 May, or form number 12. This is the proof."),
    )


class ChangeForm(forms.Form):
    """Which consent in force a button is about; a block of a whole channel has the purpose *."""

    purpose = forms.ChoiceField(choices=[(p, p) for p in (ANY_PURPOSE, *words.PURPOSES)])
    channel = forms.ChoiceField(choices=list(words.CHANNELS.items()))
