"""Drafts: kept to the letter, never lost under somebody else's save, never more than a text."""

from __future__ import annotations

from datetime import date

import pytest

from keskio.talk.actions import publish
from keskio.talk.documents import playbook_text
from keskio.talk.publishing import drafts
from keskio.talk.publishing.drafts import (
    NotOpen,
    Overtaken,
    TooLong,
    create_draft,
    discard_draft,
    draft_of_playbook,
    draft_of_version,
    save_draft,
)
from keskio.talk.publishing.models import Draft

pytestmark = pytest.mark.django_db
HELLO = "keskio: dialogue/1\r\nkey: hello\ntitle: {fi: Hei, en: Hi}\n\tsteps:  \n"


def test_a_draft_keeps_its_text_to_the_letter_even_when_it_cannot_be_read() -> None:
    draft = create_draft(HELLO, by="aino")
    assert Draft.objects.get(pk=draft.pk).text == HELLO
    assert (draft.key, draft.revision, draft.state) == ("", 1, "open")


def test_a_draft_is_named_by_its_text_and_keeps_the_name_while_it_cannot_be_read() -> None:
    draft = create_draft("key: hello\ntitle: {fi: Hei}", by="aino")
    assert (draft.key, drafts.name_of(draft, "en")) == ("hello", "Hei")
    saved = save_draft(draft.pk, "key: [", revision=1, by="aino")
    assert (saved.key, saved.title, saved.text) == ("hello", {"fi": "Hei"}, "key: [")


def test_a_draft_of_a_version_has_its_text_and_its_variables() -> None:
    text = playbook_text("bicycle-autumn-service")
    version = publish(text, variables={"price": "95 €"})
    draft = draft_of_version(version, by="aino")
    assert (draft.text, draft.variables, draft.based_on) == (text, version.variables, version.pk)


def test_a_draft_of_a_playbook_takes_the_answers_to_its_questions() -> None:
    draft = draft_of_playbook(
        "bicycle-autumn-service", by="aino", variables={"offer_to": date(2013, 9, 29)}
    )
    assert (draft.key, draft.variables) == ("bicycle-autumn-service", {"offer_to": "2013-09-29"})


def test_saving_over_a_newer_save_is_refused_with_both_texts() -> None:
    draft = create_draft("key: a", by="aino")
    save_draft(draft.pk, "key: b", revision=1, by="eero")
    with pytest.raises(Overtaken) as refusal:
        save_draft(draft.pk, "key: c", revision=1, by="aino")
    assert (refusal.value.draft.text, refusal.value.yours) == ("key: b", "key: c")
    assert Draft.objects.get(pk=draft.pk).text == "key: b"


def test_saving_the_same_again_is_no_new_revision() -> None:
    draft = create_draft("key: a", by="aino")
    assert save_draft(draft.pk, "key: a", revision=1, by="eero").revision == 1
    assert [note.what for note in draft.notes.all()] == ["created"]


def test_a_discarded_draft_cannot_be_changed() -> None:
    draft = create_draft("key: a", by="aino")
    discard_draft(draft.pk, by="aino")
    with pytest.raises(NotOpen):
        save_draft(draft.pk, "key: b", revision=1, by="aino")
    assert [note.what for note in draft.notes.all()] == ["created", "discarded"]


def test_a_text_that_no_definition_can_be_is_refused() -> None:
    with pytest.raises(TooLong):
        create_draft("x" * (drafts.MOST_CHARACTERS + 1), by="aino")
