"""Writes of the wing that people ask for: the rule of purchases, computing, clusters, personas, erasure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max

from keskio.jobs.api import wake
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, listed, run
from keskio.know.profiles.models import ClusterModel, ClusterRun, Persona, PurchaseRule, Work
from keskio.know.profiles.reports import Asked, Report

VALUE, RFM, ASSIGN = "value", "rfm", "assign"
_TABLES = ("profiles_customervalue", "profiles_rfmscore", "profiles_clustermember")
_encode = msgspec.json.Encoder().encode


def save_rule(*, by: str, **told: Any) -> PurchaseRule:
    """Say what a purchase is and how value is reckoned, and ask for everything to be computed."""
    with transaction.atomic():
        rule = PurchaseRule.objects.order_by("pk").first() or PurchaseRule()
        for name, value in told.items():
            setattr(rule, name, value)
        rule.changed_at, rule.changed_by = now(), by
        rule.save()
        ask_for(VALUE)
        ask_for(RFM)
    return rule


def ask_for(kind: str) -> None:
    """Ask the worker to compute `kind` (value, rfm, assign); asked twice is asked once."""
    Work.objects.update_or_create(kind=kind, defaults={"asked_at": now(), "error": ""})
    transaction.on_commit(wake)


def ask_for_clusters(asked: Asked, *, title: str, by: str) -> ClusterRun:
    """Ask for a search for clusters. Raises Mistake without a variable."""
    if not asked.variables:
        raise Mistake("Choose at least one variable.")
    run_ = ClusterRun.objects.create(
        title=title, made_at=now(), made_by=by, settings=_encode(asked).decode()
    )
    transaction.on_commit(wake)
    return run_


def use_clusters(run_: ClusterRun, *, names: Sequence[str], by: str) -> ClusterModel:
    """Take the clusters of a search into use under `names`: everybody is assigned, now and each night.

    Raises Mistake when the search found nothing, or a name is missing or there twice.
    """
    if run_.state != ClusterRun.State.DONE:
        raise Mistake("This search has not come to an end.")
    report = msgspec.json.decode(run_.outcome, type=Report)
    given = [name.strip() for name in names]
    if len(given) != report.k or not all(given) or len(set(given)) != len(given):
        raise Mistake("Give each cluster a name of its own.")
    with transaction.atomic():
        ClusterModel.objects.filter(is_in_use=True).update(is_in_use=False)
        last = ClusterModel.objects.aggregate(last=Max("version"))["last"] or 0
        model = ClusterModel.objects.create(
            run=run_,
            version=last + 1,
            document=_encode(report.kept).decode(),
            names=_encode(given).decode(),
            saved_at=now(),
            saved_by=by,
            is_in_use=True,
        )
        ask_for(ASSIGN)
    return model


def stop_clusters() -> None:
    """Take no clusters into use: nobody is in one any more."""
    with transaction.atomic():
        ClusterModel.objects.filter(is_in_use=True).update(is_in_use=False)
        ask_for(ASSIGN)


def save_persona(persona: Persona, *, by: str) -> Persona:
    """Save a persona."""
    persona.changed_at, persona.changed_by = now(), by
    persona.save()
    return persona


def forget(customers: Collection[int]) -> None:
    """Take away everything that this wing has computed of `customers`. In the caller's transaction."""
    for table in _TABLES:
        run(f"DELETE FROM {table} WHERE {any_of('customer_id')}", (listed(customers),))  # noqa: S608 - constants
