"""Forms of the wing: what came of a lead, a new call list, how a call went, and who sits in a queue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.kernel.i18n import in_language
from keskio.know.api import segments_now
from keskio.respond.forms import result_in_words
from keskio.respond.leads.actions import CALL_RESULTS
from keskio.respond.leads.contracts import LOST, OUTCOMES, Outcome
from keskio.respond.leads.models import Lead


class OutcomeForm(forms.Form):
    """What came of a lead."""

    state = forms.ChoiceField(label=_("What came of it"))
    reason = forms.ChoiceField(
        label=_("Why it was lost"),
        required=False,
        choices=[("", "–"), *Lead.Reason.choices],
        help_text=_("Needed when it was lost: the report counts the reasons."),
    )
    value = forms.DecimalField(
        label=_("Worth in euros"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = dict(Lead.State.choices)
        self.fields["state"].choices = [(state, words[state]) for state in OUTCOMES]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a loss."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("state") == LOST and not cleaned.get("reason"):
            self.add_error("reason", _("Say why it was lost: choose the reason that is nearest."))
        return cleaned

    def outcome(self) -> Outcome:
        """Return what was chosen; the form must be valid."""
        chosen = self.cleaned_data
        value = chosen["value"]
        return Outcome(
            chosen["state"],
            chosen["reason"],
            None if value is None else float(value),
            chosen["note"],
        )


class ReasonForm(forms.Form):
    """What a closed lead still lacks."""

    reason = forms.ChoiceField(
        label=_("Why it was lost"), required=False, choices=[("", "–"), *Lead.Reason.choices]
    )
    value = forms.DecimalField(
        label=_("Worth in euros"), required=False, min_value=0, max_digits=12, decimal_places=2
    )


class CallListForm(forms.Form):
    """A new call list."""

    title = forms.CharField(label=_("Name"), max_length=200)
    segment = forms.ChoiceField(
        label=_("Whom to call"), help_text=_("Those who are in the segment now.")
    )
    queue = forms.CharField(
        label=_("Queue"),
        max_length=100,
        initial="sales",
        help_text=_("Calls are shared out over those who sit in it, by area and load."),
    )
    due_at = forms.DateTimeField(
        label=_("To be called by"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    script = forms.CharField(
        label=_("What to say"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "fi"
        found = [one for one in segments_now() if one.kind == "segment"]
        self.fields["segment"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{in_language(one.title, language) or one.key} ({one.members})")
            for one in found
        ]


class CallForm(forms.Form):
    """How a call went."""

    result = forms.ChoiceField(choices=[(one, result_in_words(one)) for one in CALL_RESULTS])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SeatForm(forms.Form):
    """Who sits in a queue, for which areas and with which skills."""

    queue = forms.CharField(label=_("Queue"), max_length=100)
    username = forms.ChoiceField(label=_("Who"))
    areas = forms.CharField(
        label=_("Areas"),
        required=False,
        max_length=500,
        help_text=_("With commas between; empty: all areas."),
    )
    skills = forms.CharField(
        label=_("Skills"),
        required=False,
        max_length=500,
        help_text=_("With commas between: for example sv, solar."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = User.objects.filter(is_active=True).order_by("username")
        found = names.values_list("username", flat=True)
        self.fields["username"].choices = [(name, name) for name in found]  # type: ignore[attr-defined]

    def words(self, field: str) -> list[str]:
        """Return what a field with commas names."""
        return [word for part in self.cleaned_data[field].split(",") if (word := part.strip())]
