"""Events of the log as sentences for the timeline. What is not known is shown by its own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec
from django.utils.translation import gettext as _

from keskio.engine.dialogue.reasons import SENTENCES, sentence
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.i18n import in_language
from keskio.know import words
from keskio.know.contracts import ANY_PURPOSE
from keskio.know.naming import asked_by
from keskio.web import names
from keskio.web.names import Hidden, Reader

Tone: TypeAlias = Literal["", "good", "warn", "bad", "brand"]
"""How an event is coloured in the timeline; "" is plain."""
_TOLD_OF_ALL = frozenset({"channel", "queue"})
_SHOWN = 4
_LONGEST = 80


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}
    traits: dict[str, Any] = {}


_read = msgspec.json.Decoder(_Body).decode


class Told(msgspec.Struct, frozen=True):
    """What one event tells: a title, small print, and words that were said, by us or by them."""

    title: str
    note: str = ""
    said: str = ""
    is_ours: bool = False
    tone: Tone = ""


class Entry(msgspec.Struct, frozen=True):
    """One line of the timeline; `raw` is the event as stored, to be read by people; "" where it is not."""

    id: int
    at: Micros
    name: str
    told: Told
    raw: str


Teller: TypeAlias = Callable[[Mapping[str, Any], str], Told]


def entries_of(events: Sequence[LoggedEvent], reader: Reader) -> list[Entry]:
    """Return `events` as the timeline shows them; what they name by keys is called by its title.

    Of what the reader may not know only that it was, and in which channel, is told.
    """
    bodies = [_read(event.body) for event in events]
    asked = [asked_by(one.name, body.properties) for one, body in zip(events, bodies, strict=True)]
    wanted: dict[str, set[str]] = {}
    for names_asked in asked:
        for kind, key in names_asked.values():
            wanted.setdefault(kind, set()).add(key)
    found = {kind: names.names_of(kind, keys, reader) for kind, keys in wanted.items()}
    entries = []
    for event, body, names_asked in zip(events, bodies, asked, strict=True):
        called = {place: (found[kind][key], key) for place, (kind, key) in names_asked.items()}
        # What nobody has a name for stays as the event told it.
        body.properties |= {place: name for place, (name, key) in called.items() if name != key}
        raw = msgspec.json.format(event.body, indent=2)
        if any(isinstance(name, Hidden) for name, _key in called.values()):
            body.properties = {
                place: told
                for place, told in body.properties.items()
                if place in called or place in _TOLD_OF_ALL
            }
            raw = ""
        told = _told(event.name, body, reader.language)
        entries.append(Entry(event.id, event.at, event.name, told, raw))
    return entries


def tell_events(tellers: Mapping[str, Teller]) -> None:
    """Let another room say its own events in sentences: a teller by the event's name. Called once."""
    _TELLERS.update(tellers)


def _told(name: str, body: _Body, language: str) -> Told:
    if name in _TELL_TRAITS:
        return _TELL_TRAITS[name](body.traits, language)
    teller = _TELLERS.get(name)
    return teller(body.properties or body.traits, language) if teller else _plain(name, body)


def _plain(name: str, body: _Body) -> Told:
    return Told(name, note=_listed(body.properties))


def _listed(properties: Mapping[str, Any]) -> str:
    """Return a few of the plain properties in one line."""
    plain = [
        f"{name}: {value}"
        for name, value in properties.items()
        if isinstance(value, str | int | float) and value != ""
    ]
    shown = [text if len(text) <= _LONGEST else text[:_LONGEST] + "…" for text in plain[:_SHOWN]]
    return ", ".join(shown) + (" …" if len(plain) > _SHOWN else "")


def _text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    return "" if value is None else str(value)


def _channel(properties: Mapping[str, Any]) -> str:
    return words.called(words.CHANNELS, _text(properties, "channel"))


def _received(properties: Mapping[str, Any], _language: str) -> Told:
    title = _("Message from the customer (%(channel)s)") % {"channel": _channel(properties)}
    return Told(title, said=_text(properties, "text"), tone="brand")


def _message(title: Callable[[], str], tone: Tone = "") -> Teller:
    def tell(properties: Mapping[str, Any], language: str) -> Told:
        return Told(
            title() % {"channel": _channel(properties)},
            note=_about(properties, "" if tone == "good" else language),
            said=_text(properties, "text"),
            is_ours=True,
            tone=tone,
        )

    return tell


def _about(properties: Mapping[str, Any], language: str) -> str:
    """Return which dialogue and step it was and, if a language is given, why, as far as told."""
    why = _why(_text(properties, "reason"), language) if language else ""
    dialogue, step = _text(properties, "dialogue"), _text(properties, "step")
    # Both are called the same where the dialogue is about health, and may not be named.
    parts = [dialogue, step if step != dialogue else "", why]
    return " · ".join(part for part in parts if part)


def _why(code: str, language: str) -> str:
    """Return the sentence of a reason of the engine's, of which the outcome may be only the last part."""
    last = code.rpartition(".")[2]
    if last not in SENTENCES:
        return code
    said = sentence(last, language)
    return code if "{" in said else said


def _consent(title: Callable[[], str], tone: Tone) -> Teller:
    def tell(properties: Mapping[str, Any], _language: str) -> Told:
        purpose = _text(properties, "purpose")
        of_what = (
            _channel(properties)
            if purpose == ANY_PURPOSE
            else f"{words.called(words.PURPOSES, purpose)}, {_channel(properties)}"
        )
        cause = words.called(words.CAUSES, _text(properties, "cause"))
        actor = _text(properties, "actor")
        return Told(
            f"{title()}: {of_what}",
            note=f"{cause} ({actor})" if actor and actor != cause else cause,
            tone=tone,
        )

    return tell


def _plainly(title: Callable[[], str], tone: Tone = "") -> Teller:
    return lambda properties, _language: Told(title(), note=_text(properties, "actor"), tone=tone)


def _task(title: Callable[[], str], tone: Tone = "") -> Teller:
    def tell(properties: Mapping[str, Any], language: str) -> Told:
        named = properties.get("title")
        what = in_language(named, language) if isinstance(named, dict | str) else ""
        note = _text(properties, "note")
        actor = _text(properties, "actor")
        who = actor or _text(properties, "queue")
        parts = [part for part in (who, note) if part]
        return Told(f"{title()}: {what}" if what else title(), note=" · ".join(parts), tone=tone)

    return tell


def _dialogue(title: Callable[[], str]) -> Teller:
    def tell(properties: Mapping[str, Any], language: str) -> Told:
        name, outcome = _text(properties, "dialogue"), _text(properties, "outcome")
        return Told(f"{title()}: {name}" if name else title(), note=_why(outcome, language))

    return tell


def _identified(properties: Mapping[str, Any], _language: str) -> Told:
    return Told(_("The customer was identified"), note=_listed(properties), tone="good")


def _merged(properties: Mapping[str, Any], _language: str) -> Told:
    number = _text(properties, "customer")
    return Told(
        _("Anonymous visitor #%(number)s turned out to be this customer") % {"number": number}
    )


def _aliased(_properties: Mapping[str, Any], _language: str) -> Told:
    return Told(_("Another id of the customer was told"))


def _viewed(title: Callable[[], str]) -> Teller:
    def tell(properties: Mapping[str, Any], _language: str) -> Told:
        what = _text(properties, "title") or _text(properties, "name") or _text(properties, "path")
        return Told(f"{title()}: {what}" if what else title(), note=_text(properties, "url"))

    return tell


def _reported(properties: Mapping[str, Any], _language: str) -> Told:
    title = _("The network reports: %(status)s (%(channel)s)")
    told = {"status": _text(properties, "status"), "channel": _channel(properties)}
    return Told(title % told, note=_text(properties, "detail"))


def _object(title: Callable[[], str]) -> Teller:
    """Return a teller of what happened to an object: what has changed, or why it ended."""

    def tell(properties: Mapping[str, Any], language: str) -> Told:
        del language  # nothing in it is said in another one
        which = f"{_text(properties, 'kind')} {_text(properties, 'key')}"
        before = properties.get("before")
        changed = properties.get("changed")
        names = changed if isinstance(changed, list) else []
        known = before if isinstance(before, dict) else {}
        told = [
            f"{name}: {known[name]} → {properties.get(name)}"
            if known.get(name) is not None
            else f"{name}: {properties.get(name)}"
            for name in names[:_SHOWN]
        ]
        refused = properties.get("refused")
        told += [str(sentence) for sentence in refused] if isinstance(refused, list) else []
        return Told(f"{title()}: {which}", note=", ".join(told))

    return tell


def _traits(title: Callable[[], str]) -> Teller:
    return lambda traits, _language: Told(title(), note=_listed(traits))


def _segment(title: Callable[[], str], tone: Tone = "") -> Teller:
    """Return a teller of who came or went; the title was noted as the segment was called then."""

    def tell(properties: Mapping[str, Any], language: str) -> Told:
        called = properties.get("title")
        what = in_language(called, language) if isinstance(called, dict | str) and called else ""
        return Told(f"{title()}: {what or _text(properties, 'segment')}", tone=tone)

    return tell


def _stage(properties: Mapping[str, Any], _language: str) -> Told:
    was, became = _text(properties, "from"), _text(properties, "to")
    steps = " → ".join(stage or "–" for stage in (was, became))
    return Told(_("Stage changed: %(steps)s") % {"steps": steps}, note=_text(properties, "model"))


def _unmerged(_properties: Mapping[str, Any], _language: str) -> Told:
    return Told(_("A merge was undone: they are two customers again"))


def _group(title: Callable[[], str]) -> Teller:
    def tell(properties: Mapping[str, Any], _language: str) -> Told:
        name = _text(properties, "title") or _text(properties, "name") or _text(properties, "key")
        return Told(f"{title()}: {name}" if name else title(), note=_text(properties, "role"))

    return tell


_TELL_TRAITS: dict[str, Teller] = {
    "customer.computed": _traits(lambda: _("Computed traits changed")),
    "customer.updated": _traits(lambda: _("What is known of the customer changed")),
}
_TELLERS: dict[str, Teller] = {
    "segment.entered": _segment(lambda: _("Came into a segment"), "good"),
    "segment.left": _segment(lambda: _("Left a segment")),
    "stage.changed": _stage,
    "customer.unmerged": _unmerged,
    "group.member_added": _group(lambda: _("Became a member")),
    "group.member_removed": _group(lambda: _("Is a member no longer")),
    "object.changed": _object(lambda: _("What the customer has changed")),
    "object.ended": _object(lambda: _("The customer no longer has this")),
    "object.refused": _object(lambda: _("An object could not be taken as it was told")),
    "message.received": _received,
    "message.sent": _message(lambda: _("Message to the customer (%(channel)s)")),
    "message.delivered": _message(lambda: _("Message delivered (%(channel)s)"), "good"),
    "message.failed": _message(lambda: _("Message failed (%(channel)s)"), "bad"),
    "message.bounced": _message(lambda: _("Message came back (%(channel)s)"), "bad"),
    "message.unknown": _message(
        lambda: _("It is not known whether the message left (%(channel)s)"), "warn"
    ),
    "message.held": _message(lambda: _("Message waits (%(channel)s)"), "warn"),
    "message.dropped": _message(lambda: _("Message was not sent (%(channel)s)"), "warn"),
    "message.withdrawn": _message(lambda: _("Message was withdrawn (%(channel)s)"), "warn"),
    "delivery.reported": _reported,
    "consent.given": _consent(lambda: _("Consent given"), "good"),
    "consent.denied": _consent(lambda: _("Consent denied"), "warn"),
    "consent.withdrawn": _consent(lambda: _("Consent withdrawn"), "warn"),
    "consent.expired": _consent(lambda: _("Consent expired"), "warn"),
    "customer.restricted": _plainly(
        lambda: _("The use of the customer's data was restricted"), "bad"
    ),
    "customer.released": _plainly(lambda: _("The restriction was lifted")),
    "customer.erased": _plainly(lambda: _("The customer was erased"), "bad"),
    "task.given": _task(lambda: _("Task given")),
    "task.done": _task(lambda: _("Task done"), "good"),
    "task.declined": _task(lambda: _("Task declined"), "warn"),
    "dialogue.invited": _dialogue(lambda: _("Was asked into a dialogue")),
    "dialogue.entered": _dialogue(lambda: _("Came into a dialogue")),
    "dialogue.ended": _dialogue(lambda: _("A dialogue ended")),
    "customer.identified": _identified,
    "customer.merged": _merged,
    "identity.aliased": _aliased,
    "page.viewed": _viewed(lambda: _("Viewed a page")),
    "screen.viewed": _viewed(lambda: _("Viewed a screen")),
}
