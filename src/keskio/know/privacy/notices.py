"""The thread that hands our notices over: marked before the call, settled after it, never sent twice."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading

from django.db import connections

from keskio.channels.api import transport_for
from keskio.channels.contracts import Outgoing
from keskio.jobs.api import Lease, LostLease
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Trouble
from keskio.know.privacy.links import notice_address
from keskio.know.privacy.models import Notice
from keskio.know.privacy.queries import purposes
from keskio.know.privacy.speech import LETTERS, SUBJECTS, said

IDLE_SECONDS = 1.0
BATCH = 20
log = logging.getLogger(__name__)


class NoticeSender:
    """The background `privacy.notices`."""

    name = "privacy.notices"

    def __init__(self, *, owner: str = "") -> None:
        self._owner = owner or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._lease: Lease | None = None

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        try:
            while not stop.is_set():
                if not self.send_some():
                    stop.wait(IDLE_SECONDS)
        finally:
            if self._lease is not None:
                self._lease.release()
            connections.close_all()

    def send_some(self) -> bool:
        """Hand over up to twenty notices; True when there may be more."""
        if not Notice.objects.filter(
            state__in=[Notice.State.WAITING, Notice.State.HANDING]
        ).exists():
            return False
        if not self._holds():
            return False
        waiting = list(Notice.objects.filter(state=Notice.State.WAITING).order_by("id")[:BATCH])
        for notice in waiting:
            self._send(notice)
        return len(waiting) == BATCH

    def _holds(self) -> bool:
        if self._lease is None:
            self._lease = Lease.hold(self.name, self._owner)
            if self._lease is None:
                return False
            # Whoever was handing these over has stopped: they may have gone, so they do not go again.
            Notice.objects.filter(state=Notice.State.HANDING).update(
                state=Notice.State.FAILED,
                settled_at=now_micros(),
                trouble="stopped while it was being handed over",
                address="",
            )
            return True
        try:
            self._lease.renew()
        except LostLease:
            self._lease = None
            return False
        return True

    def _send(self, notice: Notice) -> None:
        transport = transport_for(notice.channel)
        if transport is None:
            _fail(notice, "the channel is not set up")
            return
        taken = Notice.objects.filter(pk=notice.pk, state=Notice.State.WAITING)
        if not taken.update(state=Notice.State.HANDING):
            return
        try:
            (result,) = transport.send([outgoing_of(notice)])
        except Trouble as trouble:
            log.warning("A notice could not be handed over in %s: %s", notice.channel, trouble.code)
            _fail(notice, trouble.code)
            return
        if result.state != "accepted":
            _fail(notice, result.state)
            return
        Notice.objects.filter(pk=notice.pk).update(state=Notice.State.ASKED, sent_at=now_micros())


def outgoing_of(notice: Notice) -> Outgoing:
    """Return a notice as it leaves, in the receiver's language."""
    purpose = purposes().get(notice.purpose)
    title = said(purpose.title, notice.language) if purpose else notice.purpose
    link = notice_address(notice.pk)
    return Outgoing(
        message=0,
        channel=notice.channel,
        to=notice.address,
        subject=said(SUBJECTS[notice.kind], notice.language),
        text=said(LETTERS[notice.kind], notice.language).format(purpose=title, link=link),
        language=notice.language,
    )


def _fail(notice: Notice, trouble: str) -> None:
    Notice.objects.filter(pk=notice.pk).update(
        state=Notice.State.FAILED, settled_at=now_micros(), trouble=trouble[:200], address=""
    )
