"""What opens a case: the rules with their history and preview, and the queues that cases come to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.respond.assigning import seat
from keskio.respond.inbox.actions import close
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.models import Case, Queue, Rules
from keskio.respond.inbox.previewing import Line, preview
from keskio.respond.inbox.queries import opening_rules
from keskio.respond.inbox.ruling import change_rules, rules_of_time
from tests.respond.desk.conftest import Opened, SignedIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FORM = {
    "opens_messages": "on",
    "opens_calls": "on",
    "opens_mentions": "on",
    "oldest_days": "7",
    "negative_from": "0.4",
    "urgency_from": "0.6",
    "serious_from": "0.7",
    "critical_from": "0.9",
    "networks": "mastodon 0,9\n",
    "themes": "safety, leak,safety",
}


def tell(customer: int, name: str, **told: Any) -> None:
    body = msgspec.json.encode({"properties": told}).decode()
    append_events([NewEvent(customer, name, now_micros(), body)])


def heard(negative: float, *, thread: str, **told: Any) -> None:
    about: dict[str, Any] = {"channel": "bluesky", "source": "s", "author": "@a", **told}
    tell(0, "mention.heard", mention=1, negative=negative, thread=thread, **about)


def test_a_preview_counts_cases_by_channel_under_both_rules(aino: int, clock: VirtualClock) -> None:
    heard(0.7, thread="t1")
    heard(0.9, thread="t1")
    heard(0.5, thread="t2")
    heard(0.1, thread="t3", themes={"safety": 1.0})
    heard(0.7, thread="t4", channel="mastodon")
    tell(aino, "message.received", channel="sms", text="Hei")
    tell(aino, "message.received", channel="sms", text="Haloo")
    tell(aino, "message.received", channel="email", text="Hei", subject="Re: Lasku")
    tell(aino, "message.received", channel="email", text="Hei", subject="Lasku")
    tell(aino, "message.received", channel="sms", text="STOP", keyword="stop")
    tell(aino, "call.received", summary="Kysyi laskusta.")
    other = OpeningRules(
        negative_from=0.5, networks={"mastodon": 0.8}, themes=["safety"], opens_calls=False
    )

    found = preview(OpeningRules(), other, now_micros())

    assert found.lines == [
        Line("social", "bluesky", 1, 3),
        Line("call", "", 1, 0),
        Line("email", "", 1, 1),
        Line("sms", "", 1, 1),
        Line("social", "mastodon", 1, 0),
    ]
    assert (found.now, found.then, found.is_cut) == (5, 5, False)
    assert Case.objects.count() == 0


def test_a_preview_looks_back_thirty_days_and_judges_age_as_it_was_heard(
    aino: int, clock: VirtualClock
) -> None:
    tell(aino, "call.received", summary="Kauan sitten")
    clock.advance(timedelta(days=31))
    tell(aino, "call.received", summary="Äsken")
    clock.advance(timedelta(days=20))

    found = preview(OpeningRules(), OpeningRules(opens_calls=False), now_micros())

    assert found.lines == [Line("call", "", 1, 0)]


def test_rules_are_tried_before_they_are_put_in_force(signed_in: SignedIn, aino: int) -> None:
    heard(0.5, thread="t1")
    client = signed_in("admin")

    tried = client.post("/inbox/opening/edit/", {**FORM, "preview": "1"})
    assert "these rules would have opened about 1 case" in tried.content.decode()
    assert Rules.objects.count() == 0

    client.post("/inbox/opening/edit/", {**FORM, "save": "1"})
    assert opening_rules() == OpeningRules(
        negative_from=0.4,
        serious_from=0.7,
        critical_from=0.9,
        opens_low_scores=False,
        networks={"mastodon": 0.9},
        themes=["safety", "leak"],
    )
    page = client.get("/inbox/opening/").content.decode()
    assert "Mastodon: when negativity is at least 0.9." in page
    assert "as the installation began" in page

    client.post("/inbox/opening/edit/", {**FORM, "save": "1"})
    assert Rules.objects.count() == 1


@pytest.mark.parametrize("wrong", ["mastodon", "mastodon 2", "0.5"])
def test_a_network_without_a_share_is_refused(signed_in: SignedIn, wrong: str) -> None:
    page = signed_in("admin").post("/inbox/opening/edit/", {**FORM, "networks": wrong, "save": "1"})

    assert page.status_code == 422
    assert Rules.objects.count() == 0


def test_the_history_tells_who_changed_the_rules(clock: VirtualClock) -> None:
    change_rules(OpeningRules(oldest_days=3), by="siiri")
    change_rules(OpeningRules(oldest_days=2), by="eero")

    assert [(one.rules.oldest_days, one.by) for one in rules_of_time()] == [
        *((2, "eero"), (3, "siiri")),
        (7, ""),
    ]


def test_queues_are_made_changed_and_dropped(signed_in: SignedIn, opened: Opened) -> None:
    client = signed_in("admin")
    told = {"key": "laskut", "title_fi": "Laskut", "position": "1", "kinds": ["complaint"]}
    assert client.post("/inbox/queues/add/", told).status_code == 302
    assert client.post("/inbox/queues/add/", told).status_code == 422
    client.post("/inbox/queues/add/", {"key": "muut", "title_fi": "Muut", "position": "2"})
    more = {"title_fi": "Laskut", "position": "1", "themes": "lasku", "next_queue": "muut"}
    client.post("/inbox/queues/laskut/", {**more, "lead": "admin"})
    queue = Queue.objects.get(key="laskut")
    assert (queue.kinds, queue.themes, queue.next_queue) == ([], ["lasku"], "muut")
    assert (queue.lead, queue.changed_by) == ("admin", "admin")
    seat("laskut", "eero", skills=["sv"])
    assert "eero (sv)" in client.get("/inbox/opening/").content.decode()

    client.post("/inbox/queues/muut/drop/")
    assert Queue.objects.count() == 2  # the other one hands over to it
    case = opened("Lasku on väärä", themes=["lasku"])
    assert Case.objects.get(pk=case.pk).queue == "laskut"
    client.post("/inbox/queues/laskut/drop/")
    assert Queue.objects.count() == 2

    close(case.pk, by="eero")
    client.post("/inbox/queues/laskut/drop/")
    client.post("/inbox/queues/muut/drop/")
    assert Queue.objects.count() == 0
    assert "No queues yet" in client.get("/inbox/opening/").content.decode()


@pytest.mark.parametrize("path", ["opening/edit/", "queues/add/"])
def test_only_administrators_change_them(signed_in: SignedIn, path: str) -> None:
    client = signed_in("editor")

    assert client.get("/inbox/opening/").status_code == 200
    assert client.get(f"/inbox/{path}").status_code == 403
