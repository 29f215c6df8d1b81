"""Forms of response-time targets and of the calendars that they are counted by."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils.translation import gettext_lazy as _

from keskio.respond.desk.hours_text import NotDays, NotHours, days_of, periods_of, text_of
from keskio.respond.desk.words import CHANNEL_NAMES
from keskio.respond.inbox.calendars import hours_of
from keskio.respond.inbox.models import Calendar, Case, Target

DAYS = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday")),
    *(_("Friday"), _("Saturday"), _("Sunday")),
)
CLOCKS = ("first_minutes", "next_minutes", "resolution_minutes")


class TargetForm(forms.Form):
    """A target: for which cases, how soon, by which calendar."""

    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=100)
    title_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    channel = forms.ChoiceField(
        label=_("Channel"),
        required=False,
        choices=lambda: [("", _("all channels")), *CHANNEL_NAMES.items()],
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=lambda: [("", _("all kinds")), *Case.Kind.choices],
    )
    first_minutes = forms.IntegerField(
        label=_("First reply within (working minutes)"), min_value=1, required=False
    )
    next_minutes = forms.IntegerField(
        label=_("Each further reply within (working minutes)"), min_value=1, required=False
    )
    resolution_minutes = forms.IntegerField(
        label=_("Put right within (working minutes)"), min_value=1, required=False
    )
    calendar = forms.ModelChoiceField(
        label=_("Counted by the calendar"),
        queryset=Calendar.objects.order_by("key"),
        empty_label=None,
    )
    warn_percent = forms.IntegerField(
        label=_("Remind when this share of the time is gone (%)"),
        min_value=10,
        max_value=99,
        initial=75,
    )
    is_frozen_waiting = forms.BooleanField(
        label=_("The time to put right stands still while the customer is waited for"),
        required=False,
        initial=True,
    )

    def values(self) -> dict[str, Any]:
        """Return the columns of the target."""
        given = dict(self.cleaned_data)
        titles = {"fi": given.pop("title_fi"), "en": given.pop("title_en")}
        return {**given, "title": {key: title for key, title in titles.items() if title}}


def initial_of(target: Target) -> dict[str, Any]:
    """Return what the form of a target begins with."""
    kept = ("channel", "kind", *CLOCKS, "calendar", "warn_percent", "is_frozen_waiting")
    titles = {f"title_{language}": title for language, title in target.title.items()}
    return {**{name: getattr(target, name) for name in kept}, **titles}


class CalendarForm(forms.Form):
    """A calendar: the hours of each day, holidays, days off."""

    key = forms.SlugField(label=_("Key"), max_length=60)
    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=100)
    title_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    zone = forms.CharField(label=_("Time zone"), max_length=60, initial="Europe/Helsinki")
    country = forms.ChoiceField(
        label=_("Public holidays"),
        required=False,
        choices=[("FI", _("Finnish ones")), ("SE", _("Swedish ones")), ("", _("none"))],
        initial="FI",
    )
    days_off = forms.CharField(
        label=_("Other days off"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Each as 2026-12-24, one a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, day in enumerate(DAYS):
            is_work = place < 5
            self.fields[f"day_{place}"] = forms.CharField(
                label=day,
                required=False,
                max_length=200,
                initial="08:00-16:00" if is_work else "",
                help_text=_("Such as 08:00-12:00, 12:30-16:00; empty: closed.")
                if not place
                else "",
            )

    def clean_days_off(self) -> list[str]:
        """Return the days off."""
        try:
            return days_of(self.cleaned_data["days_off"])
        except NotDays as fault:
            raise forms.ValidationError(
                _("Write each day off as 2026-12-24, one a line.")
            ) from fault

    def clean_zone(self) -> str:
        """Refuse a zone that there is not."""
        zone = str(self.cleaned_data["zone"])
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise forms.ValidationError(_("There is no such time zone.")) from fault
        return zone

    def clean(self) -> dict[str, Any]:
        """Read the hours of each day."""
        given = super().clean() or {}
        weekly = []
        for place in range(len(DAYS)):
            try:
                weekly.append(periods_of(given.get(f"day_{place}", "")))
            except NotHours:
                self.add_error(
                    f"day_{place}",
                    _("Write the hours as 08:00-16:00, several with commas between."),
                )
        given["weekly"] = weekly
        if not self.errors:
            self._count(given)
        return given

    def _count(self, given: dict[str, Any]) -> None:
        kept = {name: given[name] for name in ("zone", "country", "days_off", "weekly")}
        try:
            minutes = hours_of(Calendar(**kept)).per_week
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from fault
        if not minutes:
            raise forms.ValidationError(_("Somebody must work at some time: give hours for a day."))

    def values(self) -> dict[str, Any]:
        """Return the columns of the calendar."""
        given = self.cleaned_data
        titles = {"fi": given["title_fi"], "en": given["title_en"]}
        kept = ("key", "zone", "country", "days_off", "weekly")
        return {
            **{name: given[name] for name in kept},
            "title": {key: title for key, title in titles.items() if title},
        }


def initial_of_calendar(calendar: Calendar) -> dict[str, Any]:
    """Return what the form of a calendar begins with."""
    return {
        "key": calendar.key,
        "zone": calendar.zone,
        "country": calendar.country,
        "days_off": "\n".join(calendar.days_off),
        **{f"title_{language}": title for language, title in calendar.title.items()},
        **{f"day_{place}": text_of(periods) for place, periods in enumerate(calendar.weekly)},
    }
