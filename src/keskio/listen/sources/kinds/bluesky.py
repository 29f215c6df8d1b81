"""Bluesky by Jetstream: all posts of the network over one web socket, of which few concern us.

The socket is asked for posts from a moment on (`cursor`, microseconds). At each connection one asks from
some seconds before the last moment seen, as Jetstream's own page advises, and knows what came before by
the account (did) and the record's key. A `delete` takes the text away. Everything is sieved before it is
stored: by language, by the company's words, and by whom it answers.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from django.utils.translation import gettext_lazy as _
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from keskio.channels.contracts import Setting
from keskio.kernel.clock import to_micros
from keskio.kernel.errors import Mistake
from keskio.listen.contracts import Gone, Post
from keskio.listen.sources.calling import web_address
from keskio.listen.sources.contracts import Errand, Haul, Source, Way
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import AGENT, LONGEST_PATIENCE, public_address, trusted
from keskio.listen.sources.words import Sieve, speaks_one_of

POSTS = "app.bsky.feed.post"
DEFAULT = "wss://jetstream2.us-east.bsky.network"
REWIND = 5_000_000
PULSE = 0.5
SILENCE = 60_000_000  # the whole network is never silent for a minute
AT_ONCE = 200
READ_AT_ONCE = 5000
PATIENCE = 10.0
LARGEST = 1024 * 1024


class _Ref(msgspec.Struct, frozen=True):
    uri: str = ""


class _Reply(msgspec.Struct):
    root: _Ref = _Ref()
    parent: _Ref = _Ref()


class _Record(msgspec.Struct):
    text: str = ""
    createdAt: str = ""  # noqa: N815 - the network's name
    langs: list[str] = []
    reply: _Reply | None = None


class _Commit(msgspec.Struct):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    cid: str = ""
    record: msgspec.Raw = msgspec.Raw()


class _Event(msgspec.Struct):
    did: str
    time_us: int
    kind: str = ""
    commit: _Commit | None = None


_event = msgspec.json.Decoder(_Event)
_record = msgspec.json.Decoder(_Record)


class Bluesky:
    """The kind `bluesky`."""

    key = "bluesky"
    way: Way = "stream"
    title = "Bluesky"
    sentence = _(
        "All public posts of the network as they are written; those with your words are kept."
    )
    icon = "source"
    channel = "bluesky"
    every = 0
    settings: Sequence[Setting] = (
        Setting(
            name="words",
            label=_("Only messages with one of these words"),
            kind="lines",
            required=True,
            help=_(
                "One a line: the company's name and products. A word is found inside others too, so"
                " leave endings out. The network writes dozens of posts a second: choose well."
            ),
        ),
        Setting(
            name="languages",
            label=_("Only these languages"),
            default="fi",
            help=_("Codes apart by spaces: fi sv en. Empty: all. Messages that say none are kept."),
        ),
        Setting(
            name="url",
            label=_("Address of Jetstream"),
            default=DEFAULT,
            required=True,
            help=_("Any public one will do; no key is needed."),
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when the address is none or no words are given."""
        web_address(source.setting("url", DEFAULT), "Jetstream", schemes=("ws", "wss"))
        if not Sieve(source.lines("words")).words:
            raise Mistake(str(_("Give at least one word: the whole network is too much.")))

    def test(self, source: Source) -> str:
        """Listen until the first post comes."""
        self.check(source)
        with _called(source, 0) as line, _heard(_host(source)):
            line.recv(timeout=PATIENCE)
        return str(_("Jetstream sends posts."))

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Listen from where it was left, some seconds before."""
        source = errand.source
        self.check(source)
        last = int(source.cursor.get("time_us", 0))
        if not last:
            # Were the line cut before the first post, one could not tell what has been missed since.
            last = errand.now()
            yield Haul(cursor={"time_us": last})
        sieve = _Sieving(source)
        heard_at = errand.now()
        with _called(source, max(0, last - REWIND)) as line:
            while not errand.stop.is_set():
                events = _take(line, _host(source))
                if events:
                    heard_at = errand.now()
                elif errand.now() - heard_at > SILENCE:
                    raise SourceTrouble("silent", place=_host(source))
                haul = sieve.haul(events, last)
                last = haul.cursor["time_us"]
                yield haul


def _host(source: Source) -> str:
    return urlsplit(source.setting("url", DEFAULT)).hostname or ""


@contextmanager
def _called(source: Source, cursor: int) -> Iterator[ClientConnection]:
    """Give the open socket; raises SourceTrouble."""
    base = web_address(source.setting("url", DEFAULT), "Jetstream", schemes=("ws", "wss"))
    parts = urlsplit(base)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    asked: dict[str, Any] = {"wantedCollections": POSTS, **({"cursor": cursor} if cursor else {})}
    path = base if base.endswith("/subscribe") else f"{base}/subscribe"
    address = public_address(host, port)
    with ExitStack() as stack:
        with _heard(host):
            bound = socket.create_connection((address, port), PATIENCE)
            dialled = connect(
                f"{path}?{urlencode(asked)}",
                sock=bound,
                ssl=trusted() if parts.scheme == "wss" else None,
                server_hostname=host if parts.scheme == "wss" else None,
                user_agent_header=AGENT,
                open_timeout=PATIENCE,
                close_timeout=1,
                max_size=LARGEST,
                max_queue=1024,
                proxy=None,
            )
            line = stack.enter_context(dialled)
        yield line


@contextmanager
def _heard(place: str) -> Iterator[None]:
    """Turn what can happen to a socket into SourceTrouble."""
    try:
        yield
    except InvalidStatus as error:
        status = error.response.status_code
        reason = "too_many" if status == 429 else "not_let_in" if status in {401, 403} else "ailing"
        told = error.response.headers.get("retry-after", "")
        wait = min(float(told), LONGEST_PATIENCE) if told.isdecimal() else None
        raise SourceTrouble(
            reason, place=place, status=f"HTTP {status}", retry_after=wait
        ) from None
    except ConnectionClosed as error:
        raise SourceTrouble("cut", place=place, said=str(error)) from None
    except TimeoutError:
        raise SourceTrouble("no_answer", place=place) from None
    except (WebSocketException, OSError) as error:
        raise SourceTrouble("not_reached", place=place, said=str(error)) from None


def _take(line: ClientConnection, place: str) -> list[str | bytes]:
    """Return what has come within a moment; what came before a cut is returned before it is told."""
    found: list[str | bytes] = []
    try:
        found.append(line.recv(timeout=PULSE))
        while len(found) < READ_AT_ONCE:
            found.append(line.recv(timeout=0))
    except TimeoutError:
        pass
    except ConnectionClosed:
        if not found:
            with _heard(place):
                raise
    return found


class _Sieving:
    """Makes hauls of events: what is wanted, what is gone, and how far one has come."""

    def __init__(self, source: Source) -> None:
        self._key = source.key
        self._host = _host(source)
        self._sieve = Sieve(source.lines("words"))
        self._languages = source.setting("languages").lower().split()

    def haul(self, events: Sequence[str | bytes], last: int) -> Haul:
        """Return what `events` bring; `last` is the moment one had come to.

        The server's moments count: ours, with which a new source begins, give way to them.
        """
        posts: dict[str, Post] = {}
        gone: list[Gone] = []
        left_out = 0
        faults: list[str] = []
        for told in events:
            try:
                event = _event.decode(told)
                last = event.time_us
                commit = event.commit
                if commit is None or commit.collection != POSTS:
                    continue
                number = f"{event.did}/{commit.rkey}"
                if commit.operation == "delete":
                    gone.append(Gone(self._key, number))
                    posts.pop(number, None)
                    continue
                post = self._post_of(event, commit, number)
            except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
                faults.append(str(error))
                continue
            if post is None:
                left_out += 1
            else:
                posts[number] = post
        return Haul(
            posts=list(posts.values()),
            gone=gone,
            cursor={"time_us": last},
            left_out=left_out,
            faults=faults[:5],
        )

    def _post_of(self, event: _Event, commit: _Commit, number: str) -> Post | None:
        record = _record.decode(commit.record)
        if not self._sieve.passes(record.text) or not speaks_one_of(record.langs, self._languages):
            return None
        reply = record.reply
        url = f"https://bsky.app/profile/{event.did}/post/{commit.rkey}"
        return Post(
            source=self._key,
            source_id=number,
            text=record.text,
            at=_moment(record.createdAt, event.time_us),
            author=event.did,
            author_key=event.did,
            channel="bluesky",
            url=url,
            language_hint=record.langs[0] if record.langs else "",
            parent_id=_number_of(reply.parent.uri) if reply else "",
            thread_id=_number_of(reply.root.uri) if reply else "",
            extra={"uri": f"at://{event.did}/{POSTS}/{commit.rkey}", "cid": commit.cid},
        )


def _moment(told: str, seen: int) -> int:
    """Return when a post was written: what its writer's program says, unless that is after it was seen."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return seen
    return seen if at.tzinfo is None else min(to_micros(at), seen)


def _number_of(uri: str) -> str:
    """Return did/rkey of at://did/collection/rkey.

    >>> _number_of("at://did:plc:abc/app.bsky.feed.post/3kxyz")
    'did:plc:abc/3kxyz'
    """
    did, _collection, rkey = [*uri.removeprefix("at://").split("/", 2), "", ""][:3]
    return f"{did}/{rkey}" if rkey else ""


KIND = Bluesky()
