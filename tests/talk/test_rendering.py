"""Texts to customers: names filled in, dates as a language writes them, nothing that reaches outside."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from keskio.talk.rendering import fault_in, render


def written(
    text: str, *, language: str = "fi", zone: str = "Europe/Helsinki", **values: object
) -> str:
    return render(text, values, language=language, zone=zone)


def test_names_are_filled_in_and_what_is_not_there_is_empty() -> None:
    customer = {"first_name": "Aino"}
    assert written("Hei {{ customer.first_name }}!", customer=customer) == "Hei Aino!"
    assert written("Hei{{ customer.last_name }}!{{ nobody.home }}", customer=customer) == "Hei!"
    assert written("{{ customer.place | default: shop }}", customer=customer, shop="Oulu") == "Oulu"
    assert written("Hei{% if customer.first_name %} sinä{% endif %}", customer={}) == "Hei"


def test_what_a_customer_wrote_is_never_a_template() -> None:
    assert written("{{ customer.name }}", customer={"name": "{{ shop }}"}, shop="x") == "{{ shop }}"


@pytest.mark.parametrize(
    ("value", "finnish", "english"),
    [
        (date(2012, 9, 29), "29.9.2012", "29 September 2012"),
        ("2012-09-29", "29.9.2012", "29 September 2012"),
        ("2012-11-20T18:00", "20.11.2012 klo 18.00", "20 November 2012 at 18:00"),
        (
            datetime(2012, 11, 20, 16, 5, tzinfo=UTC),
            "20.11.2012 klo 18.05",
            "20 November 2012 at 18:05",
        ),
        ("2012-06-01T23:30:00+00:00", "2.6.2012 klo 2.30", "2 June 2012 at 02:30"),
        ("pian", "pian", "pian"),
        (None, "", ""),
    ],
)
def test_a_moment_is_written_as_the_language_does(
    value: object, finnish: str, english: str
) -> None:
    assert written("{{ at | moment }}", at=value) == finnish
    assert written("{{ at | moment }}", at=value, language="en") == english


@pytest.mark.parametrize(
    ("value", "finnish", "english"),
    [
        (65, "65,00 €", "€65.00"),
        (1234.5, "1 234,50 €", "€1,234.50"),
        ("-0.5", "-0,50 €", "-€0.50"),
        ("pian", "pian", "pian"),
        (None, "", ""),
    ],
)
def test_money_is_written_as_the_language_does(value: object, finnish: str, english: str) -> None:
    assert written("{{ sum | money }}", sum=value) == finnish
    assert written("{{ sum | money }}", sum=value, language="en") == english


def test_day_and_clock_stand_alone() -> None:
    assert written("{{ at | day }} {{ at | clock }}", at="2012-11-20T18:00") == "20.11.2012 18.00"
    assert written("{{ at | clock }}", at="2012-11-20") == ""
    assert written("{{ at | day }}", at="2012-11-20T18:00", language="en") == "20 November 2012"


def test_moments_are_in_the_customers_zone() -> None:
    moment = datetime(2012, 11, 20, 16, 0, tzinfo=UTC)
    assert (
        written("{{ at | moment }}", at=moment, zone="America/New_York") == "20.11.2012 klo 11.00"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{% include 'settings' %}", "settings"),
        ("{% render '/etc/passwd' %}", "/etc/passwd"),
        ("{% for i in (1..10000) %}x{% endfor %}", "loop iteration limit reached"),
        ("{{ 1 | divided_by: 0 }}", "can't divide by"),
    ],
)
def test_what_reaches_out_or_never_ends_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        written(text)


def test_pythons_own_names_are_out_of_reach() -> None:
    for text in ("{{ customer.__class__ }}", "{{ customer.keys }}", "{{ shop.upper }}"):
        assert written(text, customer={"a": 1}, shop="Ketju") == ""


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("{{ v | money }}", "Infinity", "Infinity"),
        ("{{ v | money }}", float("inf"), "inf"),
        ("{{ v | money }}", "1e999999999", "1e999999999"),
        ("{{ v | money }}", "1e99999", "1e99999"),
        ("{{ v | money }}", "NaN", "NaN"),
        ("{{ v | day }}", "0001-01-01T00:00:00+14:00", "1.1.1"),
        ("{{ v | day }}", "9999-12-31T23:59:00-11:00", "31.12.9999"),
    ],
)
def test_what_no_clock_or_purse_holds_is_written_as_it_stands(
    text: str, value: object, said: str
) -> None:
    assert written(text, v=value) == said


@pytest.mark.parametrize(
    ("text", "value"), [("{{ v | ceil }}", "1e400"), ("{{ v | date: '%Y' }}", "9" * 30)]
)
def test_a_value_that_a_template_cannot_take_is_refused_like_any_fault(
    text: str, value: str
) -> None:
    """Whoever writes the texts of many passes over the one that cannot be written."""
    with pytest.raises(ValueError, match=r"."):
        written(text, v=value)


def test_a_name_may_be_any_word() -> None:
    assert render("{{ self }}", {"self": "x"}, language="fi", zone="UTC") == "x"


@pytest.mark.parametrize(
    ("text", "is_fault"),
    [
        ("Hei {{ customer.name }}", False),
        ("", False),
        ("{{ a | moment }}", False),
        ("{{ a", True),
        ("{% if a %}", True),
        ("{% if a %}{{ a | nosuch }}{% endif %}", True),
    ],
)
def test_a_fault_is_told_in_one_line(text: str, is_fault: bool) -> None:
    fault = fault_in(text)
    assert bool(fault) == is_fault
    assert "\n" not in fault
