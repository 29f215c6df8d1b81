"""Forms of the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.respond.contracts import DECLINED, DONE

ANSWERS = (DONE, DECLINED)
# Results of a task's own, and kinds of leads, that many have; any others are shown as they were written.
RESULTS = {
    "won": pgettext_lazy("result", "Won"),
    "lost": pgettext_lazy("result", "Lost"),
    "not-reached": pgettext_lazy("result", "Not reached"),
    "not-qualified": pgettext_lazy("result", "Not qualified"),
    "reached": pgettext_lazy("result", "Reached"),
    "later": pgettext_lazy("result", "Call again later"),
    "not-interested": pgettext_lazy("result", "Not interested"),
    "put-right": pgettext_lazy("result", "Put right"),
    "partly": pgettext_lazy("result", "Partly put right"),
    "not-put-right": pgettext_lazy("result", "Not put right"),
    "callback": pgettext_lazy("lead", "Call-back request"),
    "quote": pgettext_lazy("lead", "Request for a quote"),
    "question": pgettext_lazy("lead", "Question"),
    DONE: pgettext_lazy("task", "Done"),
    DECLINED: pgettext_lazy("task", "Declined"),
}


def result_in_words(result: str) -> str:
    """Return a task's result as people say it."""
    return str(RESULTS.get(result, result.replace("-", " ").replace("_", " ")))


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
    answer = forms.ChoiceField()

    def __init__(self, *args: Any, results: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(answer, answer) for answer in (*ANSWERS, *results)]
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]
