"""Writes of the room: publishing, pausing, inviting, deciding; each with its event, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.dialogue.findings import Finding
from keskio.engine.dialogue.routing import INVITED, REMOVED
from keskio.engine.pressure import Rules
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import Mistake
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.launching import go_on_counting, is_coming_in, launches_at
from keskio.talk.ledger import Outcome, messages_by_id, settle
from keskio.talk.models import ContactRules, Coupon, Dialogue, Offer, Version
from keskio.talk.store import text_of
from keskio.talk.worlds import refusals_of

BUILT_IN = ("stop-confirmation",)


class CannotPublish(Mistake):
    """The definition has errors and cannot be published."""

    code = "cannot_publish"

    def __init__(self, findings: Sequence[Finding]) -> None:
        told = " ".join(f"[{f.step or 'settings'}] {f.sentence()} {f.mend()}" for f in findings)
        super().__init__(f"{type(self).__doc__} {told}", findings=findings)
        self.findings = list(findings)


class NotUnknown(Mistake):
    """What became of this message is known already."""

    code = "not_unknown"


class NoSuchDialogue(Mistake):
    """There is no such dialogue."""

    code = "no_such_dialogue"


def publish(document: str, *, variables: Mapping[str, Any] | None = None, by: str = "") -> Version:
    """Publish a definition as the next version of its dialogue and make that version live.

    Customers inside stay on their versions. An audience is brought in at its time by the launcher.
    The same document and variables as the live version's: nothing is published. Raises CannotPublish
    with the findings when one of them is an error.
    """
    given = {name: _plain(value) for name, value in (variables or {}).items()}
    program, findings = compile_text(document, variables=given)
    errors = [finding for finding in findings if finding.severity == "error"]
    errors += refusals_of(program) if program else []
    if program is None or errors:
        raise CannotPublish(errors)
    with transaction.atomic():
        dialogue, _ = Dialogue.objects.get_or_create(
            key=program.key, defaults={"title": dict(program.title), "changed_at": now()}
        )
        live = dialogue.live_version
        if live is not None and (live.document, live.variables) == (document, given):
            return live
        launches = launches_at(program, now_micros())
        # An audience that has come in, or is coming in, is not brought in again by a new version.
        if live is not None and is_coming_in(live, program):
            launches = live.launches_at
        same = live is not None and live.launches_at is not None and launches == live.launches_at
        version = Version.objects.create(
            dialogue=dialogue,
            number=dialogue.versions.count() + 1,
            document=document,
            variables=given,
            published_at=now(),
            published_by=by,
            launches_at=launches,
            launched_at=live.launched_at if live is not None and same else None,
            launched_to=live.launched_to if live is not None and same else 0,
        )
        if live is not None and same:
            go_on_counting(live.pk, version.pk)
        dialogue.live_version, dialogue.title = version, dict(program.title)
        dialogue.changed_at = now()
        dialogue.save()
    return version


def publish_playbook(
    key: str, *, variables: Mapping[str, Any] | None = None, by: str = ""
) -> Version:
    """Publish a playbook that ships with the product, with your own values for its variables."""
    return publish(playbook_text(key), variables=variables, by=by)


def publish_built_in() -> None:
    """Publish the dialogues that every installation has; those that were changed stay as they are."""
    for key in BUILT_IN:
        if not Dialogue.objects.filter(key=key).exists():
            publish_playbook(key)


def set_dialogue_state(key: str, state: str) -> None:
    """Make a dialogue live, paused (nobody comes in, nothing is handed over) or closed (nobody comes in)."""
    found = Dialogue.objects.filter(key=key).update(state=Dialogue.State(state), changed_at=now())
    if not found:
        raise NoSuchDialogue(f"There is no dialogue {key!r}.")


def invite(
    key: str, customers: Iterable[int], *, properties: Mapping[str, Any] | None = None
) -> None:
    """Bring `customers` into a dialogue by hand or by API; the runner takes them in, in order."""
    if not Dialogue.objects.filter(key=key).exists():
        raise NoSuchDialogue(f"There is no dialogue {key!r}.")
    at = now_micros()
    body = text_of({"properties": {**(properties or {}), "dialogue": key}})
    with transaction.atomic():
        append_events([NewEvent(customer, INVITED, at, body) for customer in customers])


def take_out(customer: int, enrolment: int, *, by: str) -> None:
    """Take a customer out of a dialogue at once."""
    body = text_of({"properties": {"enrolment": enrolment, "by": by}})
    with transaction.atomic():
        append_events([NewEvent(customer, REMOVED, now_micros(), body)])


def decide_unknown(message: int, *, was_sent: bool, by: str) -> None:
    """Record a person's decision about a message of which nobody knows whether it went out.

    Raises NotUnknown when it has been settled meanwhile.
    """
    at = now_micros()
    with transaction.atomic():
        found = messages_by_id([message]).get(message)
        if found is None or found[1] != "unknown":
            raise NotUnknown
        state = "sent" if was_sent else "failed"
        append_events(settle([Outcome(found[0], state, f"decided by {by}")], at))


def set_rules(rules: Rules, *, by: str) -> None:
    """Put new rules of contact in force; the earlier ones are kept."""
    document = msgspec.to_builtins(rules)
    ContactRules.objects.create(document=document, changed_at=now(), changed_by=by)


def add_offer(  # noqa: PLR0913 - what an offer is
    key: str,
    *,
    title: Mapping[str, str],
    prefix: str = "",
    stock: int | None = None,
    per_customer: int = 1,
    valid_until: datetime | None = None,
    valid_for: int | None = None,
    codes: Iterable[str] = (),
) -> Offer:
    """Add an offer, or return the one with this key. With `codes` they are its stock, else they are made.

    `valid_for`: microseconds that a code is good for once it has been given.
    """
    listed = list(codes)
    with transaction.atomic():
        offer, created = Offer.objects.get_or_create(
            key=key,
            defaults={
                "title": dict(title),
                "kind": Offer.Kind.LIST if listed else Offer.Kind.GENERATOR,
                "prefix": prefix,
                "stock": stock,
                "per_customer": per_customer,
                "valid_until": valid_until,
                "valid_for": valid_for,
                "secret": secrets.token_hex(16),
            },
        )
        if created and listed:
            Coupon.objects.bulk_create(
                [Coupon(offer=offer, code=code) for code in listed], batch_size=1000
            )
    return offer


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
