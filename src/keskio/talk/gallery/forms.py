"""The form made of a playbook's few questions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.kernel.i18n import in_language
from keskio.talk.gallery.playbooks import Playbook, Question, default_of

PREFIX = "q_"


class StartForm(forms.Form):
    """What somebody who starts from a playbook is asked: its own name, and its questions."""

    key = forms.SlugField(
        label=_("Name of the dialogue"),
        max_length=100,
        help_text=_(
            "Small letters and hyphens. A name of its own makes a new dialogue; the name of one that is"
            " there already makes its next version."
        ),
    )

    def __init__(self, book: Playbook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = book
        self.fields["key"].initial = book.program.key
        for question in book.about.questions:
            self.fields[PREFIX + question.variable] = _field(book, question)

    def questions(self) -> list[forms.BoundField]:
        """Return the fields of the questions."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def variables(self) -> dict[str, Any]:
        """Return the answers as variables of the definition; those left as they were are left out."""
        found = {}
        for question in self.book.about.questions:
            value = _plain(self.cleaned_data.get(PREFIX + question.variable))
            default = default_of(question, self.book.program.variables)
            if value not in (None, "") and value != default:
                found[question.variable] = value
        return found


def coming_dates(book: Playbook, today: date) -> dict[str, str]:
    """Return the playbook's own dates, by field, as many years later as bring the first of them to come.

    The distances between them stay; nothing is returned when they are all still to come.
    """
    own = {
        PREFIX + question.variable: _date_of(default_of(question, book.program.variables))
        for question in book.about.questions
        if question.kind in ("date", "datetime")
    }
    dates = {name: at for name, at in own.items() if at is not None}
    first = min((at.date() for at in dates.values()), default=today)
    later = 0
    while _years_on(first, later) < today:
        later += 1
    if not later:
        return {}
    timed = {PREFIX + one.variable for one in book.about.questions if one.kind == "datetime"}
    return {
        name: f"{_years_on(at.date(), later)}{at:T%H:%M}"
        if name in timed
        else str(_years_on(at.date(), later))
        for name, at in dates.items()
    }


def _date_of(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February, in a year without one
        return date(day.year + years, 3, 1)


def _field(book: Playbook, question: Question) -> forms.Field:
    label = in_language(question.label, get_language() or "fi")
    initial = default_of(question, book.program.variables)
    match question.kind:
        case "date":
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(label=label, initial=str(initial)[:10], widget=widget)
        case "datetime":
            form = "%Y-%m-%dT%H:%M"
            picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=form)
            return forms.CharField(label=label, initial=str(initial)[:16], widget=picker)
        case "number" | "money":
            return forms.DecimalField(label=label, initial=initial)
        case "choice":
            language = get_language() or "fi"
            choices = [(v, in_language(texts, language)) for v, texts in question.options.items()]
            return forms.ChoiceField(label=label, initial=initial, choices=choices)
        case _:
            return forms.CharField(label=label, initial=initial, max_length=500)


def _plain(value: Any) -> Any:
    """Return a form's value as YAML would hold it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value
