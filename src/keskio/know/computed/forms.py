"""The form of a computed trait: its document, field by field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.know.computed.recipes import ALL_TIME
from keskio.know.computed.words import COMPUTES


class EventsForm(forms.Form):
    """A trait computed of events."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    key = forms.CharField(
        label=gettext_lazy("Name of the trait"),
        max_length=100,
        help_text=gettext_lazy(
            "As conditions and messages name it: small letters, such as orders_90."
        ),
    )
    event = forms.CharField(
        label=gettext_lazy("Event"),
        max_length=200,
        help_text=gettext_lazy("Its name as it is sent, such as Order Completed."),
    )
    where = forms.CharField(
        label=gettext_lazy("Only events that meet"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("A condition on properties, such as property: total, at_least: 10."),
    )
    compute = forms.ChoiceField(label=gettext_lazy("What is computed"), choices=COMPUTES)
    property = forms.CharField(
        label=gettext_lazy("Of the property"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Leave empty when events themselves are counted. For the next one: how many days the"
            " last lasts, if that is told."
        ),
    )
    last = forms.CharField(
        label=gettext_lazy("In the last"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Such as 30 days. Empty: over all time. A day is 24 hours."),
    )

    def clean_where(self) -> Any:
        """Return the condition that the text says, None for none."""
        text = str(self.cleaned_data["where"]).strip()
        if not text:
            return None
        try:
            return read_yaml(text if ":" not in text or "\n" in text else _flow(text))
        except ValueError as fault:
            raise forms.ValidationError(
                _("This cannot be read: %(fault)s") % {"fault": fault}
            ) from None

    def document(self) -> dict[str, Any]:
        """Return the document that the form says."""
        told = self.cleaned_data
        of = {"event": told["event"]}
        if told["where"] is not None:
            of["where"] = told["where"]
        document = {
            "key": told["key"],
            "title": told["title"],
            "of": of,
            "compute": told["compute"],
            "in": {"last": told["last"]} if told["last"] else ALL_TIME,
        }
        if told["property"]:
            document["property"] = told["property"]
        return document


def _flow(text: str) -> str:
    """Return a condition on one line as YAML takes it: with its braces."""
    return text if text.startswith("{") else f"{{{text}}}"


class SqlForm(forms.Form):
    """A trait that SQL on the lake answers."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    key = forms.CharField(label=gettext_lazy("Name of the trait"), max_length=100)
    sql = forms.CharField(
        label="SQL",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One SELECT over the lake's views that answers the columns customer and value."
        ),
    )
    every = forms.CharField(label=gettext_lazy("Asked again every"), max_length=60, initial="1 day")

    def document(self) -> dict[str, Any]:
        """Return the document that the form says."""
        return dict(self.cleaned_data)


def initial_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as the form's fields."""
    if "sql" in document:
        return document
    of, window = document["of"], document.get("in")
    where = of.get("where")
    return {
        **{name: document.get(name, "") for name in ("title", "key", "compute", "property")},
        "event": of["event"],
        "where": write_yaml(where) if where else "",
        "last": window["last"] if isinstance(window, dict) else "",
    }
