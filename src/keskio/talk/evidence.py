"""What stood behind a decision, read back from what was stored then: set-wise, a query for each kind.

The trigger is the event that happened at the very moment of entering; the permission is the line of the
register in force when the message was claimed; the rules are those of that moment, counted in the ledger
as it was. Nothing is guessed: what is not found is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.routing import INVITED, RECEIVED
from keskio.engine.pressure import Cap, Rules, concerns, longest_window
from keskio.events.api import named_events_of
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.models import ContactRules, Coupon, Decision, Message
from keskio.talk.programs import DEFAULT_RULES
from keskio.talk.shelf import programs_of

ARM = "dialogue.arm"
# Those whom the house itself invites, by their trigger.
BROUGHT = frozenset({"audience", "date"})
ENROLMENTS = """
    SELECT id, version_id, customer_id, object_key, entered_at, changed_at, due_at, status, step, outcome
    FROM talk_enrolment WHERE {enrolments}
"""
EVENTS_AT = """
    SELECT id, customer_id, name, occurred_at, body FROM events_event
    WHERE {customers} AND {moments} ORDER BY id
"""
CONSENTS = """
    SELECT id, purpose, channel, state, at, source, cause, text_version FROM know_consent
    WHERE {customers} ORDER BY id
"""
CONTACTS = """
    SELECT id, claimed_at, channel, pressure FROM talk_message
    WHERE {customers} AND claimed_at > %s AND state NOT IN ('withdrawn', 'failed') ORDER BY id
"""
# What people and other rooms have sent stands before everything in the ledger of the same moment.
NOTED = """
    SELECT 0, at, channel, pressure FROM contact_noted WHERE {customers} AND at > %s ORDER BY at, id
"""


class Entry(msgspec.Struct, frozen=True):
    """How somebody came in. `kind`: event, segment, keyword, audience, date, hand, or "" when unknown."""

    kind: str
    at: Micros
    event: str = ""
    event_id: int = 0
    text: str = ""


class Permission(msgspec.Struct, frozen=True):
    """The line of the register that allowed a message."""

    id: int
    state: str
    at: Micros
    source: str
    cause: str
    text_version: str


class Counted(msgspec.Struct, frozen=True):
    """A message was the `number`-th of at most `limit` in `window` microseconds."""

    number: int
    limit: int
    window: int
    channel: str


class Code(msgspec.Struct, frozen=True):
    """A code that a message carried."""

    code: str
    offer: str


class Inside(msgspec.Struct, frozen=True):
    """An enrolment as it stands now."""

    id: int
    version: int
    customer: int
    object_key: str
    entered_at: Micros
    changed_at: Micros
    due_at: Micros | None
    status: int
    step: str
    outcome: str


class Evidence:
    """Everything behind the messages and decisions `told` of one person; `customers`: all their ids."""

    def __init__(self, customers: Sequence[int], told: Sequence[Message | Decision]) -> None:
        self.customers = customers
        self.programs = programs_of({one.version_id for one in told})
        self.insides = enrolments_by_id({one.enrolment_id for one in told if one.enrolment_id})
        self._entries = entries_of(customers, self.insides.values(), self.programs)
        messages = [one for one in told if isinstance(one, Message)]
        self._consents = fetch(
            CONSENTS.format(customers=any_of("customer_id")), (listed(customers),)
        )
        self._rules = _rules_in_time()
        self._contacts = _contacts(customers, messages, [rules for _, rules in self._rules])
        self._codes = _codes(self.insides)
        self._arms = _arms(customers)

    def entry(self, enrolment: int) -> Entry | None:
        """Return how the enrolment began."""
        return self._entries.get(enrolment)

    def permission(self, message: Message) -> Permission | None:
        """Return what allowed a message, where a permission did."""
        at = to_micros(message.claimed_at)
        found = None
        for pk, purpose, channel, state, since, source, cause, text in self._consents:
            if since <= at and (purpose, channel) == (message.purpose, message.channel):
                found = Permission(pk, state, since, source, cause, text)
        return found if found and found.state == "given" else None

    def counted(self, message: Message) -> Counted | None:
        """Return how near to its limit a message was: the tightest cap that concerned it."""
        at = to_micros(message.claimed_at)
        found = [
            self._count(cap, message, at)
            for cap in self.rules_at(at).caps
            if cap.limit > 0 and concerns(cap, message.channel, message.pressure)
        ]
        return max(found, key=lambda one: one.number / one.limit, default=None)

    def _count(self, cap: Cap, message: Message, at: Micros) -> Counted:
        before = [
            pk
            for pk, claimed, channel, pressure in self._contacts
            if at - cap.window < claimed <= at
            and pk < message.pk
            and concerns(cap, channel, pressure)
        ]
        return Counted(len(before) + 1, cap.limit, cap.window, cap.channel)

    def rules_at(self, at: Micros) -> Rules:
        """Return the rules of contact that were in force at a moment."""
        found = DEFAULT_RULES
        for since, rules in self._rules:
            if since <= at:
                found = rules
        return found

    def code(self, message: Message) -> Code | None:
        """Return the code that a message carried."""
        codes = self._codes.get(message.enrolment_id, [])
        return next((one for one in codes if one.code in message.content), None)

    def arms(self, enrolment: int) -> list[tuple[str, str]]:
        """Return (experiment, arm) of everything that was drawn in an enrolment."""
        return self._arms.get(enrolment, [])


def enrolments_by_id(enrolments: Collection[int]) -> dict[int, Inside]:
    """Return enrolments as they stand, by number."""
    if not enrolments:
        return {}
    sql = ENROLMENTS.format(enrolments=any_of("id"))
    return {row[0]: Inside(*row) for row in fetch(sql, (listed(enrolments),))}


def entries_of(
    customers: Sequence[int], insides: Iterable[Inside], programs: dict[int, Program]
) -> dict[int, Entry]:
    """Return how each enrolment began, by number."""
    wanted = list(insides)
    if not wanted:
        return {}
    sql = EVENTS_AT.format(customers=any_of("customer_id"), moments=any_of("occurred_at"))
    moments = {inside.entered_at for inside in wanted}
    at: dict[int, list[tuple[Any, ...]]] = {}
    for row in fetch(sql, (listed(customers), listed(moments))):
        at.setdefault(row[3], []).append(row)
    return {
        inside.id: _entry(inside, programs.get(inside.version), at.get(inside.entered_at, []))
        for inside in wanted
    }


def _entry(inside: Inside, program: Program | None, events: list[tuple[Any, ...]]) -> Entry:
    if program is None:
        return Entry("", inside.entered_at)
    trigger = program.trigger
    for pk, _customer, name, at, body in events:
        properties = properties_of(body)
        if name == INVITED and properties.get("dialogue") == program.key:
            kind: str = trigger.kind if trigger.kind in BROUGHT else "hand"
            kind = "catalogue" if trigger.catalogue is not None else kind
            return Entry(kind, at, name, pk)
        if name == RECEIVED and trigger.kind == "keyword":
            return Entry("keyword", at, name, pk, str(properties.get("text", "")))
        if trigger.matcher is not None and name == trigger.matcher.event:
            if name == "segment.entered":
                return Entry("segment", at, name, pk, str(properties.get("segment", "")))
            return Entry("event", at, name, pk)
    return Entry("", inside.entered_at)


def properties_of(body: str) -> dict[str, Any]:
    """Return the properties of an event from its body."""
    found = msgspec.json.decode(body or "{}")
    properties = found.get("properties") if isinstance(found, dict) else None
    return properties if isinstance(properties, dict) else {}


def _rules_in_time() -> list[tuple[Micros, Rules]]:
    rows = ContactRules.objects.order_by("id").values_list("changed_at", "document")
    return [(to_micros(at), msgspec.convert(document, Rules)) for at, document in rows]


def _contacts(
    customers: Sequence[int], messages: Sequence[Message], rules: Sequence[Rules]
) -> list[tuple[Any, ...]]:
    if not messages:
        return []
    window = max(longest_window(one) for one in (*rules, DEFAULT_RULES))
    first = min(to_micros(message.claimed_at) for message in messages) - window
    own, asked = any_of("customer_id"), (listed(customers), first)
    return [
        *fetch(NOTED.format(customers=own), asked),
        *fetch(CONTACTS.format(customers=own), asked),
    ]


def _codes(insides: Collection[int]) -> dict[int, list[Code]]:
    found: dict[int, list[Code]] = {}
    if insides:
        rows = Coupon.objects.filter(enrolment_id__in=list(insides)).values_list(
            "enrolment_id", "code", "offer__key"
        )
        for enrolment, code, offer in rows:
            found.setdefault(enrolment or 0, []).append(Code(code, offer))
    return found


def _arms(customers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for event in named_events_of(customers, [ARM], since=None):
        told = properties_of(event.body)
        drawn = (str(told.get("experiment", "")), str(told.get("arm", "")))
        found.setdefault(int(told.get("enrolment", 0)), []).append(drawn)
    return found
