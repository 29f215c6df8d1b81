"""The form for a call that somebody has had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.kernel.clock import now, to_micros
from keskio.respond.desk import call_noting
from keskio.respond.desk.call_noting import Call
from keskio.respond.inbox.models import Case

LONGEST = 10_000


class FindForm(forms.Form):
    """Whom the call was with: words of a name, an address, a number."""

    q = forms.CharField(required=False, max_length=200)
    customer = forms.IntegerField(required=False, min_value=1)


class CallForm(forms.Form):
    """What was said in a call, by whom, and what comes of it."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label=_("Who called"),
        choices=[
            (call_noting.IN, _("The customer called us")),
            (call_noting.OUT, _("We called the customer")),
        ],
        widget=forms.RadioSelect,
    )
    phone = forms.CharField(
        label=_("Phone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    case = forms.ChoiceField(label=_("Belongs to"), required=False)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=300)
    kind = forms.ChoiceField(label=pgettext_lazy("case", "Kind"), choices=Case.Kind.choices)
    said = forms.CharField(
        label=_("What the customer said"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    answered = forms.CharField(
        label=_("What you said"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It counts as an answer: the case does not wait for one any more."),
    )
    promise = forms.CharField(
        label=_("What was promised"),
        required=False,
        max_length=500,
        help_text=_("It is tracked: reminded of, kept or broken."),
    )
    promised_by = forms.DateTimeField(
        label=_("By when"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[
            (call_noting.TO_DO, _("Something is still to be done")),
            (call_noting.SETTLED, _("Settled: close the case")),
            (call_noting.NO_ANSWER, _("Nobody answered")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, customer: int = 0, cases: Sequence[Case] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._customer = customer
        self.fields["case"].choices = [  # type: ignore[attr-defined]
            ("", _("A new case")),
            *((str(case.pk), f"#{case.pk} {case}") for case in cases),
        ]
        if customer:
            del self.fields["phone"], self.fields["name"]
        if not cases:
            del self.fields["case"]

    def clean(self) -> dict[str, Any]:
        """Ask for what is missing: who it was, what was said, when the promise is due."""
        given = super().clean() or {}
        if not self._customer and not given.get("phone") and not given.get("name"):
            self.add_error("phone", _("Find the customer, or write a phone number or a name."))
        if given.get("result") != call_noting.NO_ANSWER and not (
            given.get("said") or given.get("answered")
        ):
            self.add_error("said", _("Write what was said."))
        due = given.get("promised_by")
        if given.get("promise") and due is None and "promised_by" not in self.errors:
            self.add_error("promised_by", _("Say by when it was promised."))
        if due is not None and not given.get("promise"):
            self.add_error("promise", _("Write what was promised."))
        if due is not None and due <= now():
            self.add_error("promised_by", _("The time must be still to come."))
        return given

    def call(self, *, by: str) -> Call:
        """Return the call that the form says; it must be valid."""
        given = self.cleaned_data
        due = given["promised_by"]
        return Call(
            key=given["key"],
            direction=given["direction"],
            result=given["result"],
            said=given["said"].strip(),
            answered=given["answered"].strip(),
            customer=self._customer,
            phone=given.get("phone", "").strip(),
            name=given.get("name", "").strip(),
            kind=given["kind"],
            subject=given["subject"],
            case=int(given.get("case") or 0),
            promise=given["promise"].strip(),
            promised_by=None if due is None else to_micros(due),
            by=by,
        )
