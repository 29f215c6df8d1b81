"""Rows of one file that are one customer by likeness, held back by vetoes of whole groups."""

from __future__ import annotations

from keskio.know.contracts import NewPerson
from keskio.know.duplicates.rows import join_likely

HOME = {"osoite": "Hämeenkatu 5 B 12", "postinumero": "33100"}


def row(name: str, *, number: str = "", **traits: str) -> NewPerson:
    identifiers = (("crm", number),) if number else ()
    return NewPerson(identifiers, {"name": name, **traits})


def test_likely_rows_share_a_customer_and_others_keep_theirs() -> None:
    rows = [
        row("Jussi Wirtanen", birthday="1970-02-03", **HOME),
        row("Aino Mäkinen", osoite="Koivutie 3", postinumero="90100"),
        row("Johannes Virtanen", birthday="3.2.1970", **HOME),
    ]
    assert join_likely(rows, [1, 2, 3]) == [0, 1, 0]


def test_what_the_rules_joined_stays_joined_and_brings_its_rows_along() -> None:
    rows = [
        row("Jussi Wirtanen", birthday="1970-02-03", **HOME),
        row("Johannes Virtanen", birthday="3.2.1970", **HOME),
        row("J. Virtanen", number="7"),
    ]
    assert join_likely(rows, [1, 2, 2]) == [0, 0, 0]


def test_a_veto_of_any_row_keeps_two_groups_apart() -> None:
    rows = [
        row("Jussi Virtanen", birthday="1970-02-03", **HOME),
        row("Jussi Virtanen", **HOME),
        row("Jussi Virtanen", birthday="1999-12-24", **HOME),
    ]
    joined = join_likely(rows, [1, 2, 3])
    assert joined[0] != joined[2]


def test_nothing_is_joined_among_strangers() -> None:
    rows = [row("Aino Mäkinen"), row("Aino Mäkinen"), row("Eero Laine")]
    assert join_likely(rows, [1, 2, 3]) == [0, 1, 2]


def test_a_couple_with_one_phone_is_two() -> None:
    rows = [
        row("Jussi Virtanen", phone="0401234567"),
        row("Liisa Virtanen", phone="0401234567"),
        row("Liisa Virtanen", phone="+358 40 123 4567"),
    ]
    assert join_likely(rows, [1, 1, 1]) == [0, 1, 1]
