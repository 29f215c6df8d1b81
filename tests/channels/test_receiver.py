"""Receiving letters from a mail server."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from keskio.channels.contracts import Account
from keskio.channels.email.provider import PROVIDER
from keskio.channels.email.receiver import Receivers, Taker, protocol_of
from keskio.channels.reading import Meta, read_meta
from keskio.channels.reference import make_reference
from tests.channels import letters
from tests.channels.accounts import account_of
from tests.channels.loops import listening
from tests.channels.spools import MemorySpool


def account(**given: Any) -> Account:
    return account_of(
        "smtp",
        host="x",
        from_address="Vastaus@example.com",
        bounce_address="bounce@example.com",
        listen="lmtp",
        **given,
    )


@contextmanager
def receiver(spool: MemorySpool, kind: str) -> Iterator[smtplib.SMTP]:
    def protocol() -> asyncio.BaseProtocol:
        return protocol_of(kind, Taker(account(), spool), asyncio.get_running_loop())

    with listening(protocol) as port:
        client = smtplib.LMTP if kind == "lmtp" else smtplib.SMTP
        with client("127.0.0.1", port, timeout=10) as server:  # type: ignore[call-arg]
            yield server


@pytest.mark.parametrize("kind", ["lmtp", "smtp"])
def test_a_letter_is_spooled_with_its_envelope(kind: str) -> None:
    reference = make_reference(42, 7)
    to = f"VASTAUS+{reference}@Example.com"
    spool = MemorySpool()
    with receiver(spool, kind) as server:
        assert server.sendmail("aino@example.org", [to], letters.REPLY_IPHONE.encode()) == {}
    (row,) = spool.rows
    assert (row.kind, row.source) == ("email", 0)
    assert read_meta(row) == Meta(
        account=1,
        provider="smtp",
        recipients=(to,),
        sender="aino@example.org",
        notes={"envelope": "known"},
    )
    (envelope,), faults = PROVIDER.read(row)
    assert (envelope.name, envelope.identifiers, faults) == (
        "message.received",
        (("customer", "7"),),
        [],
    )


def test_other_people_s_letters_are_not_taken() -> None:
    spool = MemorySpool()
    with receiver(spool, "lmtp") as server, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        server.sendmail("a@b.fi", ["someone@example.com"], b"Subject: x\r\n\r\ny")
    assert refused.value.recipients == {"someone@example.com": (550, b"5.1.1 No such address here")}
    assert spool.rows == []


def test_a_second_recipient_is_asked_to_come_again() -> None:
    spool = MemorySpool()
    with receiver(spool, "lmtp") as server:
        refused = server.sendmail(
            "", ["vastaus@example.com", "bounce+k1@example.com"], b"Subject: x\r\n\r\ny"
        )
    assert refused == {"bounce+k1@example.com": (452, b"4.5.3 One recipient at a time")}
    assert len(spool.rows) == 1


def test_a_full_spool_is_said_to_come_again_and_nothing_is_kept() -> None:
    spool = MemorySpool()
    spool.full = True
    with receiver(spool, "smtp") as server, pytest.raises(smtplib.SMTPDataError) as error:
        server.sendmail("a@b.fi", ["vastaus@example.com"], b"Subject: x\r\n\r\ny")
    assert error.value.smtp_code == 451


def test_background_follows_accounts_and_stops() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    spool, stop, asked = MemorySpool(), threading.Event(), threading.Event()

    def accounts() -> list[Account]:
        asked.set()
        return [account(listen_port=str(port))]

    background = Receivers(spool, accounts, pause=0.05)
    thread = threading.Thread(target=background.run, args=[stop])
    thread.start()
    try:
        assert background.listens.wait(60)
        with smtplib.LMTP("127.0.0.1", port) as server:
            server.sendmail("a@b.fi", ["vastaus@example.com"], b"Subject: x\r\n\r\ny")
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert len(spool.rows) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
