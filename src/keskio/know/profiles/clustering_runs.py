"""Searches for clusters that people have asked for, and the clusters they have taken into use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from django.db import transaction

from keskio.kernel.clock import from_micros, now_micros
from keskio.kernel.errors import KeskioError, Mistake
from keskio.kernel.sql import fetch, run_many
from keskio.know.profiles.clustering import nearest, scaled
from keskio.know.profiles.computing import Step, purchase_rule
from keskio.know.profiles.histories import Ints
from keskio.know.profiles.models import ClusterModel, ClusterRun
from keskio.know.profiles.report_card import Known, search
from keskio.know.profiles.reports import FEWEST, Asked, Kept
from keskio.know.profiles.telling import tell_traits
from keskio.know.profiles.variables import PURCHASE, Columns, read_columns

log = logging.getLogger(__name__)
TRAIT = "cluster"
_CHUNK = 2000
_encode = msgspec.json.Encoder().encode
_SAVE = """
    INSERT INTO profiles_clustermember (customer_id, model_id, cluster) VALUES (%s, %s, %s)
    ON CONFLICT (customer_id) DO UPDATE
    SET model_id = excluded.model_id, cluster = excluded.cluster
"""


class TooFewCustomers(Mistake):
    """There are too few customers to look for clusters among."""

    code = "too_few_customers"


def run_next(go_on: Callable[[], None]) -> bool:
    """Do the oldest search that waits, or was interrupted; tell whether there was one."""
    waiting = (ClusterRun.State.WAITING, ClusterRun.State.RUNNING)
    found = ClusterRun.objects.filter(state__in=waiting).order_by("pk").first()
    if found is None:
        return False
    _update(found, state=ClusterRun.State.RUNNING, begun_at=from_micros(now_micros()), progress=0)
    shown = 0

    def step(percent: int) -> None:
        nonlocal shown
        go_on()
        if percent > shown:
            shown = percent
            _update(found, progress=percent)

    ended: dict[str, Any] = {"state": ClusterRun.State.FAILED}
    try:
        ended = {"state": ClusterRun.State.DONE, "outcome": _searched(found, step), "error": ""}
    except KeskioError as trouble:
        ended["error"] = trouble.message
    except (ValueError, ArithmeticError) as trouble:
        log.exception("The search for clusters %d failed.", found.pk)
        ended["error"] = f"The figures cannot be reckoned with: {trouble}."
    _update(found, ended_at=from_micros(now_micros()), progress=100, **ended)
    return True


def _update(run: ClusterRun, **changed: Any) -> None:
    ClusterRun.objects.filter(pk=run.pk).update(**changed)


def _searched(run: ClusterRun, step: Step) -> str:
    asked = msgspec.json.decode(run.settings, type=Asked)
    columns = read_columns(asked.variables, purchase_rule(), now_micros())
    missing = [name for name in asked.variables if name not in columns.numbers]
    if missing:
        raise Mistake(f"Nobody has a value of {', '.join(missing)} any more: choose others.")
    if len(columns.customer) < 2 * FEWEST:
        raise TooFewCustomers(
            f"There are {len(columns.customer)} customers with these; {2 * FEWEST} are needed."
        )
    report, _ = search(asked, known_of(asked, columns), step=step)
    return _encode(report).decode()


def known_of(asked: Asked, columns: Columns) -> Known:
    """Part columns into those that make the clusters and those that judge them.

    All variables of purchases say the same thing in other words: with one used, none of them judges.
    """
    used = {name: columns.numbers[name] for name in asked.variables}
    kin = set(asked.variables)
    if kin & set(PURCHASE):
        rule = purchase_rule()
        kin |= {*PURCHASE, f"times:{rule.event if rule else ''}"}
    return Known(
        used=used,
        numbers={name: column for name, column in columns.numbers.items() if name not in kin},
        categories=columns.categories,
        value=columns.total if columns.total.any() else None,
        before=columns.before or None,
    )


def assign_everyone(step: Step) -> None:
    """Put every customer into the cluster of the model in use; write and tell what changed.

    Without a model in use nobody is in a cluster.
    """
    model = ClusterModel.objects.filter(is_in_use=True).first()
    customers, clusters, names = np.empty(0, np.int64), np.empty(0, np.int64), [""]
    if model is not None:
        kept = msgspec.json.decode(model.document, type=Kept)
        names = msgspec.json.decode(model.names, type=list[str])
        wanted = [scale.name for scale in kept.scales]
        columns = read_columns(wanted, purchase_rule(), now_micros())
        customers, clusters = columns.customer, _assigned(columns, kept)
    step(40)
    version = model.pk if model is not None else 0
    before = {
        customer: (of_model, cluster)
        for customer, of_model, cluster in fetch(
            "SELECT customer_id, model_id, cluster FROM profiles_clustermember"
        )
    }
    rows, told = [], {}
    for customer, cluster in zip(customers.tolist(), clusters.tolist(), strict=True):
        if before.pop(customer, None) != (version, cluster):
            rows.append((customer, version, cluster))
            told[customer] = {TRAIT: names[cluster]}
    told |= {customer: {TRAIT: None} for customer in before}
    for begin in range(0, len(rows), _CHUNK):
        with transaction.atomic():
            run_many(_SAVE, rows[begin : begin + _CHUNK])
        step(40 + 40 * begin // len(rows))
    gone = [(customer,) for customer in before]
    run_many("DELETE FROM profiles_clustermember WHERE customer_id = %s", gone)
    tell_traits(told)


def _assigned(columns: Columns, kept: Kept) -> Ints:
    gaps = np.full(len(columns.customer), np.nan)
    used = {scale.name: columns.numbers.get(scale.name, gaps) for scale in kept.scales}
    return nearest(scaled(used, kept.scales), np.array(kept.centres))
