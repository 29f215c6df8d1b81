"""Receiving letters from the company's own mail server, by LMTP (RFC 2033) or SMTP.

Only letters to the account's own addresses are taken, one recipient in a transaction (LMTP answers
for each recipient; the mail server sends the others again at once). "250" is said after the letter is
durable in the spool, never before, so that nothing is lost whenever the process dies.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connections

from keskio.channels.contracts import Account, Spools
from keskio.channels.email.addresses import without_reference
from keskio.channels.reading import SOURCE, Meta
from keskio.kernel.errors import Trouble

log = logging.getLogger(__name__)

MAX_LETTER = 10 * 1024 * 1024
LOOK_AGAIN = 5.0
IDENT = "Keskio"
Place: TypeAlias = tuple[str, str, int]


class Receivers:
    """A Background that listens for each account that wants letters handed to it.

    `accounts` is asked again every few seconds: a new or changed account needs no restart. `listens`
    is set once the first one does.
    """

    name = "mail receivers"

    def __init__(
        self,
        spool: Spools,
        accounts: Callable[[], Sequence[Account]],
        *,
        pause: float = LOOK_AGAIN,
    ) -> None:
        self._spool = spool
        self._accounts = accounts
        self._pause = pause
        self.listens = threading.Event()
        self._listening: dict[int, tuple[int, asyncio.Server]] = {}

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                found = await asyncio.to_thread(self._ask)
                await self._follow({a.id: a for a in found if a.setting("listen")})
                await asyncio.to_thread(stop.wait, self._pause)
        finally:
            for _, server in self._listening.values():
                server.close()

    def _ask(self) -> Sequence[Account]:
        try:
            return self._accounts()
        finally:
            connections.close_all()

    async def _follow(self, wanted: dict[int, Account]) -> None:
        for number, (revision, server) in list(self._listening.items()):
            if number not in wanted or wanted[number].revision != revision:
                server.close()
                del self._listening[number]
        for number, account in wanted.items():
            if number not in self._listening:
                opened = await self._listen(account)
                if opened is not None:
                    self._listening[number] = (account.revision, opened)

    async def _listen(self, account: Account) -> asyncio.Server | None:
        protocol, host, port = place_of(account)
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: protocol_of(protocol, Taker(account, self._spool), loop), host, port
            )
        except OSError as error:
            log.warning("mail receiver: cannot listen on %s:%d: %s", host, port, error)
            return None
        self.listens.set()
        log.info("mail receiver: %s on %s:%d", protocol, host, port)
        return server


def place_of(account: Account) -> Place:
    """Return the protocol, address and port on which an account's letters are received."""
    host = account.setting("listen_host", "127.0.0.1")
    return account.setting("listen"), host, int(account.setting("listen_port", "2424"))


def protocol_of(protocol: str, taker: Taker, loop: asyncio.AbstractEventLoop) -> SMTP:
    """Return the talk with one client, in LMTP or SMTP."""
    make = LMTP if protocol == "lmtp" else SMTP
    return make(taker, data_size_limit=MAX_LETTER, enable_SMTPUTF8=True, ident=IDENT, loop=loop)


class Taker:
    """Takes letters for one account: the handler that aiosmtpd asks at each command."""

    def __init__(self, account: Account, spool: Spools) -> None:
        self._account = account
        self._spool = spool
        names = ("from_address", "reply_address", "bounce_address")
        self._own = {without_reference(account.setting(n)) for n in names if account.setting(n)}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take one recipient, who must be one of the account's addresses."""
        del server, session, rcpt_options
        if without_reference(address) not in self._own:
            return "550 5.1.1 No such address here"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Spool the letter and say so after the commit."""
        del server, session
        meta = Meta(
            account=self._account.id,
            provider=self._account.provider,
            recipients=tuple(envelope.rcpt_tos),
            sender=envelope.mail_from or "",
            notes={"envelope": "known"},
        )
        content = envelope.content
        body = content if isinstance(content, bytes) else (content or "").encode()
        try:
            await self._spool.put(
                kind="email", source=SOURCE, meta=msgspec.json.encode(meta).decode(), body=body
            )
        except Trouble as trouble:
            log.warning("mail receiver: %s", trouble.message)
            return "451 4.3.0 Try again in a moment"
        return "250 2.0.0 Stored"
