"""Forms of the room: what a list is narrowed to, and how long texts are kept."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.listen.hearing import HANDLES_HASHED, HANDLES_KEPT, HANDLES_NEVER

PERIODS = {"1": _("a day"), "7": _("a week"), "30": _("30 days"), "90": _("90 days"), "": _("all")}


class PolicyForm(forms.Form):
    """How long texts and handles are kept."""

    keep_days = forms.IntegerField(
        label=_("Days that texts are kept"),
        min_value=1,
        max_value=3650,
        help_text=_("Of messages that concern us. After that only counts remain."),
    )
    keep_others_days = forms.IntegerField(
        label=_("Days that other messages are kept"),
        min_value=1,
        max_value=3650,
        help_text=_("Of messages that do not concern us: long enough to mend the word lists."),
    )
    handles = forms.ChoiceField(
        label=_("Names of accounts"),
        choices=[
            (HANDLES_HASHED, _("Kept only where we may have to answer; elsewhere a keyed hash")),
            (HANDLES_KEPT, _("Kept with every message")),
            (HANDLES_NEVER, _("Never kept: nobody can be answered from here")),
        ],
    )
    basis = forms.CharField(
        label=_("On what basis we listen"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The lawful basis, as it stands in the record of processing."),
    )
