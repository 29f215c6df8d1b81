"""Tries other rules on what has been, slice by slice of customers: a job that resumes and can be stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.planning import worth_of
from keskio.engine.dialogue.program import message_of
from keskio.engine.pressure import Rules, longest_window
from keskio.engine.times import to_local
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import facts_of
from keskio.talk.contact.models import Trial
from keskio.talk.contact.trying import Fate, Wish, fate_before, fates_under
from keskio.talk.programs import Loaded, Programs

SLICE = 500
MONTH_DAYS = 30
BY_RULES = "('pressure', 'collision', 'outranked', 'quiet_hours', 'control_group')"
CUSTOMERS = f"""
    SELECT customer_id FROM (
        SELECT customer_id FROM talk_message
        WHERE claimed_at >= %s AND claimed_at < %s AND customer_id > %s
        UNION
        SELECT customer_id FROM talk_decision
        WHERE at >= %s AND at < %s AND customer_id > %s AND reason IN {BY_RULES}
    ) AS met
"""  # noqa: S608 - constants
NEXT = CUSTOMERS + " ORDER BY customer_id LIMIT %s"
COUNT = "SELECT count(*) FROM (" + CUSTOMERS + ") AS counted"  # noqa: S608 - constants
MESSAGES = """
    SELECT customer_id, enrolment_id, visit, version_id, step, channel, pressure, claimed_at,
           valid_until
    FROM talk_message
    WHERE {customers} AND claimed_at >= %s AND claimed_at < %s
      AND state NOT IN ('withdrawn', 'failed')
"""
DECISIONS = f"""
    SELECT customer_id, enrolment_id, visit, version_id, step, at, verdict, reason, "values"
    FROM talk_decision
    WHERE {{customers}} AND at >= %s AND at < %s AND verdict IN ('held', 'dropped')
      AND reason IN {BY_RULES}
    ORDER BY at, id
"""  # noqa: S608 - constants
EARLIER = """
    SELECT customer_id, claimed_at, channel, pressure FROM talk_message
    WHERE {customers} AND claimed_at >= %s AND claimed_at < %s
      AND state NOT IN ('withdrawn', 'failed')
"""
NOTED = """
    SELECT customer_id, at, channel, pressure FROM contact_noted
    WHERE {customers} AND at >= %s AND at < %s
"""
ENTERED = "SELECT id, entered_at FROM talk_enrolment WHERE {enrolments}"


class Sums(msgspec.Struct):
    """What a trial has counted so far; lists are [sent, of those later than proposed, dropped, waiting]."""

    before: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])
    after: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])
    dialogues: dict[str, list[list[int]]] = {}
    days: dict[str, list[int]] = {}
    reasons: dict[str, list[int]] = {}
    most: dict[str, list[int]] = {}


class Trials:
    """A job: one slice of customers of the oldest trial that is not done, a turn."""

    name = "contact.trials"

    def __init__(self) -> None:
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Try the rules on the next slice; True while there is a trial under way."""
        trial = Trial.objects.filter(state__in=("waiting", "running")).order_by("id").first()
        if trial is None:
            return False
        self.programs.refresh()
        span = (to_micros(trial.from_at), to_micros(trial.until_at))
        if trial.state == Trial.State.WAITING:
            count = fetch(COUNT, (*span, 0, *span, 0))[0][0]
            _put(trial, state="running", customers=count)
            return True
        rows = fetch(NEXT, (*span, trial.reached, *span, trial.reached, SLICE))
        customers = [row[0] for row in rows]
        if not customers:
            _put(trial, state="done", ended_at=from_micros(now))
            return True
        rules = msgspec.convert(trial.document, Rules)
        sums = msgspec.convert(trial.result, Sums)
        tried = _Slice(customers, span, rules, self.programs, now)
        for customer in customers:
            tried.add_to(sums, customer)
        result = msgspec.to_builtins(sums)
        done = trial.done + len(customers)
        with transaction.atomic():
            _put(trial, result=result, reached=customers[-1], done=done)
        return True


def _put(trial: Trial, **changed: Any) -> None:
    """Write what changed, unless somebody has stopped the trial meanwhile."""
    Trial.objects.filter(pk=trial.pk, state=trial.state, reached=trial.reached).update(**changed)


class _Slice:
    """The wishes of some customers, read with a query each for all of them."""

    def __init__(
        self,
        customers: Sequence[int],
        span: tuple[Micros, Micros],
        rules: Rules,
        programs: Programs,
        now: Micros,
    ) -> None:
        self.rules, self.until, self.programs = rules, span[1], programs
        self.facts = facts_of(customers, programs.needs, now=now)
        who = listed(customers)
        self.wishes = self._read(who, span)
        since = span[0] - longest_window(rules)
        own = any_of("customer_id")
        self.had: dict[int, list[tuple[int, str, str]]] = {}
        earlier = fetch(EARLIER.format(customers=own), (who, since, span[0]))
        for customer, at, channel, pressure in (
            *earlier,
            *fetch(NOTED.format(customers=own), (who, since, span[1])),
        ):
            self.had.setdefault(customer, []).append((at, channel, pressure))

    def add_to(self, sums: Sums, customer: int) -> None:
        """Count what became of a customer's wishes, and what would have."""
        wishes = self.wishes.get(customer, [])
        if not wishes:
            return
        facts = self.facts.get(customer, NOBODY)
        zone = facts.zone or self.rules.zone
        after = fates_under(
            self.rules,
            wishes,
            self.had.get(customer, ()),
            zone=zone,
            who=str(customer),
            until=self.until,
        )
        before = [fate_before(wish) for wish in wishes]
        for wish, was, would in zip(wishes, before, after, strict=True):
            pair = sums.dialogues.setdefault(wish.dialogue, [[0] * 4, [0] * 4])
            for place, (fate, whole) in enumerate(((was, sums.before), (would, sums.after))):
                _count(whole, wish, fate)
                _count(pair[place], wish, fate)
                if fate.sent_at is not None:
                    day = to_local(fate.sent_at, self.rules.zone).date().isoformat()
                    sums.days.setdefault(day, [0, 0])[place] += 1
                elif fate.reason:
                    sums.reasons.setdefault(fate.reason, [0, 0])[place] += 1
        for place, fates in enumerate((before, after)):
            most = sum(fate.sent_at is not None for fate in fates)
            sums.most.setdefault(str(min(most, 10)), [0, 0])[place] += 1

    def _read(self, who: Any, span: tuple[Micros, Micros]) -> dict[int, list[Wish]]:
        own = any_of("customer_id")
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for row in fetch(DECISIONS.format(customers=own), (who, *span)):
            customer, enrolment, visit, version, step, at, verdict, reason, values = row
            told = msgspec.json.decode(values)
            one = found.setdefault(
                (enrolment, visit),
                {"customer": customer, "version": version, "step": step, "at": at},
            )
            one["channel"] = told.get("channel", "")
            one["valid_until"] = told.get("valid_until")
            one["dropped"] = reason if verdict == "dropped" else ""
        for row in fetch(MESSAGES.format(customers=own), (who, *span)):
            customer, enrolment, visit, version, step, channel, pressure, claimed_at, valid = row
            one = found.setdefault(
                (enrolment, visit),
                {"customer": customer, "version": version, "step": step, "at": claimed_at},
            )
            one |= {"channel": channel, "pressure": pressure, "valid_until": valid}
            one |= {"sent_at": claimed_at, "dropped": ""}
        enrolments = any_of("id")
        entered = dict(
            fetch(ENTERED.format(enrolments=enrolments), (listed({key[0] for key in found}),))
        )
        wishes: dict[int, list[Wish]] = {}
        for (enrolment, visit), one in sorted(found.items(), key=lambda item: item[1]["at"]):
            wish = self._wish(enrolment, visit, one, entered.get(enrolment, one["at"]))
            if wish is not None:
                wishes.setdefault(one["customer"], []).append(wish)
        return wishes

    def _wish(
        self, enrolment: int, visit: int, one: dict[str, Any], entered_at: Micros
    ) -> Wish | None:
        loaded: Loaded | None = self.programs.by_version.get(one["version"])
        step = loaded.program.steps.get(one["step"]) if loaded else None
        message = message_of(step) if step else None
        if loaded is None or message is None:
            return None
        facts: Facts = self.facts.get(one["customer"], NOBODY)
        value, probability = worth_of(loaded.program, facts)
        return Wish(
            enrolment=enrolment,
            visit=visit,
            dialogue=loaded.program.key,
            at=one["at"],
            entered_at=entered_at,
            channel=one["channel"] or message.channels[0],
            pressure=one.get("pressure") or message.pressure,
            respects_quiet=message.respects_quiet,
            valid_until=one["valid_until"],
            value=value,
            probability=probability,
            sent_at=one.get("sent_at"),
            dropped=one.get("dropped", ""),
        )


def _count(sums: list[int], wish: Wish, fate: Fate) -> None:
    if fate.sent_at is not None:
        sums[0] += 1
        sums[1] += fate.sent_at > wish.at
    else:
        sums[2 if fate.reason else 3] += 1


def begin(rules: Rules, *, by: str) -> Trial:
    """Begin to try `rules` on the last month; the worker does it."""
    now = now_micros()
    month = MONTH_DAYS * 86_400_000_000
    return Trial.objects.create(
        document=msgspec.to_builtins(rules),
        from_at=from_micros(now - month),
        until_at=from_micros(now),
        began_at=from_micros(now),
        began_by=by,
    )


def stop(pk: int) -> bool:
    """Stop a trial; False when it was over already."""
    waiting = Trial.objects.filter(pk=pk, state__in=("waiting", "running"))
    return bool(waiting.update(state=Trial.State.STOPPED, ended_at=from_micros(now_micros())))


def days_of(trial: Trial) -> list[str]:
    """Return the days that a trial is about, in the zone of its rules, as 2026-03-02."""
    zone = msgspec.convert(trial.document, Rules).zone
    first = to_local(to_micros(trial.from_at), zone).date()
    last = to_local(to_micros(trial.until_at), zone).date()
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def by_most(sums: Sums) -> list[tuple[int, int, int]]:
    """Return (messages, customers before, customers after), by number of messages to one customer."""
    ordered = sorted(sums.most.items(), key=lambda item: int(item[0]))
    return [(int(number), before, after) for number, (before, after) in ordered]
