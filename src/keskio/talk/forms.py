"""Forms of the dialogues' pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

SENT, NOT_SENT = "sent", "not_sent"


class DecideUnknownForm(forms.Form):
    """What a person has found out about a message that may or may not have gone out."""

    verdict = forms.ChoiceField(
        choices=[(SENT, _("It was sent")), (NOT_SENT, _("It was not sent"))]
    )
