"""Forms of the inbox: how the web chat stands on other sites."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from keskio.engine.survey.contrast import contrast
from keskio.respond.inbox.chat_settings import SEEN, NotASite, site_of
from keskio.respond.inbox.contracts import ChatRules


class ChatForm(forms.Form):
    """Where the chat may stand, and how it looks there."""

    sites = forms.CharField(
        label=_("Sites that may show the chat"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One on each line: https://www.example.com. Other sites cannot show it."),
    )
    colour = forms.CharField(
        label=_("Colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour as #0b5c6b."))],
    )
    side = forms.ChoiceField(
        label=_("Corner of the window"),
        choices=[("right", _("On the right")), ("left", _("On the left"))],
    )
    greeting_fi = forms.CharField(
        label=_("Greeting in Finnish"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    greeting_en = forms.CharField(
        label=_("Greeting in English"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @staticmethod
    def initial_of(rules: ChatRules) -> dict[str, Any]:
        """Return what the form shows of the rules in force."""
        return {
            "sites": "\n".join(rules.sites),
            "colour": rules.colour,
            "side": rules.side,
            "greeting_fi": rules.greetings.get("fi", ""),
            "greeting_en": rules.greetings.get("en", ""),
        }

    def clean_sites(self) -> list[str]:
        """Return the sites as browsers write them."""
        lines = [line.strip() for line in self.cleaned_data["sites"].splitlines() if line.strip()]
        try:
            return [site_of(line) for line in lines]
        except NotASite as fault:
            told = {"site": str(fault.fields["site"])[:100]}
            raise forms.ValidationError(
                _("“%(site)s” is not a site. Write it as https://www.example.com, without a path.")
                % told
            ) from None

    def clean_colour(self) -> str:
        """Return the colour, if it can be seen on a white page."""
        colour = str(self.cleaned_data["colour"])
        found = contrast(colour, "#ffffff")
        if found < SEEN:
            raise forms.ValidationError(
                _("On a white page this colour has a contrast of %(found).1f to 1; it needs 3.")
                % {"found": found}
            )
        return colour

    def rules(self, before: ChatRules) -> ChatRules:
        """Return the rules that the form says; what it does not ask stays as it was."""
        chosen = self.cleaned_data
        greetings = {at: chosen[f"greeting_{at}"].strip() for at in ("fi", "en")}
        return ChatRules(
            sites=chosen["sites"],
            colour=chosen["colour"],
            side=chosen["side"],
            greetings={at: text for at, text in greetings.items() if text},
            generation=before.generation,
        )
