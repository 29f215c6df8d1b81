"""The thread that carries erasures through, a small step at a time, without holding the worker up."""

from __future__ import annotations

import os
import secrets
import socket
import threading

from django.db import connections

from keskio.jobs.api import Lease, LostLease
from keskio.kernel.clock import now_micros
from keskio.know.privacy.erasing import step
from keskio.know.privacy.models import Erasure

IDLE_SECONDS = 2.0


class Eraser:
    """The background `privacy.erasing`: one process of the house at a time."""

    name = "privacy.erasing"

    def __init__(self, *, owner: str = "") -> None:
        self._owner = owner or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._lease: Lease | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is begun goes on at the next start."""
        try:
            while not stop.is_set():
                if not self.turn():
                    stop.wait(IDLE_SECONDS)
        finally:
            if self._lease is not None:
                self._lease.release()
            connections.close_all()

    def turn(self) -> bool:
        """Do a step of every erasure under way; True while one of them can go on at once."""
        going = list(
            Erasure.objects.filter(state=Erasure.State.RUNNING)
            .order_by("id")
            .values_list("pk", flat=True)
        )
        if not going or not self._holds():
            return False
        may_go_on = [step(number, now_micros()) for number in going]
        return any(may_go_on)

    def _holds(self) -> bool:
        if self._lease is None:
            self._lease = Lease.hold(self.name, self._owner)
            return self._lease is not None
        try:
            self._lease.renew()
        except LostLease:
            self._lease = None
            return False
        return True
