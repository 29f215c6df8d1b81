"""Feeds and Reddit: what has changed, what is new, what was removed, and whose walls are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import override_settings

from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import patience_of, public_address
from keskio.listen.sources.kinds import reddit as reddits
from keskio.listen.sources.kinds.feed import entries_of
from tests.listen.sources.collectors import (
    collecting,
    look_once,
    row,
    source,
    stored,
    texts,
    wait_for,
)
from tests.servers.atom import Feeds, feeds
from tests.servers.reddit import KEY, SECRET, Reddit, reddit


@pytest.fixture
def blog() -> Iterator[Feeds]:
    with feeds() as running:
        yield running


@pytest.fixture
def there() -> Iterator[Reddit]:
    with reddit() as running:
        yield running


def board(there: Reddit, **more: Any) -> int:
    return source(
        "reddit",
        url=there.url,
        sign_in=there.url,
        client_id=KEY,
        secrets={"client_secret": SECRET},
        **{"subreddits": "r/polkupyora", "comments": "no", **more},
    )


def test_an_atom_feed_is_read_once_and_asked_only_whether_it_changed(db: None, blog: Feeds) -> None:
    blog.entries = [("1", "Testi", "<p>Huolto <b>myöhästyi</b></p>"), ("2", "", "Toinen")]
    number = source("rss", urls=f"{blog.url}/atom")
    assert look_once(number) == 2
    assert look_once(number) == 0
    blog.entries.append(("3", "Kolmas", "Uusi"))
    assert look_once(number) == 1
    assert stored(number) == [("1", "Huolto myöhästyi"), ("2", "Toinen"), ("3", "Uusi")]
    assert blog.calls == [("/atom", 200), ("/atom", 304), ("/atom", 200)]


def test_a_json_feed_is_read_too(db: None, blog: Feeds) -> None:
    blog.entries = [("1", "Testi", "<p>Huolto &amp; pesu</p>")]
    number = source("rss", urls=f"{blog.url}/feed.json", words="huolto")
    assert (look_once(number), texts(number)) == (1, ["Huolto & pesu"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": "1", "items": [{"id": "1", "title": "x", "date_published": "2099-01-01T00:00Z"}]}',
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>x</title>"
        b"<updated>2099-01-01T00:00:00Z</updated></entry></feed>",
    ],
)
def test_what_is_dated_to_come_is_of_now(body: bytes) -> None:
    now = 1_772_442_000_000_000
    (post,) = entries_of(body, "", source="rss-1", url="https://blogi.example/", now=now)
    assert post.at == now


def test_one_feed_in_trouble_does_not_keep_the_others(db: None, blog: Feeds) -> None:
    blog.entries = [("1", "", "Toimii")]
    number = source("rss", urls=f"{blog.url}/page\n{blog.url}/large\n{blog.url}/atom")
    with pytest.raises(SourceTrouble, match="cannot be understood"):
        look_once(number)
    assert texts(number) == ["Toimii"]
    with pytest.raises(SourceTrouble, match="larger than 4 MB"):
        look_once(source("rss", urls=f"{blog.url}/large"))


def test_a_poll_rests_until_its_next_look(transactional_db: None, blog: Feeds) -> None:
    blog.entries = [("1", "", "Yksi")]
    number = source("rss", urls=f"{blog.url}/atom", every="30")
    with collecting():
        wait_for(lambda: row(number).next_at.year > 2000)
    assert 1790 < (row(number).next_at - row(number).well_at).total_seconds() < 1830
    assert len(blog.calls) == 1


def test_addresses_inside_the_own_network_are_not_called(db: None, blog: Feeds) -> None:
    blog.entries = [("1", "", "Salaisuus")]
    number = source("rss", urls=f"{blog.url}/atom")
    with override_settings(SOURCES_INSIDE=False):
        with pytest.raises(SourceTrouble, match="inside your own network"):
            look_once(number)
        for inner in (
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
        ):
            with pytest.raises(SourceTrouble, match="inside your own network"):
                public_address(inner, 80)
        assert public_address("93.184.215.14", 443) == "93.184.215.14"
    assert (blog.calls, texts(number)) == ([], [])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        ("9" * 30, 86_400.0),
        ("Mon, 02 Mar 2026 07:10:00 GMT", 600.0),
        ("Mon, 02 Mar 2026 07:10:00 -0000", 600.0),
        ("Mon, 02 Mar 2099 07:10:00 GMT", 86_400.0),
        ("Sun, 01 Mar 2026 07:10:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_patience_is_as_long_as_is_asked_but_never_more_than_a_day(
    clock: VirtualClock, told: str, seconds: float | None
) -> None:
    assert patience_of(httpx.Response(429, headers={"retry-after": told})) == seconds


def test_a_redirect_to_something_else_than_the_web_is_not_followed(db: None, blog: Feeds) -> None:
    blog.moved_to = "file:///etc/passwd"
    with pytest.raises(SourceTrouble):
        look_once(source("rss", urls=f"{blog.url}/moved"))
    blog.moved_to = f"{blog.url}/atom"
    blog.entries = [("1", "", "Perillä")]
    assert look_once(source("rss", urls=f"{blog.url}/moved")) == 1
    with pytest.raises(Mistake):
        source("rss", urls="ftp://blogi.example/")


def test_reddit_tells_what_is_new_since_last_time(db: None, there: Reddit) -> None:
    there.write("Ketju jumissa", "Vaihteet eivät toimi")
    number = board(there, comments="yes")
    assert look_once(number) == 1
    assert look_once(number) == 0
    for n in range(230):
        there.write(f"otsikko {n:03}")
    there.write("Huono huolto", kind="t1")
    assert look_once(number) == 231
    assert len(stored(number)) == 232


def test_reddit_goes_on_when_the_last_message_seen_was_removed(db: None, there: Reddit) -> None:
    there.write("ensimmäinen")
    last = there.write("poistuva")
    number = board(there)
    assert look_once(number) == 2
    there.things = [thing for thing in there.things if thing["name"] != last]
    there.write("uusi")
    assert look_once(number) == 1
    assert look_once(number) == 0


def test_reddit_messages_that_were_removed_lose_their_texts(
    db: None, there: Reddit, clock: VirtualClock
) -> None:
    name = there.write("Otsikko", "Kadun tätä")
    number = board(there)
    look_once(number)
    there.things[0] |= {"selftext": "[deleted]", "author": "[deleted]"}
    look_once(number)
    assert stored(number) == [(name, "")]


def test_reddit_is_asked_no_more_when_its_calls_are_used_up(db: None, there: Reddit) -> None:
    there.calls_left = 2.0
    there.write("yksi")
    number = board(there)
    with pytest.raises(SourceTrouble, match="come back later") as told:
        look_once(number)
    assert told.value.retry_after == 77.0


def test_reddit_with_a_wrong_secret_is_told_in_a_sentence(db: None, there: Reddit) -> None:
    number = source(
        "reddit",
        url=there.url,
        sign_in=there.url,
        client_id=KEY,
        searches="pyöräliike",
        secrets={"client_secret": "wrong"},
    )
    with pytest.raises(SourceTrouble, match="does not let us in"):
        look_once(number)


def test_reddit_needs_something_to_listen_to() -> None:
    assert reddits._order("t3_zz") < reddits._order("t3_100")
