"""The quarantine's pages and what they do: see, choose, put back once, dismiss."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keskio.events import api as events
from keskio.tracking.actions import NeedsSource, add_source, dismiss, prune_quarantine, replay
from keskio.tracking.models import Quarantined
from keskio.web.roles import EDITOR, READER
from tests.tracking.takings import log, set_aside, spool, take_all, track

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]
LIST = "tracking:quarantine"


def open_ids() -> list[int]:
    return list(Quarantined.objects.filter(settled_at=None).values_list("pk", flat=True))


def test_an_item_is_put_back_once_and_keeps_when_it_came() -> None:
    spool({"batch": [track("m1", event=None)]}, source=10)
    take_all()
    [item] = Quarantined.objects.all()
    item.item = json.dumps(track("m1"))  # as if the rule had been wrong
    item.save()
    assert replay([item.pk], by="aino") == 1
    assert replay([item.pk], by="aino") == 0
    take_all()
    assert log() == [(1, "e", "m1")]
    [event] = events.events_after(0, 1)
    assert event.received_at == events.spooled_after(0, 1)[0].received_at
    item.refresh_from_db()
    assert (item.settled_as, item.settled_by) == ("replayed", "aino")


def test_what_is_put_back_and_still_wrong_comes_again() -> None:
    spool({"batch": [track("m1", event=None)]})
    take_all()
    for _ in range(2):
        [pk] = open_ids()
        assert replay([pk], by="aino") == 1
        take_all()
    assert set_aside() == [("no_event", "m1")] * 3
    assert len(open_ids()) == 1


def test_items_of_a_retired_key_go_in_when_a_person_says_so() -> None:
    spool(
        {"batch": [track("m1"), {"type": "track", "event": "e", "userId": "u1"}]},
        refused="retired_key",
    )
    take_all()
    assert log() == []
    replay(open_ids(), by="aino")
    take_all()
    assert [(customer, name) for customer, name, _ in log()] == [(1, "e"), (1, "e")]


def test_items_of_unknown_senders_need_a_source_and_are_not_trusted() -> None:
    spool({"batch": [track("m1")]}, source=0, refused="unknown_key", trusted=False)
    take_all()
    with pytest.raises(NeedsSource):
        replay(open_ids(), by="aino")
    shop = add_source("Shop")
    assert replay(open_ids(), by="aino", source=shop.pk) == 1
    take_all()
    assert [event.source for event in events.events_after(0, 1)] == [shop.pk]
    assert "trusted" not in json.loads(events.spooled_after(0, 10)[-1].meta)


def test_a_whole_row_put_back_does_not_double_what_was_taken() -> None:
    from tests.tracking import takings

    def absorb(envelopes: object, placed: object) -> list[object]:
        if any(e.message_id == "m2" for e in envelopes):  # type: ignore[attr-defined]
            raise KeyError("poison")
        return []

    spool({"batch": [track("m1"), track("m2"), {"type": "track", "event": "e", "userId": "u1"}]})
    take_all(takings.make_intake(absorb=absorb))
    assert len(log()) == 2
    replay(open_ids(), by="aino")
    take_all()
    assert sorted(message for _, _, message in log())[:2] == ["m1", "m2"]
    assert len(log()) == 3


def test_stored_items_are_not_put_back_and_dismissed_ones_stay_dismissed() -> None:
    spool({"batch": [track("m1", properties={"x": "y" * 40_000}), track("m2", event=None)]})
    take_all()
    large = Quarantined.objects.get(reason="large_event")
    assert replay([large.pk], by="aino") == 0
    assert dismiss(open_ids(), by="aino") == 2
    assert replay([large.pk + 1], by="aino") == 0
    assert open_ids() == []


def test_only_what_is_settled_and_old_is_taken_away() -> None:
    spool({"batch": [track("m1", event=None), track("m2", event=None)]})
    take_all()
    dismiss(open_ids()[:1], by="aino")
    future = events.spooled_after(0, 1)[0].received_at + 366 * 86_400_000_000
    assert prune_quarantine(future) is False
    assert set_aside() == [("no_event", "m2")]


# Pages.


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_shows_reason_sentence_and_source(signed_in: SignedIn, count: int) -> None:
    shop = add_source("Shop")
    spool({"batch": [track(f"m{n}", event=None) for n in range(count)]}, source=shop.pk)
    take_all()
    client = signed_in(EDITOR)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse(LIST))
    # Names of sources, rows, their count, reasons, the menu's count.
    told = [q["sql"] for q in queries if "tracking_" in q["sql"]]
    assert len(told) == 5, told
    text = answer.content.decode()
    assert text.count("The event has no name</a></th>") == count
    assert "A track needs the field event: the name of what happened." in text
    assert text.count(">Shop</td>") == count


def test_the_list_can_be_kept_to_a_reason_a_source_and_a_state(signed_in: SignedIn) -> None:
    shop = add_source("Shop")
    spool({"batch": [track("m1", event=None)]}, source=shop.pk)
    spool({"batch": [{"type": "x"}]}, source=0)
    take_all()
    dismiss([Quarantined.objects.get(reason="unknown_type").pk], by="aino")
    client = signed_in(READER)
    totals = {
        query: client.get(reverse(LIST) + query).context["page"].total
        for query in (
            "",
            "?reason=no_event",
            "?reason=x",
            f"?source={shop.pk}",
            "?source=0",
            "?state=settled",
            "?source=nonsense&state=nonsense",
        )
    }
    assert list(totals.values()) == [1, 1, 0, 1, 0, 1, 1]


def test_an_item_is_shown_whole(signed_in: SignedIn) -> None:
    spool({"batch": [track("m1", event=None, properties={"päivä": "<b>"})]})
    take_all()
    answer = signed_in(READER).get(reverse("tracking:quarantined", args=open_ids()))
    text = answer.content.decode()
    assert "&quot;päivä&quot;: &quot;&lt;b&gt;&quot;" in text
    assert "Put it back" not in text


def test_a_reader_may_look_and_not_settle(signed_in: SignedIn) -> None:
    spool({"batch": [track("m1", event=None)]})
    take_all()
    form = {"what": "dismiss", "id": open_ids()}
    assert signed_in(READER).post(reverse("tracking:settle"), form).status_code == 403
    assert len(open_ids()) == 1


def test_an_editor_puts_back_and_dismisses_many(signed_in: SignedIn) -> None:
    spool({"batch": [track(f"m{n}", event=None) for n in range(4)]})
    take_all()
    ids = open_ids()
    client = signed_in(EDITOR)
    settle = reverse("tracking:settle")
    answer = client.post(
        settle, {"what": "replay", "id": ids[:1], "back": reverse(LIST)}, follow=True
    )
    assert "1 item was put back" in answer.content.decode()
    client.post(settle, {"what": "dismiss", "id": ids[1:2], "back": "https://evil.example/"})
    assert Quarantined.objects.get(pk=ids[1]).settled_as == "dismissed"
    assert len(open_ids()) == 2
    client.post(settle, {"what": "dismiss_all", "reason": "no_event"})
    assert open_ids() == []
    nothing = client.post(settle, {"what": "replay"}, follow=True)
    assert "Choose at least one item." in nothing.content.decode()


def test_settling_leads_back_to_our_own_pages_only(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    places = {
        back: client.post(reverse("tracking:settle"), {"what": "dismiss", "back": back})["location"]
        for back in ("/quarantine/?reason=x", "https://evil.example/", "//evil.example/", "")
    }
    assert list(places.values()) == ["/quarantine/?reason=x", *["/quarantine/"] * 3]


def test_unknown_senders_are_given_a_source_on_the_page(signed_in: SignedIn) -> None:
    shop = add_source("Shop")
    spool({"batch": [track("m1")]}, source=0, refused="unknown_key", trusted=False)
    take_all()
    client = signed_in(EDITOR)
    settle = reverse("tracking:settle")
    refused = client.post(settle, {"what": "replay", "id": open_ids()}, follow=True)
    assert "choose a source" in refused.content.decode()
    client.post(settle, {"what": "replay", "id": open_ids(), "source": shop.pk})
    take_all()
    assert log() == [(1, "e", "m1")]
