"""Forms of identity: the rules of one type, merging by hand, a day to look back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.know.rules import ANONYMOUS, CODE, DEFAULTS, OTHER, Rule

_MOST = 10_000


class RuleForm(forms.Form):
    """The rule of one type of identifiers."""

    priority = forms.IntegerField(
        label=_("Order"),
        min_value=1,
        max_value=98,
        help_text=_("The smallest number leads: it says whose an event is."),
    )
    limit = forms.IntegerField(
        label=_("At most for a customer"),
        min_value=0,
        max_value=_MOST,
        help_text=_("0: any number."),
    )
    ever = forms.BooleanField(label=_("Count also those no longer in force"), required=False)
    unique = forms.BooleanField(label=_("Says who somebody is"), required=False)
    proven_only = forms.BooleanField(
        label=_("Only from servers and our own channels"), required=False
    )
    blocked = forms.CharField(
        label=_("Blocked values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line; * stands for anything. Nobody has these, whoever sends them."),
    )
    shared = forms.CharField(
        label=_("Shared by many"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Such as info@*. They reach a customer, but join nobody to it."),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        required=False,
        max_length=300,
        help_text=_("Which law or agreement lets you keep the code? Empty: it is not kept."),
    )

    def __init__(self, kind: str, told: Mapping[str, str] | None, rule: Rule) -> None:
        self.kind = kind
        initial: dict[str, Any] = {
            "priority": rule.priority,
            "limit": rule.limit,
            "ever": rule.ever,
            "unique": rule.unique,
            "proven_only": rule.proven_only,
            "blocked": "\n".join(rule.blocked),
            "shared": "\n".join(rule.shared),
            "legal_basis": rule.legal_basis,
        }
        super().__init__(told, initial=initial, prefix="other" if kind == OTHER else kind)
        if kind in ANONYMOUS:
            del self.fields["priority"]
        if kind in ANONYMOUS or kind == CODE:
            del self.fields["shared"]
            del self.fields["proven_only"]
        if kind != CODE:
            del self.fields["legal_basis"]

    def rule(self) -> Rule:
        """Return the rule that the form says; call it when the form is valid."""
        told = self.cleaned_data
        return Rule(
            self.kind,
            told.get("priority", DEFAULTS.get(self.kind, DEFAULTS[OTHER]).priority),
            told["limit"],
            ever=told["ever"],
            blocked=_lines(told["blocked"]),
            shared=_lines(told.get("shared", "")),
            unique=told["unique"],
            proven_only=told.get("proven_only", False),
            legal_basis=told.get("legal_basis", "").strip(),
        )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class MergeForm(forms.Form):
    """The other customer who is the same person, by number."""

    other = forms.CharField(
        label=_("The other customer's number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("As on the page of the other customer, such as #128."),
    )

    def clean_other(self) -> int:
        """Return the number."""
        text = str(self.cleaned_data["other"]).strip().removeprefix("#")
        if not text.isdecimal() or len(text) > 15:
            raise forms.ValidationError(_("A customer's number is digits only, such as 128."))
        return int(text)


class DayForm(forms.Form):
    """A day to look back to."""

    on = forms.DateField(
        label=_("As it was on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
