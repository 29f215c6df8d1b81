"""What pages call languages and months, and things of other rooms."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from django.utils import translation

from keskio.web import names
from keskio.web.names import Reader, name_of, names_of
from keskio.web.words import channel_called, language_called, month_called, week_called


@pytest.mark.parametrize(
    ("reader", "code", "called"),
    [
        ("en", "fi", "Finnish"),
        ("fi", "sv", "ruotsi"),
        ("fi", "", ""),
        ("en", "tlh", "tlh"),
    ],
)
def test_a_language_is_called_in_the_readers_own(reader: str, code: str, called: str) -> None:
    with translation.override(reader):
        assert language_called(code) == called


@pytest.mark.parametrize(
    ("reader", "month", "called"),
    [
        ("en", "2026-11", "November 2026"),
        ("fi", "2026-11", "marraskuu 2026"),
        ("en", "lately", "lately"),
    ],
)
def test_a_month_is_called_by_its_name(reader: str, month: str, called: str) -> None:
    with translation.override(reader):
        assert month_called(month) == called


def test_things_are_called_by_who_keeps_them_else_by_their_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[set[str]] = []

    def queues(keys: Collection[str], reader: Reader) -> dict[str, str]:
        asked.append(set(keys))
        return {"calls": {"fi": "Soitot", "en": "Calls"}[reader.language]}

    monkeypatch.setattr(names, "_sources", {names.QUEUE: queues})

    assert names_of(names.QUEUE, {"calls", "old"}, Reader("en")) == {"calls": "Calls", "old": "old"}
    assert name_of(names.QUEUE, "calls", Reader("fi")) == "Soitot"
    assert names_of(names.QUEUE, set(), Reader("fi")) == {}
    assert names_of(names.OFFER, {"winter"}, Reader("fi")) == {"winter": "winter"}
    assert asked == [{"calls", "old"}, {"calls"}]  # once for all keys, and not for none


@pytest.mark.parametrize(
    ("reader", "week", "called"),
    [
        ("en", "2026-W09", "Week 9/2026"),
        ("fi", "2026-W47", "Viikko 47/2026"),
        ("en", "soon", "soon"),
    ],
)
def test_a_week_is_called_by_its_number(reader: str, week: str, called: str) -> None:
    with translation.override(reader):
        assert week_called(week) == called


@pytest.mark.parametrize(("code", "called"), [("sms", "Text message"), ("fax", "fax"), ("", "")])
def test_a_channel_is_called_as_people_call_it(code: str, called: str) -> None:
    with translation.override("en"):
        assert channel_called(code) == called
