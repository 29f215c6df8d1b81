"""What a playbook needs, and what of it is missing in this installation. One query for each kind of thing."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _

from keskio.channels.api import sending_channels
from keskio.events.api import last_position, names_between
from keskio.know.api import fields_of_kinds, segments_now
from keskio.talk.drawing import channel_name
from keskio.talk.gallery.playbooks import Needs
from keskio.talk.models import Offer

# So many of the newest events are looked through for names; a source that lives is among them.
LOOKED_THROUGH = 200_000


class Have(msgspec.Struct, frozen=True):
    """What this installation has of the things that playbooks need."""

    channels: frozenset[str]
    events: frozenset[str]
    objects: frozenset[str]
    segments: frozenset[str]
    offers: frozenset[str]


class Need(msgspec.Struct, frozen=True):
    """One thing that a playbook needs: what it is, whether it is here, and where one makes it."""

    sort: str
    name: str
    is_here: bool
    url: str
    mend: str


def have_now() -> Have:
    """Return what this installation has."""
    last = last_position()
    return Have(
        channels=frozenset(sending_channels()),
        events=frozenset(names_between(max(0, last - LOOKED_THROUGH), last)),
        objects=frozenset(fields_of_kinds()),
        segments=frozenset(row.key for row in segments_now()),
        offers=frozenset(Offer.objects.values_list("key", flat=True)),
    )


def needs_of(needs: Needs, have: Have) -> list[Need]:
    """Return what a playbook needs, each with whether it is here and how to get it if not."""
    return [
        *_each(_("Channel"), needs.channels, have.channels, "channels:accounts",
               _("Add an account that sends in this channel.")),
        *_each(_("Event"), needs.events, have.events, "tracking:sources",
               _("Nothing of this name has come in lately. Let a source send it.")),
        *_each(_("Object"), needs.objects, have.objects, "objects:kinds",
               _("Add this kind of object.")),
        *_each(_("Segment"), needs.segments, have.segments, "segments:segments",
               _("Make a segment with this key.")),
        *_each(_("Offer"), needs.offers, have.offers, "",
               _("Add an offer with this key before you publish.")),
    ]  # fmt: skip


def _each(
    sort: str, names: Iterable[str], have: frozenset[str], url_name: str, mend: str
) -> list[Need]:
    url = reverse(url_name) if url_name else ""
    return [
        Need(sort, channel_name(name), name in have, url, "" if name in have else mend)
        for name in names
    ]
