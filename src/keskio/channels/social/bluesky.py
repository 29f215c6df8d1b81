"""The provider `bluesky`: answers as posts of the company's own account (AT Protocol).

`createSession` gives a token for a while; `createRecord` makes the post under a key of ours (a TID, made
of the time). No two posts can stand under one key: when an answer was lost, the post is looked for under
its key, and made again under the same key only when it is not there. What stays open is `unknown`.
(atproto.com: specs/tid; docs.bsky.app: advanced guides, posts.)
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from datetime import UTC
from typing import Any, TypeVar

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import (
    Account,
    Outgoing,
    Receipt,
    Request,
    Result,
    Setting,
    Spools,
    Transport,
)
from keskio.channels.social.posting import (
    ASKED_AFTER,
    Lost,
    called,
    opened,
    outcome_of_no,
    said,
    send_each,
    too_long,
    web_address,
)
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.clock import from_micros, now_micros
from keskio.kernel.errors import Refused, Trouble

T = TypeVar("T")
LONGEST = 300
POSTS = "app.bsky.feed.post"
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


class _Session(msgspec.Struct):
    did: str
    accessJwt: str  # noqa: N815 - the network's name


class _Ref(msgspec.Struct):
    uri: str
    cid: str


class _Refs(msgspec.Struct):
    root: _Ref


class _Value(msgspec.Struct):
    reply: _Refs | None = None


class _Record(msgspec.Struct):
    uri: str
    cid: str
    value: _Value


class Bluesky:
    """The provider `bluesky`."""

    key = "bluesky"
    channel = "social"
    title = "Bluesky"
    inbound_query: str | None = None
    settings: Sequence[Setting] = (
        Setting(
            name="handle",
            label=_("Handle"),
            help=_("The company's account, such as company.bsky.social."),
            required=True,
        ),
        Setting(
            name="password",
            label=_("App password"),
            kind="secret",
            required=True,
            help=_("Made under Settings, Privacy and security. Not the account's own password."),
        ),
        Setting(
            name="url",
            label=_("Address of the server"),
            default="https://bsky.social",
            required=True,
        ),
    )

    def open(self, account: Account) -> Transport:
        """Return a transport that posts to the account's server."""
        return BlueskyTransport(account)

    def receive(self, account: Account, request: Request) -> Receipt:  # noqa: ARG002 - Provider's shape
        """Refuse: answers are heard by a source of mentions."""
        raise Refused("Bluesky calls nobody. Add a source of mentions to hear answers.")

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: answers are heard by a source of mentions."""
        return ()

    def read(self, row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:  # noqa: ARG002 - Provider's shape
        """Return nothing: nothing is ever stored for this provider."""
        return [], []


class _Turned(Exception):
    """The server turned a call away before anything was posted."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.sentence)
        self.result = result


class BlueskyTransport:
    """Posts as one account of a server."""

    def __init__(self, account: Account) -> None:
        self._url = web_address(account, "url") + "/xrpc/"
        self._who = {
            "identifier": account.setting("handle"),
            "password": account.setting("password"),
        }
        self._client = opened()
        # Whoever drops a transport while another thread still sends need not know when to close.
        weakref.finalize(self, self._client.close)
        self._session: _Session | None = None
        self._lock = threading.Lock()
        self._last = 0

    def takes(self, outgoing: Outgoing) -> bool:
        """Take what answers a record of the network."""
        return outgoing.in_reply_to.startswith(("at://", "did:"))

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Post each message; raises Trouble when the server cannot be reached for any of them."""
        return send_each(batch, self._send)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._client.close()

    def _send(self, outgoing: Outgoing) -> Result:
        if outgoing.is_direct:
            sentence = "Bluesky has no direct answers here: answer in public or by another channel."
            return Result("refused", sentence=sentence, permanent=True)
        refusal = too_long(outgoing.text, LONGEST)
        if refusal is not None:
            return refusal
        try:
            record = self._record_of(outgoing)
            session = self._signed_in()
        except _Turned as turned:
            return turned.result
        except Lost as error:  # nothing has been posted yet
            return Result("failed", sentence=str(error))
        return self._posted(record, session)

    def _posted(self, record: dict[str, Any], session: _Session) -> Result:
        key, lost = self._new_key(), ""
        for turn in range(1 + ASKED_AFTER):
            try:
                there = self._find(f"at://{session.did}/{POSTS}/{key}") if turn else None
                if there is not None:
                    return Result("accepted", there.uri)
                body = {"repo": session.did, "collection": POSTS, "rkey": key, "record": record}
                response = self._asked("createRecord", body)
                return _understood(response, session)
            except _Turned as turned:
                return turned.result if turn == 0 else Result("unknown", sentence=str(turned))
            except Lost as error:
                lost = str(error)
            except Trouble as trouble:
                if turn == 0:
                    raise
                lost = trouble.message
        return Result("unknown", sentence=lost)

    def _record_of(self, outgoing: Outgoing) -> dict[str, Any]:
        at = from_micros(now_micros()).astimezone(UTC)
        record: dict[str, Any] = {
            "$type": POSTS,
            "text": outgoing.text,
            "createdAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if outgoing.language:
            record["langs"] = [outgoing.language]
        if outgoing.in_reply_to:
            answered = self._find(uri_of(outgoing.in_reply_to))
            if answered is None:
                sentence = "What is answered is not there any more: it may have been deleted."
                raise _Turned(Result("refused", sentence=sentence, permanent=True))
            parent = {"uri": answered.uri, "cid": answered.cid}
            above = answered.value.reply
            root = {"uri": above.root.uri, "cid": above.root.cid} if above else parent
            record["reply"] = {"root": root, "parent": parent}
        return record

    def _find(self, uri: str) -> _Record | None:
        """Return a record, or None when there is none; raises _Turned and Lost."""
        did, collection, rkey = uri.removeprefix("at://").split("/", 2)
        params = {"repo": did, "collection": collection, "rkey": rkey}
        url = self._url + "com.atproto.repo.getRecord"
        response = called(self._client, self._client.build_request("GET", url, params=params))
        if response.status_code in {400, 404}:
            return None
        if not response.is_success:
            raise _Turned(outcome_of_no(response))
        return _read(response, _Record)

    def _signed_in(self, *, anew: bool = False) -> _Session:
        with self._lock:
            if self._session is None or anew:
                url = self._url + "com.atproto.server.createSession"
                request = self._client.build_request("POST", url, json=self._who)
                response = called(self._client, request)
                if not response.is_success:
                    # A wrong password: nothing is wrong with the message.
                    raise _Turned(Result("failed", sentence=said(response)))
                self._session = _read(response, _Session)
            return self._session

    def _asked(self, name: str, body: dict[str, Any]) -> httpx.Response:
        """Call with the token, and once more with a new one when it has run out."""
        for anew in (False, True):
            session = self._signed_in(anew=anew)
            request = self._client.build_request(
                "POST",
                f"{self._url}com.atproto.repo.{name}",
                json=body,
                headers={"authorization": f"Bearer {session.accessJwt}"},
            )
            response = called(self._client, request)
            if response.status_code not in {400, 401} or "ExpiredToken" not in response.text:
                break
        return response

    def _new_key(self) -> str:
        with self._lock:
            self._last = max(self._last + 1, now_micros())
            return tid_of(self._last)


def tid_of(at: int, *, clock: int = 0) -> str:
    """Return the TID of an instant in microseconds: 53 bits of time, 10 bits of `clock`, in base 32.

    >>> tid_of(1700000000000000)
    '3ke6kg3wk2222'
    """
    number = (at << 10) | clock
    return "".join(LETTERS[(number >> shift) & 31] for shift in range(60, -1, -5))


def uri_of(told: str) -> str:
    """Return the address of a record that is told as such, or as did/rkey.

    >>> uri_of("did:plc:abc/3kxyz")
    'at://did:plc:abc/app.bsky.feed.post/3kxyz'
    """
    if told.startswith("at://"):
        return told
    did, _slash, rkey = told.partition("/")
    return f"at://{did}/{POSTS}/{rkey}"


def _read(response: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _Turned(
            Result("failed", sentence=f"The server answered strangely: {error}")
        ) from error


def _understood(response: httpx.Response, session: _Session) -> Result:
    if not response.is_success:
        return outcome_of_no(response)
    try:
        made = msgspec.json.decode(response.content, type=_Ref)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Result("unknown", sentence=f"HTTP {response.status_code} without the post's address")
    rkey = made.uri.rpartition("/")[2]
    return Result("accepted", made.uri, f"https://bsky.app/profile/{session.did}/post/{rkey}")


PROVIDER = Bluesky()
