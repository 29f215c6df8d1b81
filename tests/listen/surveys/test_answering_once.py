"""A link that names nobody: a browser answers once, comes back to what it began, and is not followed."""

from __future__ import annotations

from http.cookies import Morsel

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.know.api import find_or_create
from keskio.listen.surveys.actions import publish_survey
from keskio.listen.surveys.models import Response
from keskio.listen.surveys.remembering import cookie_name
from keskio.talk.api import SurveyLink, make_survey_token
from tests.listen.surveys.making import NPS, asked_token, open_token

pytestmark = pytest.mark.django_db(transaction=True)
ANONYMOUS = NPS.partition("case:")[0].replace("key: nps\n", "key: nps\nanswers: anonymous\n")
DONE = "You have answered already"


@pytest.fixture(autouse=True)
def _no_visits_counted(clock: VirtualClock) -> None:
    del clock
    cache.clear()


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def answered(client: Client, path: str, score: int) -> str:
    """Answer the first question, and return where that leads."""
    told = {"answer": str(score), "comment-promoter": "x", "comment-detractor": "x"}
    return str(client.post(path, told)["Location"])


def cookie_of(client: Client) -> Morsel[str]:
    return client.cookies[cookie_name("nps")]


def test_a_browser_answers_once_and_another_one_too() -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    one, two = browser(), browser()
    after = answered(one, path, 9)
    assert "Thanks for your answer!" in one.get(after).content.decode()
    for again in (one.get(path), one.post(path, {"answer": "2"})):
        assert (again.status_code, DONE in again.content.decode()) == (200, True)
    assert "Olet jo vastannut" in one.get(f"{path}?lang=fi").content.decode()
    assert Response.objects.get().answers == {"score": 9}
    answered(two, path, 3)
    assert Response.objects.count() == 2


def test_what_is_remembered_tells_nobody_from_another() -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    one, two = browser(), browser()
    assert one.get(path).cookies == {}  # reading leaves nothing
    answered(one, path, 9)
    answered(two, path, 10)
    kept = cookie_of(one)
    assert kept.value == cookie_of(two).value
    assert (kept["path"], kept["httponly"], kept["samesite"]) == ("/s/", True, "Lax")
    assert kept["max-age"] == 90 * 24 * 3600


def test_what_was_begun_goes_on_where_it_was_left() -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    client = browser()
    second = answered(client, path, 3)
    back = client.get(path)
    assert (back.status_code, back["Location"].split("?")[0]) == (303, second.split("?")[0])
    answered(client, path, 4)  # the first question again, from its own page
    assert Response.objects.get().answers["score"] == 4


def test_a_forged_memory_is_none() -> None:
    publish_survey(NPS)
    path = f"/s/{open_token('nps')}/"
    first = browser()
    answered(first, path, 9)
    others = make_survey_token(SurveyLink("response", "other", number=Response.objects.get().pk))
    for forged in (cookie_of(first).value[:-2] + "xx", "nps", others, ""):
        client = browser()
        client.cookies[cookie_name("nps")] = forged
        assert DONE not in client.get(path).content.decode()


def test_a_shared_screen_begins_anew_for_everybody() -> None:
    publish_survey(NPS)
    path = f"/s/k/{make_survey_token(SurveyLink('kiosk', 'nps'))}/"
    client = browser()
    answered(client, path, 9)
    answered(client, path, 2)
    assert Response.objects.count() == 2
    assert dict(client.cookies) == {}


def test_an_anonymous_survey_is_answered_once_by_an_invitation_too() -> None:
    publish_survey(ANONYMOUS)
    path = f"/s/{asked_token('nps', 0, enrolment=7)}/"
    client = browser()
    answered(client, path, 9)
    assert DONE in client.get(path).content.decode()
    assert Response.objects.count() == 1


def test_the_links_of_known_customers_leave_no_cookie(clock: VirtualClock) -> None:
    publish_survey(NPS)
    aino = find_or_create((("user_id", "aino"),))
    client = browser()
    answered(client, f"/s/{asked_token('nps', aino, enrolment=7)}/", 9)
    assert dict(client.cookies) == {}
