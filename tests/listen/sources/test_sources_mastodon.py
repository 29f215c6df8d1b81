"""Mastodon: streams, what was missed, cuts, deletions; every message once and none lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.listen.sources import actions
from keskio.listen.sources import collecting as worker
from keskio.listen.sources.actions import change_source, resume_source
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.kinds.mastodon import KIND
from keskio.listen.sources.queries import source_by_id
from tests.listen.sources.collectors import (
    collecting,
    key_of,
    row,
    source,
    stored,
    texts,
    wait_for,
)
from tests.servers.mastodon import TOKEN, Mastodon, mastodon

ALL = [f"viesti {n}" for n in range(60)]


@pytest.fixture
def there() -> Iterator[Mastodon]:
    with mastodon() as running:
        yield running


def local(there: Mastodon, **more: Any) -> int:
    return source("mastodon", url=there.url, what="local", **more)


def test_what_is_written_is_heard_once(transactional_db: None, there: Mastodon) -> None:
    there.write("ennen kuuntelua")
    number = local(there)
    with collecting():
        there.wait_for_streams(1)
        told = there.write("Pyörä <b>hajosi</b> &amp; harmitti")
        wait_for(lambda: len(stored(number)) == 2)
    assert texts(number) == ["ennen kuuntelua", "Pyörä hajosi & harmitti"]
    assert row(number).cursor == {"since": {"local": str(told)}}
    assert (row(number).today, row(number).total, row(number).fault) == (2, 2, {})


def test_a_gap_is_filled_and_nothing_doubles(transactional_db: None, there: Mastodon) -> None:
    there.write(ALL[0])
    number = local(there)
    with collecting():
        wait_for(lambda: len(stored(number)) == 1)
    # More than a page is written while nobody listens.
    for text in ALL[1:]:
        there.write(text)
    with collecting():
        wait_for(lambda: len(stored(number)) == len(ALL))
        there.write("viimeinen")
        wait_for(lambda: len(stored(number)) == len(ALL) + 1)
    assert texts(number) == [*ALL, "viimeinen"]
    assert row(number).total == len(ALL) + 1


def test_a_stream_cut_in_the_middle_of_an_event_loses_nothing(
    transactional_db: None, there: Mastodon
) -> None:
    there.cut_after = 3
    number = local(there)
    with collecting():
        there.wait_for_streams(1)
        for text in ALL[:10]:
            there.write(text)
        wait_for(lambda: len(stored(number)) == 10)
        there.wait_for_streams(2)
    assert texts(number) == ALL[:10]
    faults = [fault.told["reason"] for fault in row(number).faults.all()]
    assert faults == ["cut"]


def test_what_was_received_but_not_saved_is_brought_again(
    transactional_db: None, there: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = local(there)
    save, died = actions.save_haul, threading.Event()

    def dies_once(*given: Any) -> int:
        new = save(*given)
        if new and not died.is_set():
            died.set()
            raise RuntimeError("the worker died before the commit")
        return new

    monkeypatch.setattr(worker, "save_haul", dies_once)
    with collecting():
        there.wait_for_streams(1)
        there.write("kerran")
        wait_for(lambda: len(stored(number)) == 1)
    assert died.is_set()
    assert (texts(number), row(number).total) == (["kerran"], 1)


def test_deleted_and_edited_messages_are_honoured(transactional_db: None, there: Mastodon) -> None:
    number = local(there)
    with collecting():
        there.wait_for_streams(1)
        gone, edited = there.write("poistuva"), there.write("vanha")
        wait_for(lambda: len(stored(number)) == 2)
        there.edit(edited, "uusi", boosts=3)
        there.delete(gone)
        wait_for(lambda: stored(number) == [(str(gone), ""), (str(edited), "uusi")])


def test_what_was_deleted_while_nobody_listened_goes_too(
    transactional_db: None, there: Mastodon, clock: VirtualClock
) -> None:
    number = local(there)
    # More than a server tells of at once by their ids.
    gone, *_kept = [there.write(f"viesti {n}") for n in range(25)]
    with collecting():
        wait_for(lambda: len(stored(number)) == 25)
    there.delete(gone, told=False)
    with collecting():
        wait_for(lambda: stored(number)[0] == (str(gone), ""))
    assert texts(number)[1:] == [f"viesti {n}" for n in range(1, 25)]


def test_hashtags_have_streams_of_their_own(transactional_db: None, there: Mastodon) -> None:
    number = source("mastodon", url=there.url, tags="#pyöräliike\nhuolto")
    with collecting():
        there.wait_for_streams(2)
        there.write("yksi")
        wait_for(lambda: texts(number) == ["yksi"])
    assert {call for call in there.calls if "tag" in call} == {
        "GET /api/v1/streaming/hashtag",
        "GET /api/v1/timelines/tag/py%C3%B6r%C3%A4liike",
        "GET /api/v1/timelines/tag/huolto",
    }


def test_only_messages_with_our_words_and_languages_are_kept(
    transactional_db: None, there: Mastodon
) -> None:
    number = local(there, words="pyörä", languages="fi sv")
    with collecting():
        there.wait_for_streams(1)
        there.write("Huomenta kaikille")
        there.write("Sähköpyöräni", language="en")
        there.write("Vain ystäville pyörä", visibility="private")
        there.write("Sähköpyöräni hajosi")
        wait_for(lambda: len(stored(number)) == 1)
        # What the stream and the catching up both bring is counted twice here.
        wait_for(lambda: row(number).left_out >= 3)
    assert texts(number) == ["Sähköpyöräni hajosi"]


def test_a_server_that_asks_for_patience_gets_it(transactional_db: None, there: Mastodon) -> None:
    there.ill = [(429, {"Retry-After": "3600"})]
    number = local(there)
    with collecting():
        wait_for(lambda: bool(row(number).fault))
        assert row(number).fault["reason"] == "too_many"
        assert 3500 < (row(number).next_at - row(number).fault_at).total_seconds() <= 3601
        there.write("nyt")
        resume_source(number)
        wait_for(lambda: texts(number) == ["nyt"])
    assert (row(number).fault, row(number).failures) == ({}, 0)


def test_an_ill_server_is_tried_again_by_itself(transactional_db: None, there: Mastodon) -> None:
    there.ill = [(500, {}), (502, {})]
    there.write("parani")
    number = local(there)
    with collecting():
        wait_for(lambda: texts(number) == ["parani"])
    assert [fault.told["status"] for fault in row(number).faults.all()] == ["HTTP 502", "HTTP 500"]


def test_a_changed_source_begins_anew_in_the_same_worker(
    transactional_db: None, there: Mastodon
) -> None:
    number = local(there)
    with collecting(), mastodon() as other:
        there.wait_for_streams(1)
        other.write("toisaalla")
        settings = {**row(number).settings, "url": other.url}
        change_source(number, name="Toinen", settings=settings, secrets={})
        wait_for(lambda: texts(number) == ["toisaalla"])
        other.wait_for_streams(1)
    assert row(number).cursor["since"].keys() == {"local"}


def test_a_wrong_key_is_told_in_a_sentence(transactional_db: None, there: Mastodon) -> None:
    there.wants_token = TOKEN
    number = local(there)
    found = source_by_id(number)
    assert found is not None
    with pytest.raises(SourceTrouble, match=r"does not let us in \(HTTP 401\)"):
        KIND.test(found)
    change_source(number, name="x", settings=row(number).settings, secrets={"token": TOKEN})
    found = source_by_id(number)
    assert found is not None
    assert KIND.test(found) == "The server answered with 0 messages."
    assert TOKEN not in repr(found)
    assert key_of(number) == f"mastodon-{number}"


def test_settings_that_cannot_work_are_refused(db: None) -> None:
    with pytest.raises(Mistake, match="hashtag"):
        source("mastodon", url="https://mastodon.example", what="tags")
    with pytest.raises(Mistake, match="https://"):
        source("mastodon", url="mastodon.example", what="local")
