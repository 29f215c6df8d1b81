"""Reading letters from an IMAP mailbox (RFC 3501).

A letter is durable in the spool before the cursor moves past it and before it is marked as seen; after
a crash in between it is read again, and the intake knows it by its digest. The cursor is the folder's
UIDVALIDITY and the last UID; when the server starts the folder's numbering again, so does the cursor.
Other people may read, mark or move letters in the same mailbox: only UIDs count.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from django.db import connections
from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailBoxStartTls,
    MailBoxUnencrypted,
)

from keskio.channels.actions import move_mailbox
from keskio.channels.contracts import Account, Spools
from keskio.channels.queries import mailbox_cursor
from keskio.channels.reading import SOURCE, Meta
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble

log = logging.getLogger(__name__)

INTERVAL = 10.0
BATCH = 50
MAX_LETTER = 10 * 1024 * 1024
TIMEOUT = 30.0
TROUBLES = (ImapToolsError, imaplib.IMAP4.error, OSError)


class Mailboxes:
    """A Background that reads the mailboxes of all accounts that have one, again and again.

    `accounts` is asked before each round: a new or changed account needs no restart.
    """

    name = "mailboxes"

    def __init__(
        self,
        spool: Spools,
        accounts: Callable[[], Sequence[Account]],
        *,
        interval: float = INTERVAL,
    ) -> None:
        self._spool = spool
        self._accounts = accounts
        self._interval = interval

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set; a mailbox in trouble is logged and tried in the next round."""
        while not stop.is_set():
            try:
                for account in self._accounts():
                    if account.setting("imap_host") and not stop.is_set():
                        self._read(account, stop)
            finally:
                connections.close_all()
            stop.wait(self._interval)

    def _read(self, account: Account, stop: threading.Event) -> None:
        try:
            read_mailbox(account, self._spool, stop=stop)
        except Trouble as trouble:
            log.warning("mailbox of account %d: %s", account.id, trouble.message)


def read_mailbox(account: Account, spool: Spools, *, stop: threading.Event | None = None) -> int:
    """Spool all letters that came since the last time and return how many there were.

    Raises Trouble when the server cannot be reached, does not let us in, or the spool is full; what
    was spooled before that is remembered.
    """
    try:
        with _opened(account) as box:
            return _spool_new(box, account, spool, stop or threading.Event())
    except TROUBLES as error:
        where = f"{account.setting('imap_host')}:{account.setting('imap_port', '993')}"
        raise Trouble(f"The mailbox at {where} cannot be read: {error}") from error


def _opened(account: Account) -> BaseMailBox:
    host = account.setting("imap_host")
    port = int(account.setting("imap_port", "993"))
    security = account.setting("imap_security", "tls")
    trust = ssl.create_default_context(cafile=account.setting("ca_file") or None)
    box: BaseMailBox
    if security == "none":
        box = MailBoxUnencrypted(host, port, timeout=TIMEOUT)
    elif security == "starttls":
        box = MailBoxStartTls(host, port, timeout=TIMEOUT, ssl_context=trust)
    else:
        box = MailBox(host, port, timeout=TIMEOUT, ssl_context=trust)
    try:
        return box.login(
            account.setting("imap_username"),
            account.setting("imap_password"),
            initial_folder=account.setting("imap_folder", "INBOX"),
        )
    except TROUBLES:
        box.client.shutdown()
        raise


def _spool_new(box: BaseMailBox, account: Account, spool: Spools, stop: threading.Event) -> int:
    folder = account.setting("imap_folder", "INBOX")
    validity = int(box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])
    known_validity, last = mailbox_cursor(account.id)
    if known_validity != validity:
        last = 0
    # "n:*" always names the newest letter, also when it is older than n.
    uids = sorted(int(uid) for uid in box.uids(f"UID {last + 1}:*") if int(uid) > last)
    taken = 0
    for start in range(0, len(uids), BATCH):
        if stop.is_set():
            break
        batch = uids[start : start + BATCH]
        for body, at in (_fetched(box, uid) for uid in batch):
            if body:
                spool.put_blocking(kind="email", source=SOURCE, meta=_meta(account, at), body=body)
        move_mailbox(account.id, uid_validity=validity, uid=batch[-1])
        box.client.uid("STORE", ",".join(map(str, batch)), "+FLAGS.SILENT", r"(\Seen)")
        taken += len(batch)
    return taken


def _fetched(box: BaseMailBox, uid: int) -> tuple[bytes, Micros]:
    """Return a letter (its first ten megabytes) and when the server got it.

    PEEK leaves it unseen. A letter that somebody has removed meanwhile gives no bytes.
    """
    _, parts = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MAX_LETTER}> INTERNALDATE)")
    body, at = b"", 0
    for words in _flat(parts):
        date = imaplib.Internaldate2tuple(words)
        if date is not None:
            at = int(time.mktime(date)) * 1_000_000
    for part in parts:
        if isinstance(part, tuple) and len(part) == 2:
            body = part[1]
    return body, at


def _flat(parts: Sequence[Any]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, tuple):
            yield part[0]
        elif isinstance(part, bytes):
            yield part


def _meta(account: Account, at: Micros) -> str:
    meta = Meta(account=account.id, provider=account.provider, at=at)
    return msgspec.json.encode(meta).decode()
