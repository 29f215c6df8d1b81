"""Forms of the wing: a study, a transcript with its consent, and a quote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from keskio.listen.interviews.models import Quote, Study

LARGEST = 2 * 1024 * 1024
LINES_HELP = _("One on each line, Finnish and English with a bar between: Vertailu | Comparing")


def lines_of(parts: list[dict[str, Any]]) -> str:
    """Return phases or themes as the lines in which people write them."""
    return "\n".join(
        " | ".join(text for text in (p["title"].get("fi"), p["title"].get("en")) if text)
        for p in parts
    )


def parts_of(lines: str, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return phases or themes from their lines; one whose Finnish name was there keeps its key."""
    keys = {part["title"].get("fi"): part["key"] for part in before}
    found: dict[str, dict[str, Any]] = {}
    for line in lines.splitlines():
        fi, _bar, en = (part.strip() for part in line.partition("|"))
        if fi:
            key = keys.get(fi) or slugify(en or fi)[:60] or f"part-{len(found) + 1}"
            found[key] = {"key": key, "title": {"fi": fi, "en": en} if en else {"fi": fi}}
    return list(found.values())


class StudyForm(forms.Form):
    """A study."""

    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=200)
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    journey = forms.SlugField(
        label=_("Journey"),
        max_length=100,
        required=False,
        help_text=_("The key of the journey on which the quotes hang."),
    )
    phases = forms.CharField(
        label=_("Phases"), widget=forms.Textarea(attrs={"rows": 7}), help_text=LINES_HELP
    )
    themes = forms.CharField(
        label=_("Themes"), widget=forms.Textarea(attrs={"rows": 7}), help_text=LINES_HELP
    )

    @staticmethod
    def initial_of(study: Study) -> dict[str, Any]:
        """Return what the form shows of a study."""
        return {
            "title_fi": study.title.get("fi", ""),
            "title_en": study.title.get("en", ""),
            "journey": study.journey,
            "phases": lines_of(study.phases),
            "themes": lines_of(study.themes),
        }

    def titles(self) -> dict[str, str]:
        """Return the name in its languages; the form must be valid."""
        texts = {"fi": self.cleaned_data["title_fi"], "en": self.cleaned_data["title_en"]}
        return {code: text for code, text in texts.items() if text}


class InterviewForm(forms.Form):
    """A transcript, pasted or as a file of text, with the consent by which it may be kept."""

    who = forms.CharField(
        label=_("Who was interviewed"),
        max_length=200,
        help_text=_("A role, not a name: for example a buyer at a machine shop."),
    )
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput(attrs={"type": "date"}))
    interviewer = forms.CharField(label=_("Interviewer"), max_length=150, required=False)
    customer_id = forms.IntegerField(
        label=_("Number of the customer"),
        min_value=0,
        required=False,
        help_text=_("When it is a customer of ours: what was said then goes with the customer."),
    )
    consent = forms.CharField(
        label=_("How the interviewee agreed"),
        max_length=500,
        help_text=_("For example: signed form, for product development, quotes without a name."),
    )
    consent_on = forms.DateField(
        label=_("Agreed on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    consent_until = forms.DateField(
        label=_("Kept until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The transcript and its quotes are deleted by themselves after this day."),
    )
    text = forms.CharField(
        label=_("Transcript"), required=False, widget=forms.Textarea(attrs={"rows": 14})
    )
    file = forms.FileField(label=_("Or a file of text (UTF-8)"), required=False)

    def clean(self) -> dict[str, Any]:
        """Take the text from the file when none was pasted."""
        cleaned: dict[str, Any] = super().clean() or {}
        file = cleaned.pop("file", None)
        if file is not None and not cleaned.get("text"):
            if file.size > LARGEST:
                self.add_error("file", _("The file is too large: at most 2 MB of text."))
                return cleaned
            try:
                cleaned["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not text in UTF-8: save it so, or paste it."))
                return cleaned
        if not str(cleaned.get("text") or "").strip() and not self.errors:
            self.add_error("text", _("Paste the transcript, or choose its file."))
        cleaned["customer_id"] = cleaned.get("customer_id") or 0
        return cleaned


class QuoteForm(forms.Form):
    """Where the chosen sentences hang."""

    phase = forms.ChoiceField(label=_("Phase"))
    themes = forms.MultipleChoiceField(label=_("Themes"), widget=forms.CheckboxSelectMultiple)
    feeling = forms.ChoiceField(
        label=_("How it was"),
        choices=Quote.Feeling.choices,
        initial=Quote.Feeling.NEUTRAL,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, phases: Any, themes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phase"].choices = phases  # type: ignore[attr-defined]
        self.fields["themes"].choices = themes  # type: ignore[attr-defined]
