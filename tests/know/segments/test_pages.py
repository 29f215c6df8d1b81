"""The pages: what they show, to whom, without scripts and with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from keskio.know.segments.actions import save_model, save_segment
from keskio.know.segments.models import Segment, StageModel
from tests.know.segments.conftest import Company
from tests.know.segments.test_stages import MODEL

OULU = "key: oulu\ntitle: {fi: Oululaiset, en: From Oulu}\nwhen: {trait: town, is: Oulu}\n"
SignIn = Callable[[str], Client]


@pytest.fixture
def editor(company: Company, signed_in: SignIn) -> Client:
    """An editor's browser, in a company with a segment of two."""
    company.customer("aino", town="Oulu")
    company.customer("eero", town="Oulu")
    company.customer("ville", town="Turku")
    save_segment(OULU)
    company.compute()
    return signed_in("editor")


def form(**changed: str) -> dict[str, str]:
    """Return what the builder's form sends of one comparison."""
    return {
        "key": "oulu",
        "title.fi": "Oululaiset",
        "title.en": "From Oulu",
        "c.kind": "all",
        "c.n": "1",
        "c-0.kind": "trait",
        "c-0.name": "town",
        "c-0.op": "is",
        "c-0.value": "Oulu",
        **{name.replace("__", "."): value for name, value in changed.items()},
    }


def test_list_shows_segments_with_size_and_sentence(editor: Client) -> None:
    text = editor.get("/segments/").content.decode()
    assert "From Oulu" in text
    assert "“town” is “Oulu”." in text
    assert '<td class="num" data-label="Members">2</td>' in text
    part = editor.get("/segments/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part


def test_empty_list_says_how_to_begin(company: Company, signed_in: SignIn) -> None:
    text = signed_in("reader").get("/segments/").content.decode()
    assert "No segments yet" in text
    assert "/segments/add/" not in text


def test_segment_shows_members_and_why(editor: Client, company: Company) -> None:
    text = editor.get("/segments/oulu/").content.decode()
    assert [name in text for name in ("aino", "eero", "ville")] == [True, True, False]
    assert text.count("“town” is “Oulu”.") == 3
    assert f"as of place {company.place:,}" in text


def test_builder_adds_and_counts_without_scripts(editor: Client) -> None:
    given = form(do="count")
    text = editor.post("/segments/oulu/change/", given).content.decode()
    assert "<strong>2</strong>" in text
    assert "of 3 customers" in text
    text = editor.post("/segments/oulu/change/", form(do="add:c", c__new="event")).content.decode()
    assert 'name="c-1.kind" value="event"' in text
    assert 'name="c-1.in.window"' in text


def test_builder_saves_what_the_form_says(editor: Client) -> None:
    answer = editor.post("/segments/oulu/change/", form(do="save", **{"c-0__value": "Turku"}))
    assert (answer.status_code, answer["Location"]) == (302, "/segments/oulu/")
    row = Segment.objects.get()
    assert (row.version, row.changed_by, row.founded_at) == (2, "editor", None)
    assert "is: Turku" in row.document


def test_builder_keeps_what_is_wrong_and_says_where(editor: Client) -> None:
    text = editor.post(
        "/segments/oulu/change/", form(do="save", **{"c-0__name": ""})
    ).content.decode()
    assert Segment.objects.get().version == 1
    assert 'id="e-c-0"' in text
    assert "must be a name" in text
    text = editor.post(
        "/segments/add/", form(do="save", key="new", **{"c-0__kind": "segment", "c-0__key": "none"})
    ).content.decode()
    assert "There is no segment none." in text


def test_builder_turns_to_text_and_back(editor: Client) -> None:
    text = editor.post("/segments/oulu/change/", form(do="text")).content.decode()
    assert "trait: town" in text
    written = OULU.replace("is: Oulu", "begins_with: Ou")
    back = editor.post("/segments/oulu/change/", {"text": written, "do": "form"}).content.decode()
    assert '<option value="begins_with" selected>' in back
    wrong = editor.post("/segments/oulu/change/", {"text": "key: [", "do": "form"}).content.decode()
    assert "The text cannot be read" in wrong


def test_preview_tells_sentence_count_and_examples(editor: Client) -> None:
    text = editor.post("/segments/preview/", form()).content.decode()
    assert "“town” is “Oulu”." in text
    assert "<strong>2</strong>" in text
    assert text.count("hx-swap-oob") == 2
    text = editor.post("/segments/preview/", form(**{"c-0__value": ""})).content.decode()
    assert "0" in text


def test_htmx_is_led_to_the_saved_segment(editor: Client) -> None:
    answer = editor.post("/segments/add/", form(do="save", key="b"), headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == "/segments/b/"


def test_readers_may_look_but_not_change(editor: Client, signed_in: SignIn) -> None:
    reader = signed_in("reader")
    assert reader.get("/segments/oulu/").status_code == 200
    assert reader.get("/segments/add/").status_code == 403
    assert reader.post("/segments/oulu/change/", form(do="save")).status_code == 403
    assert reader.post("/segments/do/segment/oulu/", {"do": "archive"}).status_code == 403
    assert Segment.objects.get().state == "active"


@pytest.mark.parametrize(
    ("word", "state"), [("pause", "paused"), ("archive", "archived"), ("refresh", "active")]
)
def test_orders_change_the_state(editor: Client, word: str, state: str) -> None:
    assert editor.post("/segments/do/segment/oulu/", {"do": word}).status_code == 302
    assert Segment.objects.get().state == state


def test_definition_is_given_as_it_was_saved(editor: Client) -> None:
    save_segment(OULU.replace("Oulu}", "Kemi}"))
    assert editor.get("/segments/oulu.yaml").content.decode() == OULU.replace("Oulu}", "Kemi}")
    assert editor.get("/segments/oulu/versions/1.yaml").content.decode() == OULU


def test_pages_of_stages(editor: Client, company: Company) -> None:
    save_model(MODEL)
    company.compute()
    company.did("aino", "Product Viewed")
    company.follow()
    assert "Model" in editor.get("/stages/").content.decode()
    text = editor.get("/stages/m/?days=7").content.decode()
    assert '<svg class="flows"' in text
    assert "Clubs" in text
    assert "aino" in editor.get("/stages/m/at/warm/").content.decode()
    assert editor.get("/stages/m/at/none/").status_code == 404
    customer = editor.get(f"/customers/{company.people['aino']}/").content.decode()
    assert "warm" in customer
    assert "From Oulu" in customer


def test_model_is_edited_as_text(editor: Client) -> None:
    save_model(MODEL)
    wrong = editor.post("/stages/m/change/", {"text": "key: m", "do": "save"}).content.decode()
    assert "stages" in wrong
    assert StageModel.objects.get().version == 1
    text = MODEL.replace("at_least: 2", "at_least: 3")
    assert editor.post("/stages/m/change/", {"text": text, "do": "save"}).status_code == 302
    assert StageModel.objects.get().version == 2


def test_number_of_queries_of_the_list_does_not_grow(
    editor: Client, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(5):
        save_segment(f"key: s{number}\nwhen: {{trait: n, is: {number}}}\n")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        editor.get("/segments/", headers={"hx-request": "true"})
