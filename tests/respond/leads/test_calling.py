"""Call lists: shared out, tried three times; calendar feeds: for whoever knows the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from keskio.kernel.clock import VirtualClock, now
from keskio.know.api import (
    find_or_create,
    found_segments,
    give_consent,
    save_segment,
    set_traits,
    withdraw_consent,
)
from keskio.respond.api import seat
from keskio.respond.leads import queries
from keskio.respond.leads.actions import (
    NobodyToCall,
    close_feed,
    make_call_list,
    open_feed,
    record_call,
)
from keskio.respond.leads.calling import next_working_day
from keskio.respond.leads.models import CallList, Lead
from keskio.respond.models import Task
from keskio.talk.api import hold_back

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def made(clock: VirtualClock) -> CallList:
    people = [find_or_create((("user_id", name),)) for name in ("aino", "otto", "siiri")]
    areas = {person: {"quiet": True} for person in people}
    areas[people[0]]["area"] = "Lappi"  # type: ignore[assignment]
    set_traits(areas, at=clock.micros())
    save_segment("key: quiet\nwhen: {trait: quiet, is: true}\n")
    found_segments()
    seat("sales", "lasse", areas=["Lappi"])
    seat("sales", "sari")
    due = now() + timedelta(days=2)
    return make_call_list(
        {"fi": "Hiljaiset"}, segment="quiet", queue="sales", due_at=due, script="Hei", by="sari"
    )


def answer(made: CallList, username: str, result: str) -> Task:
    task = queries.next_call(made, username)
    assert task is not None
    assert record_call(task, result, note="", by=username, again_at=now() + timedelta(days=1))
    return task


def test_a_segment_is_shared_out_by_area_and_load(made: CallList) -> None:
    tasks = Task.objects.filter(enrolment=-made.pk).order_by("visit")
    assert [task.assignee for task in tasks] == ["lasse", "sari", "sari"]
    assert [(left, done) for _, left, done in queries.lists()] == [(3, 0)]


def test_who_has_forbidden_calls_or_waits_for_us_is_not_called(made: CallList) -> None:
    aino, otto, siiri = (find_or_create((("user_id", name),)) for name in ("aino", "otto", "siiri"))
    give_consent(aino, purpose="marketing", channel="call", text_version="1", source="page")
    withdraw_consent(aino, purpose="marketing", channel="call", source="page")
    hold_back(otto, "open_case", "case:1")
    found = make_call_list({"fi": "x"}, segment="quiet", queue="sales", due_at=now(), by="sari")
    tasks = Task.objects.filter(enrolment=-found.pk)
    assert list(tasks.values_list("customer_id", flat=True)) == [siiri]
    assert found.customers == 1


def test_who_is_not_reached_is_tried_three_times(made: CallList) -> None:
    first = answer(made, "lasse", "not-reached")
    second = answer(made, "lasse", "not-reached")
    third = answer(made, "lasse", "not-reached")
    assert [first.visit, second.visit, third.visit] == [0, 1, 2]
    assert {first.customer_id, second.customer_id, third.customer_id} == {first.customer_id}
    assert queries.next_call(made, "lasse") is None
    assert queries.results_of(made) == {"not-reached": 3}


def test_a_call_is_recorded_once(made: CallList) -> None:
    task = answer(made, "sari", "reached")
    assert not record_call(task, "not-reached", note="", by="otto", again_at=now())
    assert Task.objects.filter(enrolment=-made.pk).count() == 3


def test_nobody_to_call_is_said(clock: VirtualClock) -> None:
    with pytest.raises(NobodyToCall):
        make_call_list({"fi": "x"}, segment="none", queue="sales", due_at=now(), by="sari")


def test_the_next_working_day_is_none_of_the_weekend() -> None:
    friday = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert next_working_day(friday) == datetime(2026, 3, 9, 12, tzinfo=UTC)


def test_a_feed_tells_its_owners_tasks_to_whoever_knows_its_address(
    made: CallList, signed_in: SignIn
) -> None:
    signed_in("editor")
    Task.objects.filter(assignee="sari").update(assignee="editor")
    address = reverse("leads:feed", args=[open_feed("editor")])
    answer = Client().get(address)
    calendar = Calendar.from_ical(answer.content)
    due = [event.decoded("dtend") for event in calendar.walk("VEVENT")]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert due == [made.due_at, made.due_at]
    open_feed("editor")
    assert Client().get(address).status_code == 404


def test_a_closed_feed_and_a_guessed_one_are_not_there(signed_in: SignIn) -> None:
    signed_in("editor")
    address = reverse("leads:feed", args=[open_feed("editor")])
    close_feed("editor")
    assert Client().get(address).status_code == 404
    assert Client().get(reverse("leads:feed", args=["guess"])).status_code == 404


def test_pages_show_lists_and_take_answers(made: CallList, signed_in: SignIn) -> None:
    editor = signed_in("editor")
    Task.objects.update(assignee="")
    page = editor.get(reverse("leads:calls", args=[made.pk]))
    task = page.context["task"]
    told = editor.post(
        reverse("leads:called", args=[made.pk, task.pk]), {"result": "reached", "note": "Sopii"}
    )
    assert told.status_code == 302
    task.refresh_from_db()
    assert (task.state, task.result, task.note) == ("done", "reached", "Sopii")
    assert editor.get(reverse("leads:lists")).status_code == 200
    assert editor.get(reverse("leads:new_list")).status_code == 200
    wrong = editor.post(reverse("leads:new_list"), {"title": "x"})
    assert wrong.status_code == 422


def test_a_reader_makes_and_answers_nothing(made: CallList, signed_in: SignIn) -> None:
    reader = signed_in("reader")
    task = Task.objects.earliest("pk")
    assert reader.get(reverse("leads:calls", args=[made.pk])).status_code == 200
    assert reader.get(reverse("leads:new_list")).status_code == 403
    told = {"result": "reached"}
    assert reader.post(reverse("leads:called", args=[made.pk, task.pk]), told).status_code == 403
    assert reader.get(reverse("leads:seats")).status_code == 403


def test_seats_are_given_and_taken_away(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    told = {"queue": "sales", "username": "admin", "areas": "Lappi, Kainuu", "skills": "sv"}
    assert admin.post(reverse("leads:seats"), told).status_code == 302
    page = admin.get(reverse("leads:seats"))
    (one,) = page.context["seats"]
    assert (one.areas, one.skills) == (["Kainuu", "Lappi"], ["sv"])
    admin.post(reverse("leads:leave_seat", args=[one.pk]))
    assert admin.get(reverse("leads:seats")).context["seats"] == []


def test_a_lead_is_closed_on_its_page(clock: VirtualClock, signed_in: SignIn) -> None:
    lead = Lead.objects.create(request="r-1", customer_id=1, kind="quote", opened_at=now())
    editor = signed_in("editor")
    address = reverse("leads:close", args=[lead.pk])
    assert editor.post(address, {"state": "lost"}).status_code == 422
    assert editor.post(address, {"state": "lost", "reason": "price"}).status_code == 302
    page = editor.get(reverse("leads:lead", args=[lead.pk]))
    assert (page.context["lead"].state, page.context["lead"].reason) == ("lost", "price")
    assert editor.get(reverse("leads:leads"), {"state": "closed"}).status_code == 200
    assert editor.get(reverse("leads:report")).status_code == 200
