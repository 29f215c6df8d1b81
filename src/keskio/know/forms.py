"""Forms of the room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.know import words
from keskio.know.contracts import ANY_PURPOSE
from keskio.know.finding import ANONYMOUS, EMAIL, KNOWN, MERGED, PHONE, RESTRICTED, Wanted
from keskio.know.segments.queries import segment_choices, stage_choices


def _segments() -> list[tuple[int | str, str]]:
    return [("", str(_("any"))), *segment_choices(get_language() or "fi")]


def _stages() -> list[tuple[str, Any]]:
    return [("", _("any")), *stage_choices(get_language() or "fi")]


def _languages() -> list[tuple[str, str]]:
    return [("", str(_("any"))), *((code, str(name)) for code, name in words.LANGUAGES.items())]


class FilterForm(forms.Form):
    """What the customers' list is narrowed by. What cannot be read narrows nothing."""

    q = forms.CharField(
        label=_("Name, e-mail, phone or id"),
        required=False,
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    segment = forms.TypedChoiceField(
        label=_("Segment"), required=False, coerce=int, empty_value=None, choices=_segments
    )
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=_stages)
    kind = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=[
            ("", _("everybody")),
            (KNOWN, _("known")),
            (ANONYMOUS, _("anonymous")),
            (RESTRICTED, _("restricted")),
            (MERGED, _("merged into others")),
        ],
    )
    reach = forms.ChoiceField(
        label=_("Reached by"),
        required=False,
        choices=[("", _("anything")), (EMAIL, _("e-mail")), (PHONE, _("phone"))],
    )
    language = forms.ChoiceField(label=_("Language"), required=False, choices=_languages)

    def wanted(self) -> Wanted:
        """Return what the list is narrowed by."""
        self.is_valid()
        told = self.cleaned_data
        model, colon, stage = told.get("stage", "").partition(":")
        return Wanted(
            text=told.get("q", ""),
            kind=told.get("kind", ""),
            segment=told.get("segment") or 0,
            stage=(model, stage) if colon else None,
            language=told.get("language", ""),
            reach=told.get("reach", ""),
        )


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
