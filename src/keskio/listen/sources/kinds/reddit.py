"""Reddit by its OAuth API: what is new in subreddits, and what a search finds.

A script application of one's own gives the key and the secret. One asks for what is newer than the last
thing seen (`before`); when that has been removed the list comes back empty for ever, so an empty answer
is checked against the newest page. Ids grow (base 36), which tells what is new. The number of calls left
is in headers, and is honoured (support.reddithelp.com: Reddit Data API).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Setting
from keskio.kernel.errors import Mistake
from keskio.listen.contracts import Gone, Post
from keskio.listen.sources.calling import asked, understood, web_address
from keskio.listen.sources.contracts import Errand, Haul, Source, Way
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import body_of, checked, opened, patience_of, reaching
from keskio.listen.sources.words import Sieve

PAGE = 100
MOST_PAGES = 10  # Reddit shows a thousand
LOOK_BACK = 24 * 3600 * 1_000_000
REMOVED = frozenset({"[deleted]", "[removed]"})
CALLS_KEPT = 2.0


class _Thing(msgspec.Struct):
    name: str
    created_utc: float
    author: str = ""
    author_fullname: str = ""
    title: str = ""
    selftext: str = ""
    body: str = ""
    permalink: str = ""
    subreddit: str = ""
    link_id: str = ""
    parent_id: str = ""
    num_crossposts: int = 0
    score: int = 0


class _Child(msgspec.Struct):
    data: _Thing


class _Children(msgspec.Struct):
    children: list[_Child] = []
    after: str | None = None


class _Listing(msgspec.Struct):
    data: _Children


class _Token(msgspec.Struct):
    access_token: str = ""
    error: Any = None


class Reddit:
    """The kind `reddit`."""

    key = "reddit"
    way: Way = "poll"
    title = "Reddit"
    sentence = _("New posts and comments of subreddits, and what a search finds.")
    icon = "source"
    channel = "reddit"
    every = 120
    settings: Sequence[Setting] = (
        Setting(name="client_id", label=_("Key of the application"), required=True),
        Setting(
            name="client_secret", label=_("Secret of the application"), kind="secret", required=True
        ),
        Setting(name="username", label=_("User name"), help=_("Whose the application is.")),
        Setting(name="password", label=_("Password"), kind="secret"),
        Setting(
            name="subreddits",
            label=_("Subreddits"),
            kind="lines",
            help=_("One a line, without r/."),
        ),
        Setting(
            name="comments",
            label=_("Comments too"),
            kind="choice",
            default="yes",
            choices=(("yes", _("Yes")), ("no", _("No"))),
        ),
        Setting(name="searches", label=_("Searches"), kind="lines", help=_("One a line.")),
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
            default="2",
            required=True,
        ),
        Setting(name="url", label=_("Address of the API"), default="https://oauth.reddit.com"),
        Setting(
            name="sign_in", label=_("Address of the sign-in"), default="https://www.reddit.com"
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when there is nothing to listen to or an address is none."""
        web_address(source.setting("url", "https://oauth.reddit.com"), str(_("Address of the API")))
        web_address(
            source.setting("sign_in", "https://www.reddit.com"), str(_("Address of the sign-in"))
        )
        if not _lines(source):
            raise Mistake(str(_("Give at least one subreddit or search.")))

    def test(self, source: Source) -> str:
        """Sign in and look at the newest once."""
        self.check(source)
        with opened() as client:
            calls = _Calls(client, source)
            found = sum(len(calls.page(line, {"limit": "25"})) for line in _lines(source))
        return str(_("Reddit answered with %(count)d messages.") % {"count": found})

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Bring what is newer than last time; then see which of the day's messages were removed."""
        source = errand.source
        self.check(source)
        seen: dict[str, str] = dict(source.cursor.get("seen", {}))
        taking = _Taking(source)
        with opened() as client:
            calls = _Calls(client, source)
            for line in _lines(source):
                if errand.stop.is_set():
                    return
                things = calls.newer(line, seen.get(line, ""))
                newest = max(
                    [thing.name for thing in things], key=_order, default=seen.get(line, "")
                )
                seen = {**seen, line: newest}
                yield taking.haul(things, {"seen": seen})
            yield from _look_again(calls, taking, errand, {"seen": seen})


def _lines(source: Source) -> list[str]:
    """Return the paths that are looked at; those of searches carry their question."""
    found = []
    for name in source.lines("subreddits"):
        subreddit = name.removeprefix("/").removeprefix("r/").strip("/")
        found.append(f"/r/{subreddit}/new")
        if source.setting("comments", "yes") == "yes":
            found.append(f"/r/{subreddit}/comments")
    return found + [f"/search?{search}" for search in source.lines("searches")]


class _Calls:
    """Calls of Reddit's API with a token of the moment."""

    def __init__(self, client: httpx.Client, source: Source) -> None:
        self._client = client
        self._url = web_address(source.setting("url", "https://oauth.reddit.com"), "url")
        self._token = _signed_in(client, source)

    def page(self, line: str, params: dict[str, str]) -> list[_Thing]:
        """Return one page, newest first."""
        return [child.data for child in self._listing(line, params).children]

    def newer(self, line: str, last: str) -> list[_Thing]:
        """Return everything newer than `last`; all of the newest page when `last` is empty."""
        if not last:
            return self.page(line, {"limit": str(PAGE)})
        found: list[_Thing] = []
        anchor = last
        for _turn in range(MOST_PAGES):
            page = self.page(line, {"limit": str(PAGE), "before": anchor})
            if not page:
                break
            found += page
            anchor = max((thing.name for thing in page), key=_order)
        # The last one may have been removed, and then nothing is ever "before" it.
        return found or self._down_to(line, last)

    def _down_to(self, line: str, last: str) -> list[_Thing]:
        found: list[_Thing] = []
        after = ""
        for _turn in range(MOST_PAGES):
            params = {"limit": str(PAGE), **({"after": after} if after else {})}
            listing = self._listing(line, params)
            page = [child.data for child in listing.children]
            new = [thing for thing in page if _order(thing.name) > _order(last)]
            found += new
            after = listing.after or ""
            if len(new) < len(page) or not after:
                break
        return found

    def again(self, names: Sequence[str]) -> list[_Thing]:
        """Return what is known of up to a hundred things by their names."""
        return self.page("/api/info", {"id": ",".join(names)})

    def _listing(self, line: str, params: dict[str, str]) -> _Children:
        path, _sign, search = line.partition("?")
        asking = {**params, "raw_json": "1"}
        if search:
            asking |= {"q": search, "sort": "new", "type": "link"}
        headers = {"authorization": f"Bearer {self._token}"}
        request = self._client.build_request(
            "GET", self._url + path, params=asking, headers=headers
        )
        place = request.url.host
        with reaching(place):
            response = self._client.send(request, stream=True)
            try:
                checked(response, place)
                body = body_of(response, place)
            finally:
                response.close()
        _mind_calls_left(response, place)
        return understood(body, place, type=_Listing).data


def _mind_calls_left(response: httpx.Response, place: str) -> None:
    """Raise SourceTrouble when the calls of this stretch of time are used up, with how long it lasts."""
    left = response.headers.get("x-ratelimit-remaining", "")
    if left.replace(".", "", 1).isdecimal() and float(left) < CALLS_KEPT:
        wait = patience_of(response) or 60.0
        raise SourceTrouble("too_many", place=place, status="", retry_after=wait)


def _signed_in(client: httpx.Client, source: Source) -> str:
    url = (
        web_address(source.setting("sign_in", "https://www.reddit.com"), "url")
        + "/api/v1/access_token"
    )
    form = {"grant_type": "client_credentials"}
    if source.setting("username"):
        form = {
            "grant_type": "password",
            "username": source.setting("username"),
            "password": source.setting("password"),
        }
    request = client.build_request("POST", url, data=form)
    basic = httpx.BasicAuth(source.setting("client_id"), source.setting("client_secret"))
    token = asked(client, next(basic.sync_auth_flow(request)), type=_Token)
    if not token.access_token:
        raise SourceTrouble("not_let_in", place=request.url.host, status=str(token.error or ""))
    return token.access_token


class _Taking:
    """Makes posts of things that are wanted."""

    def __init__(self, source: Source) -> None:
        self._key = source.key
        self._sieve = Sieve(source.lines("words"))

    def haul(self, things: Sequence[_Thing], cursor: dict[str, Any]) -> Haul:
        gone = [Gone(self._key, thing.name) for thing in things if _is_removed(thing)]
        posts = [
            self._post_of(thing)
            for thing in things
            if not _is_removed(thing)
            and self._sieve.passes(f"{thing.title} {thing.selftext} {thing.body}")
        ]
        left_out = len(things) - len(posts) - len(gone)
        return Haul(posts=posts, gone=gone, cursor=cursor, left_out=left_out)

    def _post_of(self, thing: _Thing) -> Post:
        text = thing.body or thing.selftext
        return Post(
            source=self._key,
            source_id=thing.name,
            text=text or thing.title,
            title=thing.title if text else "",
            at=int(thing.created_utc * 1_000_000),
            author=f"u/{thing.author}" if thing.author else "",
            author_key=thing.author_fullname or thing.author,
            channel="reddit",
            url=f"https://www.reddit.com{thing.permalink}" if thing.permalink else "",
            parent_id=thing.parent_id,
            thread_id=thing.link_id or thing.name,
            reposts=thing.num_crossposts,
            extra={"subreddit": thing.subreddit, "score": thing.score},
        )


def _look_again(
    calls: _Calls, taking: _Taking, errand: Errand, cursor: dict[str, Any]
) -> Iterator[Haul]:
    """See which of the day's messages were removed or edited since."""
    names = list(errand.recent(errand.now() - LOOK_BACK))[: 2 * PAGE]
    for start in range(0, len(names), PAGE):
        if errand.stop.is_set():
            return
        yield taking.haul(calls.again(names[start : start + PAGE]), cursor)


def _is_removed(thing: _Thing) -> bool:
    return bool({thing.author, thing.selftext, thing.body} & REMOVED)


def _order(name: str) -> tuple[int, str]:
    """Order full names (t3_1abc) of one kind by age: base 36 of growing length."""
    number = name.rpartition("_")[2]
    return len(number), number


KIND = Reddit()
