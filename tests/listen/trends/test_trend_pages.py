"""The pages of trends: numbers with intervals, alerts, spread, who is heard."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import msgspec
import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.listen.actions import take_in
from keskio.listen.contracts import Post
from keskio.listen.hearing import Hearing
from keskio.listen.models import Mention, WriterDecision
from keskio.listen.trends.models import Alert
from keskio.listen.trends.queries import (
    DAY,
    HOUR,
    Span,
    compared,
    themes_over,
    volumes,
    who_is_heard,
)
from keskio.listen.trends.signs import accounts_since
from keskio.web.actions import create_user
from tests.listen.hearing_reader import MarkReader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    """A browser in which an editor has signed in; pages are in English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(create_user("editor", password="kuutamo-järvellä-88", role="editor"))
    return client


def said(text: str, *, ago: int, author: str = "aino", **other: object) -> Post:
    """Return a message of so many microseconds ago."""
    at = now_micros() - ago
    key = f"{author}{ago}{text}"
    return Post(
        source="s",
        source_id=key,
        text=text,
        at=at,
        author=author,
        channel="mastodon",
        **other,  # type: ignore[arg-type]
    )


def read(*posts: Post) -> None:
    """Take in and read."""
    take_in(posts)
    Hearing(MarkReader).turn(now_micros())


def span(days: int = 7) -> Span:
    """Return so many days up to now, by the day."""
    return Span(now_micros() - days * DAY, now_micros())


def test_volumes_have_a_unit_for_every_day_and_intervals() -> None:
    read(
        said("Pankin jono", ago=DAY),
        said("Pankin jono", ago=DAY + HOUR, author="b"),
        said("Ilma", ago=1),
    )
    found = volumes(span())
    assert [one.count for one in found] == [0, 0, 0, 0, 0, 0, 2, 0]
    one = found[6]
    assert (one.negative, one.people, one.negative_share) == (2, 2, 1.0)
    assert one.low < 1 < 3 < one.high  # noqa: PLR0133 - a table's limits


def test_people_who_tell_us_something_alone_are_counted_by_who_they_are() -> None:
    told = [("Jono", {"customer": 7}), ("Kortti", {"customer": 7}), ("Ilma", {"customer": 8})]
    told += [("Pankki", {}), ("Lasku", {})]
    read(
        *(
            Post(source="survey", source_id=text, text=text, at=now_micros() - HOUR, channel="survey",
                 extra=extra)
            for text, extra in told
        )
    )  # fmt: skip
    found = volumes(msgspec.structs.replace(span(1), private=True))
    assert [(one.count, one.people) for one in found if one.count] == [(5, 4)]


def test_days_on_either_side_of_a_change_of_the_clocks_have_their_own_names(
    browser: Client, clock: VirtualClock
) -> None:
    read(said("Pankin jono", ago=HOUR))
    clock.turn_to(datetime(2026, 4, 10, 9, tzinfo=UTC))
    rows = browser.get("/trends/?days=28").context["rows"]
    with override("en"):
        days = [
            date_format(date(2026, 3, 14) + timedelta(n), "SHORT_DATE_FORMAT") for n in range(28)
        ]
    assert [name for name, *_ in rows] == days


def test_themes_are_compared_with_the_period_before() -> None:
    read(*(said(f"Pankin jono {n}", ago=DAY + n, author=str(n)) for n in range(20)))
    read(said("Pankin jono", ago=9 * DAY), said("Pankin kortti", ago=9 * DAY))
    assert {line.change for line in themes_over(span())} == {"same"}
    read(said("Pankki", ago=20 * DAY))
    lines = {line.key: line for line in themes_over(span())}
    assert (lines["queues"].total, lines["queues"].before, lines["queues"].change) == (
        20,
        1,
        "more",
    )
    assert (lines["cards"].total, lines["cards"].before, lines["cards"].change) == (0, 1, "same")


def test_small_changes_are_not_called_changes() -> None:
    assert [line.change for line in compared({"a": ([6], 4), "b": ([4], 6)})] == ["same", "same"]


def test_the_pages_of_trends_draw_numbers_and_tables(browser: Client) -> None:
    assert "Nothing was said in this period" in browser.get("/trends/").content.decode()
    read(said("Pankin jono", ago=HOUR), said("Pankin kortti", ago=DAY))
    for days in ("1", "7", "28", "91", "x"):
        page = browser.get(f"/trends/?days={days}").content.decode()
        assert page.count('<svg class="chart"') >= 3
    assert browser.get("/trends/?kind=private").status_code == 200


def test_sure_changes_stand_first_and_the_numbers_are_folded(browser: Client) -> None:
    read(*[said("Pankin jono", ago=DAY + number) for number in range(30)])
    read(said("Pankin jono", ago=40 * DAY), said("Pankin kortti", ago=2 * DAY))
    read(said("Pankki", ago=70 * DAY))  # listened to before both periods: they can be compared

    page = browser.get("/trends/?days=28")

    assert [(one["key"], one["line"].change) for one in page.context["themes_changed"]] == [
        ("queues", "more")
    ]
    shown = page.content.decode()
    themes = shown[shown.index('id="themes"') : shown.index('id="emotions"')]
    # Before anything that must be unfolded: what has surely changed.
    before, *folded = themes.split('<details class="more card-body">')
    assert before.count('<span class="badge badge--warn">') == 1
    assert len(folded) == 1
    assert folded[0].count('<th scope="row">') == 2


def test_numbers_are_exported(browser: Client) -> None:
    read(said("Pankin jono", ago=HOUR))
    answer = browser.get("/trends/numbers.csv?days=7")
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    found = [
        (row["what"], row["name"], row["value"]) for row in rows if row["value"] not in ("0", "")
    ]
    assert found == [
        ("all", "", "1"),
        ("negative_share", "", "1.0"),
        ("theme", "queues", "1"),
        ("emotion", "anger", "1"),
    ]


def test_an_alert_is_shown_and_noted(browser: Client) -> None:
    assert "No theme has risen" in browser.get("/trends/alerts/").content.decode()
    read(said("Pankin jono", ago=HOUR))
    row = Alert.objects.create(
        theme="queues",
        opened_at=now_micros(),
        hours=6,
        authors=7,
        expected=0.5,
        spread=1.0,
        sigmas=4.2,
        most=7,
        examples=list(Mention.objects.values_list("id", flat=True)),
    )
    assert "Pankin jono" in browser.get(f"/trends/alerts/{row.pk}/").content.decode()
    browser.post(f"/trends/alerts/{row.pk}/seen/", {"note": "Lisää kassoja auki"})
    row.refresh_from_db()
    assert (row.seen_by, row.note, row.closed_at) == ("editor", "Lisää kassoja auki", None)
    assert "noted" in browser.get("/trends/alerts/").content.decode()
    assert browser.get("/trends/alerts/999/").status_code == 404


def test_spread_counts_reposts_copies_and_answers(browser: Client) -> None:
    long = "Pankin jono oli tänään taas aivan kohtuuttoman pitkä ja kukaan ei tiennyt miksi"
    read(
        said(long, ago=2 * HOUR, reposts=12, thread_id="t"),
        said(long, ago=HOUR, author="b"),
        said("Pankin jono, samaa mieltä", ago=HOUR, author="c", thread_id="t"),
    )
    page = browser.get("/trends/spread/").content.decode()
    assert page.count("kohtuuttoman") == 1
    cells = page.split("<tbody>")[1].replace("\n", "")
    assert [n for n in ("12", ">1<") if n in cells] == ["12", ">1<"]


def test_who_is_heard_follows_peoples_decisions(browser: Client) -> None:
    read(said("Pankin jono", ago=HOUR), said("Pankin jono", ago=HOUR, author="ville"))
    key = Mention.objects.get(author="ville").author_key
    page = f"/trends/writers/{key}/"
    browser.post(f"{page}decide/", {"kind": "suspected", "why": "sama teksti joka päivä"})
    counts = {one.kind: one.messages for one in who_is_heard(now_micros() - DAY, now_micros())}
    assert counts == {"customer": 0, "partner": 0, "unknown": 1, "suspected": 1}
    assert "sama teksti" in browser.get(page).content.decode()
    browser.post(f"{page}decide/", {"kind": ""})
    counts = {one.kind: one.messages for one in who_is_heard(now_micros() - DAY, now_micros())}
    assert counts["suspected"] == 0
    assert WriterDecision.objects.count() == 2
    assert browser.post(f"{page}decide/", {"kind": "villain"}).status_code == 302
    assert WriterDecision.objects.count() == 2
    assert browser.get("/trends/writers/nobody/").status_code == 404


def test_signs_are_facts_that_are_counted(browser: Client) -> None:
    long = "Pankin jono oli tänään taas aivan kohtuuttoman pitkä ja kukaan ei tiennyt miksi"
    created = {"account_created": now_micros() - 3 * DAY}
    read(
        *(
            said(f"{long} https://example.org/{n}", ago=HOUR - n, author="ville", extra=created)
            for n in range(6)
        )
    )
    read(said("Pankin jono", ago=2 * HOUR), said("Pankin kortti", ago=3 * HOUR))
    found = {one.author: one for one in accounts_since(now_micros() - 30 * DAY)}
    ville = found["ville"]
    assert (ville.messages, ville.negative, ville.copies, ville.most_in_hour) == (6, 6, 5, 6)
    assert ville.signs == ["copies", "only_negative", "burst", "young", "one_theme"]
    assert found["aino"].signs == []
    page = browser.get("/trends/writers/").content.decode()
    assert ("ville" in page, "aino" in page) == (True, False)
