"""What events of the log become: new cases, messages in those that are there, news of answers sent.

Set-wise: a batch of events is read, the cases that it could concern are found with a query for each way
of finding them, and everything is written at once. The same event is never taken twice: entries and cases
remember which event they were made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import from_micros, to_micros
from keskio.know.api import same_people
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.arrivals import (
    CALLED,
    GONE,
    HEARD,
    LOW_SCORE,
    RECEIVED,
    Arrival,
    Said,
    Told,
    arrivals_of,
    read,
)
from keskio.respond.inbox.changing import Batch, held_cases, preview_of
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.finding import ask_to_clean, write_words
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.queries import opening_rules
from keskio.respond.inbox.sharing import give
from keskio.respond.inbox.taking import About, begin, take_message
from keskio.talk.api import cases_of, taken_by_dialogues

RESULTS = {
    "message.sent": c.SENT,
    "message.delivered": c.DELIVERED,
    "message.failed": c.FAILED,
    "message.bounced": c.FAILED,
    "message.withdrawn": c.FAILED,
    "message.unknown": c.UNKNOWN,
}
OPENERS = frozenset({RECEIVED, HEARD, LOW_SCORE, CALLED})
NAMES = frozenset({*OPENERS, GONE, *RESULTS})
DAYS = 24 * 60 * 60 * 1_000_000
# A thread is taken up again this long after its case was closed; later its next message is a new case.
REOPENED_WITHIN = 30 * DAYS


def take_in(events: Sequence[LoggedEvent], now: int) -> None:
    """Take in a batch of the log, in the caller's transaction."""
    told = [(event, read(event)) for event in events]
    results = [(e, s) for e, s in told if e.name in RESULTS and s.case]
    settle(results)
    forget(s.mention for e, s in told if e.name == GONE)
    rules = opening_rules()
    coming = events_for_people(told, rules, now)
    done = set(
        Entry.objects.filter(event_id__in=[e.id for e, _ in coming]).values_list(
            "event_id", flat=True
        )
    )
    coming = [(event, said) for event, said in coming if event.id not in done]
    if coming:
        Arrivals(coming, now, rules).take()


def events_for_people(
    told: Sequence[Told], rules: OpeningRules, now: int | None = None
) -> list[Told]:
    """Return what of this is for people by `rules`, at the instant `now` (None: as each came in)."""
    replies = [
        event
        for event, said in told
        if event.name == RECEIVED and not said.keyword and (said.text.strip() or said.attachments)
    ]
    taken = taken_by_dialogues(replies) if rules.opens_messages else {e.id for e in replies}
    wanted = {event.id for event in replies} - taken
    for event, said in told:
        heard_at = event.received_at if now is None else now
        if event.at >= heard_at - rules.oldest_days * DAYS and _opens(event.name, said, rules):
            wanted.add(event.id)
    return [(event, said) for event, said in told if event.id in wanted]


def _opens(name: str, said: Said, rules: OpeningRules) -> bool:
    if name == HEARD:
        negative_from = rules.networks.get(said.channel, rules.negative_from)
        loud = said.negative >= negative_from or said.urgency >= rules.urgency_from
        return rules.opens_mentions and (loud or not said.themes.keys().isdisjoint(rules.themes))
    if name == CALLED:
        return rules.opens_calls and not said.case  # one that was noted by hand has its case
    return name == LOW_SCORE and rules.opens_low_scores


def settle(results: Iterable[Told]) -> None:
    """Write what became of answers on their way. A later word wins; what is not ours changes nothing."""
    found = {said.message: (RESULTS[event.name], said.reason) for event, said in results}
    if not found:
        return
    entries = list(Entry.objects.filter(message_id__in=list(found)))
    for entry in entries:
        state, reason = found[entry.message_id or 0]
        entry.sending, entry.reason = state, reason[:300]
    Entry.objects.bulk_update(entries, ["sending", "reason"], batch_size=100)


def forget(gone: Iterable[int]) -> None:
    """Take away the words of mentions that their writers have deleted."""
    entries = Entry.objects.filter(mention_id__in=list(gone)).exclude(text="")
    for entry in entries.select_related("case"):
        if entry.case.preview == preview_of(entry.text):
            Case.objects.filter(pk=entry.case_id).update(preview="")
    cases = list(entries.values_list("case_id", flat=True).distinct())
    entries.update(text="")
    if cases:
        write_words(cases)
        ask_to_clean()


class Arrivals:
    """Messages for people, in the order of the log, and the cases that they come to."""

    def __init__(self, told: Sequence[Told], now: int, rules: OpeningRules) -> None:
        self._arrivals = arrivals_of(told, rules)
        customers = {one.event.customer for one in self._arrivals if one.event.customer}
        people = same_people(customers)
        self._numbers = {n: people.get(n, [n]) for n in customers}
        answered = {one.message for one in self._arrivals if one.message}
        self._answered = cases_of(answered) if answered else {}
        self._threads: dict[str, Case] = {}
        self._open: dict[tuple[int, str], list[Case]] = {}
        self._held: dict[int, Case] = {}
        self._batch = Batch([], now)
        self._opened = self._opened_before()
        self._find()

    def _opened_before(self) -> set[tuple[str, str]]:
        """Return for which of these a case has been opened already."""
        refs = [one.source[1] for one in self._arrivals if one.source[1]]
        rows = Case.objects.filter(source_ref__in=refs) if refs else Case.objects.none()
        return set(rows.values_list("source_kind", "source_ref"))

    def _find(self) -> None:
        """Hold every case that any of these could come to."""
        everyone = {n for numbers in self._numbers.values() for n in numbers}
        threads = {one.thread for one in self._arrivals} - {""}
        working = Case.objects.filter(customer_id__in=everyone, place__in=(c.ACTIVE, c.ASLEEP))
        by_thread = dict(
            Case.objects.filter(thread__in=threads).order_by("pk").values_list("thread", "pk")
        )
        found = {*self._answered.values(), *by_thread.values()}
        self._held = held_cases(found | set(working.values_list("pk", flat=True)))
        for case in sorted(set(self._held.values()), key=lambda one: one.pk):
            self._open.setdefault((case.customer_id, case.channel), []).append(case)
        self._threads = {
            thread: self._held[pk] for thread, pk in by_thread.items() if pk in self._held
        }

    def take(self) -> None:
        """Put every message where it belongs, give new cases to people, and write it all."""
        fresh: list[Case] = []
        for one in self._arrivals:
            if one.source in self._opened:
                continue
            case = self._case_for(one)
            if case is None:
                case = self._begin(one)
                fresh.append(case)
            else:
                self._add(case, one)
            if one.source[1]:
                self._opened.add(one.source)
        give(self._batch, fresh)
        self._batch.commit()

    def _case_for(self, one: Arrival) -> Case | None:
        """Return the case that a message belongs to: the one answered, its thread's, its customer's."""
        case = self._held.get(self._answered.get(one.message, 0)) or self._threads.get(one.thread)
        if case is not None:
            return case if self._is_alive(case, one.event.at) else None
        numbers = self._numbers.get(one.event.customer, [])
        return next(
            (
                case
                for number in numbers
                for case in reversed(self._open.get((number, one.channel), []))
                if case.state != c.CLOSED and one.goes_with(case)
            ),
            None,
        )

    def _is_alive(self, case: Case, at: int) -> bool:
        closed = case.closed_at
        return case.state != c.CLOSED or closed is None or at - to_micros(closed) < REOPENED_WITHIN

    def _begin(self, one: Arrival) -> Case:
        about: About = {
            **one.about,
            "thread": one.thread,
            "source": one.source,
            "at": from_micros(one.event.at),
        }
        case = begin(self._batch, customer=one.event.customer, channel=one.channel, **about)
        self._add(case, one)
        self._open.setdefault((case.customer_id, case.channel), []).append(case)
        if one.thread:
            self._threads[one.thread] = case
        return case

    def _add(self, case: Case, one: Arrival) -> None:
        entry = take_message(
            self._batch,
            case,
            one.text,
            at=one.event.at,
            event_id=one.event.id,
            source_id=one.reply_to,
            attachments=one.attachments,
        )
        # Into a case of somebody else's too, where an agent has put hers into it: they stay her words.
        entry.customer_id = one.event.customer or entry.customer_id
        entry.mention_id = one.mention
        if one.files:
            entry.told = {"files": one.files}
        entry.by = one.about.get("name", "") or one.about.get("address", "")
        entry.channel = one.channel
