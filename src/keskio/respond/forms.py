"""Forms of the room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.respond.contracts import DECLINED, DONE

ANSWERS = (DONE, DECLINED)


class FilterForm(forms.Form):
    """What the list of tasks is narrowed down by."""

    state = forms.ChoiceField(required=False, choices=[("open", ""), ("closed", "")])
    queue = forms.CharField(required=False, max_length=100)
    mine = forms.BooleanField(required=False)


class AnswerForm(forms.Form):
    """What became of a task, in the words of who did it."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example what was agreed. It is kept on the customer's timeline."),
    )
    answer = forms.ChoiceField(choices=[(answer, answer) for answer in ANSWERS])
