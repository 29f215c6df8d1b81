"""Frozen types of the room that cross rooms."""

from __future__ import annotations

import msgspec

KIND = "segment"
"""The kind of the spool's rows that the door writes."""

HOOK = "hook"
"""The kind of the spool's rows that web hooks have sent."""

MINTED = "spool-"
"""The beginning of message ids that the intake made because the client gave none."""


class Meta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the door knows about a request beside its body; kept with the spool row.

    `path` is the last part of the address (`batch`, `t`, `track` …). `trusted`: the key was a
    server's. `own_time`: this source's clocks are trusted. `sent` is the header SentAt. `refused`:
    the reason for which nothing of it goes further. `replay`: the quarantined item that it is, put
    back by a person, and `message_id` what ids are minted from then.
    """

    path: str = "batch"
    key: int = 0
    trusted: bool = False
    own_time: bool = False
    address: str = ""
    sent: str = ""
    refused: str = ""
    replay: int = 0
    message_id: str = ""


class KeyEntry(msgspec.Struct, frozen=True, gc=False):
    """A write key as the door sees it."""

    id: int
    source: int
    source_key: str
    source_name: str
    trusted: bool
    own_time: bool
    retired: bool


class HookMeta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the door knows about a web hook's request; kept with the spool row. The rest as in Meta."""

    hook: int
    address: str = ""
    replay: int = 0
    message_id: str = ""


class HookEntry(msgspec.Struct, frozen=True, gc=False):
    """A web hook as the door sees it."""

    id: int
    source: int
    secret: str
    header: bytes
