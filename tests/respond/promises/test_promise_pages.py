"""Pages of promises: lists, one promise with what became of it, the report, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keskio.kernel.clock import VirtualClock, now, to_micros
from keskio.know.api import find_or_create
from keskio.respond.promises import actions
from keskio.respond.promises.contracts import NewPromise
from keskio.respond.promises.following import Promises
from keskio.respond.promises.models import Promise
from keskio.respond.promises.pages import read_figures
from keskio.respond.promises.queries import come_due, line_of, lines_by_week, week_of

pytestmark = pytest.mark.django_db
HOUR = 3_600_000_000


@pytest.fixture
def boss(signed_in: Callable[..., Client]) -> Client:
    return signed_in("admin")


def promised(clock: VirtualClock, key: str = "1", hours: float = 2, **more: str) -> Promise:
    customer = find_or_create([("email", "aino@example.fi")], traits={"first_name": "Aino"})
    new = NewPromise(
        customer=customer,
        text=f"Soitamme {key}",
        due_at=clock.micros() + round(hours * HOUR),
        origin=more.get("origin", "person"),
        key=key,
        by="anna",
        team=more.get("team", ""),
        channel=more.get("channel", ""),
    )
    return actions.make(new)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(
    boss: Client, clock: VirtualClock, count: int, django_assert_num_queries: object
) -> None:
    for number in range(count):
        promised(clock, str(number))
    live = {"HX-Request": "true"}  # without the menu and its counts
    boss.get(reverse("promises:promises"), headers=live)
    with django_assert_num_queries(7):  # type: ignore[operator]
        page = boss.get(reverse("promises:promises"), headers=live)
    assert page.content.decode().count('id="promise-') >= count
    assert "Aino" in page.content.decode()


def test_each_list_is_told_when_it_is_empty(boss: Client) -> None:
    for state in ("", "late", "kept", "broken", "withdrawn", "strange"):
        page = boss.get(reverse("promises:promises"), {"state": state})
        assert page.status_code == 200
        assert 'class="empty"' in page.content.decode()
    live = boss.get(reverse("promises:promises"), headers={"HX-Request": "true"})
    assert "<html" not in live.content.decode()


def test_a_person_says_what_became_of_it(boss: Client, clock: VirtualClock) -> None:
    promise = promised(clock)
    answer = reverse("promises:answer", args=[promise.pk])
    assert boss.post(answer, {"answer": "move"}).status_code == 422
    assert boss.post(answer, {"answer": "strange"}).status_code == 422
    assert boss.post(answer, {"answer": "keep", "note": "Soitettu"}).status_code == 302
    promise.refresh_from_db()
    assert (promise.state, promise.note) == ("kept", "Soitettu")
    page = boss.get(reverse("promises:promise", args=[promise.pk]))
    assert "Soitettu" in page.content.decode()
    assert boss.get(reverse("promises:promise", args=[99])).status_code == 404


def test_what_was_broken_is_put_right_on_its_page(boss: Client, clock: VirtualClock) -> None:
    promise = promised(clock)
    clock.advance(timedelta(hours=3))
    Promises().turn(clock.micros())
    place = reverse("promises:promise", args=[promise.pk])
    assert 'value="right"' in boss.get(place).content.decode()
    boss.post(reverse("promises:answer", args=[promise.pk]), {"answer": "right"})
    promise.refresh_from_db()
    assert (promise.holds_back, promise.put_right_at) == (False, now())
    assert 'value="right"' not in boss.get(place).content.decode()


def test_a_promise_by_word_of_mouth(boss: Client, clock: VirtualClock) -> None:
    customer = promised(clock).customer_id
    place = reverse("promises:make", args=[customer])
    assert boss.get(place).status_code == 200
    late = {"text": "Palaan asiaan", "due_at": "2026-03-01T10:00"}
    assert boss.post(place, late).status_code == 422
    made = boss.post(place, {**late, "due_at": "2026-03-03T10:00", "owner": "anna"})
    assert made.status_code == 302
    newest = Promise.objects.latest("pk")
    assert (newest.text, newest.origin, newest.owner) == ("Palaan asiaan", "person", "anna")
    panel = boss.get(reverse("know:customer", args=[customer])).content.decode()
    assert "Palaan asiaan" in panel
    assert boss.get(reverse("promises:make", args=[999])).status_code == 404


def test_the_report_tells_shares_with_intervals(boss: Client, clock: VirtualClock) -> None:
    assert 'class="empty"' in boss.get(reverse("promises:report")).content.decode()
    for number in range(30):
        promise = promised(clock, str(number), team="sales", channel="sms")
        if number % 3:
            actions.keep(promise.pk, by="anna", at=clock.micros() + HOUR)
    withdrawn = promised(clock, "w")
    actions.withdraw(withdrawn.pk, by="anna")
    promised(clock, "later", hours=500)
    clock.advance(timedelta(hours=3))  # nobody has told yet that ten are over: they count as broken
    found = come_due(now() - timedelta(weeks=1), now())
    line = line_of("", found)
    assert (line.due, line.kept, line.percent, line.hours) == (30, 20, 67, 1.0)
    assert (line.low_percent, line.high_percent) == (49, 81)
    assert [one.name for one in lines_by_week(found)] == [week_of(now())]
    text = boss.get(reverse("promises:report")).content.decode()
    assert "67" in text
    assert "sales" in text


def test_the_tile_is_marked_when_something_is_broken(clock: VirtualClock, rf: object) -> None:
    promise = promised(clock)
    request = rf.get("/")  # type: ignore[attr-defined]
    request.user = type("Nobody", (), {"get_username": lambda self: ""})()
    assert [(f.value, f.needs_attention) for f in read_figures(request)] == [(1, False)]
    clock.turn_to(to_micros(promise.due_at))
    Promises().turn(clock.micros())
    assert [(f.value, f.needs_attention) for f in read_figures(request)] == [(0, True)]


def test_a_reader_changes_nothing(client: Client, clock: VirtualClock) -> None:
    from django.contrib.auth.models import User

    from keskio.web.api import create_user

    create_user("lukija", password="correct-horse-85", role="reader")
    client.force_login(User.objects.get(username="lukija"))
    promise = promised(clock)
    page = client.get(reverse("promises:promise", args=[promise.pk]))
    assert 'value="keep"' not in page.content.decode()
    answer = reverse("promises:answer", args=[promise.pk])
    assert client.post(answer, {"answer": "keep"}).status_code == 403
    assert client.get(reverse("promises:make", args=[promise.customer_id])).status_code == 403
    promise.refresh_from_db()
    assert promise.state == "open"
