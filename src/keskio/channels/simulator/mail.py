"""The mail sink: an SMTP server that keeps every letter, and answers in their recipients' names.

Letters are never passed on. An answer, an automatic answer or a bounce goes to Keskiö's own receiver
by LMTP or SMTP, as the company's mail server would hand it over.
"""

from __future__ import annotations

import asyncio
import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from keskio.channels.simulator.store import Letter, Store
from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import Mistake, Trouble

MAX_LETTER = 10 * 1024 * 1024
DOMAIN = "mailboxes.example"


class Reading(msgspec.Struct, frozen=True):
    """A letter as its page shows it."""

    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    unsubscribe: str


class Sink:
    """Keeps letters: the handler that aiosmtpd asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the letter once for each recipient."""
        del server, session
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        subject = read(raw).subject
        for recipient in envelope.rcpt_tos:
            self._store.add_letter(
                sender=envelope.mail_from or "",
                recipient=recipient,
                subject=subject,
                at=now_micros() / 1e6,
                raw=raw,
            )
        return "250 2.0.0 Kept"


def protocol_of(sink: Sink) -> SMTP:
    """Return the talk with one client."""
    loop = asyncio.get_running_loop()
    return SMTP(
        sink, data_size_limit=MAX_LETTER, enable_SMTPUTF8=True, ident="Simulator", loop=loop
    )


def read(raw: bytes) -> Reading:
    """Return what a letter shows."""
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    return Reading(
        sender=str(letter["From"] or ""),
        reply_to=parseaddr(str(letter["Reply-To"] or letter["From"] or ""))[1],
        subject=str(letter["Subject"] or ""),
        text=str(text.get_content()) if text else "",
        html=str(html.get_content()) if html else "",
        message_id=str(letter["Message-ID"] or ""),
        unsubscribe=str(letter["List-Unsubscribe"] or ""),
    )


def answer_to(letter: Letter, text: str) -> EmailMessage:
    """Return the recipient's answer, with the letter quoted below it as mail programs do."""
    found = read(letter.raw)
    quoted = "\n".join(f"> {line}" for line in found.text.splitlines())
    answer = _answer(letter, found, f"Re: {found.subject}")
    answer.set_content(f"{text}\n\n{now():%d.%m.%Y %H:%M} {found.sender} kirjoitti:\n{quoted}\n")
    return answer


def away_from(letter: Letter) -> EmailMessage:
    """Return the automatic answer of somebody who is away."""
    found = read(letter.raw)
    answer = _answer(letter, found, f"Automaattinen vastaus: {found.subject}")
    answer["Auto-Submitted"] = "auto-replied"
    answer.set_content("Olen lomalla. / I am on holiday.\n")
    return answer


def unsubscription_of(letter: Letter) -> EmailMessage:
    """Return what a mail program sends when its unsubscribe button is pressed (RFC 2369)."""
    found = read(letter.raw)
    address = found.unsubscribe.partition("mailto:")[2].partition(">")[0].partition("?")[0]
    answer = EmailMessage()
    answer["From"] = letter.recipient
    answer["To"] = address or found.reply_to
    answer["Subject"] = "unsubscribe"
    answer["Date"] = format_datetime(now())
    answer["Message-ID"] = make_msgid(domain=DOMAIN)
    answer.set_content("")
    return answer


def bounce_of(letter: Letter) -> EmailMessage:
    """Return the report that the mailbox does not exist (RFC 3464)."""
    found = read(letter.raw)
    report = EmailMessage()
    report["From"] = f"Mail Delivery System <mailer-daemon@{DOMAIN}>"
    report["To"] = letter.sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(now())
    report["Message-ID"] = make_msgid(domain=DOMAIN)
    report["Auto-Submitted"] = "auto-replied"
    report.set_content(f"{letter.recipient}: 550 5.1.1 User unknown\n")
    report.make_mixed()
    report.set_type("multipart/report")
    report.set_param("report-type", "delivery-status")
    status = EmailMessage()
    status.set_type("message/delivery-status")
    status.set_payload(
        [
            _fields(f"Reporting-MTA: dns; {DOMAIN}"),
            _fields(
                f"Final-Recipient: rfc822; {letter.recipient}",
                "Action: failed",
                "Status: 5.1.1",
                "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
            ),
        ]
    )
    report.attach(status)
    headers = EmailMessage()
    headers.set_content(
        f"Message-ID: {found.message_id}\nSubject: {found.subject}\n", subtype="rfc822-headers"
    )
    report.attach(headers)
    return report


def hand_over(answer: EmailMessage, *, sender: str, host: str, port: int, protocol: str) -> None:
    """Hand a letter to Keskiö's receiver; raises Mistake when none is known, Trouble when it is not taken."""
    if not port:
        raise Mistake("The simulator was not told where Keskiö receives letters.")
    client = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    try:
        with client(host, port) as server:
            server.sendmail(
                sender, [parseaddr(str(answer["To"]))[1]], answer.as_bytes(policy=policy.SMTP)
            )
    except (smtplib.SMTPException, OSError) as error:
        raise Trouble(f"Keskiö did not take the letter: {error}") from error


def _answer(letter: Letter, found: Reading, subject: str) -> EmailMessage:
    answer = EmailMessage()
    answer["From"] = letter.recipient
    answer["To"] = found.reply_to
    answer["Subject"] = subject
    answer["Date"] = format_datetime(now())
    answer["Message-ID"] = make_msgid(domain=DOMAIN)
    answer["In-Reply-To"] = found.message_id
    answer["References"] = found.message_id
    return answer


def _fields(*lines: str) -> EmailMessage:
    block = EmailMessage()
    for line in lines:
        name, _, value = line.partition(": ")
        block[name] = value
    return block
