"""Recovery in the demo company: the ready plans in use, cases under way, one compensation to be approved."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from keskio.kernel.clock import to_micros
from keskio.kernel.errors import KeskioError
from keskio.respond.inbox.actions import open_case
from keskio.respond.inbox.models import Case
from keskio.respond.recovery import actions, compensating, offering
from keskio.respond.recovery.following import Recoveries
from keskio.respond.recovery.models import Compensation, PlanRun
from keskio.talk.api import add_offer

OFFERS = (
    ("sorry-20", {"fi": "Pahoittelukoodi 20 €", "en": "Sorry code, 20 euros"}),
    ("sorry-30", {"fi": "Pahoittelulahjakortti 30 €", "en": "Sorry gift card, 30 euros"}),
)
TURNS = 50
SOME = 2


@transaction.atomic
def seed_demo(now: datetime) -> None:
    """Take the ready plans into use, and let the demo's complaints be put right by them."""
    actions.save_ready_plans(by="admin")
    for key, title in OFFERS:
        add_offer(key, title=title, prefix="PAH", stock=200, per_customer=3)
    at = to_micros(now)
    closed = Case.objects.filter(kind="complaint", state="closed", closed_at__isnull=False)
    for place, case in enumerate(closed.exclude(customer_id=0).order_by("pk")):
        run = actions.begin(case, at=to_micros(case.opened_at))
        if run is not None:
            actions.end(run, at=to_micros(case.closed_at or now), by="editor")
            # said in the survey afterwards, by most
            PlanRun.objects.filter(pk=run.pk).update(satisfied=(1.0, 0.75, 0.25)[place % 3])
    job = Recoveries()
    for _ in range(TURNS):
        if not job.turn(at):
            break
    _compensate(now)


def _compensate(now: datetime) -> None:
    """Offer some compensations; who was compensated lately waits for a second person."""
    runs = PlanRun.objects.filter(state="running").exclude(customer_id=0).order_by("pk")
    for run in runs:
        if Compensation.objects.count() >= SOME:
            break
        try:
            paid = compensating.ask_compensation(run, by="editor")
            offering.offer(paid.pk, by="editor")
        except KeskioError:
            continue  # its plan compensates nothing, or it cannot be answered to
    _ask_again(now)


def _ask_again(now: datetime) -> None:
    """Let somebody who was compensated complain again: the second time waits for another person."""
    had = Compensation.objects.filter(state="offered").order_by("pk").first()
    if had is None:
        return
    first = Case.objects.get(pk=had.case_id)
    case = open_case(
        customer=had.customer_id,
        channel=first.channel,
        text="Ja nyt laskukin oli väärin. Aika väsynyt olen tähän.",
        kind="complaint",
        severity=1,
        address=first.address,
        name=first.name,
        network=first.network,
        language="fi",
        at=now - timedelta(minutes=50),
    )
    run = actions.begin(case, at=to_micros(case.opened_at))
    if run is not None:
        try:
            compensating.ask_compensation(run, by="editor")
        except KeskioError:
            return  # another plan fits this time, which compensates nothing
