"""The pages of drafts and versions: what they show, who may, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from keskio.kernel.clock import VirtualClock
from keskio.talk.api import publish
from keskio.talk.models import Change, Dialogue, Version
from keskio.talk.publishing.drafts import create_draft, draft_of_version, save_draft
from keskio.talk.publishing.forms import as_typed
from keskio.talk.publishing.models import Draft
from keskio.talk.publishing.plans import read_plan
from keskio.talk.publishing.publishing import publish_text
from keskio.web.actions import create_user
from keskio.web.roles import ADMIN, EDITOR, READER
from tests.talk.publishing.test_changing import carry, inside, programme
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(db: None) -> Callable[..., Client]:
    def sign_in(role: str, name: str = "") -> Client:
        person = create_user(name or role, password="kuutamo-järvellä-88", role=role)
        client = Client(headers={"accept-language": "en"})
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def world(clock: VirtualClock) -> World:
    """Aino and Eero think since yesterday."""
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    publish(programme(), by="aino")
    world = World(clock)
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
    world.settle()
    world.wait(days=1)
    return world


def saved(draft: Draft, text: str, revision: int = 1) -> dict[str, object]:
    return {"text": text, "variables": "", "revision": revision}


def test_readers_see_the_pages_and_may_not_write(
    world: World, signed_in: Callable[..., Client]
) -> None:
    version = Version.objects.get()
    draft = draft_of_version(version, by="aino")
    publish_text(programme(text="Uusi"), by="aino", plan=read_plan(""))
    change = Change.objects.get()
    reader = signed_in(READER)
    shown: list[tuple[str, list[object]]] = [
        ("drafts", []), ("draft", [draft.pk]), ("differences", [draft.pk]), ("change", [change.pk]),
        ("versions", ["programme"]), ("compared", ["programme"]), ("file", ["programme", 1]),
    ]  # fmt: skip
    for name, place in shown:
        assert reader.get(reverse(f"publishing:{name}", args=place)).status_code == 200, name
    posts: list[tuple[str, list[object]]] = [
        ("add", []), ("second", []), ("draft", [draft.pk]), ("check", [draft.pk]),
        ("review", [draft.pk]), ("discard", [draft.pk]), ("publish", [draft.pk]),
        ("change_it", ["programme"]), ("state", ["programme"]), ("undo", [change.pk]),
    ]  # fmt: skip
    for name, place in posts:
        assert reader.post(reverse(f"publishing:{name}", args=place)).status_code == 403, name


def test_a_text_is_saved_to_the_letter_though_browsers_change_the_ends_of_lines(
    db: None, signed_in: Callable[..., Client]
) -> None:
    text = "\n\nkey: hello # a comment\n  odd:   \n\n"
    draft = create_draft(text, by="aino")
    page = reverse("publishing:draft", args=[draft.pk])
    editor = signed_in(EDITOR)
    shown = editor.get(page).content.decode()
    assert f">\n{text.replace(chr(10), chr(10))}</textarea>" in shown
    editor.post(page, saved(draft, text.replace("\n", "\r\n") + "more: 1\r\n"))
    assert Draft.objects.get().text == text + "more: 1\n"
    assert as_typed("a\r\nb", "x\r\ny") == "a\r\nb"


def test_a_save_over_a_newer_one_shows_both_texts(
    db: None, signed_in: Callable[..., Client]
) -> None:
    draft = create_draft("key: a\n", by="aino")
    save_draft(draft.pk, "key: theirs\n", revision=1, by="eero")
    page = reverse("publishing:draft", args=[draft.pk])
    editor = signed_in(EDITOR)
    refused = editor.post(page, saved(draft, "key: mine\r\n"))
    told = refused.content.decode()
    assert refused.status_code == 409
    assert (">\nkey: mine\n</textarea>" in told, "key: theirs" in told, "eero" in told) == (
        True,
    ) * 3
    assert Draft.objects.get().text == "key: theirs\n"
    editor.post(page, saved(draft, "key: both\r\n", revision=2))
    assert Draft.objects.get().text == "key: both\n"


def test_mistakes_stand_beside_the_text_with_their_lines(
    db: None, signed_in: Callable[..., Client]
) -> None:
    text = programme().replace("timeout: remind", "timeout: nowhere")
    draft = create_draft(text, by="aino")
    editor = signed_in(EDITOR)
    (one, sentence, _mend) = editor.get(reverse("publishing:draft", args=[draft.pk])).context[
        "found"
    ][0]
    assert (one.line, one.finding.step) == (11, "think")
    assert "nowhere" in sentence
    asked = editor.post(
        reverse("publishing:check", args=[draft.pk]), {"text": programme(), "variables": ""}
    )
    assert "Mistake" not in asked.content.decode()
    assert Draft.objects.get().text == text


def test_publishing_shows_what_will_happen_and_then_does_it(
    world: World, signed_in: Callable[..., Client]
) -> None:
    draft = create_draft(programme(text="Uusi", days=5), by="aino")
    editor = signed_in(EDITOR)
    page = reverse("publishing:publish", args=[draft.pk])
    shown = editor.get(page)
    assert (shown.context["people"], shown.context["forecast"].verdicts["followed"]) == (2, 2)
    assert Version.objects.count() == 1
    chosen = {"step-0": "exit", "revision": 1}
    looked = editor.post(page, {**chosen, "what": "look"})
    assert looked.context["forecast"].verdicts["exited"] == 2
    done = editor.post(page, {**chosen, "step-0": "follow", "what": "publish"})
    assert done.headers["Location"] == reverse("publishing:change", args=[Change.objects.get().pk])
    carry(world)
    assert inside() == [(2, "think"), (2, "think")]
    assert Draft.objects.get().state == "published"
    assert editor.post(page, {**chosen, "what": "publish"}).status_code == 200
    assert Version.objects.count() == 2


def test_a_removed_step_must_be_named_before_anything_is_published(
    world: World, signed_in: Callable[..., Client]
) -> None:
    draft = create_draft(programme(think=False), by="aino")
    editor = signed_in(EDITOR)
    page = reverse("publishing:publish", args=[draft.pk])
    assert "forecast" not in editor.get(page).context
    refused = editor.post(page, {"step-0": "", "revision": 1, "what": "publish"})
    assert (refused.status_code, "Say where they go" in refused.content.decode()) == (422, True)
    editor.post(page, {"step-0": "move:remind", "revision": 1, "what": "publish"})
    carry(world)
    world.settle()
    assert world.steps_to("aino") == ["offer", "remind"]


def test_mistakes_of_this_installation_are_seen_where_it_is_published(
    world: World, signed_in: Callable[..., Client]
) -> None:
    late = programme().replace("languages: [fi]", "languages: [fi]\nends: 2001-01-01")
    editor = signed_in(EDITOR)
    seen = [
        editor.get(reverse("publishing:publish", args=[create_draft(text, by="aino").pk])).context[
            "mistakes"
        ]
        for text in (late, programme())
    ]
    assert [[one.finding.code for one, _, _ in mistakes] for mistakes in seen] == [
        ["deadline_past"],
        [],
    ]


def test_a_draft_saved_meanwhile_is_not_published(
    world: World, signed_in: Callable[..., Client]
) -> None:
    draft = create_draft(programme(text="Uusi"), by="aino")
    save_draft(draft.pk, programme(text="Uusin"), revision=1, by="eero")
    page = reverse("publishing:publish", args=[draft.pk])
    signed_in(EDITOR).post(page, {"step-0": "follow", "revision": 1, "what": "publish"})
    assert Version.objects.count() == 1


def test_a_second_person_must_agree_where_that_is_turned_on(
    world: World, signed_in: Callable[..., Client]
) -> None:
    admin = signed_in(ADMIN)
    author, other = signed_in(EDITOR, "liisa"), signed_in(EDITOR, "matti")
    admin.post(reverse("publishing:second"), {"needed": "yes"})
    draft = create_draft(programme(text="Uusi"), by="liisa")
    publish_page, review = (
        reverse(f"publishing:{name}", args=[draft.pk]) for name in ("publish", "review")
    )
    done = {"step-0": "follow", "revision": 1, "what": "publish"}
    author.post(publish_page, done)
    assert Version.objects.count() == 1
    author.post(review, {"what": "ask"})
    author.post(review, {"what": "agree", "revision": 1})
    assert Draft.objects.get().agreed == 0  # her own text
    other.post(review, {"what": "return", "revision": 1, "comment": ""})
    assert Draft.objects.get().state == "asked"  # she would not know why
    other.post(review, {"what": "return", "revision": 1, "comment": "Kirjoitusvirhe"})
    page = reverse("publishing:draft", args=[draft.pk])
    author.post(page, saved(draft, programme(text="Uudempi")))
    author.post(review, {"what": "ask"})
    other.post(review, {"what": "agree", "revision": 2})
    author.post(publish_page, {**done, "revision": 2})
    assert Version.objects.count() == 2
    notes = [(note.what, note.by) for note in Draft.objects.get().notes.all()]
    assert notes == [
        ("created", "liisa"), ("asked", "liisa"), ("returned", "matti"), ("saved", "liisa"),
        ("asked", "liisa"), ("agreed", "matti"), ("published", "liisa"),
    ]  # fmt: skip


def test_what_was_agreed_to_is_no_longer_agreed_to_after_a_save(
    world: World, signed_in: Callable[..., Client]
) -> None:
    signed_in(ADMIN).post(reverse("publishing:second"), {"needed": "yes"})
    author, other = signed_in(EDITOR, "liisa"), signed_in(EDITOR, "matti")
    draft = create_draft(programme(text="Uusi"), by="liisa")
    review = reverse("publishing:review", args=[draft.pk])
    author.post(review, {"what": "ask"})
    other.post(review, {"what": "agree", "revision": 1})
    save_draft(draft.pk, programme(text="Uudempi"), revision=1, by="liisa")
    page = reverse("publishing:publish", args=[draft.pk])
    author.post(page, {"step-0": "follow", "revision": 2, "what": "publish"})
    assert Version.objects.count() == 1


def test_the_buttons_of_a_dialogue_pause_resume_and_close_it(
    world: World, signed_in: Callable[..., Client]
) -> None:
    editor = signed_in(EDITOR)
    address = reverse("publishing:state", args=["programme"])
    for state in ("paused", "live", "closed", "live"):
        editor.post(address, {"state": state})
        assert Dialogue.objects.get(key="programme").state == state
    editor.post(address, {"state": "nothing"})
    assert Dialogue.objects.get(key="programme").state == "live"
    page = editor.get(reverse("talk:dialogue", args=["programme"])).content.decode()
    assert page.count('name="state"') == 3


def test_a_change_is_begun_from_the_live_version_and_found_again(
    world: World, signed_in: Callable[..., Client]
) -> None:
    editor = signed_in(EDITOR)
    address = reverse("publishing:change_it", args=["programme"])
    first = editor.post(address).headers["Location"]
    assert editor.post(address).headers["Location"] == first
    assert Draft.objects.get().text == programme()


def test_an_undo_is_asked_for_on_the_page_of_the_change(
    world: World, signed_in: Callable[..., Client]
) -> None:
    change = publish_text(programme(text="Uusi"), by="aino", plan=read_plan("")).change
    assert change is not None
    carry(world)
    editor = signed_in(EDITOR)
    page = reverse("publishing:change", args=[change.pk])
    assert editor.get(page).context["plan"] == [("Everybody", "Follow: go on at this step")]
    assert editor.get(page).context["progress"].followed == 2
    editor.post(reverse("publishing:undo", args=[change.pk]))
    carry(world)
    assert inside() == [(1, "think"), (1, "think")]
    assert editor.get(page).context["progress"].back == 2


def test_versions_are_reported_each_by_itself_and_side_by_side(
    world: World, signed_in: Callable[..., Client]
) -> None:
    publish_text(programme(text="Uusi"), by="eero", plan=read_plan(""))
    carry(world)
    reader = signed_in(READER)
    newer, older = reader.get(reverse("publishing:versions", args=["programme"])).context["reports"]
    assert (older.books.entered, older.books.moved_out, older.sent) == (2, 2, 2)
    assert (newer.books.moved_in, newer.books.waiting, newer.version.published_by) == (2, 2, "eero")
    both = reader.get(reverse("publishing:compared", args=["programme"]), {"a": 1, "b": 2}).context
    assert [line.kind for line in both["lines"]] == ["text"]
    assert ("Moved in", 0, 2) in both["figures"]
    asked = reader.get(reverse("publishing:file", args=["programme", 1]))
    assert asked.content.decode() == programme()
