"""Bluesky by Jetstream: the sieve, the cursor, cuts, deletions; every message once and none lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keskio.kernel.errors import Mistake
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.kinds.bluesky import KIND, REWIND
from keskio.listen.sources.queries import source_by_id
from keskio.listen.sources.words import Sieve
from tests.listen.sources.collectors import collecting, row, source, stored, texts, wait_for
from tests.servers.jetstream import Jetstream, jetstream
from tests.servers.mastodon import mastodon


@pytest.fixture
def there() -> Iterator[Jetstream]:
    with jetstream() as running:
        yield running


def pyora(there: Jetstream, **more: Any) -> int:
    return source("bluesky", url=there.url, words="pyörä", **more)


def test_only_what_concerns_us_is_kept(transactional_db: None, there: Jetstream) -> None:
    number = pyora(there)
    with collecting():
        there.wait_for_lines(1)
        there.write("Huomenta")
        there.write("pyörä", langs=["ja"])
        there.write("Sähköpyöräni hajosi")
        there.write("ei kieltä, mutta PYÖRÄ", langs=[])
        wait_for(lambda: len(stored(number)) == 2)
        wait_for(lambda: row(number).left_out == 2)
    assert texts(number) == ["Sähköpyöräni hajosi", "ei kieltä, mutta PYÖRÄ"]
    assert row(number).cursor == {"time_us": there.events[-1][0]}


def test_a_cut_connection_goes_on_a_little_before_and_doubles_nothing(
    transactional_db: None, there: Jetstream
) -> None:
    number = pyora(there)
    with collecting():
        there.wait_for_lines(1)
        for n in range(5):
            there.write(f"pyörä {n}")
        wait_for(lambda: len(stored(number)) == 5)
        there.cut()
        for n in range(5, 9):
            there.write(f"pyörä {n}")
        wait_for(lambda: len(stored(number)) == 9)
    assert texts(number) == [f"pyörä {n}" for n in range(9)]
    assert row(number).total == 9
    assert there.cursors[1:] == [there.events[4][0] - REWIND]


def test_what_was_written_while_the_worker_was_down_is_brought(
    transactional_db: None, there: Jetstream
) -> None:
    number = pyora(there)
    with collecting():
        there.wait_for_lines(1)
        first = there.write("pyörä ensin")
        wait_for(lambda: len(stored(number)) == 1)
    there.delete(first)
    there.write("pyörä sillä välin")
    with collecting():
        wait_for(lambda: texts(number) == ["", "pyörä sillä välin"])


def test_a_server_that_cuts_in_the_middle_of_many_loses_nothing(
    transactional_db: None, there: Jetstream
) -> None:
    number = pyora(there)
    with collecting():
        there.wait_for_lines(1)
        there.cut_after = 7
        # Nothing has come by the first line yet when it is cut.
        there.cut()
        for n in range(60):
            there.write(f"pyörä {n:02}")
        wait_for(lambda: len(stored(number)) == 60)
    assert texts(number) == [f"pyörä {n:02}" for n in range(60)]
    assert (row(number).total, len(there.cursors)) == (60, 3)


def test_words_that_cannot_be_read_are_told_and_the_others_go_on(
    transactional_db: None, there: Jetstream
) -> None:
    number = pyora(there)
    with collecting():
        there.wait_for_lines(1)
        there.say('{"did": 7}')
        there.write("pyörä jälkeen")
        wait_for(lambda: texts(number) == ["pyörä jälkeen"])
        wait_for(lambda: [fault.told["reason"] for fault in row(number).faults.all()] == ["post"])


def test_a_reply_knows_its_thread(transactional_db: None, there: Jetstream) -> None:
    number = pyora(there)
    ref = {"uri": "at://did:plc:eero/app.bsky.feed.post/3kroot", "cid": "c"}
    with collecting():
        there.wait_for_lines(1)
        there.write("pyörä niin", reply={"root": ref, "parent": {**ref, "uri": ref["uri"] + "2"}})
        wait_for(lambda: len(stored(number)) == 1)
    from keskio.listen.models import Mention

    mention = Mention.objects.get()
    assert (mention.thread, mention.parent) == ("did:plc:eero/3kroot", "did:plc:eero/3kroot2")
    assert mention.extra["uri"].startswith("at://did:plc:aino/app.bsky.feed.post/")


def test_what_is_no_jetstream_is_told_in_a_sentence(db: None) -> None:
    with mastodon() as other:
        number = source("bluesky", url=other.url.replace("http", "ws"), words="pyörä")
        found = source_by_id(number)
        assert found is not None
        with pytest.raises(SourceTrouble, match="is not well"):
            KIND.test(found)


def test_the_whole_network_is_not_asked_for(db: None) -> None:
    with pytest.raises(Mistake, match="words"):
        source("bluesky", url="wss://jetstream.example", words=" ")


@pytest.mark.parametrize("many", [[], [f"sana{n}" for n in range(40)]])
def test_the_sieve_finds_words_in_words_however_many_there_are(many: list[str]) -> None:
    sieve = Sieve(["Pyörä", "huolto+", *many])
    told = ["sähköPYÖRÄllä", "huolto+ heti", "huolto", "pyöri"]
    assert [sieve.passes(text) for text in told] == [True, True, False, False]
    assert Sieve([" "]).passes("mitä vain")
