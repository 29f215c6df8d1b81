"""What a task of a dialogue about health is, is told to nobody who may not see health data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User

from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.know.special import HEALTH_GROUP
from keskio.respond.api import TaskFollower
from keskio.respond.handlers import follow
from keskio.respond.models import Task
from keskio.talk import shelf
from keskio.talk.api import publish
from keskio.talk.programs import Programs
from tests.respond.desk.conftest import SignedIn
from tests.talk.world import World
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
pytestmark = pytest.mark.django_db(transaction=True)
DEFINITION = """
keskio: dialogue/1
key: {key}
title: {{fi: Hoito, en: Care}}
purpose: {purpose}
languages: [fi]
trigger: {{event: "Asked {key}"}}
steps:
  call:
    kind: task
    text: {{fi: "Soita: {key}", en: "Call: {key}"}}
    queue: calls
    due: {{working_days: 1, at: "16:00"}}
    outcomes: {{done: end, declined: end, overdue: end}}
"""


@pytest.fixture
def tasks(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """A task about somebody's medicine, and one about a parcel."""
    monkeypatch.setattr(shelf, "_programs", Programs())
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    world = World(clock)
    for key, purpose in (("medicine", "health"), ("parcel", "service")):
        publish(DEFINITION.format(key=key, purpose=purpose))
        world.person(key, consents=(ConsentRow("health", "sms"),))
        world.tell(key, f"Asked {key}")
    world.run()
    follower = TaskFollower(follow)
    while follower.turn(clock.micros()):
        pass
    return list(Task.objects.order_by("pk"))


def pages(signed_in: SignedIn, tasks: list[Task]) -> list[list[bool]]:
    """Return on which pages each task says what it is."""
    client = signed_in("reader")
    told = ["Call: medicine", "Call: parcel"]
    paths = ["/tasks/", "/"]
    shown = [[text in client.get(path).content.decode() for text in told] for path in paths]
    for kind in ("/tasks/{0.pk}/", "/customers/{0.customer_id}/"):
        each = [client.get(kind.format(task)).content.decode() for task in tasks]
        shown.append([text in page for text, page in zip(told, each, strict=True)])
    return shown


def test_pages_say_of_a_task_about_health_only_that_it_is_there(
    signed_in: SignedIn, tasks: list[Task]
) -> None:
    assert pages(signed_in, tasks) == [[False, True]] * 4


def test_those_who_may_see_health_data_see_what_it_is(
    signed_in: SignedIn, tasks: list[Task]
) -> None:
    def signed_in_with_health(role: str) -> object:
        client = signed_in(role)
        User.objects.get(username=role).groups.add(
            Group.objects.get_or_create(name=HEALTH_GROUP)[0]
        )
        return client

    assert pages(signed_in_with_health, tasks) == [[True, True]] * 4  # type: ignore[arg-type]


def test_it_is_done_all_the_same(signed_in: SignedIn, tasks: list[Task]) -> None:
    client = signed_in("editor")
    client.post(f"/tasks/{tasks[0].pk}/answer/", {"answer": "done"})
    done = Task.objects.get(pk=tasks[0].pk)
    assert (done.state, done.title["en"]) == ("done", "Call: medicine")
