"""Forms of the settings of channels, made from what each provider says of its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.channels.contracts import Limits, Provider, Setting
from keskio.channels.models import Account
from keskio.channels.phones import e164

SECRET_IS_SET = _("It is set. Leave empty to keep it.")


class AccountForm(forms.Form):
    """An account: name, limits, and the provider's own settings. Secrets are never shown."""

    name = forms.CharField(label=_("Name"), max_length=100)
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        initial=True,
        help_text=_("The channel's first account in use sends. Replies are heard in any case."),
    )
    concurrency = forms.IntegerField(
        label=_("Calls at the same time"), min_value=1, max_value=64, initial=4
    )
    per_second = forms.FloatField(
        label=_("Messages a second at most"),
        min_value=0,
        required=False,
        help_text=_("Empty: no limit. 0: nothing is sent now."),
    )

    def __init__(
        self, *args: Any, provider: Provider, account: Account | None = None, **more: Any
    ) -> None:
        self.provider = provider
        if account is not None:
            more["initial"] = {
                **account.settings,
                "name": account.name,
                "active": account.active,
                "concurrency": account.concurrency,
                "per_second": account.per_second,
            }
        super().__init__(*args, **more)
        kept = account.secrets if account is not None else {}
        for setting in provider.settings:
            self.fields[setting.name] = _field_of(setting, kept)

    def settings(self) -> dict[str, str]:
        """Return what may be shown again."""
        return self._values(secret=False)

    def secrets(self) -> dict[str, str]:
        """Return the secrets that were given; those left empty are empty."""
        return self._values(secret=True)

    def limits(self) -> Limits:
        """Return how hard the account may be worked."""
        return Limits(self.cleaned_data["concurrency"], self.cleaned_data["per_second"])

    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Return the provider's fields in their sections; the first has no title."""
        title: Any = ""
        fields: list[forms.BoundField] = []
        for setting in self.provider.settings:
            if setting.section != title and fields:
                yield title, fields
                fields = []
            title = setting.section
            fields.append(self[setting.name])
        if fields:
            yield title, fields

    def common(self) -> list[forms.BoundField]:
        """Return the fields that every account has."""
        return [self[name] for name in ("name", "active", "concurrency", "per_second")]

    def _values(self, *, secret: bool) -> dict[str, str]:
        return {
            setting.name: str(self.cleaned_data[setting.name] or "")
            for setting in self.provider.settings
            if (setting.kind == "secret") is secret
        }


class TestForm(forms.Form):
    """A message to try an account with."""

    to = forms.CharField(label=pgettext_lazy("message", "To"), max_length=254)
    text = forms.CharField(
        label=_("Text"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, channel: str, region: str, **more: Any) -> None:
        self.channel = channel
        self.region = region
        super().__init__(*args, **more)

    def clean_to(self) -> str:
        """Return the address as the transport takes it."""
        to = str(self.cleaned_data["to"]).strip()
        if self.channel != "sms":
            return to
        number = e164(to, region=self.region)
        if not number:
            raise forms.ValidationError(_("This is not a telephone number."))
        return number


def _field_of(setting: Setting, kept: Mapping[str, str]) -> forms.Field:
    common: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help,
        "required": setting.required,
        "initial": setting.default,
    }
    if setting.kind == "secret":
        is_set = bool(kept.get(setting.name))
        common["required"] = setting.required and not is_set
        common["help_text"] = SECRET_IS_SET if is_set else setting.help
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(**common, widget=widget, strip=False)
    if setting.kind == "number":
        return forms.IntegerField(**common, min_value=0, max_value=65535)
    if setting.kind == "choice":
        return forms.ChoiceField(**common, choices=list(setting.choices))
    if setting.kind == "lines":
        return forms.CharField(
            **common, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
        )
    return forms.CharField(**common, max_length=500)
