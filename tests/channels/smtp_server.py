"""A real SMTP server whose behaviour hangs on the recipient's name, for tests of sending."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.loops import listening

REFUSALS = {
    "refused": "550 5.1.1 User unknown",
    "later": "450 4.2.0 Greylisted",
    "closing": "421 4.3.2 Shutting down",
}
AFTER_DATA = {"spam": "554 5.7.1 Spam", "full": "452 4.3.1 Disk full"}


class Taken(msgspec.Struct):
    """One letter that the server took."""

    sender: str
    to: str
    content: bytes


class Behaviour:
    """Answers by the local part of the recipient and keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.connections = 0

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        who = address.partition("@")[0]
        if who == "gone-before-data":
            server.transport.abort()
            await asyncio.sleep(0)
        if who in REFUSALS:
            return REFUSALS[who]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        to = envelope.rcpt_tos[0]
        who = to.partition("@")[0]
        if who in AFTER_DATA:
            return AFTER_DATA[who]
        assert isinstance(envelope.content, bytes)
        self.taken.append(Taken(envelope.mail_from or "", to, envelope.content))
        if who == "gone-after-data":
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 2.0.0 queued as 1"


@contextmanager
def smtp_server(*, password: str = "") -> Iterator[tuple[int, Behaviour]]:
    """Run the server on a free port of this machine; with a password it wants a login."""
    behaviour = Behaviour()

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        # Not handled: the server itself says 535.
        return AuthResult(
            success=given == LoginPassword(b"keskio", password.encode()), handled=False
        )

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a login without TLS is fine on this machine
            return SMTP(
                behaviour,
                hostname="mx.example.org",
                loop=asyncio.get_running_loop(),
                authenticator=check if password else None,
                auth_require_tls=False,
                auth_required=bool(password),
            )

    with listening(protocol) as port:
        yield port, behaviour
