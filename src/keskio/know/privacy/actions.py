"""Writes of the wing that a customer sets in motion: preferences, confirmations, demands."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import MICROSECOND, from_micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.actions import NoSuchCustomer, record_lines
from keskio.know.consents import (
    ANY_CHANNEL,
    CONFIRMED,
    ONE_CLICK,
    PREFERENCE_PAGE,
    Line,
    lines_of_stop_everywhere,
    standings_of,
)
from keskio.know.contracts import ANY_PURPOSE, DENIED, GIVEN, WITHDRAWN
from keskio.know.privacy.links import Link
from keskio.know.privacy.models import ConsentText, Demand, Notice
from keskio.know.privacy.preferences import STOPPABLE, Preferences, preferences_of
from keskio.know.privacy.queries import text_in_force
from keskio.know.queries import now_ids
from keskio.know.records import Record, load_records

CONFIRM_WITHIN = timedelta(days=7)
ANSWER_WITHIN = timedelta(days=30)  # GDPR art. 12(3): a month
PAGE = "preference_page"


def seen_from(address: str) -> str:
    """Return a keyed digest of where a request came from: proof that cannot be read backwards."""
    key = settings.SECRET_KEY
    known = hashlib.sha256(b"keskio.know.privacy.address" + key.encode()).digest()
    return hmac.digest(known, address.encode(), "sha256")[:6].hex() if address else ""


def save_preferences(
    link: Link, on: Collection[str], *, language: str, seen: str = ""
) -> list[NewEvent]:
    """Make exactly the offered boxes whose keys are in `on` be on; return the events of what changed.

    A box put on in a stopped channel lifts the stop and nothing else. What was never given and stays
    off is left alone.
    """
    shown = preferences_of(link)
    if shown.is_gone:
        return []
    lines: list[Line] = []
    make = _maker(shown, link, PREFERENCE_PAGE, seen)
    for box in shown.offered:
        wanted = box.key in on
        if wanted == box.is_on:
            continue
        if not wanted:
            lines.append(make(box.purpose.key, box.channel, WITHDRAWN))
            continue
        if shown.consents.get(f"{ANY_PURPOSE}/{box.channel}") in (WITHDRAWN, DENIED):
            lines.append(make(ANY_PURPOSE, box.channel, GIVEN))
        text = text_in_force(box.purpose.key, language)
        lines.append(make(box.purpose.key, box.channel, GIVEN, text.version if text else ""))
    return _record(lines)


def stop_everything(link: Link, *, seen: str = "") -> list[NewEvent]:
    """Stop every channel and end every consent of a customer; return the events of what changed."""
    shown = preferences_of(link)
    if shown.is_gone:
        return []

    def lines(record: Record) -> list[Line]:
        line = _maker(shown, link, PREFERENCE_PAGE, seen)(ANY_PURPOSE, ANY_CHANNEL, WITHDRAWN)
        standings = standings_of([record.id])[record.id]
        return lines_of_stop_everywhere(line, record.consents, standings, channels=STOPPABLE)

    return _record_of(shown.customer, lines)


def unsubscribe(link: Link, *, cause: str = ONE_CLICK, seen: str = "") -> list[NewEvent]:
    """End what the link's message was sent by: its purpose in its channel (RFC 8058)."""
    shown = preferences_of(link)
    if shown.is_gone:
        return []
    line = _maker(shown, link, cause, seen)(link.purpose, link.channel, WITHDRAWN)
    return _record([line])


def ask_consent(
    customer: int, *, purpose: str, channel: str, source: str, language: str = ""
) -> int:
    """Ask a customer in a channel to confirm a consent (double opt-in); return the notice's number.

    Nothing is given before the customer confirms it by the link, or by a start word in SMS. One
    question of a kind is open at a time. Raises NoSuchCustomer, and Mistake when there is no
    address in the channel or the customer may not be written to.
    """
    shown = preferences_of(Link(customer))
    if shown.is_gone:
        raise NoSuchCustomer(f"There is no customer {customer}.", customer=customer)
    spoken = (language or shown.language or "fi")[:2]
    text = text_in_force(purpose, spoken)
    return _notice(
        shown,
        Notice.Kind.CONSENT,
        channel=channel,
        purpose=purpose,
        text_version=text.version if text else "",
        source=source,
        language=spoken,
    )


def demand(link: Link, kind: str, *, language: str) -> int:
    """Record what a customer asks of us about their data, and ask them to confirm that it was they.

    The same demand is open once, however often it is made. Returns its number (0: nobody is there).
    """
    shown = preferences_of(link)
    if shown.is_gone:
        return 0
    at = now_micros()
    with transaction.atomic():
        row, is_new = Demand.objects.get_or_create(
            customer_id=shown.customer,
            kind=kind,
            state=Demand.State.OPEN,
            defaults={
                "made_at": at,
                "due_at": at + ANSWER_WITHIN // MICROSECOND,
                "source": f"{PAGE}: {link.channel} {link.message}",
            },
        )
        channel = link.channel if shown.address_in(link.channel) else "email"
        if is_new and shown.address_in(channel) and kind in Notice.Kind.values:
            _notice(shown, kind, channel=channel, source=PAGE, language=language)
    return int(row.pk)


def confirm(notice: int, *, seen: str = "") -> bool:
    """Confirm what a notice asked; return False when it is too late, or was never sent.

    Confirmed again, nothing changes. The line of the register keeps when, where from and to which
    address the question went.
    """
    with transaction.atomic():
        row = Notice.objects.select_for_update().filter(pk=notice).first()
        if row is not None and row.state == Notice.State.CONFIRMED:
            return True
        if row is None or row.state != Notice.State.ASKED:
            return False
        at = now_micros()
        if row.expires_at <= from_micros(at):
            return False
        if row.kind == Notice.Kind.CONSENT:
            proof = f"asked {row.asked_at.isoformat()} in {row.channel}, notice {row.pk}"
            line = Line(
                now_ids([row.customer_id]).get(row.customer_id, row.customer_id),
                row.purpose,
                row.channel,
                GIVEN,
                at,
                row.source,
                CONFIRMED,
                text_version=row.text_version,
                proof=f"{proof}, confirmed from {seen}" if seen else proof,
            )
            append_events(record_lines([line]))
        else:
            open_ = Demand.objects.filter(customer_id=row.customer_id, kind=row.kind)
            open_.filter(state=Demand.State.OPEN).update(is_confirmed=True)
        _settle(row, Notice.State.CONFIRMED, at)
        transaction.on_commit(wake)
    return True


def close_demand(number: int, *, state: str, by: str, note: str = "") -> None:
    """Record what became of a demand. Raises Mistake when it is not open."""
    found = Demand.objects.filter(pk=number, state=Demand.State.OPEN).update(
        state=Demand.State(state), closed_at=now_micros(), closed_by=by, note=note
    )
    if not found:
        raise Mistake("This demand is not open any more.")


def add_text(purpose: str, version: str, texts: dict[str, str], *, by: str) -> None:
    """Keep a new version of a purpose's text, in each language that has one; it never changes again.

    Raises Mistake when the version is there already or no text is given.
    """
    given = {language: text.strip() for language, text in texts.items() if text.strip()}
    if not given:
        raise Mistake("Write the text in at least one language.")
    with transaction.atomic():
        if ConsentText.objects.filter(purpose=purpose, version=version).exists():
            raise Mistake(
                f"The version {version!r} is there already; give the new text another name."
            )
        ConsentText.objects.bulk_create(
            ConsentText(
                purpose=purpose,
                version=version,
                language=language,
                text=text,
                created_at=now_micros(),
                created_by=by,
            )
            for language, text in given.items()
        )


def _maker(shown: Preferences, link: Link, cause: str, seen: str) -> Callable[..., Line]:
    at = now_micros()
    proof = f"link of message {link.message}" if link.message else "link without a message"
    if seen:
        proof = f"{proof}, from {seen}"

    def make(purpose: str, channel: str, state: str, version: str = "") -> Line:
        return Line(shown.customer, purpose, channel, state, at, PAGE, cause, "", version, proof)

    return make


def _record(lines: Sequence[Line]) -> list[NewEvent]:
    with transaction.atomic():
        events = record_lines(lines) if lines else []
        append_events(events)
        transaction.on_commit(wake)
    return events


def _record_of(customer: int, lines_of: Callable[[Record], list[Line]]) -> list[NewEvent]:
    with transaction.atomic():
        record = load_records([customer]).get(customer)
        events = record_lines(lines_of(record)) if record is not None else []
        append_events(events)
        transaction.on_commit(wake)
    return events


def _notice(shown: Preferences, kind: str, *, channel: str, language: str, **told: str) -> int:
    address = shown.address_in(channel)
    if not address:
        raise Mistake(f"The customer has no address in the channel {channel!r}.")
    if shown.consents.get(f"{ANY_PURPOSE}/{ANY_CHANNEL}") == "restricted":
        raise Mistake("The use of the customer's data is restricted: nothing may be sent.")
    if shown.consents.get(f"{ANY_PURPOSE}/{channel}") in (WITHDRAWN, DENIED):
        raise Mistake("The customer has said stop in this channel: nothing may be asked there.")
    at = now_micros()
    with transaction.atomic():
        row, _ = Notice.objects.get_or_create(
            customer_id=shown.customer,
            kind=kind,
            channel=channel,
            purpose=told.get("purpose", ""),
            state__in=[Notice.State.WAITING, Notice.State.HANDING, Notice.State.ASKED],
            expires_at__gt=at,
            defaults={
                "state": Notice.State.WAITING,
                "address": address,
                "language": language if language in ("fi", "en", "sv") else "en",
                "text_version": told.get("text_version", ""),
                "source": told["source"],
                "asked_at": at,
                "expires_at": at + CONFIRM_WITHIN // MICROSECOND,
            },
        )
        transaction.on_commit(wake)
    return int(row.pk)


def _settle(row: Notice, state: str, at: int) -> None:
    """Close a notice and forget where it went."""
    Notice.objects.filter(pk=row.pk).update(state=state, settled_at=at, address="")
