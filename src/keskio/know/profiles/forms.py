"""Forms of the wing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.know.profiles import words
from keskio.know.profiles.models import Persona, PurchaseRule
from keskio.know.profiles.reports import K_MEANS

if TYPE_CHECKING:
    _PersonaForm = forms.ModelForm[Persona]
    _RuleForm = forms.ModelForm[PurchaseRule]
else:
    _PersonaForm = _RuleForm = forms.ModelForm

MOST_CLUSTERS = 12


class RuleForm(_RuleForm):
    """What a purchase is, and how value is reckoned from it."""

    unit = forms.ChoiceField(
        label=_("Unit of time"),
        choices=list(words.UNITS.items()),
        help_text=_("The parameters are told in it. Times are never rounded to it."),
    )
    margin = forms.FloatField(
        label=_("Margin, %"),
        min_value=0.1,
        max_value=100,
        help_text=_(
            "What is left of a purchase after its own costs: value is margin, not revenue."
        ),
    )
    horizon_days = forms.IntegerField(label=_("How far ahead, days"), min_value=30, max_value=1826)
    discount = forms.FloatField(
        label=_("Interest, % a year"),
        min_value=0,
        max_value=100,
        help_text=_("Money of later is worth that much less today."),
    )

    class Meta:
        model = PurchaseRule
        fields = (
            "event",
            "property",
            "currency",
            "margin",
            "horizon_days",
            "discount",
            "unit",
            "is_contractual",
        )
        labels = {
            "event": _("The event that is a purchase"),
            "property": _("The property that is its value"),
            "currency": _("Currency"),
            "is_contractual": _("Customers have contracts that they end by giving notice"),
        }
        help_texts = {
            "event": _("As sources tell it, for example Order Completed."),
            "property": _("A number among the event's properties, for example revenue."),
        }


class ClusterForm(forms.Form):
    """What a search for clusters is to look at."""

    title = forms.CharField(label=_("Name of the search"), max_length=120)
    variables = forms.MultipleChoiceField(
        label=_("Variables"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Few are better than many: what you leave out is used to judge the clusters."),
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=list(words.METHODS.items()), initial=K_MEANS
    )
    k = forms.TypedChoiceField(
        label=_("Number of clusters"),
        coerce=int,
        initial=0,
        choices=[(0, _("Suggest one")), *((k, str(k)) for k in range(2, MOST_CLUSTERS + 1))],
    )
    log_skewed = forms.BooleanField(
        label=_("Take logarithms of skewed variables first"),
        required=False,
        initial=True,
        help_text=_("Without it the few largest customers become clusters of their own."),
    )

    def __init__(self, *args: Any, variables: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["variables"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, words.title_of(name)) for name in variables]


class PersonaForm(_PersonaForm):
    """A persona; lists have a line for each thing."""

    class Meta:
        model = Persona
        fields = (
            "name",
            "summary",
            "story",
            "motives",
            "goals",
            "hindrances",
            "channels",
            "quotes",
        )
        labels = {
            "name": _("Name"),
            "summary": _("In one sentence"),
            "story": _("Story"),
            "motives": _("Motives"),
            "goals": _("Goals"),
            "hindrances": _("Hindrances"),
            "channels": _("Channels"),
            "quotes": _("In their own words"),
        }
        help_texts = dict.fromkeys(
            ("motives", "goals", "hindrances", "channels", "quotes"), _("A line for each.")
        )
        widgets = {
            name: forms.Textarea(attrs={"rows": 3})
            for name in ("story", "motives", "goals", "hindrances", "channels", "quotes")
        }

    match = forms.ChoiceField(
        label=_("Who match"),
        required=False,
        help_text=_(
            "A segment, or a cluster in use: the figures of the persona are those of its members."
        ),
    )

    def __init__(self, *args: Any, matches: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["match"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Nobody in particular")), *matches]
        one = self.instance
        self.initial.setdefault("match", f"{one.link}:{one.linked_to}" if one.linked_to else "")

    def save(self, commit: bool = True) -> Persona:
        """Return the persona with who match it."""
        persona: Persona = super().save(commit=False)
        link, _colon, linked_to = self.cleaned_data["match"].partition(":")
        persona.link, persona.linked_to = link or Persona.Link.NONE, linked_to
        if commit:
            persona.save()
        return persona
