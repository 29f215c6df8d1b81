"""Feeds: RSS, Atom and JSON Feed, fetched only when the server says that they have changed.

ETag and Last-Modified are kept in the cursor and given back (RFC 9110, 13.1). An entry is known by its
own id, or by its address, or by a digest of what it says: in this order.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.api import text_of_html
from keskio.channels.contracts import Setting
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.listen.contracts import Post
from keskio.listen.sources.calling import web_address
from keskio.listen.sources.contracts import Errand, Haul, Source, Way
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import body_of, checked, opened, reaching
from keskio.listen.sources.words import Sieve

LARGEST = 4 * 1024 * 1024
MOST_ENTRIES = 1000
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class Feed:
    """The kind `rss`."""

    key = "rss"
    way: Way = "poll"
    title = _("News and blogs (RSS, Atom)")
    sentence = _(
        "Entries of feeds: blogs, newspapers, discussion boards, alerts of search engines."
    )
    icon = "source"
    channel = "rss"
    every = 900
    settings: Sequence[Setting] = (
        Setting(
            name="urls",
            label=_("Addresses of the feeds"),
            kind="lines",
            required=True,
            help=_("One a line."),
        ),
        Setting(
            name="words",
            label=_("Only messages with one of these words"),
            kind="lines",
            help=_("One a line; a word is found inside others too. Empty: all messages."),
        ),
        Setting(
            name="every",
            label=_("Minutes between looks"),
            kind="number",
            default="15",
            required=True,
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when an address is none."""
        addresses = source.lines("urls")
        if not addresses:
            raise Mistake(str(_("Give the address of at least one feed.")))
        for address in addresses:
            web_address(address, str(_("Addresses of the feeds")))

    def test(self, source: Source) -> str:
        """Fetch each feed once, whatever is known of it."""
        self.check(source)
        with opened(headers={"accept": ACCEPT}, redirects=True) as client:
            found = sum(len(_fetched(client, url, {}, source)[0]) for url in source.lines("urls"))
        return str(_("The feeds have %(count)d entries.") % {"count": found})

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Look at each feed once; one that is in trouble does not keep the others."""
        source = errand.source
        self.check(source)
        seen: dict[str, Any] = dict(source.cursor.get("seen", {}))
        sieve = Sieve(source.lines("words"))
        troubles: list[SourceTrouble] = []
        with opened(headers={"accept": ACCEPT}, redirects=True) as client:
            for url in source.lines("urls"):
                if errand.stop.is_set():
                    return
                try:
                    posts, marks = _fetched(
                        client, url, seen.get(url, {}), source, now=errand.now()
                    )
                except SourceTrouble as trouble:
                    troubles.append(trouble)
                    continue
                wanted = [post for post in posts if sieve.passes(f"{post.title} {post.text}")]
                seen = {**seen, url: marks}
                yield Haul(posts=wanted, cursor={"seen": seen}, left_out=len(posts) - len(wanted))
        if troubles:
            raise troubles[0]


def _fetched(
    client: httpx.Client, url: str, marks: dict[str, str], source: Source, *, now: Micros = 0
) -> tuple[list[Post], dict[str, str]]:
    """Return the entries of a feed (none when it has not changed) and its marks for the next look."""
    headers = {}
    if marks.get("etag"):
        headers["if-none-match"] = marks["etag"]
    if marks.get("modified"):
        headers["if-modified-since"] = marks["modified"]
    place = urlsplit(url).hostname or url
    with reaching(place), client.stream("GET", url, headers=headers) as response:
        checked(response, place)
        if response.status_code == 304:
            return [], marks
        body = body_of(response, place, largest=LARGEST)
        found = {
            "etag": response.headers.get("etag", ""),
            "modified": response.headers.get("last-modified", ""),
        }
        kind = response.headers.get("content-type", "")
    return entries_of(body, kind, source=source.key, url=url, now=now), found


def entries_of(body: bytes, kind: str, *, source: str, url: str, now: Micros) -> list[Post]:
    """Return the entries of a feed as posts; raises SourceTrouble when it is none.

    `kind` is its content type; `now` stands for the time of entries that tell none, or one to come.
    """
    if "json" in kind or body.lstrip()[:1] == b"{":
        return _of_json(body, source=source, url=url, now=now)
    parsed = feedparser.parse(body, response_headers={"content-type": kind})
    if not parsed.entries and (parsed.bozo or not parsed.version):
        said = str(parsed.get("bozo_exception", "")) or "no feed"
        raise SourceTrouble("not_understood", place=urlsplit(url).hostname or url, said=said)
    language = str(parsed.feed.get("language", ""))
    return [
        _of_entry(entry, source=source, url=url, language=language, now=now)
        for entry in parsed.entries[:MOST_ENTRIES]
    ]


def _of_entry(entry: Any, *, source: str, url: str, language: str, now: Micros) -> Post:
    contents = [part.get("value", "") for part in entry.get("content", [])]
    html = max([entry.get("summary", ""), *contents], key=len)
    told = entry.get("published_parsed") or entry.get("updated_parsed")
    title, link = text_of_html(entry.get("title", "")), urljoin(url, str(entry.get("link", "")))
    text = text_of_html(html)
    return Post(
        source=source,
        source_id=_known_by(str(entry.get("id", "")), str(entry.get("link", "")), title + text),
        text=text or title,
        title=title if text else "",
        at=min(calendar.timegm(told) * 1_000_000, now) if told else now,
        author=str(entry.get("author", "")),
        channel="rss",
        url=link if link.startswith(("http://", "https://")) else "",
        language_hint=str(entry.get("language", "") or language)[:2],
    )


class _Item(msgspec.Struct):
    id: Any = ""
    url: str = ""
    title: str = ""
    content_text: str = ""
    content_html: str = ""
    summary: str = ""
    date_published: str = ""
    language: str = ""
    authors: list[dict[str, Any]] = []


class _JsonFeed(msgspec.Struct):
    version: str
    items: list[_Item]
    language: str = ""


def _of_json(body: bytes, *, source: str, url: str, now: Micros) -> list[Post]:
    """Read a JSON Feed (jsonfeed.org, version 1.1)."""
    try:
        feed = msgspec.json.decode(body, type=_JsonFeed)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        place = urlsplit(url).hostname or url
        raise SourceTrouble("not_understood", place=place, said=str(error)) from None
    return [
        _of_item(item, source=source, language=feed.language, now=now)
        for item in feed.items[:MOST_ENTRIES]
    ]


def _of_item(item: _Item, *, source: str, language: str, now: Micros) -> Post:
    text = item.content_text or text_of_html(item.content_html) or item.summary
    return Post(
        source=source,
        source_id=_known_by(str(item.id), item.url, item.title + text),
        text=text or item.title,
        title=item.title if text else "",
        at=min(_moment(item.date_published) or now, now),
        author=str(item.authors[0].get("name", "")) if item.authors else "",
        channel="rss",
        url=item.url if item.url.startswith(("http://", "https://")) else "",
        language_hint=(item.language or language)[:2],
    )


def _moment(told: str) -> Micros:
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return 0
    return to_micros(at) if at.tzinfo else 0


def _known_by(number: str, link: str, said: str) -> str:
    if number or link:
        return number or link
    return hashlib.sha256(said.encode()).hexdigest()[:32]


KIND = Feed()
