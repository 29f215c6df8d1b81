"""Spans and channels as people say them: what the rows of the list and the thread show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keskio.respond.inbox.models import Case

CHANNEL_SIGNS = {
    "email": "channel",
    "sms": "phone",
    "social": "globe",
    "chat": "dialogue",
    "call": "call",
    "survey": "task",
    "form": "book",
    "letter": "channel",
}
CHANNEL_NAMES: dict[str, str | Promise] = {
    "email": pgettext_lazy("channel", "E-mail"),
    "sms": pgettext_lazy("channel", "Text message"),
    "social": pgettext_lazy("channel", "Public message"),
    "chat": pgettext_lazy("channel", "Web chat"),
    "call": pgettext_lazy("channel", "Phone call"),
    "survey": pgettext_lazy("channel", "Survey"),
    "form": pgettext_lazy("channel", "Form"),
    "letter": pgettext_lazy("channel", "Letter"),
}
NETWORKS = {
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "reddit": "Reddit",
    "rss": "RSS",
    "app": gettext_lazy("App store"),
    "review": gettext_lazy("Reviews"),
}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SOON = 0.25


def channel_in_words(case: Case) -> str:
    """Return the channel of a case as people call it: the network, where it is a public one."""
    if case.network:
        return str(NETWORKS.get(case.network, case.network.capitalize()))
    return str(CHANNEL_NAMES.get(case.channel, case.channel))


def sign_of(channel: str) -> str:
    """Return the sign of a channel."""
    return CHANNEL_SIGNS.get(channel, "dialogue")


def span(length: timedelta) -> str:
    """Return a span in its two largest units: 3 d 4 h, 2 h 15 min, 8 min."""
    if length >= _DAY:
        days, hours = length // _DAY, (length % _DAY) // _HOUR
        told = _("%(n)d d") % {"n": days}
        return f"{told} {_('%(n)d h') % {'n': hours}}" if hours and days < 10 else told
    if length >= _HOUR:
        minutes = (length % _HOUR) // _MINUTE
        told = _("%(n)d h") % {"n": length // _HOUR}
        return f"{told} {_('%(n)d min') % {'n': minutes}}" if minutes else told
    return _("%(n)d min") % {"n": max(0, length // _MINUTE)}


def left_of(case: Case, now: datetime) -> tuple[str, str]:
    """Return how much time is left for a case, and the tone of it."""
    if case.state == Case.State.CLOSED:
        return _("Closed"), "plain"
    if case.state == Case.State.SNOOZED and case.snoozed_until is not None:
        return _("back %(at)s") % {"at": moment(case.snoozed_until, now)}, "plain"
    if case.due_at is None:
        if case.state == Case.State.WAITING:
            return _("customer's turn"), "plain"
        return _("no deadline"), "plain"
    if case.due_at < now:
        return _("%(span)s late") % {"span": span(now - case.due_at)}, "bad"
    told = _("%(span)s left") % {"span": span(case.due_at - now)}
    return told, "warn" if _is_soon(case, now) else "good"


def _is_soon(case: Case, now: datetime) -> bool:
    if case.warn_at is not None:
        return case.warn_at <= now
    return case.due_at is not None and case.due_at - now <= _HOUR


def moment(at: datetime, now: datetime) -> str:
    """Return an instant shortly: the time today, else the day of the week or the date with it."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    clock = date_format(local, "TIME_FORMAT")
    if local.date() == today:
        return clock
    if 0 < (local.date() - today).days < 7:
        return f"{date_format(local, 'D')} {clock}"
    return date_format(local, "SHORT_DATETIME_FORMAT")


def people_in_words(names: tuple[str, ...]) -> str:
    """Return names in a row, with the last one by "and"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(some)s and %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}


def happened(entry: Any, names: dict[str, str]) -> str:
    """Return what was done, as a sentence, for an entry that is an event."""
    told = dict(entry.told or {})
    by = names.get(entry.by, entry.by) or _("Keskiö")
    after = told.get("after") or {}
    to = names.get(str(after.get("assignee", "")), str(after.get("assignee", "")))
    sentences = {
        "opened": _("%(by)s opened the case."),
        "assigned": _("%(by)s gave the case to %(to)s.") if to else _("%(by)s freed the case."),
        "snoozed": _("%(by)s snoozed the case."),
        "woken": _("The case came back to work."),
        "answered": "",
        "taken_up": "",
        "closed": _("%(by)s closed the case."),
        "reopened": _("%(by)s opened the case again."),
        "merged": _("%(by)s merged another case into this one."),
        "unmerged": _("%(by)s took a merged case out again."),
        "split": _("%(by)s split messages off into a case of their own."),
        "changed": _("%(by)s changed what the case is about."),
        "warned": _("The deadline comes near: a reminder was given."),
        "handed_over": _("The deadline passed: the case was handed over."),
        "promise_reminded": _("A promise falls due soon: “%(text)s”."),
        "promise_broken": _("A promise was broken: “%(text)s”. Campaigns and surveys wait."),
        "recovery_begun": _("A recovery plan was chosen."),
        "recovery_late": _("A step of the recovery plan is late."),
        "recovery_follow_up": _("It is time to ask whether the matter was put right."),
        "recovery_step": _("%(by)s did a step of the recovery plan."),
        "compensation_asked": _("%(by)s asked for a compensation."),
        "compensation_approved": _("%(by)s approved a compensation."),
        "compensation_declined": _("The customer did not want the compensation."),
        "compensation_offered": _("%(by)s offered a compensation."),
        "compensation_refused": _("%(by)s refused a compensation."),
    }
    sentence = sentences.get(entry.what)
    if sentence is None:
        return str(entry.text or entry.what.replace("_", " "))
    return sentence % {"by": by, "to": to, "text": told.get("text", "")}


def cases_in_words(count: int) -> str:
    """Return a number of cases in words."""
    return ngettext("%(n)d case", "%(n)d cases", count) % {"n": count}


def minutes_in_words(minutes: int | None) -> str:
    """Return a number of working minutes in words; a dash for none."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    told = [_("%(n)d h") % {"n": hours}] if hours else []
    return " ".join([*told, _("%(n)d min") % {"n": rest}] if rest or not hours else told)
