"""Forms of the wing."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

BIGGEST = 2_000_000
KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class PictureForm(forms.Form):
    """A picture for the letters about objects whose field has a value."""

    kind = forms.SlugField(
        label=_("Kind of object"), max_length=40, help_text=_("For example car.")
    )
    field = forms.SlugField(label=_("Field"), max_length=40, help_text=_("For example model."))
    value = forms.CharField(label=_("Value"), max_length=200, help_text=_("For example 307."))
    file = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG or JPEG, at most 2 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg"}),
    )

    def clean_file(self) -> tuple[bytes, str]:
        """Return the octets of the picture and its type."""
        file = self.cleaned_data["file"]
        assert isinstance(file, UploadedFile)
        if (file.size or 0) > BIGGEST:
            raise forms.ValidationError(_("The picture is too big: at most 2 MB."))
        octets = file.read()
        for beginning, kind in KINDS.items():
            if octets.startswith(beginning):
                return octets, kind
        raise forms.ValidationError(_("This is neither a PNG nor a JPEG picture."))
