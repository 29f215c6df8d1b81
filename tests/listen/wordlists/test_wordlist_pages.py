"""Word lists: ready ones, drafts, putting in use, and the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from keskio.engine.text.lists import Kind
from keskio.listen.wordlists import actions, queries
from keskio.listen.wordlists.documents import (
    LANGUAGES,
    READY,
    BadWordList,
    entries_in,
    faults_of,
    ready,
)
from keskio.listen.wordlists.models import Version
from keskio.web.actions import create_user
from keskio.web.roles import EDITOR, READER


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(create_user(role, password="kuutamo-järvellä-88", role=role))
    return client


@pytest.fixture
def editor(db: None) -> Client:
    return signed_in(EDITOR)


@pytest.fixture
def reader(db: None) -> Client:
    return signed_in(READER)


@pytest.mark.parametrize("key", [*READY, "general"])
def test_ready_lists_are_in_order(key: str) -> None:
    document = ready(key)
    assert faults_of(document) == []
    for language in LANGUAGES:
        assert len(list(entries_in(document, language))) > 150


@pytest.mark.parametrize("key", READY)
def test_no_ready_word_is_both_bad_and_neutral_here(key: str) -> None:
    for language in LANGUAGES:
        marks = list(entries_in(ready(key), language))
        neutral = {entry for entry, mark, _ in marks if mark.kinds & Kind.NEUTRAL}
        assert neutral & {entry for entry, mark, _ in marks if mark.kinds & Kind.BAD} == set()


@pytest.mark.django_db
def test_before_any_choice_all_ready_lists_are_in_use() -> None:
    assert [document["key"] for document in queries.documents_in_use()[1:]] == [*READY, "general"]


@pytest.mark.django_db
def test_a_draft_is_read_with_only_when_put_in_use() -> None:
    document = {"kind": "company", "uses": ["bank"], "domain": {"fi": "karhulinja"}}
    actions.save_draft(document, by="aino")
    assert queries.company_document()["uses"] == list(READY)
    actions.use_draft(by="eero")
    assert queries.company_document() == document
    assert [one.get("key") for one in queries.documents_in_use()] == [None, "bank", "general"]
    actions.save_draft({**document, "uses": []}, by="aino")
    actions.use_draft(by="aino")
    assert sorted(Version.objects.values_list("state", flat=True)) == ["before", "in_use"]


@pytest.mark.django_db
def test_a_faulty_list_is_not_saved() -> None:
    with pytest.raises(BadWordList):
        actions.save_draft({"nonsense": 1}, by="aino")
    assert Version.objects.count() == 0


@pytest.mark.django_db
def test_without_a_draft_there_is_nothing_to_use_or_drop() -> None:
    with pytest.raises(actions.NoDraft):
        actions.use_draft(by="aino")
    with pytest.raises(actions.NoDraft):
        actions.drop_draft()


def filled(**given: object) -> dict[str, object]:
    return {"uses": ["bank"], "domain_fi": "Karhulinja,\nkarhukortti", **given}


@pytest.mark.django_db
def test_an_editor_saves_tries_and_uses_a_draft(editor: Client) -> None:
    given = filled(
        theme0_name_fi="Karhut",
        theme0_words_fi="karhulinja, karhukortti",
        neutral_fi="hirvihälytys",
    )
    assert editor.post("/word-lists/change/", given).headers["Location"] == "/word-lists/try/"
    draft = queries.draft_document()
    assert draft["domain"] == {"fi": "karhulinja, karhukortti"}
    assert draft["themes"]["karhut"]["name"] == {"fi": "Karhut", "en": "Karhut"}
    page = editor.post("/word-lists/try/", {"texts": "Karhulinja on surkea."})
    assert page.status_code == 200
    (one,) = page.context["tried"]
    assert (one.label, one.reading.themes, one.is_changed) == ("negative", {"karhut": 1.0}, True)
    assert editor.post("/word-lists/use/").headers["Location"] == "/word-lists/"
    assert queries.company_document()["uses"] == ["bank"]


@pytest.mark.django_db
def test_a_reader_sees_but_does_not_change(reader: Client) -> None:
    for path in ("/word-lists/", "/word-lists/ready/bank/", "/word-lists/try/"):
        assert reader.get(path).status_code == 200
    assert reader.get("/word-lists/change/").status_code == 403
    for path in ("/word-lists/change/", "/word-lists/use/", "/word-lists/drop/"):
        assert reader.post(path, filled()).status_code == 403
    assert Version.objects.count() == 0


@pytest.mark.django_db
def test_drafts_are_dropped_and_old_lists_taken_again(editor: Client) -> None:
    for uses in (["bank"], ["retail"]):
        actions.save_draft({"kind": "company", "uses": uses}, by="aino")
        actions.use_draft(by="aino")
    old = Version.objects.get(state="before")
    assert editor.post(f"/word-lists/before/{old.pk}/").status_code == 302
    assert queries.draft_document()["uses"] == ["bank"]
    assert editor.post("/word-lists/drop/").status_code == 302
    assert queries.draft_document()["uses"] == ["retail"]
    assert editor.get("/word-lists/ready/zoo/").status_code == 404
