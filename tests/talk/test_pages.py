"""What pages tell of the dialogues: counts, books, reasons, why, drawings; and who may decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from msgspec import json

from keskio.channels.contracts import Result, Unknown
from keskio.engine.dialogue.program import Moment
from keskio.engine.times import DAY, HOUR, MINUTE, Span
from keskio.kernel.clock import VirtualClock
from keskio.talk import drawing, standing
from keskio.talk.answers import latest_answers
from keskio.talk.api import add_offer, publish_playbook
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.models import Message, Version
from keskio.talk.moment_words import moment_in_words, span_in_words
from keskio.talk.shelf import program_of
from keskio.talk.whys import why_of
from keskio.web.actions import create_user
from keskio.web.roles import EDITOR, READER
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "bicycle-autumn-service"


@pytest.fixture
def world(clock: VirtualClock) -> World:
    """Five customers after the first hour: A, B, another answer, no permission, silence."""
    clock.turn_to(datetime(2012, 9, 1, 6, 0, tzinfo=UTC))
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
    publish_playbook("stop-confirmation")
    publish_playbook(KEY, by="aino")
    world = World(clock)
    for name in ("aino", "eero", "siiri", "onni"):
        world.person(name)
    world.person("ville", consents=())
    world.wait(days=9, hours=1)
    for name, text in (("aino", "A"), ("eero", "B"), ("siiri", "Ahaa kiitos")):
        world.reply(name, text)
    world.settle()
    return world


@pytest.fixture
def version(world: World) -> Version:
    return Version.objects.select_related("dialogue").get(dialogue__key=KEY)


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        person = create_user(role, password="kuutamo-järvellä-88", role=role)
        client = Client(headers={"accept-language": "en"})
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def test_counts_of_steps_are_those_of_the_people(version: Version) -> None:
    counts = standing.standing_of(version, program_of(version.pk)).counts.steps
    invite = counts["invite"]
    assert (invite.waiting, invite.dropped, invite.held) == (2, 1, 0)
    assert invite.outcomes == {"A": 1, "B": 1, "other": 1, "dropped.no_permission": 1}
    assert (counts["call"].waiting, counts["with-coupon"].waiting) == (1, 1)
    assert counts["coupon"].outcomes == {"given": 1}


def test_books_balance_and_say_how_people_ended(version: Version) -> None:
    books = standing.standing_of(version, program_of(version.pk)).books
    assert (books.entered, books.waiting, dict(books.ended)) == (
        5,
        4,
        {"invite.dropped.no_permission": 1},
    )
    assert books.is_balanced


def test_books_show_when_they_do_not_balance() -> None:
    books = standing.Books(entered=10, waiting=4, ended={"served": 3}, exited={"x": 2})
    assert (books.sum, books.is_balanced) == (9, False)


def test_those_who_did_not_come_in_are_counted_apart(world: World, version: Version) -> None:
    from keskio.talk.api import invite

    invite(KEY, [world.people["aino"]])
    world.settle()
    books = standing.standing_of(version, program_of(version.pk)).books
    assert (books.entered, dict(books.refused), books.is_balanced) == (
        5,
        {"already_inside": 1},
        True,
    )


def test_overview_has_every_dialogue_once_with_the_latest_first(world: World) -> None:
    found = standing.dialogue_overview()
    assert [(one.key, one.version, one.books.entered) for one in found] == [
        (KEY, 1, 5),
        ("stop-confirmation", 1, 0),
    ]


def test_people_at_a_step_are_those_who_wait_there(world: World, version: Version) -> None:
    found = standing.people_at(version, "invite", limit=10)
    assert {one.customer for one in found} == {world.people["siiri"], world.people["onni"]}
    assert len(standing.people_at(version, "invite", limit=1, offset=1)) == 1
    assert standing.people_at(version, "invite", limit=1, offset=2) == []


def test_reasons_are_counted_by_step(version: Version) -> None:
    assert standing.held_reasons(version) == [standing.Why("dropped", "no_permission", "invite", 1)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Asiakas ei ole antanut lupaa tähän tarkoitukseen tässä kanavassa."),
        ("en", "The customer has not given permission for this purpose in this channel."),
    ],
)
def test_why_nothing_was_sent_is_one_sentence(world: World, language: str, sentence: str) -> None:
    with translation.override(language):
        (line,) = why_of([world.people["ville"]])
    assert (line.sentence, line.text, line.dialogue_key) == (sentence, "", KEY)


def test_why_a_message_was_sent_names_the_permission_and_the_text(world: World) -> None:
    with translation.override("en"):
        thanks, offer = why_of([world.people["aino"]])
    assert offer.sentence == "Allowed by the customer's permission (marketing, sms)."
    assert offer.text.startswith("Hei Aino! Syyshuolto")
    assert (offer.title, offer.step, offer.version) == ("sent", "The offer", 1)
    assert thanks.sentence == "Allowed without a separate permission (answer to the customer)."


def test_why_of_a_message_in_doubt_says_that_nobody_knows(world: World) -> None:
    world.outbox.results = [Unknown("the line broke")]
    world.reply("onni", "A")
    world.settle()
    with translation.override("en"):
        line = why_of([world.people["onni"]])[0]
    assert line.title == "unknown"
    assert line.sentence.endswith(
        "Nobody knows whether the message went out; it is not sent again before a person decides."
        " In the provider's words: the line broke."
    )


def test_why_of_a_refusal_repeats_the_provider(world: World) -> None:
    world.outbox.results = [Result("refused", sentence="unknown subscriber", permanent=True)]
    world.reply("onni", "A")
    world.settle()
    with translation.override("en"):
        line = why_of([world.people["onni"]])[0]
    assert (line.title, line.sentence.split(". ")[-1]) == (
        "failed",
        "In the provider's words: unknown subscriber.",
    )


def test_latest_answers_come_newest_first(world: World) -> None:
    world.clock.advance(timedelta(minutes=1))
    world.reply("onni", "Paljonko maksaa?")
    assert [answer.text for answer in latest_answers(2)] == ["Paljonko maksaa?", "Ahaa kiitos"]


def test_drawing_has_every_step_and_leads_every_outcome_somewhere() -> None:
    program, _ = compile_text(playbook_text(KEY))
    assert program is not None
    drawn = drawing.draw(program, "fi")
    ids = {node.id for node in drawn.nodes}
    assert set(program.steps) <= ids
    assert {edge.target for edge in drawn.edges} <= ids
    told = {(edge.source, outcome) for edge in drawn.edges for outcome in edge.outcomes}
    defined = {
        (key, outcome)
        for key, step in program.steps.items()
        for outcome in step.outcomes
        if step.kind != "end"
    }
    assert told == defined


@pytest.mark.parametrize(
    ("language", "label"), [("fi", "A · Huolto ja renkaat"), ("en", "A · Service and tyres")]
)
def test_drawing_names_choices_in_the_readers_language(language: str, label: str) -> None:
    program, _ = compile_text(playbook_text(KEY))
    assert program is not None
    (edge,) = [edge for edge in drawing.draw(program, language).edges if edge.outcomes == ["A"]][:1]
    assert (edge.label, edge.tone) == (label, "answer")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment(after=Span(days=2)), "2 days later"),
        (Moment(after=Span(months=14)), "1 year 2 months later"),
        (Moment(after=Span(days=1), at=9 * 60), "1 day later at 9:00"),
        (Moment(working_days=1, at=16 * 60), "1 working day later at 16:00"),
        (Moment(weekday=0, at=9 * 60), "next monday at 9:00"),
        (Moment(until="$offer_to"), "until 29 Sep 2012"),
        (Moment(until="2012-11-20T18:00"), "until 20 Nov 2012, 18:00"),
        (Moment(until="$delivered_on"), "until delivered_on"),
    ],
)
def test_moments_are_said_in_words(moment: Moment, words: str) -> None:
    with translation.override("en"):
        said = moment_in_words(moment, {"offer_to": "2012-09-29"}, "Europe/Helsinki")
    assert said == words


def test_spans_are_said_in_their_largest_units() -> None:
    with translation.override("fi"):
        said = [span_in_words(Span(micros=m)) for m in (MINUTE, 26 * HOUR, 7 * DAY)]
    assert said == ["1 minuutti", "1 päivä 2 tuntia", "7 päivää"]


@pytest.mark.parametrize(
    "name",
    ["dialogues", "dialogue", "version", "standing", "counts", "step"],
)
def test_readers_see_the_pages(world: World, signed_in: Callable[[str], Client], name: str) -> None:
    known: dict[str, list[object]] = {"dialogues": [], "dialogue": [KEY], "step": [KEY, 1, "call"]}
    arguments = known.get(name, [KEY, 1])
    assert signed_in(READER).get(reverse(f"talk:{name}", args=arguments)).status_code == 200


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("dialogue", ["nothing"]), ("version", [KEY, 7]), ("step", [KEY, 1, "nothing"])],
)
def test_what_is_not_there_is_a_404(
    world: World, signed_in: Callable[[str], Client], name: str, arguments: list[object]
) -> None:
    assert signed_in(READER).get(reverse(f"talk:{name}", args=arguments)).status_code == 404


def test_counts_are_what_the_drawing_begins_with(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in(READER)
    counts = json.decode(client.get(reverse("talk:counts", args=[KEY, 1])).content)
    flow = client.get(reverse("talk:version", args=[KEY, 1])).context["flow"]
    assert counts == flow["counts"]


def test_an_unknown_message_is_decided_by_an_editor_once(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    world.outbox.results = [Unknown("the line broke")]
    world.reply("onni", "A")
    world.settle()
    message = Message.objects.get(state="unknown")
    address, verdict = reverse("talk:decide_unknown", args=[message.pk]), {"verdict": "not_sent"}
    assert signed_in(READER).post(address, verdict).status_code == 403
    assert Message.objects.get(pk=message.pk).state == "unknown"
    editor = signed_in(EDITOR)
    editor.post(address, {"verdict": "perhaps"})
    assert Message.objects.get(pk=message.pk).state == "unknown"
    editor.post(address, verdict)
    assert Message.objects.get(pk=message.pk).state == "failed"
    editor.post(address, {"verdict": "sent"})
    assert Message.objects.get(pk=message.pk).state == "failed"
    with translation.override("en"):
        assert why_of([world.people["onni"]])[0].sentence.endswith("Decided by editor.")
