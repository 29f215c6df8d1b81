"""Forms of the wing's pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """A file to take in."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV however it is written, or Excel (.xlsx). The first row names the columns."
        ),
        widget=forms.ClearableFileInput(attrs={"class": "input", "accept": ".csv,.tsv,.txt,.xlsx"}),
    )


class MappingForm(forms.Form):
    """The mapping as text."""

    mapping = forms.CharField(
        label=_("Mapping as text (YAML)"),
        strip=False,
        widget=forms.Textarea(
            attrs={"class": "input mono", "rows": 24, "spellcheck": "false", "wrap": "off"}
        ),
    )
