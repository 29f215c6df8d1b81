"""The queue: a search fills it, people empty it, and nothing merges by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.test import Client

from keskio.know.actions import find_or_create
from keskio.know.duplicates import actions
from keskio.know.duplicates.actions import AlreadyDecided, ask_for_search, keep_apart, merge_pair
from keskio.know.duplicates.jobs import DuplicateSearch
from keskio.know.duplicates.models import Candidate, Search
from keskio.know.queries import now_ids
from keskio.know.uniting import undo_merge

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
ADDRESS = {"osoite": "Hämeenkatu 5 B 12", "postinumero": "33100"}


def add(number: int, **traits: object) -> int:
    return find_or_create([("crm", f"c-{number}")], traits=traits)


@pytest.fixture
def twins() -> tuple[int, int]:
    """Jussi, who is in the register twice, beside somebody else."""
    first = add(1, name="Jussi Wirtanen", **ADDRESS)
    add(2, name="Aino Mäkinen", osoite="Koivutie 3", postinumero="90100")
    second = add(3, firstName="Johannes", lastName="Virtanen", **ADDRESS)
    return first, second


def search() -> Search:
    ask_for_search()
    assert DuplicateSearch().turn()
    last = Search.objects.latest("id")
    assert last.error == ""
    return last


def test_search_finds_twins_and_merges_nobody(twins: tuple[int, int]) -> None:
    last = search()
    assert (last.customers, last.pairs) == (3, 1)
    pair = Candidate.objects.get()
    assert (pair.low_id, pair.high_id, pair.state) == (*twins, Candidate.OPEN)
    assert now_ids(twins) == {twins[0]: twins[0], twins[1]: twins[1]}


def test_search_again_changes_nothing(twins: tuple[int, int]) -> None:
    search()
    before = Candidate.objects.values("pk", "low_id", "high_id", "probability", "state").get()
    search()
    assert Candidate.objects.values(*before).get() == before


def test_merged_pair_is_one_customer_until_it_is_undone(twins: tuple[int, int]) -> None:
    search()
    assert merge_pair(Candidate.objects.get().pk, by="aino") == twins[0]
    assert now_ids(twins) == {twins[0]: twins[0], twins[1]: twins[0]}
    assert search().pairs == 0

    from keskio.know.models import Merge

    undo_merge(Merge.objects.get().pk, actor="aino")
    assert now_ids(twins) == {twins[0]: twins[0], twins[1]: twins[1]}


def test_pair_kept_apart_is_never_asked_about_again(twins: tuple[int, int]) -> None:
    search()
    keep_apart(Candidate.objects.get().pk, by="aino")
    search()
    assert Candidate.objects.get().state == Candidate.APART


def test_pair_is_decided_once(twins: tuple[int, int]) -> None:
    search()
    number = Candidate.objects.get().pk
    keep_apart(number, by="aino")
    with pytest.raises(AlreadyDecided):
        merge_pair(number, by="eero")
    assert now_ids(twins) == {twins[0]: twins[0], twins[1]: twins[1]}


def test_pair_no_longer_alike_leaves_the_queue_and_may_come_back(twins: tuple[int, int]) -> None:
    search()
    find_or_create([("crm", "c-3")], traits={"birthday": "1950-01-02"})
    find_or_create([("crm", "c-1")], traits={"birthday": "1981-12-24"})
    search()
    assert Candidate.objects.get().state == Candidate.GONE
    find_or_create([("crm", "c-1")], traits={"birthday": "1950-01-02"})
    search()
    assert Candidate.objects.get().state == Candidate.OPEN


def test_failed_search_says_why_and_leaves_the_queue(
    twins: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    search()
    monkeypatch.setattr(actions, "likely_pairs", _fail)
    ask_for_search()
    with pytest.raises(DatabaseError):
        DuplicateSearch().turn()
    assert Search.objects.latest("id").error == "DatabaseError: the disk is full"
    assert Candidate.objects.get().state == Candidate.OPEN


def _fail(*_args: object, **_options: object) -> None:
    raise DatabaseError("the disk is full")


def test_asking_twice_searches_once() -> None:
    assert ask_for_search().pk == ask_for_search().pk


def test_editor_decides_on_the_page(signed_in: SignedIn, twins: tuple[int, int]) -> None:
    search()
    client = signed_in("editor")
    page = client.get("/duplicates/")
    assert "Jussi" in page.content.decode()
    number = Candidate.objects.get().pk
    client.post(f"/duplicates/{number}/one/")
    assert now_ids(twins)[twins[1]] == twins[0]


def test_reader_decides_nothing(signed_in: SignedIn, twins: tuple[int, int]) -> None:
    search()
    number = Candidate.objects.get().pk
    client = signed_in("reader")
    assert client.post(f"/duplicates/{number}/one/").status_code == 403
    assert client.post("/duplicates/search/").status_code == 403
    assert Candidate.objects.get().state == Candidate.OPEN
    assert "button--primary" not in client.get("/duplicates/").content.decode()


def test_customer_page_says_who_may_be_the_same(
    signed_in: SignedIn, twins: tuple[int, int]
) -> None:
    search()
    page = signed_in("reader").get(f"/customers/{twins[0]}/").content.decode()
    assert f"/customers/{twins[1]}/" in page
