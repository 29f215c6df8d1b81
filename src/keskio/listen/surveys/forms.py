"""Forms of the builder: settings, questions, wishes for asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from keskio.engine.scores.scales import SCALES
from keskio.engine.survey.form import LEVELS
from keskio.listen.surveys.campaigns import Wish
from keskio.listen.surveys.drawing import NAMES_OF_LANGUAGES
from keskio.listen.surveys.editing import lines_of, named_in
from keskio.listen.surveys.words import KINDS
from keskio.listen.surveys.words import LEVELS as LEVEL_NAMES

Document = Mapping[str, Any]
ANYBODY = [
    ("known", gettext_lazy("known customers, by their own links")),
    ("anonymous", pgettext_lazy("survey", "anonymous")),
]


def languages_of(document: Document) -> list[str]:
    """Return the languages of a document."""
    found = document.get("languages", ["fi", "en"])
    return [str(one) for one in found] if isinstance(found, list) and found else ["fi"]


def _text_of(value: object, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(language) or "")
    return str(value or "") if language == "fi" else ""


class _Texts(forms.Form):
    """A form with fields in each language of the survey."""

    def __init__(self, given: Any, *, languages: list[str], initial: Document) -> None:
        super().__init__(given)
        self.languages, self.document = languages, initial

    def add_texts(self, name: str, label: str, *, is_long: bool = False) -> None:
        """Add a field for each language."""
        for language in self.languages:
            shown = f"{label} ({NAMES_OF_LANGUAGES.get(language, language)})"
            widget = forms.Textarea(attrs={"rows": 2}) if is_long else forms.TextInput()
            self.fields[f"{name}_{language}"] = forms.CharField(
                label=shown,
                required=False,
                widget=widget,
                initial=_text_of(self.document.get(name), language),
                max_length=2000,
            )

    def texts(self, name: str) -> dict[str, str]:
        """Return what was written in each language."""
        told = {at: self.cleaned_data.get(f"{name}_{at}", "").strip() for at in self.languages}
        return {at: text for at, text in told.items() if text}


class SettingsForm(_Texts):
    """What holds for the whole survey."""

    def __init__(self, given: Any, *, initial: Document) -> None:
        super().__init__(given, languages=languages_of(initial), initial=initial)
        self.add_texts("title", _("Title"))
        self.fields["sender"] = forms.CharField(
            label=_("Who asks, at the top of the page"),
            required=False,
            initial=initial.get("sender"),
        )
        self.add_texts("intro", _("Opening"), is_long=True)
        self.add_texts("thanks", _("Thanks"), is_long=True)
        self.add_texts("privacy", _("What is done with the answers"), is_long=True)
        self.fields["level"] = forms.ChoiceField(
            label=_("About"),
            choices=[(level, LEVEL_NAMES[level]) for level in LEVELS],
            initial=initial.get("level", "touchpoint"),
        )
        self.fields["touchpoint"] = forms.CharField(
            label=_("Key of the touchpoint"), required=False, initial=initial.get("touchpoint")
        )
        self.fields["answers"] = forms.ChoiceField(
            label=_("Who answers"), choices=ANYBODY, initial=initial.get("answers", "known")
        )
        theme = initial.get("theme") if isinstance(initial.get("theme"), Mapping) else {}
        self.fields["main"] = forms.RegexField(
            regex=r"^#[0-9a-fA-F]{6}$",
            label=_("Colour"),
            initial=(theme or {}).get("main", "#0b5c6b"),
            help_text=_("Checked against the background: at least 4.5:1."),
        )

    def told(self) -> dict[str, Any]:
        """Return the settings as the document has them."""
        wanted = self.cleaned_data
        old = self.document.get("theme")
        theme = {**(old if isinstance(old, Mapping) else {}), "main": wanted["main"]}
        return {
            "title": self.texts("title"),
            "sender": wanted["sender"],
            "intro": self.texts("intro"),
            "thanks": self.texts("thanks"),
            "privacy": self.texts("privacy"),
            "level": wanted["level"],
            "touchpoint": wanted["touchpoint"],
            "answers": wanted["answers"],
            "theme": theme if theme != {"main": "#0b5c6b"} else {},
        }


class QuestionForm(_Texts):
    """One question; which fields there are depends on its kind."""

    def __init__(self, given: Any, *, key: str, languages: list[str], initial: Document) -> None:
        super().__init__(given, languages=languages, initial=initial)
        self.kind = str(initial.get("kind", ""))
        self.fields["key"] = forms.RegexField(
            regex=r"^[\w-]{1,40}$", label=_("Name in results"), initial=key
        )
        self.add_texts("text", _("Question"), is_long=True)
        self.add_texts("note", _("Instruction"))
        self.fields["required"] = forms.BooleanField(
            label=_("Must be answered"), required=False, initial=bool(initial.get("required"))
        )
        if self.kind in SCALES:
            self.add_texts("low", _("Name of the lowest"))
            self.add_texts("high", _("Name of the highest"))
            self._add_comments()
        for field, label in self._lists():
            self.fields[field] = forms.CharField(
                label=label,
                widget=forms.Textarea(attrs={"rows": 5}),
                initial=lines_of(initial.get(field), languages),
                help_text=_("A line each: key | %(languages)s")
                % {"languages": " | ".join(languages)},
            )
        if self.kind == "choice":
            self.fields["many"] = forms.BooleanField(
                label=_("Several may be chosen"), required=False, initial=bool(initial.get("many"))
            )
        if self.kind == "number":
            for field, label in (("at_least", _("Smallest")), ("at_most", _("Largest"))):
                self.fields[field] = forms.FloatField(
                    label=label, required=False, initial=initial.get(field)
                )

    def _add_comments(self) -> None:
        told = self.document.get("comment")
        for group, _most in SCALES[self.kind].groups:
            for language in self.languages:
                texts = told.get(group) if isinstance(told, Mapping) else told
                label = _("Comment asked of %(group)s (%(language)s)") % {
                    "group": group,
                    "language": NAMES_OF_LANGUAGES.get(language, language),
                }
                self.fields[f"comment_{group}_{language}"] = forms.CharField(
                    label=label, required=False, initial=_text_of(texts, language)
                )

    def _lists(self) -> list[tuple[str, str]]:
        if self.kind in ("choice", "ranking"):
            return [("options", _("Options"))]
        if self.kind == "matrix":
            return [("rows", pgettext("survey", "Rows")), ("columns", _("Columns"))]
        return []

    def told(self) -> dict[str, Any]:
        """Return the question's fields as the document has them."""
        wanted = self.cleaned_data
        found: dict[str, Any] = {
            "key": wanted["key"],
            "text": self.texts("text"),
            "note": self.texts("note"),
            "required": wanted["required"],
        }
        if self.kind in SCALES:
            found |= {"low": self.texts("low"), "high": self.texts("high")}
            groups = {
                group: self.texts(f"comment_{group}") for group, _most in SCALES[self.kind].groups
            }
            found["comment"] = {group: texts for group, texts in groups.items() if texts}
        for field, _label in self._lists():
            found[field] = named_in(wanted[field], self.languages)
        for field in ("many", "at_least", "at_most"):
            if field in self.fields:
                found[field] = wanted[field]
        return found


class AddForm(forms.Form):
    """A question to be added."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of question"), choices=list(KINDS.items()))


class NewForm(forms.Form):
    """A survey to be made."""

    key = forms.RegexField(
        regex=r"^[a-z0-9][a-z0-9-]{1,60}$",
        label=gettext_lazy("Key"),
        help_text=gettext_lazy("Small letters, digits and hyphens, such as after-service."),
    )


class AskingForm(forms.Form):
    """How a survey is to ask by a dialogue of its own."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Whom to ask"),
        choices=[
            ("event", gettext_lazy("whoever an event happens to")),
            ("segment", gettext_lazy("whoever enters a segment")),
            ("rhythm", gettext_lazy("a segment, or everybody, at a time")),
        ],
    )
    of = forms.CharField(
        label=gettext_lazy("Name of the event, or key of the segment"),
        required=False,
        max_length=200,
    )
    at = forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    rhythm = forms.CharField(
        label=gettext_lazy("Again by the rule"),
        required=False,
        help_text=gettext_lazy("Such as FREQ=MONTHLY;BYDAY=1MO. Empty: once."),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[
            ("email", gettext_lazy("e-mail")),
            ("sms", gettext_lazy("text message")),
            ("email,sms", gettext_lazy("e-mail, else text message")),
        ],
    )
    delay = forms.CharField(
        label=gettext_lazy("Wait first"),
        required=False,
        help_text=gettext_lazy("Such as 2 hours or 1 day."),
    )

    def wish(self) -> Wish:
        """Return what is wished."""
        told = self.cleaned_data
        return Wish(
            kind=told["kind"],
            of=told["of"].strip(),
            at=told["at"].strip(),
            rhythm=told["rhythm"].strip(),
            channels=tuple(told["channel"].split(",")),
            delay=told["delay"].strip(),
        )
