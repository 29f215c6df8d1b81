"""Answering by a link: one question a page, back and forth, nothing recorded by reading."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client

from keskio.events.api import events_after
from keskio.kernel.clock import VirtualClock, now, now_micros
from keskio.know.api import find_or_create
from keskio.listen.following import VoicesFollower
from keskio.listen.models import Mention
from keskio.listen.surveys.actions import publish_survey, set_survey_state
from keskio.listen.surveys.models import Invitation, Response, Score, Survey
from tests.listen.surveys.making import EVERYTHING, NPS, asked_token, open_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_visits_counted(clock: VirtualClock) -> None:
    del clock
    cache.clear()


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def told(prefix: str = "survey.") -> list[tuple[int, str, dict[str, Any]]]:
    return [
        (event.customer, event.name, msgspec.json.decode(event.body)["properties"])
        for event in events_after(0, 1000)
        if event.name.startswith(prefix)
    ]


def title_of(page: str) -> str:
    return str(re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0]).strip()


def test_a_visit_only_chooses_and_a_click_records(client: Client) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('nps', aino, enrolment=7)}/"
    for _scanner in range(3):
        page = client.get(f"{path}?a=9").content.decode()
    assert 'value="9" aria-label="9 of 10" checked' in page
    assert (Response.objects.count(), told()) == (0, [])
    answer = client.post(path, {"answer": "9", "comment-promoter": "Hieno palvelu"})
    assert answer.status_code == 303
    done = client.get(answer["Location"])
    assert "Thanks for your answer!" in done.content.decode()
    row = Response.objects.get()
    assert (row.customer_id, row.answers, row.comments, row.channel) == (
        aino,
        {"score": 9},
        {"score": "Hieno palvelu"},
        "link",
    )
    assert [(customer, name) for customer, name, _ in told()] == [
        (aino, "survey.started"),
        (aino, "survey.answered"),
    ]
    said = told()[-1][2]
    assert {k: said[k] for k in ("nps", "groups", "comment", "complete", "level")} == {
        "nps": 9,
        "groups": {"nps": "promoter"},
        "comment": "Hieno palvelu",
        "complete": True,
        "level": "relationship",
    }
    assert list(Score.objects.values_list("metric__question", "value")) == [("score", 9)]


def test_a_comment_is_heard_once(client: Client) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    told = {"answer": "9", "comment-promoter": "Todella hieno palvelu"}
    client.post(f"/s/{asked_token('nps', aino, enrolment=7)}/", told)
    VoicesFollower().turn(now_micros())
    (heard,) = Mention.objects.values_list("source", "source_id", "text", "customer_id")
    assert heard == ("survey", str(Response.objects.get().pk), "Todella hieno palvelu", aino)


def test_a_second_answer_by_the_same_link_changes_nothing(client: Client) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('nps', aino, enrolment=7)}/"
    client.post(path, {"answer": "9"})
    client.post(path, {"answer": "2"})
    assert Response.objects.get().answers == {"score": 9}
    assert "Thank you" in client.get(path).content.decode()


def test_a_low_score_asks_more_goes_back_and_opens_a_case_by_rule(client: Client) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('nps', aino, enrolment=7)}/"
    second = client.post(path, {"answer": "3", "comment-detractor": "Hidas"})["Location"]
    page = client.get(second).content.decode()
    assert title_of(page) == "Question 2 of 2 – Customer survey"
    assert "<h2" in page
    back = re.findall(r'class="back" href="([^"]+)"', page)[0]
    assert 'value="3" aria-label="3 of 10" checked' in client.get(back).content.decode()
    assert [name for _, name, _ in told()] == ["survey.started"]
    resumed = client.get(path)
    assert (resumed.status_code, resumed["Location"]) == (303, second.replace("/s//", "/s/"))
    client.post(second, {"answer": "Odotin tunnin"})
    (customer, _, low) = next(one for one in told() if one[1] == "survey.low_score")
    assert customer == aino
    assert {k: low[k] for k in ("score", "comment", "kind", "severity", "survey")} == {
        "score": 3,
        "comment": "Hidas\nOdotin tunnin",
        "kind": "complaint",
        "severity": "high",
        "survey": "nps",
    }


def test_what_a_changed_answer_makes_pointless_does_not_count(client: Client) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('nps', aino, enrolment=7)}/"
    second = client.post(path, {"answer": "3"})["Location"]
    client.post(second.replace("/more/", "/score/"), {"answer": "10"})
    said = told()[-1][2]
    assert (said["answers"], said["nps"], said["complete"]) == ({"score": 10}, 10, True)
    assert [name for _, name, _ in told() if name == "survey.low_score"] == []


def test_an_answer_to_what_is_not_asked_any_more_answers_nothing_else(client: Client) -> None:
    more = "  more:\n    kind: ces\n"
    last = "  last: {kind: text, text: {fi: Muuta, en: Anything else}}\ncase:"
    publish_survey(NPS.replace("  more:\n    kind: text\n", more).replace("case:", last))
    aino = find_or_create((("user_id", "aino"),))
    second = client.post(f"/s/{asked_token('nps', aino)}/", {"answer": "3"})["Location"]
    third = client.post(second.replace("/more/", "/score/"), {"answer": "10"})["Location"]
    late = client.post(second, {"answer": "2"})
    assert client.get(late["Location"])["Location"] == third
    assert Response.objects.get().answers == {"score": 10}


def test_an_error_is_said_in_text_and_tied_to_the_answers(client: Client) -> None:
    publish_survey(NPS)
    page = client.post(f"/s/{open_token('nps')}/", {"comment-promoter": "x"})
    text = page.content.decode()
    assert page.status_code == 422
    assert title_of(text) == "Mend: Question 1 of 1 – Customer survey"
    assert 'id="wrong" role="alert"' in text
    assert re.findall(r'role="radiogroup"[^>]*aria-describedby="ends wrong"', text)
    assert Response.objects.count() == 0


def test_every_kind_of_question_is_answered_without_a_script(client: Client) -> None:
    publish_survey(EVERYTHING)
    path = f"/s/{open_token('everything')}/"
    page = client.get(path).content.decode()
    assert title_of(page) == "Question 1 of 9 – Everything"
    nonce = re.findall(r'name="nonce" value="([^"]+)"', page)[0]
    place = client.post(path, {"answer": "4", "nonce": nonce})["Location"]
    again = client.post(path, {"answer": "4", "nonce": nonce})["Location"]
    assert (again, Response.objects.count()) == (place, 1)
    for fields in (
        {"answer": "6"},
        {"answer": "joy"},
        {"answer": "web"},
        {"answer": ["c", "a"]},
        {"answer": "41,5"},
        {"row-price": "bad", "row-speed": "good"},
    ):
        place = client.post(place, fields)["Location"]
    moved = client.post(place, {"answer": ["x", "y", "z"], "move": "z:up"})
    assert moved.status_code == 200
    order = re.findall(r'type="hidden" name="answer" value="(\w)"', moved.content.decode())
    assert order == ["x", "z", "y"]
    place = client.post(place, {"answer": order})["Location"]
    assert client.post(place, {"answer": "x" * 21}).status_code == 422
    done = client.post(place, {"answer": ""})
    assert "Thanks" in client.get(done["Location"]).content.decode()
    row = Response.objects.get()
    assert row.answers == {
        "csat": 4,
        "ces": 6,
        "feeling": "joy",
        "one": "web",
        "many": ["a", "c"],
        "age": 41.5,
        "grid": {"price": "bad", "speed": "good"},
        "order": ["x", "z", "y"],
        "words": None,
    }
    assert row.customer_id == 0
    assert row.started_at.hour == 0


def test_an_anonymous_answer_is_not_joined_to_who_was_asked(client: Client) -> None:
    publish_survey(EVERYTHING)
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('everything', aino, enrolment=5)}/"
    place = client.post(path, {"answer": "1"})["Location"]
    row = Response.objects.get()
    # a nonce that names the enrolment has a dot: this one is drawn
    assert (row.customer_id, row.invitation, "." in row.nonce) == (0, None, False)
    assert [(customer, "response" in said) for customer, _, said in told()] == [(0, False)]
    assert place.startswith("/s/")


def test_links_that_are_wrong_closed_or_foreign_record_nothing(client: Client) -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    assert client.get("/s/AAAA/").status_code == 404
    cross = client.post(path, {"answer": "9"}, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403
    set_survey_state(Survey.objects.get(), "closed", by="test")
    assert client.get(path).status_code == 410
    assert client.post(path, {"answer": "9"}).status_code == 410
    assert Response.objects.count() == 0


def test_pages_are_strict_and_only_the_embedded_one_may_be_framed(client: Client) -> None:
    publish_survey(NPS)
    token = open_token("nps")
    page, inside = client.get(f"/s/{token}/"), client.get(f"/s/e/{token}/")
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors *" in inside["Content-Security-Policy"]
    assert "X-Frame-Options" not in inside
    assert page["X-Frame-Options"] == "DENY"
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style| style=|\son\w+=", text)
    aino = find_or_create((("user_id", "aino"),))
    assert client.get(f"/s/e/{asked_token('nps', aino)}/").status_code == 404


def test_a_shared_screen_begins_again_and_says_nothing_of_anybody(client: Client) -> None:
    publish_survey(NPS)
    token = open_token("nps")
    done = client.post(f"/s/k/{token}/", {"answer": "10"})["Location"]
    assert done.startswith("/s/k/")
    page = client.get(done).content.decode()
    fresh = re.findall(r'http-equiv="refresh" content="8;url=([^"]+)"', page)[0]
    assert title_of(client.get(fresh).content.decode()) == "Question 1 of 1 – Customer survey"
    client.post(fresh, {"answer": "2"})
    assert sorted(Response.objects.values_list("channel", "customer_id")) == [("kiosk", 0)] * 2


def test_languages_are_switched_by_their_own_names(client: Client) -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    page = client.get(f"{path}?lang=fi").content.decode()
    assert '<html lang="fi">' in page
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in page
    assert "Suosittelisitko meitä?" in page
    assert title_of(page) == "Kysymys 1/1 – Asiakaskysely"


def test_too_many_answers_from_one_address_have_to_wait(client: Client) -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    for _ in range(120):
        cache.add("surveys.survey.POST.127.0.0.1", 0, 60)
        cache.incr("surveys.survey.POST.127.0.0.1")
    late = client.post(path, {"answer": "9"})
    assert (late.status_code, late["Retry-After"]) == (429, "60")
    assert Response.objects.count() == 0


def test_signs_that_no_table_can_hold_are_left_out(client: Client) -> None:
    publish_survey(NPS)
    client.post(f"/s/{open_token('nps')}/", {"answer": "9", "comment-promoter": "Hie\x00no"})
    assert Response.objects.get().comments == {"score": "Hieno"}


def test_two_surveys_of_one_enrolment_have_an_answer_each(client: Client) -> None:
    aino = find_or_create((("user_id", "aino"),))
    for key in ("delivery-satisfaction", "delivery-satisfaction-later"):
        publish_survey(NPS.replace("key: nps\n", f"key: {key}\n"))
        client.post(f"/s/{asked_token(key, aino, enrolment=1234567)}/", {"answer": "9"})
    assert sorted(Response.objects.values_list("survey__key", flat=True)) == [
        "delivery-satisfaction",
        "delivery-satisfaction-later",
    ]


def test_what_is_asked_again_in_the_same_enrolment_is_answered_again(
    client: Client, clock: VirtualClock
) -> None:
    survey = publish_survey(NPS).survey
    aino = find_or_create((("user_id", "aino"),))
    path = f"/s/{asked_token('nps', aino, enrolment=7)}/"
    for score in (9, 8, 10):
        clock.advance(timedelta(days=365))
        Invitation.objects.create(
            survey=survey, customer_id=aino, enrolment_id=7, state="sent", decided_at=now()
        )
        clock.advance(timedelta(days=1))
        client.post(path, {"answer": str(score)})
        client.post(path, {"answer": "5"})
    scores = Response.objects.order_by("id").values_list("answers__score", flat=True)
    assert list(scores) == [9, 8, 10]
