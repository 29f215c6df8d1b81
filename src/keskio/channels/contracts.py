"""Frozen types of the channels that cross rooms, and what a provider of a channel must be able to do.

A *channel* is a way to a customer (sms, email). A *provider* is the code that speaks with one kind
of server behind a channel (an SMTP server, Kannel, a commercial gateway). An *account* is one
configured use of a provider. Nothing here touches Django or the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble

State: TypeAlias = Literal["accepted", "refused", "failed", "unknown"]
Keyword: TypeAlias = Literal["", "stop", "start"]
# A str or a lazy translation, which only a page turns into words.
Words: TypeAlias = Any
Kind: TypeAlias = Literal["text", "number", "choice", "switch", "secret", "lines"]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One message ready to leave, to one recipient.

    `message` is its row in the ledger. `to` is an E.164 number or an e-mail address. An empty
    `sender` means the account's own. `html` and `subject` are for channels that have them.
    `preferences` is the address of the receiver's preference page, which channels with room for it
    show below the text; `one_click` is where a mail program may end such messages (RFC 8058).
    `in_reply_to` is what it answers, as the channel names it (a Message-ID, a status). `is_direct`: where a
    channel is public, for the receiver's eyes only. `by_person`: somebody has written it, no machine.
    """

    message: int
    channel: str
    to: str
    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    reference: str = ""
    language: str = ""
    preferences: str = ""
    one_click: str = ""
    in_reply_to: str = ""
    is_direct: bool = False
    by_person: bool = False


class Result(msgspec.Struct, frozen=True):
    """What became of one message at the hand-over.

    `accepted`: the provider has it. `refused`: it was not taken and never will be (`permanent` is
    True). `failed`: it was certainly not handed over; a later try may succeed.
    `unknown`: the connection was lost when it may already have been taken; never send it again
    without asking a person. `sentence` is the provider's own words, for staff.
    """

    state: State
    provider_id: str = ""
    sentence: str = ""
    permanent: bool = False


class Limits(msgspec.Struct, frozen=True):
    """How hard an account may be worked: calls at the same time, and messages a second.

    `per_second` None means no limit; 0 means that nothing may be sent now.
    """

    concurrency: int
    per_second: float | None = None


class Reference(msgspec.Struct, frozen=True):
    """Which message an answer belongs to, as its signed reference says."""

    message: int
    customer: int


class Unknown(Trouble):
    """The connection was lost when the messages may already have been handed over."""

    code = "unknown"


class Transport(Protocol):
    """Hands messages over to one account's provider; safe to use from several threads."""

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Hand over `batch` and return one result for each message, in the same order.

        Raises Trouble when nothing at all was handed over (the provider cannot be reached).
        Raises Unknown when that cannot be told for any of them; where it can be told one by one,
        those in doubt come back as `unknown` instead.
        """

    def close(self) -> None:
        """Give back connections. The transport is not used afterwards."""


class Secrets(Mapping[str, str]):
    """The secret settings of an account: they can be read by name, and never print themselves."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One configured use of a provider, as the rest of the room sees it.

    `settings` holds what may be shown, `secrets` what may not. `inbound_url` is the address the
    provider calls with replies and reports ("" while the installation's public address is unset).
    `revision` grows with each change, so that a transport knows when it is out of date.
    """

    id: int
    channel: str
    provider: str
    name: str
    settings: Mapping[str, str]
    secrets: Secrets
    active: bool = True
    limits: Limits = Limits(concurrency=4)
    inbound_token: str = ""
    inbound_url: str = ""
    revision: int = 1

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting or a secret by name; an empty one gives `default`."""
        return self.settings.get(name) or self.secrets.get(name) or default


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a provider's settings, from which its form is made.

    `kind` secret is written and never shown again. Neighbours of the same `section` stand together.
    """

    name: str
    label: Words
    help: Words = ""
    kind: Kind = "text"
    required: bool = False
    default: str = ""
    choices: Sequence[tuple[str, Words]] = ()
    section: Words = ""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request from a provider to our inbound address; header names are in lower case."""

    method: str
    url: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """What a provider is answered once its request is safely stored."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


class Receipt(msgspec.Struct, frozen=True):
    """What a provider makes of an authentic request: the answer, and notes for the later reading.

    `notes` travel beside the stored body, so that it can be read again as it was meant then, even
    when the account's settings have changed since.
    """

    answer: Answer = Answer()
    notes: Mapping[str, str] = {}


class Spools(Protocol):
    """Keeps what comes in durably, until the intake reads it; `keskio.events.spool.Spool` does."""

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        """Return when the row is durable; raises Trouble when it is not."""

    def put_blocking(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        """Do the same for a caller with a thread of its own."""


class Provider(Protocol):
    """Speaks with one kind of server. Registered under the entry point group `keskio.channels`."""

    key: str
    channel: str
    title: str
    settings: Sequence[Setting]
    # What stands behind the inbound address that the gateway is given; None: nothing comes by HTTP.
    inbound_query: str | None

    def open(self, account: Account) -> Transport:
        """Return a transport for `account`; raises Mistake if its settings cannot work."""

    def receive(self, account: Account, request: Request) -> Receipt:
        """Check that `request` truly comes from the provider and return the answer it wants.

        The request itself is stored as it came; `read` makes sense of it later. Raises Refused
        when the request is not authentic, or when this provider has no inbound address.
        """

    def backgrounds(self, spool: Spools) -> Sequence[Background]:
        """Return what must run all the time to receive by this provider; often nothing."""

    def read(self, row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:
        """Return what a stored request or letter says; never raises for what a stranger wrote."""
