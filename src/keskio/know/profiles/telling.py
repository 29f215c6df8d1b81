"""Traits that the wing computes, told to those who hold traits: set-wise, with events, changes only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import now_micros
from keskio.know.actions import set_traits

COMPUTED = "customer.computed"
_CHUNK = 1000
_encode = msgspec.json.Encoder().encode


def tell_traits(told: Mapping[int, Mapping[str, Any]]) -> None:
    """Write traits that have changed, a thousand customers a transaction, each with its event.

    A trait told as None is taken away.
    """
    customers = sorted(told)
    for begin in range(0, len(customers), _CHUNK):
        part = {customer: told[customer] for customer in customers[begin : begin + _CHUNK]}
        at = now_micros()
        with transaction.atomic():
            set_traits(part, at=at)
            append_events(
                [
                    NewEvent(
                        customer,
                        COMPUTED,
                        at,
                        _encode({"properties": {"by": "profiles"}, "traits": traits}).decode(),
                    )
                    for customer, traits in part.items()
                ]
            )
    if told:
        wake()
