"""Handing letters in: what became of each, and what goes over the wire."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.channels.contracts import Result
from keskio.channels.email.addresses import checked
from keskio.channels.email.mime import Sheet, letter_of
from keskio.channels.email.transport import SmtpTransport, post_of
from keskio.channels.reference import make_reference
from keskio.kernel.clock import VirtualClock, now
from keskio.kernel.errors import Mistake, Trouble
from tests.channels.accounts import account_of, mail
from tests.channels.smtp_server import smtp_server


def transport_to(port: int, **given: Any) -> SmtpTransport:
    account = account_of(
        "smtp",
        host="127.0.0.1",
        port=str(port),
        security="none",
        from_address="vastaus@pyörä.example",
        from_name="Keskiö, pyörät",
        bounce_address="bounce@example.com",
        **given,
    )
    return SmtpTransport(post_of(account), timeout=5)


def parsed(raw: bytes) -> EmailMessage:
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def test_each_letter_has_its_own_outcome_over_one_connection() -> None:
    names = ["aino", "refused", "later", "spam", "full", "eero"]
    with smtp_server() as (port, server):
        results = transport_to(port).send([mail(f"{name}@example.org") for name in names])
    assert [(r.state, r.permanent, r.sentence) for r in results] == [
        ("accepted", False, "250 2.0.0 queued as 1"),
        ("refused", True, "550 5.1.1 User unknown"),
        ("failed", False, "450 4.2.0 Greylisted"),
        ("refused", True, "554 5.7.1 Spam"),
        ("failed", False, "452 4.3.1 Disk full"),
        ("accepted", False, "250 2.0.0 queued as 1"),
    ]
    assert [taken.to for taken in server.taken] == ["aino@example.org", "eero@example.org"]
    assert server.connections == 1


def test_a_connection_lost_after_the_letter_is_unknown_and_harms_no_neighbour() -> None:
    names = ["aino", "gone-after-data", "eero"]
    with smtp_server() as (port, server):
        results = transport_to(port).send([mail(f"{name}@example.org") for name in names])
    assert [result.state for result in results] == ["accepted", "unknown", "accepted"]
    # It did arrive: sending it again would have been a second letter.
    assert [taken.to.partition("@")[0] for taken in server.taken] == names


@pytest.mark.parametrize("name", ["gone-before-data", "closing"])
def test_a_connection_lost_before_the_letter_is_not_sent(name: str) -> None:
    with smtp_server() as (port, server):
        results = transport_to(port).send([mail(f"{name}@example.org"), mail("eero@example.org")])
    assert [result.state for result in results] == ["failed", "accepted"]
    assert [taken.to for taken in server.taken] == ["eero@example.org"]


def test_a_server_that_is_not_there_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Trouble, match=f"The mail server 127.0.0.1:{port} takes nothing now"):
        transport_to(port).send([mail("aino@example.org")])


@pytest.mark.parametrize("password", ["password", "sälä"])
def test_login_is_done_and_a_wrong_one_is_trouble(password: str) -> None:
    with smtp_server(password=password) as (port, server):
        right = transport_to(port, username="keskio", password=password)
        assert right.send([mail("aino@example.org")])[0].state == "accepted"
        with pytest.raises(Trouble, match=r"535 5\.7\.8"):
            transport_to(port, username="keskio", password="wrong").send([mail("a@example.org")])
    assert len(server.taken) == 1


def test_a_letter_says_what_the_standards_ask(clock: VirtualClock) -> None:
    reference = make_reference(42, 7)
    letter = mail(
        "aino@example.org",
        reference=reference,
        subject="Syyshuolto 85 € – ä",
        text="Hei Äiti!\n.\n.piste\nFrom rivi\n" + "pitkä " * 300,
        html="<p>Hei Äiti! =_</p>",
    )
    with smtp_server() as (port, server):
        result = transport_to(port).send([letter])[0]
    taken = server.taken[0]
    found = parsed(taken.content)
    domain = "pyörä.example".encode("idna").decode()
    assert taken.sender == f"bounce+{reference}@example.com"
    assert result.provider_id == f"{reference}@{domain}"
    assert found["Message-ID"] == f"<{reference}@{domain}>"
    assert found["From"] == f'"Keskiö, pyörät" <vastaus@{domain}>'
    assert found["Reply-To"] == f"vastaus+{reference}@{domain}"
    assert found["Subject"] == "Syyshuolto 85 € – ä"
    assert found["Date"].datetime == now()
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Unsubscribe"] == f"<mailto:vastaus+{reference}@{domain}?subject=unsubscribe>"
    assert found.get_content_type() == "multipart/alternative"
    text, html = found.iter_parts()
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == letter.text
    assert html.get_content().strip() == "<p>Hei Äiti! =_</p>"


def test_the_same_letter_gives_the_same_bytes(clock: VirtualClock) -> None:
    with smtp_server() as (port, server):
        transport = transport_to(port)
        transport.send([mail("aino@example.org", reference="kx", html="<p>a</p>")])
        transport.send([mail("aino@example.org", reference="kx", html="<p>a</p>")])
    assert server.taken[0].content == server.taken[1].content


@given(
    subject=st.text(max_size=300),
    name=st.text(max_size=200),
    text=st.text(max_size=300),
    html=st.text(max_size=100),
)
def test_no_text_can_add_a_header_or_lose_a_word(
    subject: str, name: str, text: str, html: str
) -> None:
    from keskio.channels.email.addresses import named, one_line

    sheet = Sheet(
        sender=named(name, "v@example.com"),
        to="a@example.org",
        reply_to="v@example.com",
        message_id="k@example.com",
        sent_at=now(),
        subject=subject,
        text=text,
        html=html,
    )
    raw = letter_of(sheet)
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    names = [
        line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))
    ]
    expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "Auto-Submitted",
        "MIME-Version",
    ]
    assert names[: len(expected)] == expected
    assert set(names[len(expected) :]) <= {"Content-Type", "Content-Transfer-Encoding"}
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    found = parsed(raw)
    assert (
        one_line(str(found["Subject"] or ""))
        == one_line(subject).encode("utf-8", "replace").decode()
    )
    body = found.get_body(("plain",))
    assert body is not None
    said = body.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert said.replace("\r\n", "\n").rstrip("\n") == (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .encode("utf-8", "replace")
        .decode()
        .rstrip("\n")
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.fi",
        "a@",
        "a@b.fi\r\nBcc: x@y.fi",
        "a@b.fi, c@d.fi",
        "a@b.fi> SIZE=1",
        "<a@b.fi>",
        "a b@c.fi",
        "ä@b.fi",
        "a@b..fi",
        '"a\\"b"@c.fi',
        "a" * 65 + "@b.fi",
    ],
)
def test_what_is_no_plain_address_is_refused_and_nothing_is_sent(address: str) -> None:
    with pytest.raises(Mistake):
        checked(address)
    with smtp_server() as (port, server):
        result = transport_to(port).send([mail(address)])[0]
    assert (result.state, result.permanent, server.taken) == ("refused", True, [])


def test_settings_that_cannot_work_are_mistakes() -> None:
    with pytest.raises(Mistake, match="'99999' is not a port"):
        post_of(account_of("smtp", host="x", port="99999", from_address="a@b.fi"))
    with pytest.raises(Mistake, match="not an e-mail address"):
        post_of(account_of("smtp", host="x", from_address="Keskiö"))


def test_secrets_never_print_themselves() -> None:
    account = account_of("smtp", host="x", from_address="a@b.fi", password="hush-hush")
    assert "hush" not in repr(account)
    assert "hush" not in repr(post_of(account))
    assert account.setting("password") == "hush-hush"


def test_result_of_an_empty_batch_is_empty() -> None:
    with smtp_server() as (port, _):
        assert transport_to(port).send([]) == list[Result]()


def test_a_persons_answer_names_what_it_answers_and_is_no_machines() -> None:
    sheet = Sheet(
        sender="shop@example.com",
        to="aino@example.com",
        reply_to="shop@example.com",
        message_id="2@example.com",
        sent_at=datetime(2026, 3, 2, tzinfo=UTC),
        subject="Re: Pyörä",
        text="Hei",
        in_reply_to="<1@example.com>\r\nBcc: everybody@example.com ä",
        by_person=True,
    )
    found = parsed(letter_of(sheet))
    assert found["In-Reply-To"] == "<1@example.comBcc:everybody@example.com>"
    assert (found["References"], found["Auto-Submitted"], found["Bcc"]) == (
        found["In-Reply-To"],
        None,
        None,
    )
