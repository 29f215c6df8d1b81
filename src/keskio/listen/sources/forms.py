"""Forms of sources, made from what each kind says of its settings, and of the files people bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Setting
from keskio.kernel.errors import Mistake
from keskio.listen.sources.actions import settled
from keskio.listen.sources.contracts import Kind
from keskio.listen.sources.mapping import TARGETS
from keskio.listen.sources.models import Source
from keskio.listen.sources.tables import LARGEST

SECRET_IS_SET = _("It is set. Leave empty to keep it.")


class SourceForm(forms.Form):
    """A source: its name and the settings of its kind. Secrets are never shown."""

    name = forms.CharField(label=_("Name"), max_length=100)

    def __init__(
        self,
        *args: Any,
        kind: Kind,
        source: Source | None = None,
        kept: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.kind, self._kept = kind, kept or {}
        if source is not None:
            more["initial"] = {**source.settings, "name": source.name}
        super().__init__(*args, **more)
        for setting in kind.settings:
            self.fields[setting.name] = _field_of(setting, self._kept)

    def settings(self) -> dict[str, str]:
        """Return what may be shown again."""
        return self._values(secret=False)

    def secrets(self) -> dict[str, str]:
        """Return the secrets that were given; those left empty are empty."""
        return self._values(secret=True)

    def clean(self) -> dict[str, Any]:
        """Let the kind look at the settings as a whole."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            given = {name: value for name, value in self.secrets().items() if value}
            try:
                settled(self.kind, self.settings(), {**self._kept, **given})
            except Mistake as mistake:
                raise forms.ValidationError(mistake.message) from None
        return cleaned

    def _values(self, *, secret: bool) -> dict[str, str]:
        return {
            setting.name: str(self.cleaned_data.get(setting.name) or "")
            for setting in self.kind.settings
            if (setting.kind == "secret") is secret
        }


class FileForm(forms.Form):
    """A file of messages."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, JSON, or JSON with one message a line; at most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.json,.jsonl,.ndjson,.tsv"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large: cut it in parts."))
        return file


class MappingForm(forms.Form):
    """Which column of a file is what."""

    def __init__(self, *args: Any, names: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [("", _("– none –")), *((name, name) for name in names)]
        for target, label in TARGETS.items():
            self.fields[target] = forms.ChoiceField(label=label, choices=choices, required=False)


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
        return forms.IntegerField(**common, min_value=1, max_value=65535)
    if setting.kind == "choice":
        return forms.ChoiceField(**common, choices=list(setting.choices))
    if setting.kind == "lines":
        return forms.CharField(
            **common, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        )
    return forms.CharField(**common, max_length=500)
