"""The gallery: every playbook is whole, checked, played, described in both languages, and makes a draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from keskio.kernel.yamls import read_yaml
from keskio.talk.api import add_offer, publish_playbook
from keskio.talk.documents import PLAYBOOKS, compile_text, playbook_keys
from keskio.talk.gallery.forms import StartForm, coming_dates
from keskio.talk.gallery.needing import Have, needs_of
from keskio.talk.gallery.playbooks import Needs, Playbook, playbook_of, shown_keys
from keskio.talk.gallery.playing import stories_of
from keskio.talk.gallery.previewing import previews_of
from keskio.talk.publishing.models import Draft
from keskio.web.actions import create_user
from keskio.web.roles import EDITOR, READER

# Of which `shown_keys` tells the same; it reads all of them, which takes longer than collecting may.
KEYS = [key for key in playbook_keys() if (PLAYBOOKS / key / "playbook.yaml").is_file()]
NOTHING = Have(*[frozenset()] * 5)


def book_of(key: str) -> Playbook:
    book = playbook_of(key)
    assert book is not None
    return book


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        person = create_user(role, password="kuutamo-järvellä-88", role=role)
        client = Client(headers={"accept-language": "fi"})
        client.force_login(person)
        return client

    return sign_in


def test_the_house_keeps_its_own_to_itself_and_the_cases_are_there() -> None:
    assert "stop-confirmation" not in KEYS
    assert set(KEYS) >= {
        *("bicycle-autumn-service", "repeated-interest", "new-stock", "friends-recommend"),
        *("quote-requests", "medicine-reminder", "keyword-content", "advert-content"),
        *("customers-moment", "club-event", "club-promoters"),
    }
    assert sorted(shown_keys()) == KEYS
    orders = [book_of(key).about.order for key in shown_keys()]
    assert orders == sorted(orders)


@pytest.mark.parametrize("key", KEYS)
def test_a_playbook_is_whole(key: str) -> None:
    book = book_of(key)
    _program, findings = compile_text(book.text)
    assert [(f.code, f.step) for f in findings if f.severity == "error"] == []
    for texts in (book.about.title, book.about.summary, *(q.label for q in book.about.questions)):
        assert sorted(texts) == ["en", "fi"]
        assert all(texts.values())
    variables = book.program.variables
    assert [q.variable for q in book.about.questions if q.variable not in variables] == []
    assert set(book.about.needs.channels) == book.program.channels
    for preview in previews_of(book.program, "fi"):
        assert [one.language for one in preview.versions] == ["fi", "en"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.django_db  # a survey's terms are asked for
def test_its_sample_plays_without_a_fault_and_says_something(key: str) -> None:
    stories = stories_of(key, "en")
    sorts = {moment.sort for story in stories for moment in story.moments}
    if book_of(key).program.trigger.kind != "date":  # no event of the sample brings anybody in
        assert sorts & {"ours", "work"}
    told = " ".join(moment.title + moment.text for story in stories for moment in story.moments)
    assert "{{" not in told
    assert "could not be carried out" not in told


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.django_db
def test_its_form_as_it_stands_changes_nothing(key: str) -> None:
    book = book_of(key)
    empty = StartForm(book)
    given = {name: empty.get_initial_for_field(field, name) for name, field in empty.fields.items()}
    form = StartForm(book, given)
    assert form.is_valid(), form.errors
    assert form.variables() == {}


def test_its_dates_are_offered_as_many_years_later_as_bring_them_to_come() -> None:
    tyres = book_of("car-tyres-autumn")
    assert coming_dates(tyres, date(2026, 9, 30)) == {"q_first_at": "2026-10-01T10:00"}
    assert coming_dates(tyres, date(2026, 10, 2)) == {"q_first_at": "2027-10-01T10:00"}
    assert coming_dates(tyres, date(2012, 10, 1)) == {}
    service = coming_dates(book_of("bicycle-autumn-service"), date(2026, 11, 23))
    assert service["q_starts_at"] == "2027-09-10T10:00"
    assert service["q_ends_at"] == "2028-01-31"


def test_what_is_missing_is_said_with_how_to_mend_it() -> None:
    needs = Needs(channels=("sms",), events=("Order Completed",), offers=("code",))
    have = NOTHING.__class__(frozenset({"sms"}), *[frozenset[str]()] * 4)
    told = {need.name: (need.is_here, bool(need.mend)) for need in needs_of(needs, have)}
    assert list(told.values()) == [(True, False), (False, True), (False, True)]


@pytest.mark.django_db
def test_cards_say_what_is_in_use_and_what_is_missing(signed_in: Callable[[str], Client]) -> None:
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät"})
    publish_playbook("bicycle-autumn-service")
    page = signed_in(READER).get(reverse("gallery:playbooks"))
    cards = {card["key"]: card for card in page.context["cards"]}
    assert cards["bicycle-autumn-service"]["is_used"]
    assert not cards["new-stock"]["is_used"]
    missing = {need.name for need in cards["new-stock"]["missing"]}
    assert {"free-delivery", "Product Added"} <= missing


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["new-stock", "medicine-reminder", "club-event"])
def test_a_playbooks_page_shows_flow_texts_and_play(
    signed_in: Callable[[str], Client], key: str
) -> None:
    client = signed_in(READER)
    page = client.get(reverse("gallery:playbook", args=[key]))
    assert page.status_code == 200
    assert "<dialogue-flow>" in page.content.decode()
    first = book_of(key).program.first
    assert client.get(reverse("gallery:step", args=[key, first])).status_code == 200
    part = client.get(reverse("gallery:step", args=[key, first]), headers={"HX-Request": "true"})
    assert b"<html" not in part.content


@pytest.mark.django_db
def test_answers_become_a_draft_of_its_own_name(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(EDITOR)
    answers = {"key": "syksy-2026", "q_price": "95 €", "q_starts_at": "2026-09-07T09:30"}
    answers |= {"q_offer_to": "2026-09-30", "q_coupon_to": "2026-11-15", "q_shop": "Oma kauppa"}
    answers |= {"q_helmets_at": "2026-11-02T10:00", "q_evening_starts_at": "2026-11-17T18:00"}
    answers |= {"q_answers_to": "2026-12-31", "q_ends_at": "2027-01-31"}
    url = reverse("gallery:start", args=["bicycle-autumn-service"])
    response = client.post(url, answers)
    draft = Draft.objects.get()
    assert response.headers["location"] == reverse("publishing:draft", args=[draft.pk])
    assert client.get(response.headers["location"]).status_code == 200
    assert (draft.key, draft.created_by) == ("syksy-2026", EDITOR)
    assert draft.variables["price"] == "95 €"
    assert draft.variables["starts_at"] == "2026-09-07T09:30"
    program, findings = compile_text(draft.text, variables=draft.variables)
    assert program is not None
    assert [finding for finding in findings if finding.severity == "error"] == []
    ours: Any = read_yaml(draft.text)
    theirs: Any = read_yaml(book_of("bicycle-autumn-service").text)
    assert ours["steps"] == theirs["steps"]


@pytest.mark.django_db
def test_what_cannot_be_read_stays_in_the_form_and_readers_make_no_drafts(
    signed_in: Callable[[str], Client],
) -> None:
    url = reverse("gallery:start", args=["new-stock"])
    page = signed_in(EDITOR).post(url, {"key": "two words", "q_shop": "X", "q_site": "Y"})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"key"}
    assert signed_in(READER).post(url, {"key": "mine"}).status_code == 403
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_there_is_no_page_of_what_is_not_there(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(READER)
    assert client.get("/playbooks/nothing/").status_code == 404
    assert client.get("/playbooks/stop-confirmation/").status_code == 404
    assert client.get("/playbooks/new-stock/steps/nothing/").status_code == 404
