"""The form of the company's word list, and of what is tried with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.engine.text.lists import entries_of
from keskio.listen.wordlists.documents import LANGUAGES, READY, ready

LISTS: dict[str, tuple[Any, Any]] = {
    "domain": (
        _("Words of our business"),
        _("Names, products and services: a message concerns us when one of these is in it."),
    ),
    "neutral": (
        _("Words that only sound bad"),
        _(
            "In our business these are plain terms, as “loan loss” is in a bank."
            " Count as neither good nor bad."
        ),
    ),
    "bad": (_("Bad words of our own"), _("Complaints that the general list does not know.")),
    "good": (_("Good words of our own"), _("Praise that the general list does not know.")),
}
LANGUAGE_NAMES = {"fi": _("in Finnish"), "en": _("in English")}
NEW_THEMES = 1
LONGEST = 20_000


class WordsField(forms.CharField):
    """Words and phrases between commas or on lines of their own."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            required=False,
            max_length=LONGEST,
            widget=forms.Textarea({"rows": 4, "class": "textarea"}),
            **given,
        )

    def clean(self, value: Any) -> Any:
        """Return the entries between commas, each once."""
        lines = str(super().clean(value) or "").replace("\r", "\n").replace("\n", ",")
        return ", ".join(dict.fromkeys(entries_of(lines)))


class ListsForm(forms.Form):
    """The company's own list: which ready ones it uses, words of its own, and themes."""

    uses = forms.MultipleChoiceField(
        label=_("Ready lists"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Choose those of your business. More lists find more, and more of what does not concern you."
        ),
    )

    def __init__(self, *given: Any, document: Mapping[str, Any], **named: Any) -> None:
        super().__init__(*given, **named)
        self.document = document
        language = get_language() or "fi"
        uses = self.fields["uses"]
        assert isinstance(uses, forms.MultipleChoiceField), "it is one"
        uses.choices = [(key, ready(key)["name"].get(language[:2], key)) for key in READY]
        uses.initial = list(document.get("uses") or ())
        for name, (label, help_text) in LISTS.items():
            for code in LANGUAGES:
                self.fields[f"{name}_{code}"] = WordsField(
                    label=f"{label} {LANGUAGE_NAMES[code]}",
                    help_text=help_text if code == LANGUAGES[0] else "",
                    initial=_text(document.get(name), code),
                )
        self.themes = list(document.get("themes") or {})
        for place in range(len(self.themes) + NEW_THEMES):
            self._add_theme(place)

    def _add_theme(self, place: int) -> None:
        key = self.themes[place] if place < len(self.themes) else ""
        theme = (self.document.get("themes") or {}).get(key) or {}
        for code in LANGUAGES:
            self.fields[f"theme{place}_name_{code}"] = forms.CharField(
                label=_("Name of the theme") + f" {LANGUAGE_NAMES[code]}",
                max_length=80,
                required=False,
                initial=(theme.get("name") or {}).get(code, ""),
            )
            self.fields[f"theme{place}_words_{code}"] = WordsField(
                label=_("Words of the theme") + f" {LANGUAGE_NAMES[code]}",
                initial=_text(theme.get("words"), code),
            )

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading, in the order of the page."""
        found: list[tuple[str, list[forms.BoundField]]] = [
            (str(label), [self[f"{name}_{code}"] for code in LANGUAGES])
            for name, (label, _help) in LISTS.items()
        ]
        for place in range(len(self.themes) + NEW_THEMES):
            fields = [
                self[f"theme{place}_{part}_{code}"]
                for part in ("name", "words")
                for code in LANGUAGES
            ]
            name = str(fields[0].value() or "")
            found.append((name or str(_("A new theme")), fields))
        return found

    def document_given(self) -> dict[str, Any]:
        """Return the document that the form describes; a theme without a name is left out."""
        given = self.cleaned_data
        document: dict[str, Any] = {"kind": "company", "uses": given["uses"]}
        for name in LISTS:
            words = {code: given[f"{name}_{code}"] for code in LANGUAGES if given[f"{name}_{code}"]}
            if words:
                document[name] = words
        themes: dict[str, Any] = {}
        for place in range(len(self.themes) + NEW_THEMES):
            names = {code: given[f"theme{place}_name_{code}"].strip() for code in LANGUAGES}
            called = names["en"] or names["fi"]
            if not called:
                continue
            key = self.themes[place] if place < len(self.themes) else _free_key(called, themes)
            words = {code: given[f"theme{place}_words_{code}"] for code in LANGUAGES}
            themes[key] = {
                "name": {code: names[code] or called for code in LANGUAGES},
                "words": words,
            }
        if themes:
            document["themes"] = themes
        return document


def _free_key(name: str, taken: Mapping[str, Any]) -> str:
    key = slugify(name).replace("-", "_")[:40] or "theme"
    number = 2
    free = key
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


def _text(texts: object, code: str) -> str:
    if isinstance(texts, Mapping):
        texts = texts.get(code, "")
    if isinstance(texts, Mapping):  # weights by degree
        texts = ", ".join(str(text) for text in texts.values())
    return ", ".join(entries_of(texts)) if isinstance(texts, (str, list)) else ""


class TryForm(forms.Form):
    """Texts to be read with the draft and with what is in use."""

    texts = forms.CharField(
        label=_("Messages"),
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 5, "class": "textarea"}),
        help_text=_("One on each line, at most twenty."),
    )
