"""The list of tasks and one task, as people of each role see and answer them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from keskio.events.models import Event
from keskio.kernel.clock import VirtualClock, now
from keskio.know.api import find_or_create
from keskio.respond.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SignedIn = Callable[[str], Client]
LIST_QUERIES = 7  # session, user; rows and how many, their customers, the counts, the queues


def add(number: int, *, hours: int = 1, queue: str = "calls", assignee: str = "") -> Task:
    customer = find_or_create(
        [("phone", f"045 700 {number:04d}")], traits={"name": f"Aino Mäkinen {number}"}
    )
    return Task.objects.create(
        title={"fi": f"Soita {number}", "en": f"Call {number}"},
        customer_id=customer,
        queue=queue,
        assignee=assignee,
        given_at=now(),
        due_at=now() + timedelta(hours=hours),
        enrolment=number,
        visit=1,
    )


def titles(response: object) -> list[str]:
    return [task.title["en"] for task, _ in response.context["rows"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 3])
def test_tasks_asks_no_more_of_the_database_for_more_rows(
    signed_in: SignedIn, count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(count):
        add(number, hours=count - number)
    client = signed_in("reader")

    with django_assert_num_queries(LIST_QUERIES):  # type: ignore[attr-defined]
        response = client.get("/tasks/", headers={"hx-request": "true"})

    assert titles(response) == [f"Call {n}" for n in reversed(range(count))]


def test_two_queues_that_people_call_the_same_are_one_tab(signed_in: SignedIn) -> None:
    add(1, queue="customer-service")
    add(2, queue="service", hours=2)
    add(3, queue="shop")
    client = signed_in("reader")

    for queue in ("service", "customer-service"):
        response = client.get("/tasks/", {"queue": queue})
        assert titles(response) == ["Call 1", "Call 2"]
        assert response.context["queues"] == ["customer-service", "shop"]


def test_tasks_are_narrowed_down_by_queue_and_person(signed_in: SignedIn) -> None:
    add(1, queue="calls")
    add(2, queue="shop", assignee="reader")
    client = signed_in("reader")

    assert titles(client.get("/tasks/", {"queue": "shop"})) == ["Call 2"]
    assert titles(client.get("/tasks/", {"mine": "on"})) == ["Call 2"]
    assert titles(client.get("/tasks/")) == ["Call 1", "Call 2"]
    assert titles(client.get("/tasks/", {"state": "closed"})) == []


def test_tasks_say_which_are_late(signed_in: SignedIn, clock: VirtualClock) -> None:
    add(1, hours=1)
    add(2, hours=5)
    clock.advance(timedelta(hours=2))

    page = signed_in("reader").get("/tasks/").content.decode()

    assert "1 task is late" in page
    assert page.count("</svg>late</span>") == 1


def test_task_is_shown_in_the_readers_language(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("reader")

    assert "<h1>Call 1</h1>" in client.get(f"/tasks/{task.pk}/").content.decode()
    finnish = client.get(f"/tasks/{task.pk}/", headers={"accept-language": "fi"})
    assert "<h1>Soita 1</h1>" in finnish.content.decode()


def test_an_editor_does_a_task_with_a_note(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("editor")

    told = {"answer": "done", "note": "Ke klo 9"}
    page = client.post(f"/tasks/{task.pk}/answer/", told, follow=True)

    assert "The task is done." in page.content.decode()
    task.refresh_from_db()
    assert (task.state, task.note, task.closed_by) == ("done", "Ke klo 9", "editor")
    assert titles(client.get("/tasks/", {"state": "closed"})) == ["Call 1"]
    assert Event.objects.latest("id").name == "task.done"


def test_a_second_answer_is_a_sentence_and_no_event(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("editor")
    client.post(f"/tasks/{task.pk}/answer/", {"answer": "declined"})
    before = Event.objects.count()

    page = client.post(f"/tasks/{task.pk}/answer/", {"answer": "done"}, follow=True)

    assert "Somebody has answered this task already" in page.content.decode()
    task.refresh_from_db()
    assert (task.state, Event.objects.count()) == ("declined", before)


def test_an_answer_of_no_kind_is_asked_again(signed_in: SignedIn) -> None:
    task = add(1)

    response = signed_in("editor").post(f"/tasks/{task.pk}/answer/", {"answer": "maybe"})

    assert response.status_code == 422
    task.refresh_from_db()
    assert task.state == "open"


def test_an_editor_takes_a_task(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("editor")

    client.post(f"/tasks/{task.pk}/take/")

    assert titles(client.get("/tasks/", {"mine": "on"})) == ["Call 1"]


def test_a_reader_answers_nothing(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("reader")

    assert "<textarea" not in client.get(f"/tasks/{task.pk}/").content.decode()
    for path in ("answer/", "take/"):
        assert client.post(f"/tasks/{task.pk}/{path}", {"answer": "done"}).status_code == 403
    task.refresh_from_db()
    assert (task.state, task.assignee) == ("open", "")


def test_tasks_change_by_post_only(signed_in: SignedIn) -> None:
    task = add(1)

    assert signed_in("editor").get(f"/tasks/{task.pk}/answer/").status_code == 405


def test_home_and_customer_page_show_tasks(signed_in: SignedIn) -> None:
    task = add(1)
    client = signed_in("reader")

    assert "Call 1" in client.get("/").content.decode()
    assert "Call 1" in client.get(f"/customers/{task.customer_id}/").content.decode()


def test_a_task_that_is_not_there_is_a_page_404(signed_in: SignedIn) -> None:
    client = signed_in("editor")

    assert client.get("/tasks/4711/").status_code == 404
    assert client.post("/tasks/4711/answer/", {"answer": "done"}).status_code == 404
