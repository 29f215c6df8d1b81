"""Links of known customers: for a segment as a file, for one to be copied; consents and clocks hold."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from keskio.events.api import events_after
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.api import find_or_create, found_segments, import_people, save_segment
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.listen.surveys.actions import publish_survey, set_survey_state
from keskio.listen.surveys.following import SurveyFollower
from keskio.listen.surveys.models import Invitation, Response, Survey
from keskio.listen.surveys.personal import (
    Handed,
    NoPersonalLinks,
    counted,
    hand_out,
    links_of,
    reasons_now,
)
from keskio.talk.api import hold_back, note_contact
from keskio.web.roles import EDITOR, READER, give_role
from tests.listen.surveys.making import EVERYTHING, NPS

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = "email"


@pytest.fixture(autouse=True)
def survey(clock: VirtualClock) -> Survey:
    cache.clear()
    publish_survey(NPS)
    return Survey.objects.get(key="nps")


def person(name: str, *, may: bool = True, email: str | None = None) -> int:
    """Return a customer with an address, and permission for surveys by mail if she `may`."""
    told: dict[str, Any] = {"first_name": name.title()}
    address = f"{name}@example.com" if email is None else email
    if address:
        told["email"] = address
    consents = (ConsentRow("research", MAIL),) if may else ()
    import_people([NewPerson((("user_id", name),), told, consents)])
    return find_or_create((("user_id", name),))


@pytest.fixture
def regulars() -> str:
    """A segment of two, of whom one may be asked."""
    person("aino")
    person("ville", may=False)
    save_segment("key: regulars\nwhen: {trait: first_name, exists: true}\n")
    found_segments()
    return "regulars"


def told(name: str) -> list[tuple[int, dict[str, Any]]]:
    return [
        (event.customer, msgspec.json.decode(event.body)["properties"])
        for event in events_after(0, 1000)
        if event.name == name
    ]


def signed_in(role: str = EDITOR) -> Client:
    user = User.objects.create_user("eero")
    give_role(user, role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_who_may_be_asked_gets_a_link_and_the_others_a_reason(survey: Survey) -> None:
    aino, ville, eero = person("aino"), person("ville", may=False), person("eero", email="")
    handed = hand_out(survey, [aino, ville, eero], channel=MAIL, by="siiri")
    assert [(one.customer, bool(one.address), one.reason) for one in handed] == [
        (aino, True, ""),
        (ville, False, "no_permission"),
        (eero, False, "no_address"),
    ]
    assert [(who, said["by"], said["channel"]) for who, said in told("survey.asked")] == [
        (aino, "siiri", MAIL)
    ]
    assert [(who, said["reason"]) for who, said in told("survey.not_asked")] == [
        (ville, "no_permission"),
        (eero, "no_address"),
    ]
    SurveyFollower().turn(now_micros())
    assert list(
        Invitation.objects.order_by("id").values_list("customer_id", "state", "reason")
    ) == [
        (aino, "asked", ""),
        (ville, "not_asked", "no_permission"),
        (eero, "not_asked", "no_address"),
    ]


def test_the_clocks_the_caps_and_what_is_to_be_put_right_hold(
    survey: Survey, clock: VirtualClock
) -> None:
    aino, siiri = person("aino"), person("siiri")
    hand_out(survey, [aino], channel=MAIL, by="")
    hold_back(siiri, "open_case", "case:1")
    assert reasons_now(survey, [aino, siiri], channel=MAIL) == {
        aino: "asked_this_lately",
        siiri: "open_case",
    }
    publish_survey(NPS.replace("key: nps", "key: csat").replace("relationship", "touchpoint"))
    other = Survey.objects.get(key="csat")
    assert reasons_now(other, [aino], channel=MAIL) == {aino: "surveyed_lately"}
    clock.advance(timedelta(days=91))
    assert reasons_now(survey, [aino], channel=MAIL) == {aino: ""}
    for n in range(20):
        note_contact(aino, MAIL, "survey", now_micros() - n, f"test/{n}")
    assert reasons_now(survey, [aino], channel=MAIL) == {aino: "pressure"}
    set_survey_state(survey, "closed", by="")
    eero = person("eero")
    assert hand_out(survey, [eero], channel=MAIL, by="") == [Handed(eero, reason="survey_closed")]


def test_nothing_is_written_by_looking(survey: Survey) -> None:
    aino, ville = person("aino"), person("ville", may=False)
    assert counted(reasons_now(survey, [aino, ville], channel=MAIL)) == [("no_permission", 1)]
    assert (told("survey.asked"), told("survey.not_asked")) == ([], [])


def test_a_link_is_answered_once_and_asking_is_counted_once(survey: Survey) -> None:
    aino = person("aino")
    (handed,) = hand_out(survey, [aino], channel=MAIL, by="")
    SurveyFollower().turn(now_micros())
    path = handed.address[handed.address.index("/s/") :]
    for score in ("9", "2"):
        Client().post(path, {"answer": score, "comment-promoter": "x"})
    row = Response.objects.get()
    assert (row.customer_id, row.answers, row.invitation_id) == (
        aino,
        {"score": 9},
        Invitation.objects.get().pk,
    )
    assert len(told("survey.asked")) == 1
    assert links_of(aino) == {"nps": handed.address}


def test_an_anonymous_survey_has_no_links_of_known_customers() -> None:
    publish_survey(EVERYTHING)
    with pytest.raises(NoPersonalLinks):
        hand_out(Survey.objects.get(key="everything"), [person("aino")], channel=MAIL, by="")
    assert told("survey.asked") == []


def test_a_segment_s_links_are_shown_first_and_then_a_file(survey: Survey, regulars: str) -> None:
    client = signed_in()
    path = "/surveys/of/nps/links/"
    asked = {"segment": regulars, "channel": MAIL}
    shown = client.get(path, asked)
    assert (shown.context["allowed"], shown.context["members"]) == (1, 2)
    assert "The customer has not given permission" in shown.content.decode()
    assert told("survey.asked") == []
    file = client.post(path, asked)
    assert file["Content-Disposition"] == 'attachment; filename="nps-links.csv"'
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert [(one["name"], one["address"], bool(one["link"])) for one in rows] == [
        ("Aino", "aino@example.com", True),
        ("Ville", "ville@example.com", False),
    ]
    assert rows[1]["left_out_because"].startswith("The customer has not given permission")
    again = list(csv.DictReader(io.StringIO(client.post(path, asked).content.decode())))
    assert [one["link"] for one in again] == ["", ""]


def test_one_customer_s_link_is_made_and_copied() -> None:
    aino = person("aino")
    client = signed_in()
    path = f"/surveys/personal/{aino}/"
    assert f'href="{path}"' in client.get(f"/customers/{aino}/").content.decode()
    assert "readonly" not in client.get(path).content.decode()
    client.post(path, {"survey": "nps", "channel": MAIL})
    page = client.get(path).content.decode()
    assert f'value="{links_of(aino)["nps"]}" readonly' in page
    client.post(path, {"survey": "nps", "channel": MAIL})  # twice: the clock says no
    assert len(told("survey.asked")) == 1
    assert client.get("/surveys/personal/999/").status_code == 404


def test_readers_make_no_links() -> None:
    client, aino = signed_in(READER), person("aino")
    for path in ("/surveys/of/nps/links/", f"/surveys/personal/{aino}/"):
        assert (client.get(path).status_code, client.post(path).status_code) == (403, 403)
