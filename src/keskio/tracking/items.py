"""One call of a Segment-compatible client: its fields, what they must be, and what becomes of it.

An item that breaks a rule raises `Flaw`, which names the reason and says how to mend it. Nothing here
knows requests, the spool or the database.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from keskio.tracking.reasons import Reason
from keskio.tracking.times import Told

Id: TypeAlias = str | int | float | None
Pair: TypeAlias = tuple[str, str]
Object: TypeAlias = dict[str, Any]

LONGEST_NAME = 200
LONGEST_ID = 500
LONGEST_MESSAGE_ID = 100
MOST_TRAITS = 300
LARGE = 32 * 1024

TYPES = {
    "t": "track",
    "i": "identify",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "track": "track",
    "identify": "identify",
    "page": "page",
    "screen": "screen",
    "group": "group",
    "alias": "alias",
}
NAMES = {
    "identify": "customer.identified",
    "page": "page.viewed",
    "screen": "screen.viewed",
    "group": "group.joined",
    "alias": "identity.aliased",
}
NAMING_OTHERS = frozenset({"alias", "group"})
_OURS = (
    "case consent customer delivery dialogue feedback friends health identity lead mention message object"
    " offer promise recovery reply segment stage survey task theme"
)
RESERVED = re.compile(
    rf"({'|'.join(_OURS.split())})\.|(page\.viewed|screen\.viewed|group\.joined)\Z"
)
# What a telephone exchange tells: calls open cases, so whoever can read a page's source may not make them.
FROM_SERVERS = frozenset({"call.received", "call.made"})
# Types of external ids that would speak for fields of their own.
FIELDS_OF_THEIR_OWN = frozenset({"user_id", "anonymous_id", "previous_id"})
EXTERNAL_TYPE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,39}")


class Item(msgspec.Struct, rename="camel", gc=False):
    """A call as it came, with the fields that decide; what is not listed is not kept."""

    type: str | None = None
    message_id: str | int | None = None
    anonymous_id: Id = None
    user_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: Any = None
    category: Any = None
    properties: Object | None = None
    traits: Object | None = None
    context: Object | None = None
    integrations: Any = None
    timestamp: Told = None
    original_timestamp: Told = None
    sent_at: Told = None
    channel: Any = None
    version: Any = None


class Sent(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """The fields of a call that are kept as the client gave them; `trusted`: who vouches for an identify."""

    user_id: Id = None
    anonymous_id: Id = None
    original_timestamp: Told = None
    sent_at: Told = None
    integrations: Any = None
    channel: Any = None
    version: Any = None
    trusted: bool = True


class Body(msgspec.Struct, gc=False):
    """The event as the log keeps it."""

    properties: Object
    context: Object
    traits: Object
    sent: Sent


class Flaw(Exception):
    """Why an item cannot be taken as it is."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        self.reason = reason
        self.sentence = sentence
        super().__init__(sentence)


def text_of(told: Id) -> str:
    """Return an id as trimmed text; numbers as JSON writes them ("" for none).

    >>> text_of(17), text_of(17.0), text_of(" a "), text_of(None)
    ('17', '17', 'a', '')
    """
    if told is None:
        return ""
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    return str(told).strip()


def type_of(item: Item, path: str) -> str:
    """Return the kind of call: the item's own, else that of the path it came to."""
    told = item.type or path
    kind = TYPES.get(told) or TYPES.get(told.lower())
    if kind is None:
        raise Flaw(
            Reason.UNKNOWN_TYPE,
            f"The type {told[:50]!r} is none of track, identify, page, screen, group and alias."
            if item.type
            else "The item has no type. Give one of track, identify, page, screen, group, alias.",
        )
    return kind


def name_of(item: Item, kind: str, *, trusted: bool = False) -> str:
    """Return the event's name in the log: as sent for track, Keskiö's own for the others."""
    if kind != "track":
        return NAMES[kind]
    name = _track_name(item.event)
    if name in FROM_SERVERS and not trusted:
        raise Flaw(
            Reason.RESERVED_NAME,
            f"The event {name!r} is taken from servers only. Send it with a server's write key.",
        )
    return name


@lru_cache(maxsize=10_000)
def _track_name(event: str | None) -> str:
    """Return a track's name; a source has few names, so they are judged once."""
    name = (event or "").strip()
    if not name:
        raise Flaw(Reason.NO_EVENT, "A track needs the field event: the name of what happened.")
    if len(name) > LONGEST_NAME:
        raise Flaw(
            Reason.LONG_NAME,
            f"The event's name has {len(name)} characters; at most {LONGEST_NAME} fit."
            " Put what varies into properties.",
        )
    if RESERVED.match(name):
        raise Flaw(
            Reason.RESERVED_NAME,
            f"The name {name!r} is one of Keskiö's own events. Choose another, such as"
            " 'Order Completed'.",
        )
    return name.replace("\x00", "\ufffd")


def message_id_of(item: Item, base: str, index: int) -> str:
    """Return the item's message id, or one made of `base` and `index` when it has none."""
    told = item.message_id
    if told.__class__ is not str:
        told = text_of(told)
    if not told:
        return f"{base}-{index}"
    if len(told) > LONGEST_MESSAGE_ID:
        raise Flaw(
            Reason.LONG_MESSAGE_ID,
            f"The messageId has {len(told)} characters; at most {LONGEST_MESSAGE_ID} are taken.",
        )
    return told.replace("\x00", "\ufffd") if "\x00" in told else told


def identifiers_of(item: Item, kind: str, *, trusted: bool = False) -> tuple[Pair, ...]:
    """Return who the item speaks of, most telling first.

    Nobody at all only where a server says that its event is of a catalogue (a new product, a match):
    `context: {"catalogue": true}`.
    """
    user = "" if item.user_id is None else _id(item.user_id, "userId")
    anonymous = "" if item.anonymous_id is None else _id(item.anonymous_id, "anonymousId")
    context = item.context
    if kind not in NAMING_OTHERS and not (context and "externalIds" in context):
        if user:
            if anonymous:
                return (("user_id", user), ("anonymous_id", anonymous))
            return (("user_id", user),)
        if anonymous:
            return (("anonymous_id", anonymous),)
    pairs = [("user_id", user)] if user else []
    if anonymous:
        pairs.append(("anonymous_id", anonymous))
    pairs += _external_ids((context or {}).get("externalIds"))
    if kind == "alias":
        previous = _previous_id(item, user)
        if previous != user:  # analytics.js sends equal ids for one already known: nothing to join
            pairs.append(("previous_id", previous))
    elif kind == "group" and not _id(item.group_id, "groupId"):
        raise Flaw(Reason.NO_GROUP, "A group needs the field groupId: which group it is.")
    if not pairs and not (kind == "track" and trusted and (context or {}).get("catalogue") is True):
        raise Flaw(
            Reason.NO_IDENTITY,
            "Nobody is named. Give userId, anonymousId, or context.externalIds.",
        )
    return tuple(pairs)


def traits_of(item: Item) -> Object:
    """Return the traits of an identify: those of the context below those of the item itself."""
    below = (item.context or {}).get("traits")
    traits = item.traits or {}
    if isinstance(below, dict):
        traits = {**below, **traits}
    if len(traits) > MOST_TRAITS:
        raise Flaw(
            Reason.TOO_MANY_TRAITS,
            f"There are {len(traits)} traits; at most {MOST_TRAITS} are taken from one call.",
        )
    return traits


def properties_of(item: Item, kind: str) -> Object:
    """Return the properties, with the fields that some kinds of calls keep beside them."""
    properties = item.properties or {}
    if kind in {"page", "screen"}:
        for field, told in (("name", item.name), ("category", item.category)):
            if told is not None and field not in properties:
                properties = {**properties, field: told}
    elif kind == "group":
        properties = {**properties, "groupId": item.group_id}
    elif kind == "alias":
        properties = {**properties, "userId": item.user_id, "previousId": item.previous_id}
    return properties


def merged(below: Object, above: Object) -> Object:
    """Return `above` laid over `below`; objects inside are merged too, anything else replaced."""
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        inner = isinstance(value, dict) and isinstance(under, dict)
        both[key] = merged(under, value) if inner else value  # type: ignore[arg-type]
    return both


def _id(told: Id, field: str) -> str:
    text = told.strip() if told.__class__ is str else text_of(told)
    if len(text) > LONGEST_ID:
        raise Flaw(
            Reason.LONG_ID,
            f"The {field} has {len(text)} characters; at most {LONGEST_ID} are taken.",
        )
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def _previous_id(item: Item, user: str) -> str:
    previous = _id(item.previous_id, "previousId")
    if not (previous and user):
        raise Flaw(
            Reason.NO_PREVIOUS_ID, "An alias needs both previousId and userId: the old and the new."
        )
    return previous


def _external_ids(told: Any) -> list[Pair]:
    """Return context.externalIds as pairs; entries without a proper type or id say nothing."""
    pairs: list[Pair] = []
    for entry in told if isinstance(told, list) else ():
        if not isinstance(entry, dict):
            continue
        kind = str(entry.get("type") or "").strip().lower().replace(" ", "_")
        number = entry.get("id")
        if not isinstance(number, str | int | float) or isinstance(number, bool):
            continue
        value = _id(number, "id of context.externalIds")
        if value and kind not in FIELDS_OF_THEIR_OWN and EXTERNAL_TYPE.fullmatch(kind):
            pairs.append((kind, value))
    return pairs
