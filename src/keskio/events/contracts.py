"""Frozen types of the log that cross rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event about to be appended.

    `body` is JSON text: an object whose `properties` say what happened; `traits` and `context`
    may stand beside it. Names of Keskiö's own events are `noun.verb_ed`. `record`: the record
    whose identifiers told of it, where that has been merged into `customer`; 0: the same.
    """

    customer: int
    name: str
    at: Micros
    body: str = "{}"
    received_at: Micros = 0
    source: int = 0
    message_id: str = ""
    record: int = 0


class LoggedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in the log; `id` is its place there, `record` as in NewEvent but never 0."""

    id: int
    customer: int
    name: str
    at: Micros
    body: str
    received_at: Micros
    source: int
    message_id: str
    record: int = 0


class SpoolRow(msgspec.Struct, frozen=True, gc=False):
    """One request as the spool keeps it; `meta` is JSON text."""

    id: int
    kind: str
    source: int
    received_at: Micros
    meta: str
    body: bytes


class File(msgspec.Struct, frozen=True, gc=False):
    """A file that came with what happened. `type` is what its sender calls it: nothing to believe."""

    name: str
    type: str
    body: bytes


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened, told by a source, before we know to which customer.

    `identifiers` are (type, value) pairs, most telling first: `user_id anonymous_id email phone`,
    typed external ids (`crm`, `cookie` …), and from trusted senders `customer`. Values are trimmed
    text as the sender wrote them; the resolver brings them to one form. An alias carries its
    former id as `previous_id`: it may have been a user id or an anonymous id.
    `body` is the final JSON text of the event: an object with `properties`, `context`, `traits`
    (each an object) and `sent` (ids and times as the client gave them). `traits` are the merged
    traits of an identify, else None. `trusted`: a server key or our own channel vouches for the
    identifiers; a browser key does not. `files` came with it; they are kept beside the log.
    """

    name: str
    at: Micros
    received_at: Micros
    source: int
    message_id: str
    identifiers: tuple[tuple[str, str], ...]
    body: str = "{}"
    traits: dict[str, Any] | None = None
    trusted: bool = True
    files: tuple[File, ...] = ()


class Fault(msgspec.Struct, frozen=True, gc=False):
    """An item that could not be taken into the log as it was; a person sees it in quarantine.

    `reason` is a word of `tracking`'s list of reasons, `sentence` says in English what is wrong
    and how to mend it. `item` is the item's JSON text, or whatever came. `kind` and `meta` are
    those of the spool row.
    `stored`: the event is in the log all the same; this is only a warning. `name`: what the event
    is called, where that is known.
    """

    source: int
    reason: str
    sentence: str
    item: str
    received_at: Micros
    message_id: str = ""
    kind: str = "segment"
    meta: str = "{}"
    stored: bool = False
    name: str = ""


Parser: TypeAlias = Callable[[SpoolRow], tuple[list[Envelope], list[Fault]]]


class Placed(msgspec.Struct, frozen=True, gc=False):
    """Whose the envelopes of a batch are, in their order.

    `customers` as they are now, 0 for nobody; `records` by whose identifiers each was told, which
    are the same but where a record has been merged into another.
    """

    customers: Sequence[int]
    records: Sequence[int]


Resolver: TypeAlias = Callable[[Sequence[Envelope]], Placed]
Absorber: TypeAlias = Callable[[Sequence[Envelope], Placed], Sequence[NewEvent]]


class Overloaded(Trouble):
    """More is waiting to be written than can be written soon. Try again in a moment."""

    code = "overloaded"
