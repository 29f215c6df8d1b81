"""Reads for the room's pages: everything on one customer. Whom the list shows is `finding`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.events.api import events_of
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.know.models import Consent, Customer, Link
from keskio.know.queries import same_person_ids

# A delivery report becomes message.delivered or the like; an invitation, dialogue.entered or a reason.
_TOLD_BETTER = frozenset({"delivery.reported", "dialogue.invited"})


class ConsentNow(msgspec.Struct, frozen=True):
    """A consent in force with the line of the register that made it so."""

    purpose: str
    channel: str
    state: str
    line: Any = None


class TimelinePage(msgspec.Struct, frozen=True):
    """Some events of a customer, newest first, back to `since`.

    `before` leads to older ones (0 when there are none).
    """

    events: list[LoggedEvent]
    before: Micros
    since: Micros


def consents_of(ids: Sequence[int], states: dict[str, str]) -> list[ConsentNow]:
    """Return the consents in force of a customer, given every id that she has had.

    The blocks of whole channels come first.
    """
    lines = {
        f"{x.purpose}/{x.channel}": x
        for x in Consent.objects.filter(customer_id__in=ids).order_by("id")
    }
    consents = []
    for key, state in states.items():
        purpose, _, channel = key.partition("/")
        consents.append(ConsentNow(purpose, channel, state, lines.get(key)))
    return sorted(consents, key=lambda c: (c.channel, c.purpose))


def timeline_of(
    ids: Sequence[int],
    *,
    before: Micros | None = None,
    since: Micros | None = None,
    limit: int = 40,
) -> TimelinePage:
    """Return a page of the timeline of a customer, given every id that she has had.

    Pages never cut a moment in two, so that nothing is lost between them. `since`: everything from
    this moment on, however much (up to 500). What another event tells better is left out.
    """
    if since is not None:
        return _page([e for e in events_of(ids, limit=500) if e.at >= since], since)
    events = events_of(ids, limit=limit + 1, before=before)
    if len(events) <= limit:
        return _page(events, 0)
    cut = events[-1].at
    whole = [event for event in events if event.at > cut]
    if not whole:
        return _page(events[:-1], cut)
    return _page(whole, cut + 1)


def _page(events: Sequence[LoggedEvent], before: Micros) -> TimelinePage:
    shown = [event for event in events if event.name not in _TOLD_BETTER]
    return TimelinePage(shown, before, events[-1].at if events else 0)


def everything_of(customer: int) -> dict[str, Any] | None:
    """Return what this room holds about a customer, as plain values; None when there is no such.

    With every line of the ledger and of the consent register, also those no longer in force, of every id
    that she has had.
    """
    found = Customer.objects.filter(pk=customer).first()
    if found is None:
        return None
    ids = same_person_ids(customer)
    now = found if found.merged_into_id is None else Customer.objects.get(pk=ids[0])
    return {
        "customer": now.pk,
        "merged": ids[1:],
        "created_at": now.created_at,
        "known_at": now.known_at,
        "name": now.name,
        "email": now.email,
        "phone": now.phone,
        "language": now.language,
        "zone": now.zone,
        "traits": msgspec.json.decode(now.traits),
        "consents": msgspec.json.decode(now.consents),
        "identities": list(Link.objects.filter(customer_id__in=ids).order_by("id").values()),
        "consent_register": list(
            Consent.objects.filter(customer_id__in=ids).order_by("id").values()
        ),
    }
