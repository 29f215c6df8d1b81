"""What inbound letters are: every kind, in the shapes of real mail programs and servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.channels.email.letters import read_letter
from keskio.channels.email.quotes import new_words_of, without_sign_off
from keskio.channels.email.reports import Recipient
from keskio.channels.reference import make_reference
from keskio.kernel.errors import Mistake
from tests.channels import letters


def raw(letter: str, *, charset: str = "utf-8") -> bytes:
    return letter.replace("\n", "\r\n").encode(charset)


@pytest.mark.parametrize(
    ("letter", "kind", "text"),
    [
        (letters.REPLY_GMAIL_FI, "reply", "A"),
        (letters.REPLY_OUTLOOK_HTML, "reply", "Kiitos, A sopii & passaa.\n\nSoita klo 10."),
        (letters.REPLY_IPHONE, "reply", "Joo, A kiitos"),
        (letters.REPLY_BETWEEN, "reply", "Sopii.\n\nNekin."),
        (letters.UNSUBSCRIBE_WORD, "unsubscribe", "Lopeta\n\nTerveisin Aino"),
        (letters.UNSUBSCRIBE_BUTTON, "unsubscribe", ""),
        (letters.FRESH, "other", "Myyttekö lastenpyöriä?"),
        (letters.NEWSLETTER, "other", "Halpoja renkaita."),
        (letters.AUTOREPLY_SIEVE, "autoreply", "Olen poissa."),
    ],
)
def test_a_letter_is_known_by_its_marks(letter: str, kind: str, text: str) -> None:
    found = read_letter(raw(letter))
    assert (found.kind, found.text) == (kind, text)


def test_outlook_reply_in_latin_1_keeps_its_letters() -> None:
    found = read_letter(raw(letters.REPLY_OUTLOOK_FI, charset="iso-8859-1"))
    assert found.kind == "reply"
    assert found.text == "Hei,\n\notan B-vaihtoehdon. Särkikö hinta?\n\nTerveisin\nEero"
    assert without_sign_off(found.text) == "Hei,\n\notan B-vaihtoehdon. Särkikö hinta?"


def test_encoded_headers_are_read() -> None:
    found = read_letter(raw(letters.FRESH))
    assert (found.name, found.sender) == ("Siiri Mäkelä", "siiri@example.org")
    assert found.subject == "Kysymys pörästä"


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (
            letters.DSN_HARD,
            Recipient("nobody@example.org", "5.1.1", hard=True, detail="550 5.1.1 User unknown"),
        ),
        (
            letters.DSN_FULL,
            Recipient("nobody@example.org", "5.2.2", hard=True, detail="552 5.2.2 Mailbox full"),
        ),
        (
            letters.DSN_DELAYED,
            Recipient("nobody@example.org", "4.4.1", hard=False, detail="550 5.1.1 User unknown"),
        ),
        (letters.QMAIL_BOUNCE, Recipient("gone@example.net", "5.1.1", hard=True)),
        (letters.EXIM_BOUNCE, Recipient("lost@example.net", "5.7.1", hard=True)),
    ],
)
def test_bounces_name_whom_and_why(letter: str, expected: Recipient) -> None:
    found = read_letter(raw(letter))
    assert (found.kind, found.recipients) == ("bounce", (expected,))


def test_good_news_is_no_bounce() -> None:
    found = read_letter(raw(letters.DSN_DELIVERED))
    assert found.kind == "other"
    assert [who.status for who in found.recipients] == ["2.0.0"]


def test_an_answer_of_exchange_while_away_is_no_bounce() -> None:
    found = read_letter(raw(letters.AUTOREPLY_EXCHANGE_FI), sender="")
    assert (found.kind, found.recipients, found.keyword) == ("autoreply", (), "")


def test_a_complaint_names_who_complains() -> None:
    found = read_letter(raw(letters.COMPLAINT))
    assert found.kind == "complaint"
    assert [who.address for who in found.recipients] == ["cross@example.net"]
    assert found.keyword == "stop"


def test_a_person_who_writes_of_bounces_is_a_person() -> None:
    letter = letters.FRESH.replace(
        "Myyttekö", "550 5.1.1 User unknown <a@b.fi>: failure notice. Myyttekö"
    )
    assert read_letter(raw(letter)).kind == "other"


@pytest.mark.parametrize("letter", [letters.DSN_HARD, letters.COMPLAINT])
def test_reference_is_found_in_the_letter_that_a_report_is_about(letter: str) -> None:
    reference = make_reference(42, 7)
    assert read_letter(raw(letter.replace("REFERENCE", reference))).reference == reference


def test_reference_is_found_in_envelope_header_and_thread() -> None:
    reference = make_reference(42, 7)
    assert read_letter(b"", recipients=(f"V+{reference.upper()}@x.fi",)).reference == reference
    assert read_letter(f"Delivered-To: v+{reference}@x.fi\n\nA".encode()).reference == reference
    assert read_letter(f"In-Reply-To: <{reference}@x.fi>\n\nA".encode()).reference == reference
    assert read_letter(b"To: v+kaaaaaaaaaaaaaaaaaaaa@x.fi\n\nA").reference == ""


def test_a_letter_to_our_reference_is_a_reply_without_any_other_mark() -> None:
    letter = f"From: a@b.fi\nTo: v+{make_reference(42, 7)}@x.fi\nSubject: Hei\n\nA".encode()
    assert read_letter(letter).kind == "reply"


def test_the_same_letter_has_one_digest_whichever_way_it_came() -> None:
    first = read_letter(b"Received: from a\r\n" + raw(letters.FRESH)).digest
    assert read_letter(letters.FRESH.encode()).digest == first
    assert read_letter(raw(letters.FRESH + "PS")).digest != first


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for letter in (body, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + body):
        try:
            read_letter(letter)
        except Mistake as mistake:
            assert mistake.message.startswith("The letter cannot be read")  # noqa: PT017 - either is right


def test_a_letter_nested_a_thousand_deep_harms_nobody() -> None:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000))
    try:
        read_letter(head.encode())
    except Mistake as mistake:
        assert mistake.code == "mistake"  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A\n\nKeskiö kirjoitti 22.11.2026 klo 14.37:\n> Huolto?", "A"),
        ("A\n\n-----Alkuperäinen viesti-----\nLähettäjä: x", "A"),
        ("A\n\n-----Original Message-----\nFrom: x", "A"),
        ("Ja\n\nDen sön 22 nov. 2026 kl 14:37 skrev Keskiö <v@x.fi>:\n\n> Hej", "Ja"),
        ("Ja\n\nFrån: Keskiö\nSkickat: den 22 november\nTill: mig\nÄmne: Hej\n\nHej", "Ja"),
        ("B\n\nFrom: Keskiö\nSent: Sunday\nTo: me\nSubject: Hi\n\nHi", "B"),
        # Long attributions are broken over lines.
        ("A\n\nOn Sun, 22 Nov 2026 at 14:37,\nKeskiö Pyörä <v@x.fi>\nwrote:\n> x", "A"),
        # What only looks like an attribution stays.
        ("Matti kirjoitti:\nnäin se on", "Matti kirjoitti:\nnäin se on"),
        ("Lähettäjä: minä", "Lähettäjä: minä"),
        ("A > B\n5 < 6", "A > B\n5 < 6"),
        ("Hei\n\n\n\nA", "Hei\n\nA"),
        ("> vain lainattua", ""),
        ("", ""),
    ],
)
def test_new_words_are_the_writer_s_own(text: str, words: str) -> None:
    assert new_words_of(text) == words


def test_reading_takes_time_that_grows_with_the_text_only() -> None:
    nasty = "On " * 60_000 + "\n" + "Lähettäjä: " * 10_000 + "\n" + "> " * 60_000
    assert len(new_words_of(nasty)) < 300_000
