"""Forms of the wing."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.kernel.clock import now
from keskio.respond.promises.queries import LISTS

KEEP, BREAK, WITHDRAW, RIGHT, MOVE = "keep", "break", "withdraw", "right", "move"
ZONE = ZoneInfo("Europe/Helsinki")


class FilterForm(forms.Form):
    """What the list of promises is narrowed down by."""

    state = forms.ChoiceField(required=False, choices=[(one, one) for one in LISTS])
    origin = forms.CharField(required=False, max_length=10)
    team = forms.CharField(required=False, max_length=100)
    mine = forms.BooleanField(required=False)


class AnswerForm(forms.Form):
    """What became of a promise, in the words of who says so."""

    answer = forms.ChoiceField(choices=[(one, one) for one in (KEEP, BREAK, WITHDRAW, RIGHT, MOVE)])
    note = forms.CharField(
        label=pgettext_lazy("promise", "Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example how it was kept, or what was agreed instead."),
    )
    due_at = forms.DateTimeField(
        label=_("New time, agreed with the customer"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a new time where one is needed."""
        given = super().clean() or {}
        if given.get("answer") == MOVE:
            due = given.get("due_at")
            if due is None:
                raise ValidationError({"due_at": _("Say the new time.")})
            if due <= now():
                raise ValidationError({"due_at": _("The new time must be still to come.")})
        return given


class MakeForm(forms.Form):
    """A promise that a person has made by word of mouth."""

    text = forms.CharField(label=_("What was promised"), max_length=500)
    due_at = forms.DateTimeField(
        label=_("By when"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    owner = forms.CharField(label=_("Who keeps it"), required=False, max_length=150)

    def clean_due_at(self) -> Any:
        """The time must be still to come."""
        due = self.cleaned_data["due_at"]
        if due <= now():
            raise ValidationError(_("The time must be still to come."))
        return due
