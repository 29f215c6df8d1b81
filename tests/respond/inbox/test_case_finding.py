"""Cases are found by the words of what was said, of whom they are about, and by their beginnings."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.holdings import Person
from keskio.kernel.sql import fetch, is_postgres
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import joining
from keskio.respond.inbox.finding import (
    WordKeeper,
    ask_to_clean,
    cases_with,
    clean,
    words_of,
    write_words,
)
from keskio.respond.inbox.holdings import HOLDINGS
from keskio.respond.inbox.models import Case, CaseWords, Entry
from keskio.respond.inbox.queries import Wanted, page_of_cases

pytestmark = pytest.mark.django_db


def opened(customer: int, text: str, **about: Any) -> Case:
    about = {"channel": "email", "name": "Aino Mäkinen", **about}
    return do.open_case(customer=customer, text=text, **about)


def test_words_are_found_by_their_beginning_and_all_of_them(clock: VirtualClock, aino: int) -> None:
    one = opened(aino, "Pyöräni meni RIKKI, tilaus 10433")
    two = opened(aino, "Lasku on väärä", subject="Lasku 7")
    do.note(one.pk, "Korjaamo soittaa", by="eero")

    assert cases_with("pyörä") == [one.pk]
    assert cases_with("PYÖRÄNI rikki") == [one.pk]
    assert cases_with("korjaamo pyörä") == [one.pk]
    assert cases_with("lasku väärä") == [two.pk]
    assert cases_with("aino") == [two.pk, one.pk]
    assert cases_with("yöräni") == []
    assert cases_with("pyora") == []
    assert cases_with("lasku pyörä") == []
    assert cases_with(" ! ") == []
    assert cases_with("aino", limit=1) == [two.pk]
    assert [case.pk for case in page_of_cases(Wanted(search="rikki")).cases] == [one.pk]


def test_numbers_and_addresses_are_words_too(clock: VirtualClock, aino: int) -> None:
    case = opened(aino, "Hei", channel="sms", address="+358457000001")

    assert cases_with("+358 457000001") == []  # a number without its country is another word
    assert cases_with("+358457000001") == [case.pk]
    assert cases_with("0457000001") == [case.pk]


@pytest.mark.parametrize(
    "asked", ["'", '"*', "a & b | !c", "NEAR(a b)", "words:x", "%s", "\\", "𞤀a𞤀"]
)
def test_whatever_is_typed_is_only_words(clock: VirtualClock, asked: str) -> None:
    assert cases_with(asked) == []


def test_what_was_split_off_or_forgotten_is_found_where_it_is_now(
    clock: VirtualClock, aino: int
) -> None:
    case = opened(aino, "Pyörä on rikki")
    note = do.note(case.pk, "laskutus selvittää", by="eero")

    new = joining.split(case.pk, [note.number], by="eero")
    assert (cases_with("laskutus"), cases_with("rikki")) == ([new.pk], [case.pk])

    Entry.objects.filter(case=case).update(text="")
    write_words([case.pk])
    assert cases_with("rikki") == []


def test_the_job_takes_in_what_was_there_before_the_index(clock: VirtualClock, aino: int) -> None:
    cases = [opened(aino, f"Vanha asia {n}") for n in range(3)]
    CaseWords.objects.all().delete()
    assert cases_with("vanha") == []

    job = WordKeeper()
    assert [job.turn(now_micros()) for _ in range(2)] == [True, False]

    assert cases_with("vanha") == [case.pk for case in reversed(cases)]


def test_erased_words_leave_nothing_in_the_index(clock: VirtualClock, aino: int) -> None:
    opened(aino, "Pyörä on merkillinenasia")
    opened(0, "Toinen juttu")
    keeper = WordKeeper()
    keeper.turn(now_micros())
    for holding in HOLDINGS:
        holding.erase(Person(records=(aino,)), now_micros())

    while keeper.turn(now_micros()):
        pass

    assert cases_with("merkillinenasia") == []
    assert (Case.objects.count(), CaseWords.objects.count()) == (1, 1)
    if not is_postgres():
        blocks = fetch("SELECT block FROM inbox_casewords_index_data")
        assert [block for (block,) in blocks if b"merkillinen" in bytes(block)] == []
        assert clean() is False
    ask_to_clean()
    assert keeper.turn(now_micros()) is False


def test_a_text_has_each_word_once() -> None:
    assert words_of("Hei hei, PYÖRÄ pyörä_2") == ["hei", "pyörä", "2"]
