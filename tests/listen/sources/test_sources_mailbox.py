"""A real mailbox of Dovecot: every letter once over restarts, IDLE, a folder numbered anew."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from keskio.kernel.errors import Trouble
from keskio.listen.models import Mention
from keskio.listen.sources.kinds.mailbox import KIND, post_of
from keskio.listen.sources.queries import source_by_id
from tests.channels.kannel_server import free_ports
from tests.channels.mail_servers import PASSWORD, Servers, mail_servers, missing
from tests.listen.sources.collectors import collecting, row, source, texts, wait_for


def letter(text: str, *, number: str, subject: str = "Palaute", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Aino <Aino@example.org>"
    message["To"] = "palaute@example.com"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@example.org>"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0200"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def test_a_letter_becomes_a_post_and_machines_do_not() -> None:
    raw = letter("Huolto myöhästyi\n\nTerveisin\nAino", number="1", References="<a@b> <c@d>")
    post = post_of(raw, "imap-1", now=7)
    assert post is not None
    assert (post.source_id, post.title, post.author) == (
        "<1@example.org>",
        "Palaute",
        "aino@example.org",
    )
    assert post.text.startswith("Huolto myöhästyi")
    assert (post.parent_id, post.thread_id, post.at) == ("<c@d>", "<a@b>", 1_772_434_800_000_000)
    assert post.extra == {"email": "aino@example.org", "name": "Aino"}
    assert post_of(letter("x", number="2", Auto_Submitted="auto-replied"), "s", now=7) is None
    assert (
        post_of(letter("x", number="3", List_Id="<news.example>", Precedence="bulk"), "s", now=7)
        is None
    )
    assert post_of(b"", "s", now=7) is None


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with mail_servers(lmtp_port=free_ports(1)[0]) as running:
        yield running


def box_of(servers: Servers) -> imaplib.IMAP4_SSL:
    trust = ssl.create_default_context(cafile=str(servers.certificate))
    box = imaplib.IMAP4_SSL("127.0.0.1", servers.imap_port, ssl_context=trust)
    box.login("vastaus", PASSWORD)
    return box


def append(servers: Servers, folder: str, *letters: bytes) -> None:
    box = box_of(servers)
    for raw in letters:
        box.append(folder, "", imaplib.Time2Internaldate(1_772_434_800), raw)
    box.logout()


def mailbox(servers: Servers, folder: str, **more: str) -> int:
    box = box_of(servers)
    box.create(folder)
    box.logout()
    return source(
        "imap",
        secrets={"password": more.pop("password", PASSWORD)},
        host="127.0.0.1",
        port=str(servers.imap_port),
        username="vastaus",
        folder=folder,
        ca_file=str(servers.certificate),
    )


@pytest.mark.slow
@pytest.mark.servers("dovecot", "postfix")
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_letters_are_read_once_over_restarts_and_waked_by_idle(
    transactional_db: None, servers: Servers
) -> None:
    number = mailbox(servers, "Palaute")
    append(servers, "Palaute", *(letter(f"Kirje {n:02}", number=f"p{n}") for n in range(60)))
    with collecting():
        wait_for(lambda: len(texts(number)) == 60)
        append(servers, "Palaute", letter("Herätys ä", number="w1"))
        wait_for(lambda: len(texts(number)) == 61)
    append(servers, "Palaute", letter("Sillä välin", number="w2"))
    with collecting():
        wait_for(lambda: len(texts(number)) == 62)
    assert sorted(texts(number)) == sorted(
        [*(f"Kirje {n:02}" for n in range(60)), "Herätys ä", "Sillä välin"]
    )
    assert (row(number).total, row(number).cursor["uid"]) == (62, 62)
    assert Mention.objects.filter(is_private=True, author="aino@example.org").count() == 62
    # Nothing is marked: somebody else reads the same mailbox.
    box = box_of(servers)
    box.select("Palaute", readonly=True)
    assert box.search(None, "UNSEEN")[1][0].split() == [str(n).encode() for n in range(1, 63)]
    box.logout()


@pytest.mark.slow
@pytest.mark.servers("dovecot", "postfix")
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_folder_numbered_anew_doubles_nothing(transactional_db: None, servers: Servers) -> None:
    number = mailbox(servers, "Uusittu")
    append(servers, "Uusittu", letter("Yksi", number="n1"), letter("Kaksi", number="n2"))
    with collecting():
        wait_for(lambda: len(texts(number)) == 2)
    before = row(number).cursor["validity"]
    box = box_of(servers)
    box.delete("Uusittu")
    box.create("Uusittu")
    box.logout()
    append(servers, "Uusittu", letter("Kaksi", number="n2"), letter("Kolme", number="n3"))
    with collecting():
        wait_for(lambda: len(texts(number)) == 3)
    assert (sorted(texts(number)), row(number).total) == (["Kaksi", "Kolme", "Yksi"], 3)
    assert row(number).cursor["validity"] != before


@pytest.mark.slow
@pytest.mark.servers("dovecot", "postfix")
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_wrong_password_is_told_in_a_sentence(transactional_db: None, servers: Servers) -> None:
    number = mailbox(servers, "INBOX", password="wrong")
    found = source_by_id(number)
    assert found is not None
    with pytest.raises(Trouble, match="cannot be read"):
        KIND.test(found)
