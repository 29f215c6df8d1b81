"""A desk at nine on Monday 2 March 2026: a customer, two who answer, and ways to open cases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.know.api import find_or_create
from keskio.respond.inbox.actions import open_case
from keskio.respond.inbox.models import Case
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
SignedIn = Callable[[str], Client]
Opened = Callable[..., Case]


@pytest.fixture
def aino(clock: VirtualClock) -> int:
    """The regular: a customer with an address and a number."""
    return find_or_create(
        [("email", "aino@example.com"), ("phone", "045 700 0001")], traits={"name": "Aino Mäkinen"}
    )


@pytest.fixture
def opened(aino: int) -> Opened:
    """Open a case of Aino's: by e-mail, or as told."""

    def make(text: str = "Pyörä ei ole vieläkään valmis.", **about: object) -> Case:
        told = {
            "customer": aino,
            "channel": "email",
            "address": "aino@example.com",
            "name": "Aino Mäkinen",
            "language": "fi",
            **about,
        }
        return open_case(text=text, **told)  # type: ignore[arg-type]

    return make
