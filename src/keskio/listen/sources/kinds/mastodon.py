"""Mastodon and what speaks like it: a stream of server-sent events, and what was missed by REST.

The stream is opened first, then what was missed is asked for, so that nothing falls between. Ids of
Mastodon hold the time in which a message was written (milliseconds behind 16 bits), and messages from
other servers arrive late: so one asks from some minutes before the newest id known. What was told before
is known by its id. Deletions made while nobody listened are not told again: at each beginning, and now
and then, the server is asked which of the recent messages are still there, and how often they were
shared on (docs.joinmastodon.org: methods/streaming, methods/timelines, methods/statuses).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.api import text_of_html
from keskio.channels.contracts import Setting
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.listen.contracts import Gone, Post
from keskio.listen.sources.calling import ask, web_address
from keskio.listen.sources.contracts import Errand, Haul, Source, Way
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import opened
from keskio.listen.sources.kinds.mastodon_stream import Ear
from keskio.listen.sources.words import Sieve, speaks_one_of

PAGE = 40
MOST_PAGES = 100
ASKED_AT_ONCE = 20  # statuses by their ids; a server refuses more (its DEFAULT_STATUSES_LIMIT)
REWIND = 5 * 60 * 1000 << 16  # five minutes, as ids of Mastodon count
TELLS_TIME = 1 << 45  # ids above this hold a time
PULSE = 0.5
LOOK_BACK = 24 * 3600 * 1_000_000
LOOK_EVERY = 15 * 60 * 1_000_000
MOST_LOOKED_AT = 400


class _Account(msgspec.Struct):
    id: str = ""
    acct: str = ""
    followers_count: int = 0
    statuses_count: int = 0
    created_at: datetime | None = None
    url: str = ""


class Status(msgspec.Struct):
    """A message as Mastodon tells it, as far as it is read here."""

    id: str
    created_at: datetime
    account: _Account
    content: str = ""
    spoiler_text: str = ""
    language: str | None = None
    visibility: str = "public"
    url: str | None = None
    uri: str = ""
    in_reply_to_id: str | None = None
    reblogs_count: int = 0
    edited_at: datetime | None = None
    reblog: dict[str, Any] | None = None


class Mastodon:
    """The kind `mastodon`."""

    key = "mastodon"
    way: Way = "stream"
    title = "Mastodon"
    sentence = _(
        "Public messages of a server, or those with certain hashtags, as they are written."
    )
    icon = "source"
    channel = "mastodon"
    every = 0
    settings: Sequence[Setting] = (
        Setting(
            name="url",
            label=_("Address of the server"),
            help=_("Such as https://mastodon.social."),
            required=True,
        ),
        Setting(
            name="token",
            label=_("Access token"),
            kind="secret",
            help=_(
                "Most servers want one: made under Preferences, Development. Read-only is enough."
            ),
        ),
        Setting(
            name="what",
            label=_("What is listened to"),
            kind="choice",
            default="tags",
            choices=(
                ("tags", _("Hashtags")),
                ("local", _("All public messages of this server")),
                ("public", _("All public messages the server knows")),
            ),
        ),
        Setting(
            name="tags",
            label=_("Hashtags"),
            kind="lines",
            help=_("One a line, without the sign #. Each has a stream of its own."),
        ),
        Setting(
            name="words",
            label=_("Only messages with one of these words"),
            kind="lines",
            help=_("One a line; a word is found inside others too. Empty: all messages."),
        ),
        Setting(
            name="languages",
            label=_("Only these languages"),
            help=_("Codes apart by spaces: fi sv en. Empty: all. Messages that say none are kept."),
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when the address is none or hashtags are wanted and none is given."""
        web_address(source.setting("url"), str(_("Address of the server")))
        if source.setting("what", "tags") == "tags" and not _tags(source):
            raise Mistake(str(_("Give at least one hashtag, or listen to all public messages.")))

    def test(self, source: Source) -> str:
        """Ask for the newest messages once."""
        self.check(source)
        found = 0
        with opened(headers=_headers(source)) as client:
            for line in lines_of(source):
                found += len(line.page(client, source, {"limit": PAGE}))
        return str(_("The server answered with %(count)d messages.") % {"count": found})

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Open the streams, catch up, then listen."""
        source = errand.source
        self.check(source)
        cursor: dict[str, Any] = {"since": {}, **source.cursor}
        taking = _Taking(source)
        lines, url = lines_of(source), web_address(source.setting("url"), "url")
        ears = [Ear(url + line.stream, name=line.name, headers=_headers(source)) for line in lines]
        try:
            for ear in ears:
                ear.open()
            with opened(headers=_headers(source)) as client:
                for line in lines:
                    yield from _missed(client, line, taking, cursor, errand)
                yield from _listen(client, ears, taking, cursor, errand)
        finally:
            for ear in ears:
                ear.close()


class Line(msgspec.Struct, frozen=True):
    """One stream and the timeline that goes with it."""

    name: str
    stream: str
    timeline: str
    local: bool = False

    def page(self, client: httpx.Client, source: Source, params: dict[str, Any]) -> list[Status]:
        """Return one page of the timeline, newest first."""
        if self.local:
            params = {**params, "local": "true"}
        url = web_address(source.setting("url"), "url") + self.timeline
        return ask(client, url, type=list[Status], params=params)


def lines_of(source: Source) -> list[Line]:
    """Return the streams that a source listens to."""
    what = source.setting("what", "tags")
    if what == "local":
        local = "/api/v1/streaming/public/local"
        return [Line("local", local, "/api/v1/timelines/public", local=True)]
    if what == "public":
        return [Line("public", "/api/v1/streaming/public", "/api/v1/timelines/public")]
    return [
        Line(
            f"#{tag}",
            f"/api/v1/streaming/hashtag?tag={quote(tag)}",
            f"/api/v1/timelines/tag/{quote(tag)}",
        )
        for tag in _tags(source)
    ]


def _tags(source: Source) -> list[str]:
    return [tag.lstrip("#").strip() for tag in source.lines("tags") if tag.strip("# ")]


def _headers(source: Source) -> dict[str, str]:
    token = source.setting("token")
    return {"authorization": f"Bearer {token}"} if token else {}


class _Taking:
    """Makes posts of statuses that are wanted."""

    def __init__(self, source: Source) -> None:
        self.key = source.key
        self._sieve = Sieve(source.lines("words"))
        self._languages = source.setting("languages").lower().split()

    def post_of(self, status: Status) -> Post | None:
        """Return the post of a status, or None when it is not wanted (or is no public message)."""
        if status.reblog is not None or status.visibility not in {"public", "unlisted"}:
            return None
        text = text_of_html(status.content)
        told = [status.language] if status.language else []
        whole = f"{status.spoiler_text} {text}"
        if not speaks_one_of(told, self._languages) or not self._sieve.passes(whole):
            return None
        account = status.account
        extra: dict[str, Any] = {"posts": account.statuses_count, "uri": status.uri}
        if account.created_at is not None:
            extra["account_created"] = to_micros(account.created_at)
        return Post(
            source=self.key,
            source_id=status.id,
            text=text,
            title=status.spoiler_text,
            at=to_micros(status.created_at),
            author=f"@{account.acct}" if account.acct else "",
            author_key=account.id,
            channel="mastodon",
            url=status.url or "",
            language_hint=status.language or "",
            parent_id=status.in_reply_to_id or "",
            reach=account.followers_count,
            reposts=status.reblogs_count,
            extra=extra,
        )


def _missed(
    client: httpx.Client, line: Line, taking: _Taking, cursor: dict[str, Any], errand: Errand
) -> Iterator[Haul]:
    """Bring what was written while nobody listened; the newest page alone when all is new to us."""
    since = str(cursor["since"].get(line.name, ""))
    source = errand.source
    if not since:
        page = line.page(client, source, {"limit": PAGE})
        yield _haul(page, taking, cursor, line)
        return
    asked = _before(since)
    for _turn in range(MOST_PAGES):
        # min_id: the page right behind it, so that no gap can open between two pages.
        page = line.page(client, source, {"limit": PAGE, "min_id": asked})
        if not page or errand.stop.is_set():
            return
        yield _haul(page, taking, cursor, line)
        asked = max((status.id for status in page), key=_order)


def _haul(page: Sequence[Status], taking: _Taking, cursor: dict[str, Any], line: Line) -> Haul:
    posts = [post for post in map(taking.post_of, page) if post is not None]
    for status in page:
        _advance(cursor, line.name, status.id)
    # A line that has been asked and was empty is no beginner any more.
    cursor["since"].setdefault(line.name, "0")
    return Haul(posts=posts, cursor=_copy(cursor), left_out=len(page) - len(posts))


def _listen(
    client: httpx.Client,
    ears: Sequence[Ear],
    taking: _Taking,
    cursor: dict[str, Any],
    errand: Errand,
) -> Iterator[Haul]:
    look_at: Micros = 0
    while not errand.stop.is_set():
        if errand.now() >= look_at:
            look_at = errand.now() + LOOK_EVERY
            yield from _look_again(client, taking, cursor, errand)
        for ear in ears:
            yield _heard(ear, taking, cursor, wait=PULSE / len(ears))


def _heard(ear: Ear, taking: _Taking, cursor: dict[str, Any], *, wait: float) -> Haul:
    """Return what a stream brought within a moment; raises SourceTrouble when it broke off."""
    posts: dict[str, Post] = {}
    gone: dict[str, Gone] = {}
    left_out, faults = 0, []
    for event in ear.take(wait):
        try:
            if event.event in {"update", "status.update"}:
                status = msgspec.json.decode(event.data, type=Status)
                post = taking.post_of(status)
                left_out += post is None
                if post is not None:
                    posts[post.source_id] = post
                _advance(cursor, ear.name, status.id)
            elif event.event == "delete":
                gone[event.data.strip()] = Gone(taking.key, event.data.strip())
                posts.pop(event.data.strip(), None)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            faults.append(str(error))
    return Haul(
        posts=list(posts.values()),
        gone=list(gone.values()),
        cursor=_copy(cursor),
        left_out=left_out,
        faults=faults,
    )


def _look_again(
    client: httpx.Client, taking: _Taking, cursor: dict[str, Any], errand: Errand
) -> Iterator[Haul]:
    """Ask which of the day's messages are still there, and how often they were shared on."""
    ids = list(errand.recent(errand.now() - LOOK_BACK))[:MOST_LOOKED_AT]
    url = web_address(errand.source.setting("url"), "url") + "/api/v1/statuses"
    for start in range(0, len(ids), ASKED_AT_ONCE):
        if errand.stop.is_set():
            return
        part = ids[start : start + ASKED_AT_ONCE]
        try:
            found = ask(client, url, type=list[Status], params={"id[]": part})
        except SourceTrouble as trouble:
            if trouble.told["reason"] in {"not_there", "refused", "not_let_in"}:
                return  # a server older than 4.3 cannot be asked for several at once
            raise
        there = {status.id for status in found}
        key = errand.source.key
        yield Haul(
            posts=[post for post in map(taking.post_of, found) if post is not None],
            gone=[Gone(key, number) for number in part if number not in there],
            cursor=_copy(cursor),
        )


def _advance(cursor: dict[str, Any], line: str, number: str) -> None:
    known = str(cursor["since"].get(line, ""))
    if not known or _order(number) > _order(known):
        cursor["since"][line] = number


def _copy(cursor: dict[str, Any]) -> dict[str, Any]:
    return {**cursor, "since": dict(cursor["since"])}


def _order(number: str) -> tuple[int, str]:
    """Ids grow by length first: numbers, and the words that some other servers use."""
    return len(number), number


def _before(number: str) -> str:
    """Return an id some minutes older, where ids tell a time."""
    if number.isdecimal() and int(number) > TELLS_TIME:
        return str(max(0, int(number) - REWIND))
    return number


KIND = Mastodon()
