"""Handing letters to an SMTP server (RFC 5321), one connection for a whole batch.

Each letter is a transaction of its own, because each has its own bounce address. Until the server
has asked for the letter (354) nothing is handed over. From the first byte of the letter on, a lost
connection means that the server may have taken it: `unknown`, never sent again by itself.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from datetime import datetime

import msgspec

from keskio.channels.contracts import Account, Outgoing, Result
from keskio.channels.email.addresses import checked, named, with_reference
from keskio.channels.email.footers import with_footer, with_html_footer
from keskio.channels.email.mime import Sheet, letter_of
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake, Trouble

TIMEOUT = 60.0
CLOSING = 421
_leading_dots = re.compile(rb"(?m)^\.")


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Where letters are handed in and the addresses that are on them."""

    host: str
    port: int
    security: str
    ca_file: str
    username: str
    password: str
    from_address: str
    from_name: str
    reply_address: str
    bounce_address: str

    def __repr__(self) -> str:
        return f"Post({self.host}:{self.port}, {self.from_address})"


def post_of(account: Account) -> Post:
    """Return the settings of an account, checked; raises Mistake when they cannot work."""
    from_address = checked(account.setting("from_address"))
    reply_address = checked(account.setting("reply_address", from_address))
    port = account.setting("port", "587")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Mistake(f"{port!r} is not a port; SMTP servers listen on 25, 465 or 587.")
    return Post(
        host=account.setting("host"),
        port=int(port),
        security=account.setting("security", "starttls"),
        ca_file=account.setting("ca_file"),
        username=account.setting("username"),
        password=account.setting("password"),
        from_address=from_address,
        from_name=account.setting("from_name"),
        reply_address=reply_address,
        bounce_address=checked(account.setting("bounce_address", reply_address)),
    )


class _Lost(Exception):
    """The connection is of no more use; `result` is what that means for the letter at hand."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.sentence)
        self.result = result


class SmtpTransport:
    """Hands letters to one SMTP server; each call has a connection of its own."""

    def __init__(self, post: Post, *, timeout: float = TIMEOUT) -> None:
        self._post = post
        self._timeout = timeout

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Hand in `batch` and return what became of each letter.

        Raises Trouble when the server cannot be reached, before anything was handed in.
        """
        results: list[Result] = []
        smtp: smtplib.SMTP | None = self._connect()
        for outgoing in batch:
            try:
                smtp = smtp or self._connect()
                results.append(self._hand_in(smtp, outgoing))
            except Trouble as trouble:
                results.append(Result("failed", sentence=trouble.message))
            except _Lost as lost:
                results.append(lost.result)
                if smtp is not None:
                    smtp.close()
                smtp = None
        if smtp is not None:
            _say_goodbye(smtp)
        return results

    def close(self) -> None:
        """Do nothing: no connection outlives its batch."""

    def _connect(self) -> smtplib.SMTP:
        post = self._post
        try:
            if post.security == "tls":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    post.host, post.port, timeout=self._timeout, context=self._trust()
                )
            else:
                smtp = smtplib.SMTP(post.host, post.port, timeout=self._timeout)
        except (smtplib.SMTPException, OSError) as error:
            raise self._unreachable(error) from error
        try:
            if post.security == "starttls":
                smtp.starttls(context=self._trust())
            if post.username:
                _log_in(smtp, post.username, post.password)
            smtp.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise self._unreachable(error) from error
        return smtp

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._post.ca_file or None)

    def _unreachable(self, error: Exception) -> Trouble:
        where = f"{self._post.host}:{self._post.port}"
        return Trouble(f"The mail server {where} takes nothing now: {_said_by(error)}.")

    def _hand_in(self, smtp: smtplib.SMTP, outgoing: Outgoing) -> Result:
        try:
            sheet = self._sheet_of(outgoing, at=now())
            letter = letter_of(sheet)
            sender = checked(with_reference(self._post.bounce_address, outgoing.reference))
        except Mistake as mistake:
            return Result("refused", sentence=mistake.message, permanent=True)
        refusal = _envelope(smtp, sender, checked(outgoing.to))
        if refusal is not None:
            return refusal
        try:
            smtp.send(_leading_dots.sub(b"..", letter) + b".\r\n")
            code, said = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            sentence = f"The connection was lost after the letter: {_said_by(error)}"
            raise _Lost(Result("unknown", sheet.message_id, sentence)) from error
        if code != 250:
            return _not_taken(code, said)
        return Result("accepted", sheet.message_id, f"{code} {_text(said)}")

    def _sheet_of(self, outgoing: Outgoing, *, at: datetime) -> Sheet:
        post = self._post
        domain = post.from_address.rpartition("@")[2]
        reply_to = with_reference(post.reply_address, outgoing.reference)
        name, address = post.from_name, post.from_address
        if "@" in outgoing.sender:
            name, address = "", checked(outgoing.sender)
        elif outgoing.sender:
            name = outgoing.sender
        return Sheet(
            sender=named(name, address),
            to=checked(outgoing.to),
            reply_to=reply_to,
            message_id=f"{outgoing.reference or f'test.{int(at.timestamp() * 1e6)}'}@{domain}",
            sent_at=at,
            subject=outgoing.subject,
            text=with_footer(outgoing.text, outgoing.preferences, outgoing.language),
            html=with_html_footer(outgoing.html, outgoing.preferences, outgoing.language),
            language=outgoing.language,
            unsubscribe=reply_to if outgoing.reference and not outgoing.by_person else "",
            one_click=outgoing.one_click,
            in_reply_to=outgoing.in_reply_to,
            by_person=outgoing.by_person,
        )


def _log_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    if (username + password).isascii():
        smtp.login(username, password)
        return
    # smtplib knows ASCII only; RFC 4616 says UTF-8.
    smtp.ehlo_or_helo_if_needed()
    plain = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
    code, said = smtp.docmd("AUTH", f"PLAIN {plain}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, said)


def _envelope(smtp: smtplib.SMTP, sender: str, to: str) -> Result | None:
    """Say who writes to whom; returns None when the server now waits for the letter."""
    try:
        code, said = smtp.mail(sender)
        if code == 250:
            code, said = smtp.rcpt(to)
        if code in (250, 251):
            code, said = smtp.docmd("DATA")
            if code == 354:
                return None
        result = _not_taken(code, said)
        smtp.rset()
    except (smtplib.SMTPException, OSError) as error:
        sentence = f"The connection was lost before the letter: {_said_by(error)}"
        raise _Lost(Result("failed", sentence=sentence)) from error
    return result


def _not_taken(code: int, said: bytes) -> Result:
    """Return what a refusal means: 5xx is for ever, 4xx for now, 421 ends the connection too."""
    sentence = f"{code} {_text(said)}"
    if code == CLOSING or code < 0:
        raise _Lost(Result("failed", sentence=sentence))
    if code >= 500:
        return Result("refused", sentence=sentence, permanent=True)
    return Result("failed", sentence=sentence)


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace").replace("\n", " ")[:300]


def _said_by(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {_text(words if isinstance(words, bytes) else words.encode())}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return f"{type(error).__name__}: {error}"
