"""Forms of the wing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from keskio.talk.calls.models import Connection

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Connection]
else:
    _ModelForm = forms.ModelForm

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConnectionForm(_ModelForm):
    """Where another system is; its key is fixed once dialogues may name it."""

    url = forms.URLField(
        label=_("Address"),
        help_text=_("HTTPS; plain HTTP only to this machine."),
        max_length=500,
        assume_scheme="https",
    )

    class Meta:
        model = Connection
        fields = ("title", "key", "url", "is_open")
        labels = {
            "title": _("Name"),
            "key": _("Key"),
            "is_open": _("Dialogues may call it"),
        }
        help_texts = {
            "key": _("Dialogues name the connection by this: small letters, digits and hyphens."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.pk:
            self.fields["key"].disabled = True

    def clean_url(self) -> str:
        """Refuse an address that would carry what is told of customers in the open."""
        url = str(self.cleaned_data["url"])
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return url
        raise ValidationError(_("Give an address that begins with https://."))
