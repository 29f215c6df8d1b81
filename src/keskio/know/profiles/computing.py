"""What is computed for every customer, written set-wise: values, RFM scores, traits that changed.

Runs in the worker's thread, in short transactions of a few thousand rows. Stopping in the middle
leaves rows of two computations side by side, each true of its time; the next one mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from keskio.engine.scores.rfm import Cuts
from keskio.kernel.clock import Micros, from_micros
from keskio.kernel.sql import fetch, run, run_many
from keskio.know.profiles.histories import histories_of
from keskio.know.profiles.models import PurchaseRule, RfmVersion, ValueFit
from keskio.know.profiles.reading import day_of, read_purchases
from keskio.know.profiles.scoring import Scored, cells_of, cuts_of, movement, score
from keskio.know.profiles.shapes import Movement
from keskio.know.profiles.telling import tell_traits
from keskio.know.profiles.valuing import Valued, value_customers

_CHUNK = 2000
KEPT_FITS = 24
_encode = msgspec.json.Encoder().encode
Step = Callable[[int], None]

_SAVE_VALUE = """
    INSERT INTO profiles_customervalue
        (customer_id, fit_id, is_little, x, last_day, alive, purchases, low, high, middle, percentile)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (customer_id) DO UPDATE SET
        fit_id = excluded.fit_id, is_little = excluded.is_little, x = excluded.x,
        last_day = excluded.last_day, alive = excluded.alive, purchases = excluded.purchases,
        low = excluded.low, high = excluded.high, middle = excluded.middle,
        percentile = excluded.percentile
"""
_SAVE_SCORE = """
    INSERT INTO profiles_rfmscore (customer_id, version_id, r, f, m, last_day, times, total)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (customer_id) DO UPDATE SET
        version_id = excluded.version_id, r = excluded.r, f = excluded.f, m = excluded.m,
        last_day = excluded.last_day, times = excluded.times, total = excluded.total
"""


def purchase_rule() -> PurchaseRule | None:
    """Return what the company calls a purchase, or None while nobody has said it."""
    return PurchaseRule.objects.order_by("pk").first()


def compute_value(rule: PurchaseRule, now: Micros, step: Step) -> None:
    """Fit the models of value to everything that has been bought, and value every customer."""
    until = day_of(now)
    purchases = read_purchases(rule.event, rule.property)
    step(5)
    found = value_customers(rule, purchases, until=until, step=step)
    fit = ValueFit.objects.create(
        made_at=from_micros(now),
        until_day=until,
        customers=len(found.histories),
        outcome=_encode(found.card).decode(),
    )
    before = dict(fetch("SELECT customer_id, percentile FROM profiles_customervalue"))
    _save(_SAVE_VALUE, _value_rows(found, fit.pk, until), step)
    run("DELETE FROM profiles_customervalue WHERE fit_id <> %s", (fit.pk,))
    told: dict[int, dict[str, Any]] = {}
    for customer, percentile in zip(
        found.histories.customer.tolist(), found.percentile.tolist(), strict=True
    ):
        was = before.pop(customer, None)
        if was is None or _decile(was) != _decile(percentile):
            told[customer] = {"value_decile": _decile(percentile)}
    tell_traits(told)
    old = ValueFit.objects.order_by("-pk").values_list("pk", flat=True)[KEPT_FITS:]
    ValueFit.objects.filter(pk__in=list(old)).delete()


def _decile(percentile: int) -> int:
    return (percentile - 1) // 10 + 1


def _value_rows(found: Valued, fit: int, until: int) -> list[tuple[Any, ...]]:
    h = found.histories
    columns = (
        h.customer,
        h.x,
        until - h.recency_days,
        found.alive,
        found.purchases,
        found.low,
        found.high,
        found.middle,
        found.percentile,
    )
    return [
        (customer, fit, x == 0, x, *rest)
        for customer, x, *rest in zip(*(column.tolist() for column in columns), strict=True)
    ]


def compute_rfm(rule: PurchaseRule, now: Micros, step: Step, *, new_version: bool = False) -> None:
    """Score every customer under the version in force; the month's first run makes a new version.

    `new_version` makes the month's version anew, also when there is one.
    """
    until = day_of(now)
    month = timezone.localtime(from_micros(now)).strftime("%Y-%m")
    purchases = read_purchases(rule.event, rule.property)
    step(30)
    histories = histories_of(purchases, until=until, unit="day")
    version = RfmVersion.objects.order_by("-month").first()
    if version is None or version.month != month or new_version:
        old = RfmVersion.objects.exclude(month=month).order_by("-month").first()
        cuts, told = cuts_of(histories), Movement()
        if old is not None:
            then = histories_of(purchases, until=old.until_day, unit="day")
            told = movement(then, histories, old=cuts_in(old), new=cuts, since=old.month)
        version, _ = RfmVersion.objects.update_or_create(
            month=month,
            defaults={
                "made_at": from_micros(now),
                "until_day": until,
                "customers": len(histories),
                "cuts": _encode(cuts).decode(),
                "cells": "[]",
                "movement": _encode(told).decode(),
            },
        )
    scored = score(histories, cuts_in(version))
    step(50)
    _save_scores(scored, version.pk, until, histories, step)
    version.cells = _encode(cells_of(scored, histories.total)).decode()
    version.customers = len(histories)
    version.save(update_fields=["cells", "customers"])


def cuts_in(version: RfmVersion) -> Cuts:
    """Return the cut points of a version."""
    return msgspec.json.decode(version.cuts, type=Cuts)


def _save_scores(scored: Scored, version: int, until: int, histories: Any, step: Step) -> None:
    """Write the scores that changed, and tell those parts of them that did."""
    kept = {
        row[0]: row[1:]
        for row in fetch(
            "SELECT customer_id, version_id, r, f, m, last_day, times, total FROM profiles_rfmscore"
        )
    }
    columns = (
        scored.r,
        scored.f,
        scored.m,
        until - histories.recency_days,
        histories.times,
        histories.total,
    )
    rows: list[tuple[Any, ...]] = []
    told: dict[int, dict[str, Any]] = {}
    for customer, *row in zip(
        scored.customer.tolist(), *(column.tolist() for column in columns), strict=True
    ):
        was = kept.pop(customer, None)
        if was != (version, *row):
            rows.append((customer, version, *row))
        news = {
            f"rfm_{part}": row[place]
            for place, part in enumerate("rfm")
            if was is None or was[1 + place] != row[place]
        }
        if news:
            told[customer] = news
    _save(_SAVE_SCORE, rows, step)
    gone = sorted(kept)
    forget_scores(gone)
    told |= {customer: dict.fromkeys(("rfm_r", "rfm_f", "rfm_m")) for customer in gone}
    tell_traits(told)


def forget_scores(customers: Sequence[int]) -> None:
    """Take away the scores of `customers`."""
    run_many("DELETE FROM profiles_rfmscore WHERE customer_id = %s", [(one,) for one in customers])


def _save(sql: str, rows: Sequence[tuple[Any, ...]], step: Step) -> None:
    for begin in range(0, len(rows), _CHUNK):
        with transaction.atomic():
            run_many(sql, rows[begin : begin + _CHUNK])
        step(85 + 14 * begin // max(len(rows), 1))
