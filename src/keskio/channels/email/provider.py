"""The provider `smtp`: letters out through an SMTP server, and in by LMTP, SMTP or IMAP."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Account, Receipt, Request, Setting, Spools, Transport
from keskio.channels.email.envelopes import Reading, envelopes_of
from keskio.channels.email.mailbox import Mailboxes
from keskio.channels.email.receiver import Receivers
from keskio.channels.email.transport import SmtpTransport, post_of
from keskio.channels.queries import active_accounts
from keskio.events.contracts import SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.errors import Refused

SENDING = _("Sending")
ADDRESSES = _("Addresses")
MAILBOX = _("Reading a mailbox")
RECEIVER = _("Receiving from your own mail server")
SECURITY = (("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("None (own machine only)")))


class Smtp:
    """The provider `smtp`."""

    key = "smtp"
    channel = "email"
    title = "SMTP"
    inbound_query: str | None = None
    settings: Sequence[Setting] = (
        Setting(section=SENDING, name="host", label=_("SMTP server"), required=True),
        Setting(
            section=SENDING,
            name="port",
            label=_("Port"),
            kind="number",
            default="587",
            required=True,
        ),
        Setting(
            section=SENDING,
            name="security",
            label=_("Encryption"),
            kind="choice",
            default="starttls",
            choices=SECURITY,
        ),
        Setting(section=SENDING, name="username", label=_("User name")),
        Setting(section=SENDING, name="password", label=_("Password"), kind="secret"),
        Setting(
            section=SENDING,
            name="ca_file",
            label=_("Certificate authority"),
            help=_("A file on the server, when the mail servers have certificates of your own."),
        ),
        Setting(section=ADDRESSES, name="from_address", label=_("Sender's address"), required=True),
        Setting(section=ADDRESSES, name="from_name", label=_("Sender's name")),
        Setting(
            section=ADDRESSES,
            name="reply_address",
            label=_("Address for replies"),
            help=_(
                "Each letter gets its own: vastaus@example.com becomes vastaus+REFERENCE@example.com. "
                "The mail server must bring them all to the same mailbox."
            ),
        ),
        Setting(
            section=ADDRESSES,
            name="bounce_address",
            label=_("Address for bounces"),
            help=_("Empty: the same as for replies."),
        ),
        Setting(
            section=MAILBOX,
            name="imap_host",
            label=_("IMAP server"),
            help=_("Empty: no mailbox is read."),
        ),
        Setting(
            section=MAILBOX, name="imap_port", label=_("IMAP port"), kind="number", default="993"
        ),
        Setting(
            section=MAILBOX,
            name="imap_security",
            label=_("IMAP encryption"),
            kind="choice",
            default="tls",
            choices=SECURITY,
        ),
        Setting(section=MAILBOX, name="imap_username", label=_("IMAP user name")),
        Setting(section=MAILBOX, name="imap_password", label=_("IMAP password"), kind="secret"),
        Setting(section=MAILBOX, name="imap_folder", label=_("IMAP folder"), default="INBOX"),
        Setting(
            section=RECEIVER,
            name="listen",
            label=_("Receive letters directly"),
            kind="choice",
            choices=(("", _("No")), ("lmtp", "LMTP"), ("smtp", "SMTP")),
            help=_("From your own mail server, which checks what strangers send."),
        ),
        Setting(
            section=RECEIVER, name="listen_host", label=_("Receiving address"), default="127.0.0.1"
        ),
        Setting(
            section=RECEIVER,
            name="listen_port",
            label=_("Receiving port"),
            kind="number",
            default="2424",
        ),
    )

    def open(self, account: Account) -> Transport:
        """Return a transport that hands letters to the SMTP server."""
        return SmtpTransport(post_of(account))

    def receive(self, account: Account, request: Request) -> Receipt:  # noqa: ARG002 - Provider's shape
        """Refuse: letters do not come by HTTP."""
        raise Refused("Letters come by LMTP, SMTP or IMAP, not by HTTP.")

    def backgrounds(self, spool: Spools) -> Sequence[Background]:
        """Return the receivers and the mailbox reader of all accounts in use."""
        return (Receivers(spool, _accounts), Mailboxes(spool, _accounts))

    def read(self, row: SpoolRow) -> Reading:
        """Return what a stored letter says."""
        return envelopes_of(row)


def _accounts() -> Sequence[Account]:
    return [account for account in active_accounts("email") if account.provider == Smtp.key]


PROVIDER = Smtp()
