"""Forms of the wing's pages."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keskio.know import words
from keskio.know.models import Consent
from keskio.know.privacy.models import Demand, Purpose, Retention, SpecialName
from keskio.know.privacy.queries import purposes
from keskio.know.privacy.speech import said

_LANGUAGES = ("fi", "sv", "en")


def purpose_choices() -> list[tuple[str, str]]:
    """Return every purpose with its title in the reader's language."""
    language = get_language() or "fi"
    return [(key, said(row.title, language)) for key, row in purposes().items()]


def _channels() -> list[tuple[str, str]]:
    return [(channel, capfirst(str(called))) for channel, called in words.CHANNELS.items()]


class RegisterForm(forms.Form):
    """Which lines of the register are shown; nonsense shows all."""

    customer = forms.IntegerField(label=_("Customer's number"), required=False, min_value=1)
    purpose = forms.ChoiceField(label=_("For what"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    state = forms.ChoiceField(label=pgettext_lazy("consent", "State"), required=False)
    since = forms.DateField(
        label=pgettext_lazy("date", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=pgettext_lazy("date", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        every = [("", str(_("All")))]
        states = [(state, str(called)) for state, called in words.STATES.items()]
        for name, choices in (
            ("purpose", [*purpose_choices(), ("*", str(words.PURPOSES["*"]))]),
            ("channel", _channels()),
            ("state", states),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = every + choices

    def rows(self) -> Any:
        """Return the lines, newest first."""
        self.is_valid()
        told = self.cleaned_data
        found = Consent.objects.order_by("-id")
        for name, column in (
            ("customer", "customer_id"),
            ("purpose", "purpose"),
            ("channel", "channel"),
            ("state", "state"),
        ):
            if told.get(name):
                found = found.filter(**{column: told[name]})
        if told.get("since"):
            found = found.filter(at__gte=datetime.combine(told["since"], time(), UTC))
        if told.get("until"):
            end = datetime.combine(told["until"], time(), UTC) + timedelta(days=1)
            found = found.filter(at__lt=end)
        return found


class PurposeForm(forms.Form):
    """A purpose in the company's own words."""

    key = forms.SlugField(
        label=_("Key"), max_length=40, help_text=_("How conditions name it, such as club-news.")
    )
    title_fi = forms.CharField(label=_("Title in Finnish"), max_length=120)
    title_sv = forms.CharField(label=_("Title in Swedish"), max_length=120, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    description_fi = forms.CharField(
        label=_("Description in Finnish"), max_length=500, required=False
    )
    description_sv = forms.CharField(
        label=_("Description in Swedish"), max_length=500, required=False
    )
    description_en = forms.CharField(
        label=_("Description in English"), max_length=500, required=False
    )
    basis = forms.ChoiceField(label=_("Legal basis"), choices=Purpose.Basis.choices)
    needs_consent = forms.BooleanField(label=_("A consent is needed in advance"), required=False)
    is_special = forms.BooleanField(
        label=_("Data of a special category, such as health data"), required=False
    )
    is_shown = forms.BooleanField(label=_("Shown on the preference page"), required=False)
    channels = forms.MultipleChoiceField(
        label=_("Channels in which it is asked about"),
        required=False,
        choices=[(c, words.CHANNELS[c]) for c in (*words.PERSONAL, "push")],
        widget=forms.CheckboxSelectMultiple,
    )
    lasts_days = forms.IntegerField(
        label=_("A consent holds for days"),
        required=False,
        min_value=1,
        max_value=36500,
        help_text=_("Empty: until it is withdrawn."),
    )
    position = forms.IntegerField(label=_("Place on the page"), min_value=0, max_value=1000)

    def save(self) -> None:
        """Keep the purpose as the company's own."""
        told = self.cleaned_data
        texts = {
            part: {
                lang: told[f"{part}_{lang}"]
                for lang in ("fi", "sv", "en")
                if told[f"{part}_{lang}"]
            }
            for part in ("title", "description")
        }
        plain = (
            "basis",
            "needs_consent",
            "is_special",
            "is_shown",
            "channels",
            "lasts_days",
            "position",
        )
        Purpose.objects.update_or_create(
            key=told["key"], defaults={**texts, **{name: told[name] for name in plain}}
        )


class TextForm(forms.Form):
    """A new version of the text that people agree to."""

    version = forms.CharField(
        label=_("Name of the version"), max_length=100, help_text=_("For example 2026-03.")
    )
    text_fi = forms.CharField(label=_("Text in Finnish"), widget=forms.Textarea, required=False)
    text_sv = forms.CharField(label=_("Text in Swedish"), widget=forms.Textarea, required=False)
    text_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea, required=False)

    def texts(self) -> dict[str, str]:
        """Return the texts by language."""
        return {language: self.cleaned_data[f"text_{language}"] for language in _LANGUAGES}


class CloseForm(forms.Form):
    """What became of a demand."""

    state = forms.ChoiceField(choices=[("done", "done"), ("refused", "refused")])
    note = forms.CharField(max_length=500, required=False)


class EraseForm(forms.Form):
    """Forgetting somebody for good."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Stays on the receipt.")
    )
    block = forms.BooleanField(
        label=_("Imports that bring the same person again pass them over"), required=False
    )
    number = forms.IntegerField(
        label=_("Write the customer's number"),
        help_text=_("So that nobody is forgotten by mistake."),
    )


class ReasonForm(forms.Form):
    """Why somebody's data are restricted, or not any more."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class AskForm(forms.Form):
    """Asking a customer to confirm a consent."""

    purpose = forms.ChoiceField(label=_("For what"), choices=purpose_choices)
    channel = forms.ChoiceField(
        label=_("In which channel"),
        choices=[(c, capfirst(str(words.CHANNELS[c]))) for c in ("email", "sms")],
    )


class RetentionForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own is not generic at run time
    """A rule of keeping."""

    class Meta:
        model = Retention
        fields = ("kind", "name", "days", "is_on")
        labels = {
            "kind": _("Of what"),
            "name": _("Name"),
            "days": _("Kept for days"),
            "is_on": _("In force"),
        }
        help_texts = {"name": _("An asterisk at the end: all that begin so, such as health.*")}

    def clean_days(self) -> int:
        """Refuse what would take away nearly everything at once."""
        days = int(self.cleaned_data["days"])
        if days < 1:
            raise forms.ValidationError(_("Keep it for at least one day."))
        return days


class SpecialForm(forms.ModelForm):  # type: ignore[type-arg] # the same
    """A name of data of a special category."""

    class Meta:
        model = SpecialName
        fields = ("kind", "name")
        labels = {"kind": _("Of what"), "name": _("Name")}
        help_texts = {"name": _("An asterisk at the end: all that begin so, such as health.*")}


DEMANDS = dict(Demand.Kind.choices)
