"""Reads of the room that others may ask for by its door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from keskio.talk.models import Dialogue, Enrolment, Message, Version


class Recent(msgspec.Struct, frozen=True):
    """A message to a customer, shortly: of which dialogue ({}: a person answered), what is known of it."""

    id: int
    at: datetime
    channel: str
    state: str
    title: dict[str, str]


class Inside(msgspec.Struct, frozen=True):
    """A dialogue in which a customer is now, and since when."""

    key: str
    title: dict[str, str]
    since: datetime


def recent_messages(customers: Collection[int], *, limit: int = 5) -> list[Recent]:
    """Return the latest messages to a customer, given every id that she has had, the newest first."""
    found = list(Message.objects.filter(customer_id__in=customers).order_by("-claimed_at")[:limit])
    versions = Version.objects.select_related("dialogue").in_bulk({m.version_id for m in found})
    return [
        Recent(
            id=one.pk,
            at=one.handed_at or one.claimed_at,
            channel=one.channel,
            state=one.state,
            title=versions[one.version_id].dialogue.title if one.version_id in versions else {},
        )
        for one in found
    ]


def dialogues_now(customers: Collection[int], *, limit: int = 5) -> list[Inside]:
    """Return the dialogues in which a customer is now, the latest first."""
    inside = Enrolment.objects.filter(customer_id__in=customers, closed=0).order_by("-entered_at")
    found = list(inside[:limit])
    titles = Dialogue.objects.in_bulk({one.dialogue_id for one in found})
    return [
        Inside(titles[one.dialogue_id].key, titles[one.dialogue_id].title, one.entered_at)
        for one in found
        if one.dialogue_id in titles
    ]


def published_text(key: str, number: int | None = None) -> str | None:
    """Return the definition of a version exactly as it was published; the live one unless named.

    None when there is no such version.
    """
    versions = Version.objects.select_related("dialogue").filter(dialogue__key=key)
    if number is None:
        found = next((one for one in versions if one.dialogue.live_version_id == one.pk), None)
    else:
        found = versions.filter(number=number).first()
    return None if found is None else found.document
