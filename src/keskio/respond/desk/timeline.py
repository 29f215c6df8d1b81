"""What the service did for a customer, as sentences of her timeline: cases, promises, leads, recovery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from keskio.kernel.clock import from_micros
from keskio.know.api import Told, Tone, tell_events
from keskio.respond.desk.words import CHANNEL_NAMES

Properties = Mapping[str, Any]
Title = Callable[[], str]


def register() -> None:
    """Tell the customer's timeline how the service's events are said. Called once."""
    tell_events({name: _case(title, tone) for name, (title, tone) in CASES.items()})
    tell_events({name: _promise(title, tone) for name, (title, tone) in PROMISES.items()})
    tell_events({name: _plainly(title, tone) for name, (title, tone) in OTHERS.items()})


CASES: Mapping[str, tuple[Title, Tone]] = {
    "case.opened": (lambda: _("A case was opened"), "brand"),
    "case.received": (lambda: _("A message came to a case"), "brand"),
    "case.replied": (lambda: _("A case was answered"), "good"),
    "case.noted": (lambda: _("A note was written in a case"), ""),
    "case.assigned": (lambda: _("A case was given to somebody"), ""),
    "case.snoozed": (lambda: _("A case was snoozed"), ""),
    "case.woken": (lambda: _("A case came back to work"), ""),
    "case.closed": (lambda: _("A case was closed"), "good"),
    "case.reopened": (lambda: _("A case was opened again"), "warn"),
    "case.merged": (lambda: _("Cases were merged"), ""),
    "case.unmerged": (lambda: _("Merged cases were taken apart"), ""),
    "case.split": (lambda: _("A case was split"), ""),
    "case.changed": (lambda: _("What a case is about was changed"), ""),
    "case.warned": (lambda: _("A case's deadline came near"), "warn"),
    "case.handed_over": (lambda: _("A case was late, and handed over"), "bad"),
}
PROMISES: Mapping[str, tuple[Title, Tone]] = {
    "promise.made": (lambda: _("A promise was made"), "brand"),
    "promise.kept": (lambda: _("A promise was kept"), "good"),
    "promise.broken": (lambda: _("A promise was broken"), "bad"),
    "promise.withdrawn": (lambda: _("A promise was withdrawn"), ""),
    "promise.put_right": (lambda: _("A broken promise was put right"), "good"),
    "promise.moved": (lambda: _("A promise was given a new date"), "warn"),
    "promise.reminded": (lambda: _("A promise was reminded of"), ""),
}
OTHERS: Mapping[str, tuple[Title, Tone]] = {
    "lead.opened": (lambda: _("A lead was opened"), "brand"),
    "lead.closed": (lambda: _("A lead was closed"), ""),
    "recovery.begun": (lambda: _("Putting things right was begun"), ""),
    "recovery.offered": (lambda: _("A compensation was offered"), "good"),
    "recovery.approved": (lambda: _("A compensation was approved"), "good"),
    "recovery.ended": (lambda: _("Putting things right ended"), ""),
    "recovery.follow_up": (lambda: _("It was time to ask whether things were put right"), ""),
    "feedback.given": (lambda: _("Feedback was given"), "brand"),
}


def _case(title: Title, tone: Tone) -> Callable[[Properties, str], Told]:
    def tell(properties: Properties, _language: str) -> Told:
        channel = _text(properties, "channel")
        parts = [
            _("Case %(number)s") % {"number": _text(properties, "case")},
            str(CHANNEL_NAMES.get(channel, channel)),
            _text(properties, "queue"),
            _text(properties, "assignee"),
        ]
        return Told(title(), note=_joined(parts), tone=tone)

    return tell


def _promise(title: Title, tone: Tone) -> Callable[[Properties, str], Told]:
    def tell(properties: Properties, _language: str) -> Told:
        due = properties.get("due_at")
        until = (
            date_format(localtime(from_micros(due)), "SHORT_DATETIME_FORMAT")
            if isinstance(due, int)
            else ""
        )
        parts = [_("by %(moment)s") % {"moment": until} if until else "", _text(properties, "by")]
        name = _text(properties, "text")
        return Told(f"{title()}: {name}" if name else title(), note=_joined(parts), tone=tone)

    return tell


def _plainly(title: Title, tone: Tone) -> Callable[[Properties, str], Told]:
    def tell(properties: Properties, _language: str) -> Told:
        number = _text(properties, "case")
        case = _("Case %(number)s") % {"number": number} if number else ""
        return Told(title(), note=_joined([case, _text(properties, "by")]), tone=tone)

    return tell


def _text(properties: Properties, name: str) -> str:
    value = properties.get(name)
    return "" if value is None else str(value)


def _joined(parts: list[str]) -> str:
    return " · ".join(part for part in parts if part)
