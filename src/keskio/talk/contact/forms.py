"""Forms of the wing: the rules, row by row, and whom to look at."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keskio.engine.pressure import ANY, Cap, Collision, Control, Quiet, Rules
from keskio.engine.times import DAY, HOUR
from keskio.talk.contact.words import CLASSES
from keskio.talk.drawing import CHANNELS

SPARE = 2  # empty rows at the end of each list
UNITS = {"days": DAY, "hours": HOUR}
UNIT_NAMES = [("days", _("days")), ("hours", _("hours"))]
CLASS = r"^[a-z][a-z0-9_-]*$"


class CapForm(forms.Form):
    """One cap; a row without a number is no cap."""

    limit = forms.IntegerField(label=_("At most"), min_value=0, max_value=1000, required=False)
    length = forms.IntegerField(label=_("In"), min_value=1, max_value=3660, required=False)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNIT_NAMES, required=False)
    pressure = forms.CharField(label=_("Class"), max_length=20, required=False)
    channel = forms.ChoiceField(
        label=_("Channel"),
        required=False,
        choices=lambda: [(ANY, _("all channels")), *CHANNELS.items()],
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the length of time where there is a number."""
        given = super().clean() or {}
        if given.get("limit") is not None and not given.get("length"):
            self.add_error("length", _("Say in how long a time."))
        return given

    def rule(self) -> Cap | None:
        """Return the cap, or None for an empty row."""
        given = self.cleaned_data
        if given.get("limit") is None:
            return None
        window = given["length"] * UNITS[given["unit"] or "days"]
        return Cap(given["limit"], window, given["channel"] or ANY, given["pressure"] or ANY)


class CollisionForm(forms.Form):
    """One collision; a row without classes is none."""

    loser = forms.RegexField(CLASS, label=_("This class"), max_length=20, required=False)
    winner = forms.RegexField(CLASS, label=_("Gives way to"), max_length=20, required=False)
    length = forms.IntegerField(label=_("Within days"), min_value=1, max_value=366, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for all three, or none."""
        given = super().clean() or {}
        told = [bool(given.get(name)) for name in self.fields]
        if any(told) and not all(told) and not self.errors:
            raise forms.ValidationError(_("Say both classes and the number of days."))
        return given

    def rule(self) -> Collision | None:
        """Return the collision, or None for an empty row."""
        given = self.cleaned_data
        if not given.get("loser"):
            return None
        return Collision(given["loser"], given["winner"], given["length"] * DAY)


class ControlForm(forms.Form):
    """One control group; a row without a name is none."""

    key = forms.CharField(label=_("Name of the group"), max_length=60, required=False)
    share = forms.FloatField(label=_("Share, %"), min_value=0, max_value=50, required=False)
    classes = forms.CharField(label=_("Gets none of"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the share where there is a name."""
        given = super().clean() or {}
        if given.get("key") and given.get("share") is None:
            self.add_error("share", _("Say the share."))
        return given

    def rule(self) -> Control | None:
        """Return the group, or None for an empty row."""
        given = self.cleaned_data
        if not given.get("key"):
            return None
        classes = tuple(given["classes"].replace(",", " ").split())
        return Control(given["key"], given["share"] / 100, classes)


class GeneralForm(forms.Form):
    """Quiet hours, the zone that stands in, and whether ranks count."""

    quiet = forms.BooleanField(label=_("Quiet hours"), required=False)
    start = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput({"type": "time"})
    )
    end = forms.TimeField(label=_("To"), required=False, widget=forms.TimeInput({"type": "time"}))
    zone = forms.CharField(
        label=_("Time zone where the customer's is not known"),
        max_length=60,
        help_text=_("Such as Europe/Helsinki."),
    )
    arbitrates = forms.BooleanField(
        label=_("What is worth more keeps its place where there is not room for all"),
        required=False,
    )

    def clean_zone(self) -> str:
        """Return a zone that there is."""
        zone = str(self.cleaned_data["zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try Europe/Helsinki."))
        return zone

    def clean(self) -> dict[str, Any]:
        """Ask for both hours."""
        given = super().clean() or {}
        if given.get("quiet") and (given.get("start") is None or given.get("end") is None):
            raise forms.ValidationError(_("Say when the quiet hours begin and end."))
        return given


class RulesForm:
    """All the rules as one form: lists of rows with spare ones at the end, and the general part."""

    def __init__(self, rules: Rules, data: QueryDict | None = None) -> None:
        self._data = data
        self.general = GeneralForm(data, initial=_general(rules))
        self.caps = self._rows(CapForm, "cap", [_cap_row(cap) for cap in rules.caps])
        self.collisions = self._rows(
            CollisionForm,
            "collision",
            [
                {"loser": c.loser, "winner": c.winner, "length": c.window // DAY}
                for c in rules.collisions
            ],
        )
        self.controls = self._rows(
            ControlForm,
            "control",
            [
                {"key": c.key, "share": round(c.share * 100, 4), "classes": ", ".join(c.classes)}
                for c in rules.controls
            ],
        )
        self.classes = [(key, name) for key, name in CLASSES.items()]

    def _rows(self, kind: type[Any], name: str, known: list[dict[str, Any]]) -> list[Any]:
        count = len(known) + SPARE
        if self._data is not None:
            told = self._data.get(f"{name}s", "")
            count = min(int(told), 60) if told.isdecimal() else count
        return [
            kind(
                self._data,
                prefix=f"{name}{place}",
                initial=known[place] if place < len(known) else {},
            )
            for place in range(count)
        ]

    def is_valid(self) -> bool:
        """Tell whether every row is in order."""
        forms_ = [self.general, *self.caps, *self.collisions, *self.controls]
        return not [form for form in forms_ if not form.is_valid()]  # each shows its own errors

    def rules(self) -> Rules:
        """Return the rules as they were given."""
        given = self.general.cleaned_data
        quiet = Quiet(_minute(given["start"]), _minute(given["end"])) if given["quiet"] else None
        return Rules(
            caps=tuple(rule for row in self.caps if (rule := row.rule())),
            quiet=quiet,
            zone=given["zone"],
            collisions=tuple(rule for row in self.collisions if (rule := row.rule())),
            controls=tuple(rule for row in self.controls if (rule := row.rule())),
            arbitrates=given["arbitrates"],
        )


class WhoForm(forms.Form):
    """Whom to look at."""

    q = forms.CharField(
        label=_("Customer's number, e-mail address, phone number or user id"),
        max_length=200,
        required=False,
    )


def _general(rules: Rules) -> dict[str, Any]:
    quiet = rules.quiet or Quiet()
    return {
        "quiet": rules.quiet is not None,
        "start": f"{quiet.start // 60:02}:{quiet.start % 60:02}",
        "end": f"{quiet.end // 60:02}:{quiet.end % 60:02}",
        "zone": rules.zone,
        "arbitrates": rules.arbitrates,
    }


def _cap_row(cap: Cap) -> dict[str, Any]:
    unit = "hours" if cap.window % DAY else "days"
    row = {"limit": cap.limit, "length": cap.window // UNITS[unit], "unit": unit}
    return {**row, "pressure": cap.pressure, "channel": cap.channel}


def _minute(at: Any) -> int:
    return int(at.hour * 60 + at.minute)
