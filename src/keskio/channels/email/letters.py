"""What an inbound letter is: reply, bounce, autoreply, complaint, unsubscribe, or other.

Pure but for the key that signs references. Everything in a letter was written by a stranger: it is
read with limits, kept as text, and believed only where our own signed reference stands.

The order of the questions matters. Machines come first: a complaint (RFC 5965), a delivery report
(RFC 3464), an older bounce, an automatic answer (RFC 3834 and what mail programs do instead). Then
people: an unsubscription, a reply (to a letter of ours, or with Re:), anything else.
"""

from __future__ import annotations

import hashlib
import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from itertools import islice
from typing import Literal, TypeAlias

import msgspec

from keskio.channels.contracts import Keyword
from keskio.channels.email.html import text_of
from keskio.channels.email.quotes import new_words_of
from keskio.channels.email.reports import (
    DeliveryReport,
    Recipient,
    complaint_in,
    delivery_report_in,
    old_bounce_in,
    original_of,
)
from keskio.channels.reference import read_reference
from keskio.channels.stopwords import keyword_of
from keskio.events.contracts import File
from keskio.kernel.errors import Mistake

Kind: TypeAlias = Literal["reply", "bounce", "autoreply", "complaint", "unsubscribe", "other"]
OURS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
THREAD = ("In-Reply-To", "References")
LONGEST_NAME, MOST_FILES = 250, 20
MACHINES = re.compile(
    r"^(mailer-daemon|postmaster|mail-daemon|mdaemon|double-bounce)\b", re.IGNORECASE
)
RE_SUBJECT = re.compile(r"\s*(re|vs|sv|aw|antw|rif|odp|rv)\s*(\[\d+\])?\s*:", re.IGNORECASE)
AUTO_SUBJECT = re.compile(
    r"\s*(automatic reply|auto(matic)?[- ]?(reply|response)|autoreply|out of (the )?office|ooo\b|on holiday:"
    r"|automaattinen (vastaus|poissaolo)|poissaoloviesti|poissaoloilmoitus|poissa toimistolta|lomavastaus"
    r"|autosvar|automatiskt svar|frånvaro|abwesenheit|automatische antwort|réponse automatique)",
    re.IGNORECASE,
)
BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (status notification|failure|has failed)|mail delivery (failed|failure)"
    r"|returned mail|failure notice|returned to sender|viestiä ei voi toimittaa|ei voitu toimittaa"
    r"|toimitus epäonnistui|kan inte levereras",
    re.IGNORECASE,
)
AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Reply")
AUTO_PRECEDENCE = frozenset({"auto_reply", "auto-reply"})
LONGEST_TEXT = 200_000
LONGEST_HEADER = 2000


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is and says. `text` is the new words only; `bulk`: sent to many by a machine.

    `reference` is a signed reference of ours that the letter carries ("" for none). `id` is its Message-ID
    without brackets, `files` are what is in it beside its words.
    """

    kind: Kind
    text: str
    recipients: tuple[Recipient, ...] = ()
    sender: str = ""
    name: str = ""
    subject: str = ""
    reference: str = ""
    keyword: Keyword = ""
    digest: str = ""
    bulk: bool = False
    failed: bool = True
    id: str = ""
    files: tuple[File, ...] = ()


def read_letter(
    raw: bytes, *, recipients: tuple[str, ...] = (), sender: str | None = None
) -> Letter:
    """Return what a letter is and says.

    `recipients` and `sender` are those of the SMTP envelope, where they are known ("" is the empty
    sender of bounces). Raises Mistake when the bytes cannot be read as a letter at all.
    """
    try:
        return _read(raw, recipients, sender)
    except (
        MessageError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        # The standard library's parser has bugs that strangers' letters find.
        raise Mistake(f"The letter cannot be read: {type(error).__name__}: {error}") from error


def _read(raw: bytes, recipients: tuple[str, ...], envelope_sender: str | None) -> Letter:
    letter = message_from_bytes(raw, policy=policy.compat32)
    name, address = _from(letter)
    subject = header_of(letter, "Subject")
    body = body_of(letter)
    original = original_of(letter)
    reference = _reference_in(letter, recipients, original)
    words = new_words_of(body)
    report = delivery_report_in(letter)
    complaints = complaint_in(letter)
    bounced = _bounced(letter, report, body, envelope_sender)
    kind = _kind(letter, complaints is not None, report, bounced, envelope_sender)
    keyword: Keyword = ""
    if kind in {"reply", "other"}:
        keyword = _keyword_of(words, subject)
        kind = "unsubscribe" if keyword == "stop" else kind
        kind = "reply" if kind == "other" and reference else kind
    return Letter(
        kind=kind,
        text=words,
        recipients=_recipients(kind, report, bounced, complaints or ()),
        sender=address,
        name=name,
        subject=subject,
        reference=reference,
        keyword="stop" if kind == "complaint" else keyword,
        digest=_digest(letter, raw),
        bulk=_is_bulk(letter),
        failed=report.failed if report else bool(bounced),
        id=header_of(letter, "Message-ID").strip("<> ")[:LONGEST_NAME],
        files=_files_in(letter),
    )


def _files_in(letter: Message) -> tuple[File, ...]:
    """Return the files in a letter: what has a name, and pictures that stand in it without one."""
    parts = (part for part in letter.walk() if not part.is_multipart())
    named = ((_file_name_of(part), part) for part in parts)
    found = ((name, part) for name, part in named if name)
    return tuple(
        File(name[:LONGEST_NAME], part.get_content_type(), _bytes_of(part))
        for name, part in islice(found, MOST_FILES)
    )


def _file_name_of(part: Message) -> str:
    """Return what a file is called, without the folders that some mail programs tell; "" for no file."""
    try:
        name = str(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        name = ""  # a name that the standard library trips over is no reason to lose the letter
    if not name and part.get_content_maintype() == "image":
        return f"{part.get_content_maintype()}.{part.get_content_subtype()}"
    return re.split(r"[\\/]", name)[-1].strip()


def _bytes_of(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _kind(
    letter: Message,
    complained: bool,
    report: DeliveryReport | None,
    bounced: tuple[Recipient, ...],
    envelope_sender: str | None,
) -> Kind:
    if complained:
        return "complaint"
    if report is not None:
        return "bounce" if report.failed else "other"
    subject = header_of(letter, "Subject")
    if bounced or (_from_machine(letter) and BOUNCE_SUBJECT.search(subject)):
        return "bounce"
    if _is_automatic(letter, subject, envelope_sender):
        return "autoreply"
    answers = any(letter.get(name) for name in THREAD) or RE_SUBJECT.match(subject)
    return "reply" if answers else "other"


def _bounced(
    letter: Message, report: DeliveryReport | None, body: str, envelope_sender: str | None
) -> tuple[Recipient, ...]:
    """Look for an older bounce only where one may be: never in a person's letter."""
    if report is not None:
        return ()
    if letter.get("X-Failed-Recipients") or _from_machine(letter):
        return old_bounce_in(letter, body)
    null_sender = envelope_sender == "" or header_of(letter, "Return-Path") == "<>"
    if null_sender and not _is_automatic(letter, header_of(letter, "Subject"), None):
        return old_bounce_in(letter, body)
    return ()


def _recipients(
    kind: Kind,
    report: DeliveryReport | None,
    bounced: tuple[Recipient, ...],
    complaints: tuple[str, ...],
) -> tuple[Recipient, ...]:
    if kind == "complaint":
        return tuple(Recipient(address, "", hard=False) for address in complaints)
    if report is not None:
        return report.recipients
    return bounced if kind == "bounce" else ()


def _is_automatic(letter: Message, subject: str, envelope_sender: str | None) -> bool:
    submitted = header_of(letter, "Auto-Submitted").lower()
    if submitted.startswith("auto-replied") or any(letter.get(name) for name in AUTO_HEADERS):
        return True
    if header_of(letter, "Precedence").lower() in AUTO_PRECEDENCE or AUTO_SUBJECT.match(subject):
        return True
    answers = any(letter.get(name) for name in THREAD)
    null_sender = envelope_sender == "" or header_of(letter, "Return-Path") == "<>"
    return bool(answers and (null_sender or submitted.startswith("auto-generated")))


def _from_machine(letter: Message) -> bool:
    return MACHINES.match(_from(letter)[1]) is not None


def _is_bulk(letter: Message) -> bool:
    if letter.get("List-Id") or letter.get("List-Unsubscribe"):
        return True
    return header_of(letter, "Precedence").lower() in {"bulk", "list", "junk"}


def _keyword_of(words: str, subject: str) -> Keyword:
    """Hear STOP in the whole answer, in its first paragraph, or in the subject of an empty letter."""
    first = words.partition("\n\n")[0].partition("\n")[0]
    said = keyword_of(words) or keyword_of(first)
    return said or (keyword_of(RE_SUBJECT.sub("", subject, count=1)) if not words else "")


def _reference_in(letter: Message, recipients: tuple[str, ...], original: str) -> str:
    """Return the first true reference, from where it is most surely about this letter on."""
    places = [
        *recipients,
        *(value for name in OURS for value in _all_of(letter, name)),
        *(value for name in THREAD for value in _all_of(letter, name)),
        original,
    ]
    for place in places:
        for word in re.findall(r"k[a-zA-Z2-7]{11,43}", place, re.IGNORECASE):
            if read_reference(word) is not None:
                return str(word).lower()
    return ""


def _from(letter: Message) -> tuple[str, str]:
    name, address = getaddresses([header_of(letter, "From")])[0] if letter.get("From") else ("", "")
    return name, address.strip().lower()


def _all_of(letter: Message, name: str) -> list[str]:
    return [str(value)[:LONGEST_HEADER] for value in letter.get_all(name, [])][:20]


def header_of(letter: Message, name: str) -> str:
    """Return a header in one line of readable text, "" when it is missing."""
    found = next((v for n, v in letter.raw_items() if n.lower() == name.lower()), "")
    text = str(found)[: 4 * LONGEST_HEADER]
    # Bytes above 127 that nobody announced are UTF-8 nowadays.
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        text = str(make_header(decode_header(text)))
    except (MessageError, ValueError, LookupError):
        text = str(found).encode("ascii", "replace").decode()
    return " ".join(text.split())[:LONGEST_HEADER]


def body_of(letter: Message) -> str:
    """Return the words of a letter: its plain text, else its HTML as text, else "".

    Attachments and letters inside the letter are not its words.
    """
    plain: list[str] = []
    html: list[str] = []
    for part in _own_parts(letter):
        kind = part.get_content_type()
        if kind not in {"text/plain", "text/html"} or part.get_filename():
            continue
        if part.get_content_disposition() == "attachment":
            continue
        (plain if kind == "text/plain" else html).append(_decoded(part))
    text = "\n".join(plain)
    if text.strip() or not html:
        return text[:LONGEST_TEXT]
    return "\n".join(text_of(page) for page in html)[:LONGEST_TEXT]


def _own_parts(letter: Message) -> list[Message]:
    """Return the parts that are not inside a letter within the letter; alternatives give one."""
    if letter.get_content_maintype() == "message":
        return []
    inner = letter.get_payload()
    if not letter.is_multipart() or not isinstance(inner, list):
        return [letter]
    return [own for part in inner if isinstance(part, Message) for own in _own_parts(part)]


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    payload = payload[: 4 * LONGEST_TEXT]
    charset = part.get_content_charset() or "utf-8"
    if charset in {"us-ascii", "ascii"}:
        charset = "utf-8"
    try:
        return payload.decode(charset)
    except (LookupError, UnicodeDecodeError):
        pass
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("cp1252", "replace")


def _digest(letter: Message, raw: bytes) -> str:
    """Return what is the same for the same letter, whichever way and how often it came.

    Trace headers differ from one delivery to the next; who, when and what do not.
    """
    head, mark, body = raw.partition(b"\r\n\r\n")
    if not mark:
        head, mark, body = raw.partition(b"\n\n")
    stable = "\n".join(
        header_of(letter, name) for name in ("Message-ID", "Date", "From", "Subject")
    )
    said = hashlib.sha256(stable.encode())
    said.update(b"".join((body or head).split()))
    return said.hexdigest()[:40]
