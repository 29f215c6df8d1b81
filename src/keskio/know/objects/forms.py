"""Forms of the wing's pages: an object by its kind's fields, a filter, a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.objects.contracts import CHOICE, DATE, FLAG, TYPES, Field
from keskio.know.objects.words import called, choice_called

PREFIX = "field-"


class ObjectForm(forms.Form):
    """An object's key and fields. What is left empty is not known."""

    key = forms.CharField(label=gettext_lazy("Number or name that tells it apart"), max_length=200)

    def __init__(
        self, *args: Any, fields: Mapping[str, Field], is_new: bool = True, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["key"]
        for name, field in fields.items():
            self.fields[f"{PREFIX}{name}"] = _control(field)

    def told(self) -> dict[str, Any]:
        """Return the fields as they were filled in; None where nothing was."""
        return {
            name.removeprefix(PREFIX): (None if value == "" else value)
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX)
        }


def _control(field: Field) -> forms.Field:
    label = called(field)
    if field.type == CHOICE and field.choices:
        choices = [("", "–"), *((value, choice_called(value)) for value in field.choices)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if field.type == FLAG:
        choices = [("", "–"), ("true", _("yes")), ("false", _("no"))]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if field.type == DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.CharField(label=label, required=False, widget=widget, max_length=20)
    return forms.CharField(label=label, required=False, max_length=2000)


class FilterForm(forms.Form):
    """Which objects of a kind are shown."""

    q = forms.CharField(label=gettext_lazy("Number or owner"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("In force")),
            ("ended", gettext_lazy("Ended")),
            ("all", gettext_lazy("All")),
        ],
    )
    date = forms.ChoiceField(label=gettext_lazy("Date"), required=False)
    since = forms.CharField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.CharField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, dates: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["date"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any")), *dates.items()]


class KindForm(forms.Form):
    """A kind: how it is called, and its fields, one a line."""

    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=40,
        help_text=gettext_lazy("As events and conditions name it: small letters, such as boat."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=80)
    fields_text = forms.CharField(
        label=gettext_lazy("Fields, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "name: type, and after a bar what people call it: inspection_on: date | Inspection by."
            " Types: text, number, date, time, flag, choice(a, b, c)."
        ),
    )

    def clean_fields_text(self) -> list[Field]:
        """Return the fields that the lines say."""
        lines = str(self.cleaned_data["fields_text"]).splitlines()
        return [_field_of(line.strip()) for line in lines if line.strip()]


def _field_of(line: str) -> Field:
    said, _bar, title = line.partition("|")
    name, _colon, kind = said.partition(":")
    kind, _open, rest = kind.strip().partition("(")
    kind = kind.strip() or "text"
    if kind not in TYPES:
        raise forms.ValidationError(
            _("%(line)s: there is no type %(kind)s.") % {"line": line, "kind": kind}
        )
    choices = tuple(word.strip() for word in rest.rstrip(") ").split(",") if word.strip())
    return Field(name.strip(), kind, title.strip(), choices)


def line_of(field: Field) -> str:
    """Return a field as the form's line."""
    kind = f"{field.type}({', '.join(field.choices)})" if field.choices else field.type
    return f"{field.name}: {kind} | {field.title}" if field.title else f"{field.name}: {kind}"
