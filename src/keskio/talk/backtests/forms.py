"""The form of a new backtest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keskio.kernel.clock import to_micros
from keskio.talk.backtests.asked import BadBacktest, Document, program_of
from keskio.talk.backtests.installation import Wish

ANSWERS = (
    ("past", _("As many as until now in the same channel or to the same question")),
    ("share", _("A share that I give")),
    ("silence", _("Nobody answers")),
)
LONGEST = 366 * 3  # days


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")  # browsers know no other


class BacktestForm(forms.Form):
    """Which definition, over which days, under which assumptions."""

    definition = forms.CharField(
        label=_("The dialogue's definition"),
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
        help_text=_("The dialogue as text (YAML), such as a draft or a live version."),
    )
    variables = forms.CharField(
        label=_("Values of variables"),
        required=False,
        help_text=_('As JSON, such as {"price": 85}. Empty: those of the definition.'),
    )
    since = forms.DateField(label=_("First day"), widget=_day_input())
    until = forms.DateField(label=_("To, not included"), widget=_day_input())
    answers = forms.ChoiceField(label=_("How many answer questions"), choices=ANSWERS)
    share = forms.FloatField(
        label=_("Share that answers, %"), required=False, min_value=0, max_value=100
    )
    done = forms.FloatField(
        label=_("Tasks that are done, %"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("Empty: as until now."),
    )
    capacity = forms.IntegerField(
        label=_("Tasks that can be done in a day"), required=False, min_value=0
    )
    others = forms.BooleanField(
        label=_("The other live dialogues compete"), required=False, initial=True
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        initial=0,
        help_text=_("The same number draws the same answers again."),
    )

    def clean_definition(self) -> str:
        """Refuse a text that cannot be replayed, with what is wrong with it."""
        text: str = self.cleaned_data["definition"]
        try:
            program_of(Document(text))
        except BadBacktest as fault:
            raise forms.ValidationError(str(fault)) from fault
        return text

    def clean_variables(self) -> dict[str, Any]:
        """Return the values as a mapping."""
        text = self.cleaned_data["variables"].strip()
        if not text:
            return {}
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as fault:
            raise forms.ValidationError(gettext("This is not a JSON object.")) from fault

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and a share that is missing."""
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and not since < until <= since + timedelta(days=LONGEST):
            self.add_error(
                "until", gettext("The last day must come after the first, within three years.")
            )
        if found.get("answers") == "share" and found.get("share") is None:
            self.add_error("share", gettext("Say how many answer."))
        return found

    def wish(self) -> Wish:
        """Return what is wished."""
        found = self.cleaned_data
        answers: str | float = found["answers"]
        if answers == "share":
            answers = found["share"] / 100
        return Wish(
            text=found["definition"],
            variables=found["variables"],
            since=_midnight(found["since"]),
            until=_midnight(found["until"]),
            answers=answers,
            tasks=None if found["done"] is None else found["done"] / 100,
            alone=not found["others"],
            capacity=found["capacity"],
            seed=found["seed"],
        )


def _midnight(day: Any) -> int:
    return to_micros(timezone.make_aware(datetime(day.year, day.month, day.day)))  # noqa: DTZ001
