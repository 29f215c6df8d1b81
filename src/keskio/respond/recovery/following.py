"""The job of the wing: follows the log for what happens to cases, and reminds of steps that are late.

Everything is a condition on the state in the tables, in one transaction with the cursor: seeing an event
twice, or being killed, changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import msgspec
from django.db import transaction

from keskio.engine.recovering import ANSWERS
from keskio.events.api import cursor_of, events_named, locked_cursor_of, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros, from_micros
from keskio.know.api import same_people
from keskio.respond.contracts import DECLINED_EVENT, DONE_EVENT
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.inbox.models import Case
from keskio.respond.recovery import actions, offering
from keskio.respond.recovery.asking import FOLLOW_UPS, RESULTS, ask
from keskio.respond.recovery.contracts import DONE, ENDED, OFFERED, RUNNING, SKIPPED, WAITING
from keskio.respond.recovery.models import Compensation, PlanRun, RunStep

CURSOR = "respond.recovery"
BATCH = 500
AT_ONCE = 100
LEFT = frozenset({"message.sent", "message.delivered"})
LOST = frozenset({"message.failed", "message.bounced", "message.dropped", "message.withdrawn"})
REDEEMED, ANSWERED, ASKED, SAID, BOUGHT = (
    *("coupon.redeemed", "survey.answered", "survey.asked", "survey.replied"),
    "Order Completed",
)
DIALOGUE_ENDED = "dialogue.ended"
FOLLOW_UP = "was-it-put-right"
SURVEYS, TOUCHPOINT = frozenset({"put-right", "recovery"}), "recovery"
LATEST_ANSWER, BOUGHT_WITHIN = timedelta(days=60), timedelta(days=90)
Told: TypeAlias = Mapping[str, Any]


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_read = msgspec.json.Decoder(_Body).decode


class Recoveries:
    """A job: one batch of the log, or some steps that are late, a turn."""

    name = "recovery"

    def turn(self, now: Micros) -> bool:
        """Take what comes next; True when there may be more."""
        position = cursor_of(CURSOR)
        events, reached = events_named(NAMES, after=position, limit=BATCH)
        if events or reached - position >= BATCH:
            with transaction.atomic():
                if locked_cursor_of(CURSOR) != position:
                    return True  # another worker has taken these
                for event in events:
                    TAKE[event.name](event, _read(event.body).properties)
                note_bought([event for event in events if event.name == BOUGHT])
                move_cursor(CURSOR, reached)
            if len(events) == BATCH:
                return True
        asked = ask(now, limit=AT_ONCE)
        return remind(now, limit=AT_ONCE) == AT_ONCE or asked == AT_ONCE


def _opened(event: LoggedEvent, told: Told) -> None:
    """Begin with a case, or with one that has become a complaint since."""
    case = _case(told)
    if case is None or not case.is_open:
        return
    run = actions.begin(case, at=event.at)
    if run is not None and case.customer_id and run.customer_id != case.customer_id:
        # somebody has found out who it is
        PlanRun.objects.filter(pk=run.pk).update(customer_id=case.customer_id)


def _replied(event: LoggedEvent, told: Told) -> None:
    run = _run(told)
    if run is None or run.state != RUNNING:
        return
    number = told.get("number", 0)
    if offering.in_entry(run.case_id, number):
        return  # the offer ticks its own step
    if run.steps.filter(note=f"#{number}").exists():
        return  # this answer has ticked its step
    by = str(told.get("by", ""))
    is_private = told.get("channel") == inbox.SOCIAL and not told.get("public")
    if is_private and actions.tick_next(
        run, frozenset({"private"}), by=by, at=event.at, number=number
    ):
        return
    actions.tick_next(run, ANSWERS - {"private"}, by=by, at=event.at, number=number)


def _closed(event: LoggedEvent, told: Told) -> None:
    run = _run(told)
    if run is not None:
        actions.end(run, at=event.at, by=str(told.get("by", "")))


def _reopened(_event: LoggedEvent, told: Told) -> None:
    run = _run(told)
    if run is not None:
        actions.reopened(run)


def _left(event: LoggedEvent, told: Told) -> None:
    if told.get("case"):
        offering.arrived(int(told["case"]), int(told.get("number", 0)), event.at)


def _lost(event: LoggedEvent, told: Told) -> None:
    if told.get("case"):
        offering.not_arrived(int(told["case"]), int(told.get("number", 0)), event.at)


def _redeemed(event: LoggedEvent, told: Told) -> None:
    code = str(told.get("code", "")).strip()
    found = Compensation.objects.filter(code__in={code, code.upper()} - {""}, state=OFFERED)
    for pk in found.order_by("pk").values_list("pk", flat=True):
        offering.accept(pk, at=event.at)


def _asked(event: LoggedEvent, told: Told) -> None:
    """Tick that it was asked whether all was put right."""
    if is_about_recovery(told):
        _tick_asked(event, DONE)


def _tick_asked(event: LoggedEvent, state: str) -> None:
    runs = [run.pk for run in _ended_of(event, LATEST_ANSWER)]
    RunStep.objects.filter(run_id__in=runs, kind="survey", state=WAITING).update(
        state=state, done_at=from_micros(event.at)
    )


def _answered(event: LoggedEvent, told: Told) -> None:
    satisfied = satisfaction_of(told) if is_about_recovery(told) else None
    if satisfied is not None:
        _satisfied(event, satisfied)


def _said_in_short(event: LoggedEvent, told: Told) -> None:
    """Take a score that came as a message, before any page was opened."""
    score = told.get("score")
    if is_about_recovery(told) and isinstance(score, (int, float)):
        _answered(event, {"survey": told.get("survey"), str(told.get("scale", "")): score})


def is_about_recovery(told: Told) -> bool:
    """Tell whether a survey asks how a case was put right."""
    return told.get("survey") in SURVEYS or told.get("touchpoint") == TOUCHPOINT


def satisfaction_of(told: Told) -> float | None:
    """Return how far it was put right (0 to 1) by an answer: CSAT of 5, CES of 7, NPS of 10; None: unsaid."""
    for name, least, most in (("csat", 1, 5), ("ces", 1, 7), ("nps", 0, 10)):
        score = told.get(name)
        if isinstance(score, (int, float)) and not isinstance(score, bool):
            return min(1.0, max(0.0, (score - least) / (most - least)))
    return None


def _dialogue_ended(event: LoggedEvent, told: Told) -> None:
    if told.get("dialogue") != FOLLOW_UP:
        return
    outcome = str(told.get("outcome", ""))
    _tick_asked(event, DONE if outcome in RESULTS else SKIPPED)
    if outcome in RESULTS:
        _satisfied(event, RESULTS[outcome], overrules=False)


def _asked_by_a_person(event: LoggedEvent, told: Told) -> None:
    """Take what a person heard when they asked by the task that `asking` gave."""
    run = PlanRun.objects.filter(pk=FOLLOW_UPS - int(told.get("enrolment") or 0)).first()
    if run is None:
        return
    result = str(told.get("result", ""))
    RunStep.objects.filter(run=run, kind="survey", state=WAITING).update(
        state=DONE if result in RESULTS else SKIPPED, done_at=from_micros(event.at)
    )
    if result in RESULTS:
        PlanRun.objects.filter(pk=run.pk).update(satisfied=RESULTS[result])


def _satisfied(event: LoggedEvent, satisfied: float, *, overrules: bool = True) -> None:
    """Keep what the customer says of the last case; how a dialogue ended does not overrule a score."""
    runs = _ended_of(event, LATEST_ANSWER)
    if runs and (overrules or runs[0].satisfied is None):
        PlanRun.objects.filter(pk=runs[0].pk).update(satisfied=satisfied)


def _ended_of(event: LoggedEvent, within: timedelta) -> list[PlanRun]:
    """Return the runs of the event's customer that ended so shortly before it, the latest first."""
    at = from_micros(event.at)
    people = same_people([event.customer]).get(event.customer, [event.customer])
    return list(
        PlanRun.objects.filter(
            customer_id__in=people, state=ENDED, ended_at__lte=at, ended_at__gt=at - within
        ).order_by("-ended_at", "-pk")
    )


def note_bought(events: Sequence[LoggedEvent]) -> None:
    """Note the first purchase of each customer within 90 days after a case was closed; a few queries."""
    customers = {event.customer for event in events if event.customer}
    if not customers:
        return
    people = same_people(customers)
    numbers = {one: people.get(one, [one]) for one in customers}
    runs: dict[int, list[PlanRun]] = {}
    for run in PlanRun.objects.filter(
        customer_id__in={n for many in numbers.values() for n in many},
        state=ENDED,
        bought_at__isnull=True,
    ):
        runs.setdefault(run.customer_id, []).append(run)
    for event in sorted(events, key=lambda one: one.at):
        at = from_micros(event.at)
        for run in [run for n in numbers.get(event.customer, ()) for run in runs.get(n, ())]:
            if run.ended_at is not None and run.ended_at < at <= run.ended_at + BOUGHT_WITHIN:
                PlanRun.objects.filter(pk=run.pk, bought_at__isnull=True).update(bought_at=at)


def remind(now: Micros, *, limit: int) -> int:
    """Say once in the thread of a case that a step of its plan is late; return how many."""
    at = from_micros(now)
    with transaction.atomic():
        late = RunStep.objects.filter(
            state=WAITING, reminded_at__isnull=True, due_at__lte=at, run__state=RUNNING
        )
        found = list(late.select_related("run").order_by("due_at", "pk")[:limit])
        if not found:
            return 0
        RunStep.objects.filter(pk__in=[step.pk for step in found]).update(reminded_at=at)
        for step in found:
            cases.add_entry(
                step.run.case_id,
                kind=inbox.EVENT,
                author=inbox.BOT,
                what="recovery_late",
                told={"run": step.run_id, "step": step.key},
            )
    return len(found)


def _case(told: Told) -> Case | None:
    number = told.get("case")
    return Case.objects.filter(pk=number).first() if isinstance(number, int) else None


def _run(told: Told) -> PlanRun | None:
    number = told.get("case")
    return PlanRun.objects.filter(case_id=number).first() if isinstance(number, int) else None


def _nothing(_event: LoggedEvent, _told: Told) -> None:
    """Taken with others of its kind."""


TAKE: Mapping[str, Callable[[LoggedEvent, Told], None]] = {
    inbox.OPENED: _opened,
    inbox.CHANGED: _opened,
    inbox.REPLIED: _replied,
    inbox.CLOSED_EVENT: _closed,
    inbox.REOPENED: _reopened,
    **dict.fromkeys(LEFT, _left),
    **dict.fromkeys(LOST, _lost),
    REDEEMED: _redeemed,
    ASKED: _asked,
    ANSWERED: _answered,
    SAID: _said_in_short,
    DIALOGUE_ENDED: _dialogue_ended,
    **dict.fromkeys((DONE_EVENT, DECLINED_EVENT), _asked_by_a_person),
    BOUGHT: _nothing,
}
NAMES = frozenset(TAKE)
