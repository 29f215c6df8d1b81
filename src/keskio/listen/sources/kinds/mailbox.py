"""A mailbox to which people write their feedback, read by IMAP and waked by IDLE where it is offered.

The cursor is the folder's UIDVALIDITY and the last UID (RFC 3501); when the numbering begins anew so does
the cursor, and a letter is known by its Message-ID, so that nothing doubles. Letters are neither marked
nor moved: somebody else may work in the same mailbox. The mailbox that receives answers to messages
belongs to the channel e-mail instead.
"""

from __future__ import annotations

import hashlib
import imaplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext_lazy as _
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted

from keskio.channels.api import Letter, read_letter
from keskio.channels.contracts import Setting
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.listen.contracts import Post
from keskio.listen.sources.contracts import Errand, Haul, Source, Way
from keskio.listen.sources.faults import SourceTrouble

TIMEOUT = 30.0
BATCH = 50
LARGEST = 2 * 1024 * 1024
PULSE = 1.0
IDLE_ANEW = (
    240_000_000  # servers hang up on longer silences (RFC 2177 says 29 minutes; many take five)
)
TROUBLES = (ImapToolsError, imaplib.IMAP4.error, OSError)
SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"), ("none", _("None (own machine only)")))


class Mailbox:
    """The kind `imap`."""

    key = "imap"
    way: Way = "stream"
    title = _("Mailbox (IMAP)")
    sentence = _(
        "Letters that people send to an address for feedback. They are not marked as read."
    )
    icon = "inbox"
    channel = "mail"
    every = 60
    settings: Sequence[Setting] = (
        Setting(name="host", label=_("IMAP server"), required=True),
        Setting(name="port", label=_("IMAP port"), kind="number", default="993", required=True),
        Setting(
            name="security",
            label=_("IMAP encryption"),
            kind="choice",
            default="tls",
            choices=SECURITY,
        ),
        Setting(name="username", label=_("IMAP user name"), required=True),
        Setting(name="password", label=_("IMAP password"), kind="secret", required=True),
        Setting(name="folder", label=_("IMAP folder"), default="INBOX", required=True),
        Setting(
            name="ca_file",
            label=_("Certificate authority"),
            help=_("A file on the server, when the mail servers have certificates of your own."),
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when a setting is missing."""
        if not source.setting("host"):
            raise Mistake(str(_("Give the name of the IMAP server.")))

    def test(self, source: Source) -> str:
        """Sign in and count the letters of the folder."""
        self.check(source)
        with _opened(source) as box:
            count = len(box.uids("ALL"))
        return str(_("The mailbox has %(count)d letters.") % {"count": count})

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Read what is new, then wait for more where the server offers IDLE."""
        source = errand.source
        self.check(source)
        with _opened(source) as box:
            folder = source.setting("folder", "INBOX")
            validity = int(box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])
            known = int(source.cursor.get("validity", 0))
            last = int(source.cursor.get("uid", 0)) if known == validity else 0
            waits = "IDLE" in {str(word).upper() for word in box.client.capabilities}
            while not errand.stop.is_set():
                for haul in _new(box, source, (validity, last), errand.now()):
                    last = haul.cursor["uid"]
                    yield haul
                if not waits:
                    return
                yield from _wait(box, errand, {"validity": validity, "uid": last})


def _new(box: BaseMailBox, source: Source, place: tuple[int, int], now: Micros) -> Iterator[Haul]:
    validity, last = place
    # "n:*" always names the newest letter, also when it is older than n.
    uids = sorted(int(uid) for uid in box.uids(f"UID {last + 1}:*") if int(uid) > last)
    for start in range(0, len(uids), BATCH):
        posts, faults, left_out = [], [], 0
        for uid in uids[start : start + BATCH]:
            try:
                post = post_of(_fetched(box, uid), source.key, now=now)
            except Mistake as mistake:
                faults.append(mistake.message)
                continue
            left_out += post is None
            if post is not None:
                posts.append(post)
        last = uids[min(start + BATCH, len(uids)) - 1]
        cursor = {"validity": validity, "uid": last}
        yield Haul(posts=posts, cursor=cursor, left_out=left_out, faults=faults)


def _wait(box: BaseMailBox, errand: Errand, cursor: dict[str, int]) -> Iterator[Haul]:
    """Wait until the server says that something has come, with signs of life meanwhile."""
    begun, hasty = errand.now(), 0
    box.idle.start()  # type: ignore[no-untyped-call]
    try:
        while not errand.stop.is_set() and errand.now() - begun < IDLE_ANEW:
            asked = time.monotonic()
            if box.idle.poll(timeout=PULSE):
                break
            # A server that has hung up answers at once, with nothing, for ever.
            hasty = hasty + 1 if time.monotonic() - asked < PULSE / 4 else 0
            if hasty > 3:
                raise SourceTrouble("cut", place=errand.source.setting("host"))
            yield Haul(cursor=cursor)
    finally:
        if hasty == 0:
            box.idle.stop()  # type: ignore[no-untyped-call]


def _fetched(box: BaseMailBox, uid: int) -> bytes:
    """Return a letter's first megabytes; PEEK leaves it unseen."""
    _answer, parts = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
    for part in parts:
        if isinstance(part, tuple) and len(part) == 2:
            return bytes(part[1])
    return b""


def post_of(raw: bytes, source: str, *, now: Micros) -> Post | None:
    """Return the post of a letter; None for what no person wrote to us. Raises Mistake.

    `now` stands for the time of a letter that tells none.
    """
    if not raw:
        return None
    letter = read_letter(raw)
    if letter.bulk or letter.kind not in {"reply", "other", "unsubscribe"} or not letter.sender:
        return None
    header = message_from_bytes(raw)
    number = str(header.get("Message-ID", "")).strip()
    before = f"{header.get('References', '')} {header.get('In-Reply-To', '')}".split()
    return Post(
        source=source,
        source_id=(number or hashlib.sha256(raw).hexdigest())[:400],
        text=letter.text or letter.subject,
        title=letter.subject if letter.text else "",
        at=_written(str(header.get("Date", "")))
        or _received(header.get_all("Received", []))
        or now,
        author=letter.sender,
        author_key=letter.sender.lower(),
        channel="mail",
        parent_id=before[-1] if before else "",
        thread_id=before[0] if before else number,
        extra=_about(letter),
    )


def _about(letter: Letter) -> dict[str, str]:
    return {"email": letter.sender.lower(), **({"name": letter.name} if letter.name else {})}


def _written(told: str) -> Micros:
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError):
        return 0
    return to_micros(at) if at.tzinfo else 0


def _received(told: Sequence[str]) -> Micros:
    return _written(str(told[0]).rpartition(";")[2].strip()) if told else 0


@contextmanager
def _opened(source: Source) -> Iterator[BaseMailBox]:
    """Give the mailbox, signed in; raises SourceTrouble for whatever happens to it on the way."""
    host, port = source.setting("host"), source.number("port", 993)
    place = f"{host}:{port}"
    try:
        box = _dialled(source, host, port)
        try:
            box.login(
                source.setting("username"),
                source.setting("password"),
                initial_folder=source.setting("folder", "INBOX"),
            )
        except TROUBLES:
            box.client.shutdown()
            raise
        with box:
            yield box
    except TROUBLES as error:
        raise SourceTrouble("mailbox", place=place, said=str(error)) from error


def _dialled(source: Source, host: str, port: int) -> BaseMailBox:
    security = source.setting("security", "tls")
    trust = ssl.create_default_context(cafile=source.setting("ca_file") or None)
    if security == "none":
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT)
    if security == "starttls":
        return MailBoxStartTls(host, port, timeout=TIMEOUT, ssl_context=trust)
    return MailBox(host, port, timeout=TIMEOUT, ssl_context=trust)


KIND = Mailbox()
