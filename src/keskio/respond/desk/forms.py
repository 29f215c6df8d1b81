"""Forms of the desk: snippets, macros, what one has chosen, the language model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.respond.desk.macros import NotAMacro, read_macro
from keskio.respond.desk.snippets import fault_in


class SnippetForm(forms.Form):
    """A ready text in its language versions."""

    key = forms.SlugField(
        label=_("Key"), max_length=50, help_text=_("What one writes after ::, such as thanks.")
    )
    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=100)
    title_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    text_fi = forms.CharField(
        label=_("Text in Finnish"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_(
            "{{ customer.first_name }}, {{ case.number }} and {{ me.name }} are filled in."
        ),
    )
    text_en = forms.CharField(
        label=_("Text in English"), required=False, widget=forms.Textarea({"rows": 5})
    )

    def titles(self) -> dict[str, str]:
        """Return the names by language."""
        return self._by_language("title")

    def texts(self) -> dict[str, str]:
        """Return the texts by language."""
        return self._by_language("text")

    def _by_language(self, name: str) -> dict[str, str]:
        given = self.cleaned_data
        return {
            lang: given[f"{name}_{lang}"] for lang in ("fi", "en") if given.get(f"{name}_{lang}")
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a text that could not be written."""
        given = super().clean() or {}
        texts = {lang: given.get(f"text_{lang}") or "" for lang in ("fi", "en")}
        fault = fault_in(texts)
        if fault:
            raise forms.ValidationError(
                _("The text cannot be written: %(fault)s"), params={"fault": fault}
            )
        return given


class MacroForm(forms.Form):
    """A macro as a document."""

    key = forms.SlugField(label=_("Key"), max_length=50)
    text = forms.CharField(
        label=_("What it does"), widget=forms.Textarea({"rows": 14, "spellcheck": "false"})
    )

    def clean_text(self) -> str:
        """Refuse what cannot be read as a macro."""
        text = str(self.cleaned_data["text"])
        try:
            read_macro(text)
        except NotAMacro as fault:
            raise forms.ValidationError(
                _("This is not a macro: %(fault)s"), params={"fault": fault.message}
            ) from fault
        return text


class ChoicesForm(forms.Form):
    """What one person has chosen for the desk."""

    has_keys = forms.BooleanField(
        label=_("Shortcuts of the keyboard"),
        required=False,
        help_text=_(
            "Single keys such as r and e. Off, they do nothing anywhere; Ctrl-K and Ctrl-Enter stay."
        ),
    )


class RulesForm(forms.Form):
    """What holds for everybody who answers."""

    confirms_public = forms.BooleanField(
        label=_("Ask before the first public reply of a case"), required=False
    )


class LanguageModelForm(forms.Form):
    """The language model that may draft replies."""

    is_on = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_(
            "Off, nothing is ever sent to it. On, it is asked only when somebody presses the button."
        ),
    )
    address = forms.URLField(
        label=_("Address"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_(
            "Of a service that speaks as OpenAI's does, such as http://localhost:11434/v1. One in your own"
            " house is best."
        ),
    )
    name = forms.CharField(label=_("Name of the model"), required=False, max_length=200)
    secret = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("Never shown again. Empty: the one that is there stays."),
    )
    timeout = forms.IntegerField(
        label=_("Seconds to wait at most"), min_value=1, max_value=120, initial=20
    )
    instructions = forms.CharField(
        label=_("Instructions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Empty: Keskiö's own, in the language of the case."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for an address and a name before it is turned on."""
        given = super().clean() or {}
        if given.get("is_on") and not (given.get("address") and given.get("name")):
            raise forms.ValidationError(
                _("Give the address and the name of the model before you turn it on.")
            )
        return given
