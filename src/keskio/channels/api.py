"""The door of the channels: accounts, sending, references, and the parsers of what comes in."""

from __future__ import annotations

import threading

from keskio.channels.actions import add_account, change_account
from keskio.channels.contracts import Account, Limits, Outgoing, Result, Spools, Transport
from keskio.channels.email.html import text_of as text_of_html
from keskio.channels.email.letters import Letter, read_letter
from keskio.channels.files import Listed, file_of, files_of, keep_files
from keskio.channels.letter.provider import header_of
from keskio.channels.letter.sheets import Header
from keskio.channels.phones import e164
from keskio.channels.queries import (
    account_by_id,
    account_by_token,
    accounts,
    active_accounts,
    sending_channels,
)
from keskio.channels.reading import parsers
from keskio.channels.reference import make_reference, read_reference
from keskio.channels.registry import provider_of, providers
from keskio.channels.sms.segments import segments_of
from keskio.channels.social.posting import Choosing
from keskio.channels.stopwords import keyword_of
from keskio.jobs.contracts import Background
from keskio.kernel.errors import Mistake

__all__ = [
    "Letter",
    "Listed",
    "account_by_id",
    "account_by_token",
    "accounts",
    "active_accounts",
    "add_account",
    "backgrounds",
    "change_account",
    "close_transports",
    "e164",
    "file_of",
    "files_of",
    "keep_files",
    "keyword_of",
    "letterhead",
    "limits_for",
    "make_reference",
    "parsers",
    "provider_of",
    "providers",
    "read_letter",
    "read_reference",
    "segments_of",
    "send_test",
    "sending_channels",
    "text_of_html",
    "transport_for",
]

NO_LIMITS = Limits(concurrency=1, per_second=0)

_lock = threading.Lock()
_open: dict[int, tuple[int, Transport]] = {}


def transport_for(channel: str) -> Transport | None:
    """Return the transport of the channel's first account in use, or None when there is none.

    In social media all accounts in use are used, each for the messages of its network.

    The same transport comes back until its account is changed; it may be used from any thread.
    """
    in_use = active_accounts(channel)
    if channel == "social" and len(in_use) > 1:
        # Each network can be answered only by an account of its own.
        return Choosing([_transport_of(account) for account in in_use])
    return _transport_of(in_use[0]) if in_use else None


def limits_for(channel: str) -> Limits:
    """Return how hard the channel may be worked; with no account in use nothing may be sent."""
    in_use = active_accounts(channel)
    return in_use[0].limits if in_use else NO_LIMITS


def letterhead() -> Header | None:
    """Return who letters are from, or None while no account for letters is in use."""
    in_use = active_accounts("letter")
    return header_of(in_use[0]) if in_use else None


def backgrounds(spool: Spools) -> list[Background]:
    """Return what must run all the time for messages to come in: mail receivers, mailbox readers."""
    return [work for provider in providers().values() for work in provider.backgrounds(spool)]


def send_test(account: int, *, to: str, subject: str, text: str) -> Result:
    """Send one message through an account that need not be in use; raises Trouble or Mistake."""
    found = account_by_id(account)
    if found is None:
        raise Mistake("There is no such account.")
    letter = Outgoing(message=0, channel=found.channel, to=to, subject=subject, text=text)
    return _transport_of(found).send([letter])[0]


def _transport_of(account: Account) -> Transport:
    with _lock:
        known = _open.get(account.id)
        if known is not None and known[0] == account.revision:
            return known[1]
        transport = provider_of(account.provider).open(account)
        _open[account.id] = (account.revision, transport)
    # The old one may be at work in another thread: it closes its connections when it is collected.
    return transport


def close_transports() -> None:
    """Close every transport of this process; they are opened anew when they are asked for again."""
    with _lock:
        for _, transport in _open.values():
            transport.close()
        _open.clear()
