"""The pages of surveys: the list, results, who was asked, links, and the builder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.kernel.clock import VirtualClock, now
from keskio.know.api import find_or_create
from keskio.listen.surveys.actions import publish_survey, save_draft
from keskio.listen.surveys.documents import document_of
from keskio.listen.surveys.models import Invitation, Survey, Version
from keskio.listen.surveys.queries import form_of
from keskio.listen.surveys.responding import Begun, begin, complete, save
from keskio.web.actions import create_user
from tests.listen.surveys.making import EVERYTHING, NPS

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "kuutamo-järvellä-88"


@pytest.fixture
def client(clock: VirtualClock) -> Client:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    cache.clear()
    found = Client(headers={"accept-language": "en"})
    found.force_login(create_user("eero", password=PASSWORD, role="editor"))
    return found


def answer(version: Version, number: int, score: int, comment: str = "") -> None:
    customer = find_or_create((("user_id", f"p{number}"),))
    told = Begun(
        version=version.pk, nonce=f"n{number}", channel="email", language="fi", customer=customer
    )
    row = begin(version, told)
    question = form_of(version).questions[0]
    row = save(row, question, score, comment)
    complete(row)


def test_results_hide_few_warn_of_some_and_give_intervals(client: Client) -> None:
    version = publish_survey(NPS)
    for number in range(9):
        answer(version, number, 9)
    page = client.get("/surveys/of/nps/").content.decode()
    assert "9 answers: too few to show a score" in page
    answer(version, 9, 3, "=cmd|x")
    page = client.get("/surveys/of/nps/").content.decode()
    assert "<strong>80</strong>" in page
    assert "uncertain" in page
    csv = client.get("/surveys/of/nps/answers.csv").content.decode()
    assert len(csv.splitlines()) == 11
    assert "'=cmd|x" in csv


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_little_however_many_there_are(client: Client, count: int) -> None:
    for number in range(count):
        publish_survey(NPS.replace("key: nps", f"key: nps{number}"))
    page = client.get("/surveys/").content.decode()
    assert page.count("/surveys/of/nps") == count


def test_a_changed_wording_stands_apart(client: Client) -> None:
    first = publish_survey(NPS)
    for number in range(10):
        answer(first, number, 9)
    changed = publish_survey(NPS.replace("Suosittelisitko meitä?", "Suosittelisitko toki meitä?"))
    for number in range(10, 22):
        answer(changed, number, 0)
    page = client.get("/surveys/of/nps/").content.decode()
    assert "<strong>100</strong>" in page
    assert "<strong>-100</strong>" in page
    assert "measured differently stand apart" in page


def test_the_same_wording_in_a_new_version_goes_together(client: Client) -> None:
    first = publish_survey(NPS)
    for number in range(10):
        answer(first, number, 9)
    second = publish_survey(NPS + "digits: false\n")
    for number in range(10, 20):
        answer(second, number, 9)
    page = client.get("/surveys/of/nps/").content.decode()
    assert page.count("<strong>100</strong>") >= 1
    assert "versions 1, 2" in page


def test_everybody_not_asked_stands_with_the_reason(client: Client) -> None:
    publish_survey(NPS)
    survey = Survey.objects.get()
    aino = find_or_create((("user_id", "aino"),))
    Invitation.objects.create(
        survey=survey,
        customer_id=aino,
        state="not_asked",
        reason="surveyed_lately",
        decided_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    page = client.get("/surveys/of/nps/asked/?reason=surveyed_lately").content.decode()
    assert "The customer had been asked another survey lately." in page
    assert f"/customers/{aino}/" in page
    panel = client.get(f"/customers/{aino}/").content.decode()
    assert "Surveys and answers" in panel


def test_a_ready_survey_is_taken_changed_and_published(client: Client) -> None:
    client.post("/surveys/add/", {"ready": "service-csat"})
    base = "/surveys/of/service-csat"
    assert "Not published yet" in client.get(f"{base}/edit/").content.decode()
    client.post(f"{base}/change/", {"what": "add", "kind": "choice"})
    fields = {
        "key": "where",
        "text_fi": "Missä?",
        "text_en": "Where?",
        "options": "shop | Kaupassa | In the shop\nweb | Verkossa | On the web",
        "required": "on",
    }
    done = client.post(f"{base}/question/q2/", fields)
    assert done.status_code == 302, done.content.decode()
    client.post(f"{base}/change/", {"what": "up", "question": "where"})
    document = document_of(Survey.objects.get().draft)
    assert list(document["questions"]) == ["where", "satisfied"]
    assert document["questions"]["where"]["options"]["web"] == {
        "fi": "Verkossa",
        "en": "On the web",
    }
    preview = client.get(f"{base}/preview/?question=where")
    assert "In the shop" in preview.content.decode()
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert client.post(f"{base}/publish/").status_code == 302
    assert (Survey.objects.get().state, Version.objects.count()) == ("live", 1)
    client.post(f"{base}/change/", {"what": "remove", "question": "where"})
    page = client.get(f"{base}/edit/").content.decode()
    assert "What publishing changes" in page


def test_weak_colours_and_errors_are_not_published(client: Client) -> None:
    save_draft("nps", NPS + 'theme: {main: "#cccccc"}\n', by="eero")
    page = client.get("/surveys/of/nps/edit/").content.decode()
    assert "too near each other to be read" in page
    client.post("/surveys/of/nps/publish/")
    assert Version.objects.count() == 0


def test_the_text_is_kept_as_written_and_its_key_stays(client: Client) -> None:
    publish_survey(NPS)
    other = NPS.replace("key: nps", "key: else")
    client.post("/surveys/of/nps/text/", {"text": other})
    assert Survey.objects.get().draft == NPS
    mine = NPS + "# seen by nobody\n"
    client.post("/surveys/of/nps/text/", {"text": mine})
    assert Survey.objects.get().draft == mine


def test_a_survey_asks_by_a_dialogue_of_its_own(client: Client) -> None:
    publish_survey(NPS)
    told = {"kind": "event", "of": "Service Completed", "channel": "sms", "delay": "2 hours"}
    client.post("/surveys/of/nps/ask/", told)
    page = client.get("/dialogues/survey-nps/")
    assert page.status_code == 200
    told = {"kind": "rhythm", "at": "2030-09-02T10:00", "rhythm": "FREQ=MONTHLY;BYDAY=1MO"}
    client.post("/surveys/of/nps/ask/", {**told, "channel": "email"})
    assert "versions" in client.get("/dialogues/survey-nps/").content.decode()


def test_readers_see_and_change_nothing(client: Client, clock: VirtualClock) -> None:
    publish_survey(EVERYTHING)
    clock.advance(timedelta(minutes=1))
    client.force_login(create_user("ville", password=PASSWORD, role="reader"))
    for place in ("", "asked/", "share/", "edit/", "preview/"):
        assert client.get(f"/surveys/of/everything/{place}").status_code == 200, place
    assert client.post("/surveys/of/everything/state/", {"state": "closed"}).status_code == 403
    assert client.post("/surveys/of/everything/publish/").status_code == 403
    assert Survey.objects.get().state == "live"


@pytest.mark.parametrize(("reader", "name"), [("en", "Finnish"), ("fi", "suomi")])
def test_who_answered_is_compared_by_languages_with_names(
    client: Client, reader: str, name: str
) -> None:
    version = publish_survey(NPS)
    for number in range(20):
        asked = find_or_create((("user_id", f"p{number}"),), traits={"language": "fi"})
        Invitation.objects.create(
            survey=version.survey, customer_id=asked, state="sent", decided_at=now()
        )
    for number in range(12):
        answer(version, number, 9)

    page = client.get("/surveys/of/nps/", headers={"accept-language": reader})

    ((title, group),) = page.context["comparison"]
    assert (title, group.asked.part, group.answered.part) == (name, 20, 12)
