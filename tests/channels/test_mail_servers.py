"""Letters through Postfix and Dovecot: out with STARTTLS, answers in by IMAP and LMTP, bounces."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import msgspec
import pytest
from pytest_django.live_server_helper import LiveServer

from keskio.channels import api
from keskio.channels.contracts import Account
from keskio.channels.email.mailbox import Mailboxes, read_mailbox
from keskio.channels.email.receiver import Receivers
from keskio.channels.models import Account as Row
from keskio.channels.queries import mailbox_cursor
from keskio.channels.reading import read_meta
from keskio.events.contracts import Envelope
from keskio.kernel.errors import Trouble
from keskio.know.api import facts_of, find_or_create, give_consent, preference_page
from tests.channels.accounts import mail
from tests.channels.kannel_server import free_ports
from tests.channels.mail_servers import PASSWORD, Servers, mail_servers, missing
from tests.channels.spools import MemorySpool

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]
RECEIVER_PORT = free_ports(1)[0]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with mail_servers(lmtp_port=RECEIVER_PORT) as running:
        yield running


def account(servers: Servers, **more: str) -> Account:
    settings = {
        "host": "127.0.0.1",
        "port": str(servers.smtp_port),
        "security": "starttls",
        "ca_file": str(servers.certificate),
        "from_address": "vastaus@example.com",
        "from_name": "Pyöräliike",
        "bounce_address": "palautus@example.com",
        "imap_host": "127.0.0.1",
        "imap_port": str(servers.imap_port),
        "imap_username": "vastaus",
    }
    number = api.add_account(
        provider="smtp",
        name="Post",
        settings={**settings, **more},
        secrets={"imap_password": PASSWORD},
    )
    found = api.account_by_id(number)
    assert found is not None
    return found


def events(spool: MemorySpool) -> list[Envelope]:
    found = []
    for row in spool.rows:
        envelopes, faults = api.parsers()["email"](row)
        assert faults == []
        found += envelopes
    return found


def words_of(envelope: Envelope) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(envelope.body)["properties"]
    return found


def read_until(account: Account, spool: MemorySpool, count: int) -> list[Envelope]:
    """Read the mailbox as the Background does until `count` letters are spooled."""
    stop = threading.Event()
    thread = threading.Thread(
        target=Mailboxes(spool, lambda: [account], interval=0.05).run, args=[stop]
    )
    thread.start()
    try:
        spool.wait_for(count)
    finally:
        stop.set()
        thread.join(60)
    return events(spool)


def test_a_letter_goes_out_and_its_answer_comes_in_by_imap(
    transactional_db: None, servers: Servers
) -> None:
    ours, spool = account(servers), MemorySpool()
    reference = api.make_reference(42, 7)
    transport = api.transport_for("email")
    assert transport is not None
    letter = mail(
        "aino@example.org",
        reference=reference,
        subject="Syyshuolto ä",
        text="Vastaa A tai B.\n.\nKiitos",
        html="<p>Vastaa A</p>",
    )
    (result,) = transport.send([letter])
    assert result.state == "accepted"
    (got,) = servers.letters_of("aino", count=1)
    assert got["Return-Path"] == f"<palautus+{reference}@example.com>"
    assert "with ESMTPS" in got["Received"]
    answer = EmailMessage()
    answer["From"] = "Aino <aino@example.org>"
    answer["To"] = got["Reply-To"]
    answer["Subject"] = "Re: Syyshuolto"
    answer.set_content("A\n\n22.11.2026 14.37 Pyöräliike <v@example.com> kirjoitti:\n> Vastaa A\n")
    # Mail programs may change the case of an address.
    servers.post("aino@example.org", str(got["Reply-To"]).upper(), answer.as_bytes())
    (envelope,) = read_until(ours, spool, 1)
    assert (envelope.name, envelope.identifiers) == ("message.received", (("customer", "7"),))
    words = words_of(envelope)
    assert (words["text"], words["from"], words["message"]) == ("A", "aino@example.org", 42)
    # The server's own time of arrival, in whole seconds.
    assert 0 <= envelope.received_at - envelope.at < 60_000_000
    assert read_meta(spool.rows[0]).at % 1_000_000 == 0
    # Read once only, also by another reader.
    assert read_mailbox(ours, spool) == 0
    assert len(spool.rows) == 1


def test_an_unknown_recipient_bounces_to_the_letter_s_own_address(
    transactional_db: None, servers: Servers
) -> None:
    ours, spool = account(servers), MemorySpool()
    read_mailbox(ours, MemorySpool())
    transport = api.transport_for("email")
    assert transport is not None
    letter = mail("nobody@example.org", reference=api.make_reference(43, 8))
    assert transport.send([letter])[0].state == "accepted"
    (envelope,) = read_until(ours, spool, 1)
    assert (envelope.name, envelope.identifiers) == ("delivery.reported", (("customer", "8"),))
    words = words_of(envelope)
    assert (words["status"], words["to"], words["message"]) == ("bounced", "nobody@example.org", 43)
    assert str(words["detail"]).startswith("5.1.1 ")


def test_a_strict_server_refuses_at_once(transactional_db: None, servers: Servers) -> None:
    account(servers, port=str(servers.strict_port))
    transport = api.transport_for("email")
    assert transport is not None
    results = transport.send([mail("nobody@example.org"), mail("eero@example.org")])
    assert [(result.state, result.permanent) for result in results] == [
        ("refused", True),
        ("accepted", False),
    ]
    assert results[0].sentence.startswith("550 5.1.1")
    servers.letters_of("eero", count=1)


def test_a_certificate_that_nobody_vouches_for_is_trouble(
    transactional_db: None, servers: Servers
) -> None:
    account(servers, ca_file="")
    transport = api.transport_for("email")
    assert transport is not None
    with pytest.raises(Trouble, match="certificate verify failed"):
        transport.send([mail("eero@example.org")])


def test_letters_come_in_through_postfix_by_lmtp(transactional_db: None, servers: Servers) -> None:
    ours = account(
        servers,
        from_address="vastaus@keskio.example",
        bounce_address="palautus@keskio.example",
        listen="lmtp",
        listen_port=str(RECEIVER_PORT),
    )
    spool, stop = MemorySpool(), threading.Event()
    spool.full = True  # at first: Postfix keeps the letter and tries again
    receivers = Receivers(spool, lambda: [ours], pause=0.05)
    thread = threading.Thread(target=receivers.run, args=[stop])
    thread.start()
    try:
        assert receivers.listens.wait(60)
        spool.full = False
        to = f"vastaus+{api.make_reference(44, 9)}@keskio.example"
        servers.post(
            "aino@example.org", to, b"From: aino@example.org\r\nSubject: Re: x\r\n\r\nlopeta\r\n"
        )
        spool.wait_for(1)
    finally:
        stop.set()
        thread.join(60)
    (envelope,) = events(spool)
    assert envelope.identifiers == (("customer", "9"),)
    assert words_of(envelope)["keyword"] == "stop"


def test_nothing_is_lost_when_the_spool_is_full_or_the_server_away(
    transactional_db: None, servers: Servers
) -> None:
    ours = account(servers)
    read_mailbox(ours, MemorySpool())
    before = mailbox_cursor(ours.id)
    for number in range(3):
        letter = (
            f"From: a@example.org\r\nMessage-ID: <{number}@x>\r\nSubject: Re: {number}\r\n\r\nA\r\n"
        )
        servers.post("a@example.org", "vastaus@example.com", letter.encode())
    spool = MemorySpool()
    servers.letters_of("vastaus", count=3)
    spool.full = True
    with pytest.raises(Trouble):
        read_mailbox(ours, spool)
    assert mailbox_cursor(ours.id) == before
    spool.full = False
    assert read_mailbox(ours, spool) == 3
    # A cursor that was not moved (the process died in between) reads the same letters again, and
    # they are known by their ids.
    again = MemorySpool()
    from keskio.channels.actions import move_mailbox

    move_mailbox(ours.id, uid_validity=before[0], uid=before[1])
    assert read_mailbox(ours, again) == 3
    ids = [[envelope.message_id for envelope in events(one)] for one in (spool, again)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3
    # A folder that begins its numbers again is read from its beginning.
    move_mailbox(ours.id, uid_validity=before[0] + 1, uid=10**6)
    assert read_mailbox(ours, MemorySpool()) >= 3


def test_a_wrong_password_is_trouble_and_does_not_stop_the_reader(
    transactional_db: None, servers: Servers
) -> None:
    ours = account(servers)
    Row.objects.filter(pk=ours.id).update(secrets={"imap_password": "wrong"})
    wrong = api.account_by_id(ours.id)
    assert wrong is not None
    with pytest.raises(Trouble, match="The mailbox at"):
        read_mailbox(wrong, MemorySpool())


def test_a_mail_program_unsubscribes_by_one_click(
    live_server: LiveServer, servers: Servers, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://dialogues.example.com"
    account(servers)
    siiri = find_or_create([("crm", "E1")], traits={"email": "siiri@example.org"})
    give_consent(siiri, purpose="marketing", channel="email", source="shop")
    page = preference_page(siiri, 44, "marketing", "email")
    transport = api.transport_for("email")
    assert transport is not None
    letter = msgspec.structs.replace(
        mail("siiri@example.org", reference=api.make_reference(44, siiri)),
        preferences=page,
        one_click=f"{page}stop/",
    )
    assert transport.send([letter])[0].state == "accepted"
    (got,) = servers.letters_of("siiri", count=1)
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way = got["List-Unsubscribe"].partition(">")[0].removeprefix("<https://dialogues.example.com")

    answer = httpx.post(f"{live_server.url}{way}", data={"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert facts_of([siiri])[siiri].consents == {"marketing/email": "withdrawn"}
