"""Names of events and traits that are data of a special category (GDPR art. 9), such as health data.

They are kept apart: only those who have the right see them, and no segment is built on them. Which
names these are is the privacy wing's to say; until it has, there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from keskio.events.contracts import LoggedEvent

HEALTH_GROUP = "health"
"""The group of Django's whose members see data of special categories, beside their role."""


class Special(msgspec.Struct, frozen=True):
    """The names; one that ends in `*` stands for all that begin so."""

    events: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()

    def is_event(self, name: str) -> bool:
        """Tell whether an event of this name is special."""
        return _is_among(name, self.events)

    def is_trait(self, name: str) -> bool:
        """Tell whether a trait of this name is special."""
        return _is_among(name, self.traits)


NOTHING = Special()
_read: list[Callable[[], Special]] = []
_patients: list[Callable[[Collection[int]], set[int]]] = []
SAID = "message.received"


def set_special(read: Callable[[], Special]) -> None:
    """Let `read` say which names are special."""
    _read[:] = [read]


def set_patients(read: Callable[[Collection[int]], set[int]]) -> None:
    """Let `read` say who of some customers may speak of health when they write to us."""
    _patients[:] = [read]


def without_what_patients_say(events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """Return `events`, those in which a patient writes to us without what was written. One query."""
    wrote = {event.customer for event in events if event.name == SAID}
    patients = _patients[0](wrote) if wrote and _patients else set()
    return [
        msgspec.structs.replace(event, body=_without_words(event.body))
        if event.name == SAID and event.customer in patients
        else event
        for event in events
    ]


def _without_words(body: str) -> str:
    properties = msgspec.json.decode(body).get("properties", {})
    told = {"properties": {"channel": properties.get("channel", "")}}
    return msgspec.json.encode(told).decode()


def special_names() -> Special:
    """Return the names that are special now. One query."""
    return _read[0]() if _read else NOTHING


def is_health(name: str) -> bool:
    """Tell whether an event or a trait of this name is data of a special category."""
    special = special_names()
    return special.is_event(name) or special.is_trait(name)


def special_among(*, events: Iterable[str], traits: Iterable[str]) -> list[str]:
    """Return those of the names that are special, in order: a segment may build on none of them."""
    special = special_names()
    if special == NOTHING:
        return []
    return sorted(
        {name for name in events if special.is_event(name)}
        | {name for name in traits if special.is_trait(name)}
    )


def may_see_special(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether a user of the pages may see data of special categories; no role has it by itself."""
    if not isinstance(user, User):
        return False
    known = getattr(user, "_keskio_health", None)
    if known is None:
        known = user.groups.filter(name=HEALTH_GROUP).exists()
        user._keskio_health = known  # type: ignore[attr-defined]  # noqa: SLF001 - lives as long as the request
    return bool(known)


def hidden_from(user: AbstractBaseUser | AnonymousUser) -> Special:
    """Return what must not be shown to a user; nothing to one who may see everything."""
    special = special_names()
    return NOTHING if special == NOTHING or may_see_special(user) else special


def seen_events(events: Sequence[LoggedEvent], hidden: Special) -> list[LoggedEvent]:
    """Return those of `events` that may be shown, without the traits that may not."""
    if hidden == NOTHING:
        return list(events)
    return [_seen(event, hidden) for event in events if not hidden.is_event(event.name)]


def _seen(event: LoggedEvent, hidden: Special) -> LoggedEvent:
    if not hidden.traits or '"traits"' not in event.body:
        return event
    body = msgspec.json.decode(event.body)
    traits = body.get("traits")
    if not isinstance(traits, dict) or not any(hidden.is_trait(name) for name in traits):
        return event
    body["traits"] = {name: value for name, value in traits.items() if not hidden.is_trait(name)}
    return msgspec.structs.replace(event, body=msgspec.json.encode(body).decode())


def _is_among(name: str, names: Collection[str]) -> bool:
    return name in names or any(
        pattern.endswith("*") and name.startswith(pattern[:-1]) for pattern in names
    )
