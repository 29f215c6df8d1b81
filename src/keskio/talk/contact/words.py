"""Rules of contact in plain sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keskio.engine.pressure import ALL, ANY, Cap, Collision, Control, Quiet, Rules
from keskio.engine.times import DAY, HOUR, Span
from keskio.talk.drawing import channel_name
from keskio.talk.moment_words import span_in_words

CLASSES = {
    ANY: gettext_lazy("marketing and surveys"),
    ALL: gettext_lazy("everything but answers"),
    "marketing": gettext_lazy("marketing"),
    "survey": gettext_lazy("surveys"),
    "service": gettext_lazy("service"),
    "answer": gettext_lazy("answers"),
    "process": gettext_lazy("process messages"),
}


def class_name(pressure: str) -> str:
    """Return what a class of messages is called; one of the company's own by its name."""
    return str(CLASSES.get(pressure, pressure))


def length_in_words(micros: int) -> str:
    """Return a length of time in words: whole days as days."""
    days, rest = divmod(micros, DAY)
    return span_in_words(Span(micros=rest - rest % HOUR if days else rest, days=days))


def sentences(rules: Rules) -> list[str]:
    """Return the rules one by one, as anybody can read them."""
    said = [
        *(_cap(cap) for cap in rules.caps),
        *(_collision(rule) for rule in rules.collisions),
        *(_control(control) for control in rules.controls),
    ]
    if not rules.caps:
        said.append(_("Nothing limits how many messages a customer may get."))
    said.append(_quiet(rules.quiet, rules.zone))
    if rules.arbitrates and rules.caps:
        said.append(
            _("Where there is not room for all, what is planned and worth more keeps its place.")
        )
    return said


def _cap(cap: Cap) -> str:
    what = class_name(cap.pressure)
    where = _("all channels") if cap.channel == ANY else channel_name(cap.channel)
    if cap.limit == 0:
        return _("No messages at all: %(what)s, %(where)s.") % {"what": what, "where": where}
    told = {"n": cap.limit, "window": length_in_words(cap.window), "what": what, "where": where}
    return capfirst(
        ngettext(
            "%(what)s, %(where)s: at most one message in any %(window)s.",
            "%(what)s, %(where)s: at most %(n)d messages in any %(window)s.",
            cap.limit,
        )
        % told
    )


def _collision(rule: Collision) -> str:
    told = {
        "loser": class_name(rule.loser),
        "winner": class_name(rule.winner),
        "window": length_in_words(rule.window),
    }
    return capfirst(
        _("%(loser)s: never within %(window)s of this, which goes first: %(winner)s.") % told
    )


def _control(control: Control) -> str:
    told = {
        "share": f"{control.share * 100:g}",
        "what": named(control.classes or ("marketing",)),
        "key": control.key,
    }
    return _("A control group of %(share)s %% gets none of this: %(what)s (group %(key)s).") % told


def _quiet(quiet: Quiet | None, zone: str) -> str:
    if quiet is None or quiet.start == quiet.end:
        return _("Messages may go at any hour.")
    told = {"start": clock(quiet.start), "end": clock(quiet.end), "zone": zone}
    return (
        _(
            "Nothing but answers goes between %(start)s and %(end)s by the customer's clock"
            " (%(zone)s where it is not known)."
        )
        % told
    )


def named(classes: Sequence[str]) -> str:
    """Return several classes in one phrase."""
    return ", ".join(class_name(one) for one in classes)


def clock(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    return f"{minute // 60}:{minute % 60:02}"
