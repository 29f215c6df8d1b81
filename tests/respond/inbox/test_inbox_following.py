"""What the log tells becomes cases, and messages in those that are there; nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from keskio.events.api import append_events, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now, now_micros
from keskio.kernel.holdings import Person, holdings
from keskio.kernel.sql import run
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox import opening
from keskio.respond.inbox.finding import cases_with
from keskio.respond.inbox.following import CURSOR, InboxFollower
from keskio.respond.inbox.joining import merge
from keskio.respond.inbox.models import Case, Entry, Queue, Rules
from keskio.talk.actions import invite, publish
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ASKING = """
keskio: dialogue/1
key: question
title: {fi: Kysely, en: Question}
purpose: marketing
languages: [fi]
trigger: {hand: true}
steps:
  ask:
    kind: ask
    channel: sms
    text: {fi: "A vai B?"}
    for: 5 days
    choices: {A: {}, B: {}}
    outcomes: {A: chose-a, B: chose-b, none: nothing}
  chose-a: {kind: end, outcome: chose-a}
  chose-b: {kind: end, outcome: chose-b}
  nothing: {kind: end, outcome: nothing}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
    found = World(clock)
    found.person("aino")
    return found


def follow(world: World) -> None:
    world.run()
    while InboxFollower().turn(now_micros()):
        pass


def said(case: Case) -> list[tuple[str, str]]:
    rows = Entry.objects.filter(case=case).exclude(kind=c.EVENT).order_by("number")
    return [(row.kind, row.text) for row in rows]


def mail(world: World, text: str, subject: str, **more: Any) -> None:
    told: dict[str, Any] = {
        "channel": "email",
        "keyword": "",
        "from": "aino@example.com",
        "kind": "other",
    }
    world.tell("aino", "message.received", **told, text=text, subject=subject, **more)


def test_a_letter_opens_a_case_and_the_same_subject_goes_on_with_it(world: World) -> None:
    mail(world, "Pyörä on rikki.", "Pyörä", letter="1@example.com", attachments=["kuva.jpg"])
    mail(world, "Lisää tietoa.", "VS: Pyörä", letter="2@example.com")
    mail(world, "Toinen asia.", "Lasku")
    follow(world)
    one, two = Case.objects.order_by("pk")
    assert said(one) == [("in", "Pyörä on rikki."), ("in", "Lisää tietoa.")]
    assert (one.channel, one.customer_id, one.address, one.reply_to, one.subject) == (
        "email",
        world.people["aino"],
        "aino@example.com",
        "2@example.com",
        "Pyörä",
    )
    assert Entry.objects.get(source_id="1@example.com").attachments == ["kuva.jpg"]
    assert said(two) == [("in", "Toinen asia.")]
    mail(world, "Ja vielä.", "Re: pyörä")
    follow(world)
    assert len(said(one)) == 3


def test_nothing_is_taken_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mail(world, "Pyörä on rikki.", "Pyörä")
    world.run()

    class Killed(BaseException):
        pass

    def die(_name: str, _position: int) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("keskio.respond.inbox.following.move_cursor", die)
        with pytest.raises(Killed):
            InboxFollower().turn(now_micros())
    assert Case.objects.count() == 0
    follow(world)
    move_cursor(CURSOR, 0)
    follow(world)
    assert (Case.objects.count(), Entry.objects.filter(kind=c.IN).count()) == (1, 1)


def test_the_inbox_waits_for_the_dialogues(world: World) -> None:
    mail(world, "Hei", "Hei")
    assert InboxFollower().turn(now_micros()) is False
    assert Case.objects.count() == 0
    follow(world)
    assert Case.objects.count() == 1


def test_answers_to_dialogues_and_stop_words_are_no_cases(world: World) -> None:
    publish(ASKING)
    invite("question", [world.people["aino"]])
    world.settle()
    world.clock.advance(timedelta(minutes=1))
    world.reply("aino", "A")
    world.settle()
    follow(world)
    assert world.ends_of("aino") == [(1, "chose-a")]
    world.clock.advance(timedelta(minutes=1))
    world.reply("aino", "a.")  # once more: nobody needs to read it
    world.reply("aino", "STOP")
    world.tell("aino", "message.autoreplied", channel="email", text="Olen lomalla.")
    follow(world)
    assert Case.objects.count() == 0
    world.clock.advance(timedelta(minutes=1))
    world.reply("aino", "Missä laskuni on?")
    follow(world)
    assert said(Case.objects.get()) == [("in", "Missä laskuni on?")]


def test_what_a_dialogue_does_not_understand_is_for_people(world: World) -> None:
    publish(ASKING)
    invite("question", [world.people["aino"]])
    world.settle()
    world.clock.advance(timedelta(minutes=1))
    world.reply("aino", "Pyöräni varastettiin!")
    follow(world)
    assert world.reasons_of("aino") == [("nothing", "not_understood")]
    assert said(Case.objects.get()) == [("in", "Pyöräni varastettiin!")]


def test_what_came_after_the_last_question_had_closed_is_for_people(world: World) -> None:
    """Also when the end of the question and the message are taken in one go, after a standstill."""
    publish(ASKING)
    invite("question", [world.people["aino"]])
    world.settle()
    world.clock.advance(timedelta(days=6))
    world.reply("aino", "A")
    follow(world)
    assert world.ends_of("aino") == [(1, "nothing")]
    assert said(Case.objects.get()) == [("in", "A")]


def test_an_answer_to_our_answer_comes_to_its_case_whatever_its_subject(world: World) -> None:
    mail(world, "Pyörä on rikki.", "Pyörä")
    follow(world)
    case = Case.objects.get()
    entry = do.reply(case.pk, "Tuo se käymään.", by="eero", then=c.CLOSED)
    world.settle()
    follow(world)
    entry.refresh_from_db()
    assert entry.sending == c.SENT
    world.clock.advance(timedelta(days=2))
    mail(world, "Milloin?", "aivan muu", message=entry.message_id)
    follow(world)
    case.refresh_from_db()
    assert (case.state, said(case)[-1]) == (c.OPEN, ("in", "Milloin?"))
    # Long after it was closed, it is a new matter.
    do.close(case.pk, by="eero")
    world.clock.advance(timedelta(days=40))
    mail(world, "Taas rikki.", "Pyörä", message=entry.message_id)
    follow(world)
    assert Case.objects.count() == 2


def test_failed_and_unknown_answers_say_so(world: World) -> None:
    mail(world, "Hei", "Hei")
    follow(world)
    entry = do.reply(Case.objects.get().pk, "Hei!", by="eero")
    for name, expected in (("unknown", c.UNKNOWN), ("failed", c.FAILED)):
        told: dict[str, Any] = {
            "message": entry.message_id,
            "case": entry.case_id,
            "number": entry.number,
        }
        world.tell("aino", f"message.{name}", **told, reason="no such box")
        follow(world)
        entry.refresh_from_db()
        assert (entry.sending, entry.reason) == (expected, "no such box")


def heard(world: World, mention: int, text: str, **more: Any) -> None:
    run(
        "INSERT INTO listen_mention (id, source, source_id, channel, is_private, author, author_key,"
        " customer_id, title, text, url, language_hint, language, thread, parent, at, collected_at,"
        " reach, reposts, extra, state, is_match, negative, polarity, emotions, themes, side, motive,"
        " urgency, evidence, read_with, fingerprint, near_of, is_told, gone_why)"
        " VALUES (%s, 'masto', %s, 'mastodon', FALSE, '@eero@example.social', '', 0, '', %s, '', '',"
        " 'fi', '', '', 0, 0, 0, 0, '{}', 'read', TRUE, 0, 0, '{}', '{}', '', '', 0, '[]', '', 0, 0,"
        " TRUE, '')",
        (mention, f"status-{mention}", text),
    )
    told = {
        "mention": mention,
        "source": "masto",
        "channel": "mastodon",
        "author": "@eero@example.social",
        "thread": "t1",
        "language": "fi",
        "negative": 0.9,
        "urgency": 0.2,
        "themes": {"jonot": 0.9, "hinta": 0.3},
        **more,
    }
    world.people.setdefault("nobody", 0)
    world.tell("nobody", "mention.heard", **told)


def test_negative_mentions_open_one_case_for_a_thread(world: World) -> None:
    Queue.objects.create(key="some", channels=["social"])
    heard(world, 1, "Jonotin tunnin!")
    heard(world, 2, "Ja kallista oli.")
    heard(world, 3, "Kiitos hyvästä palvelusta", negative=0.1)
    heard(world, 4, "Toinen ketju, toinen juttu", thread="t2")
    follow(world)
    one, two = Case.objects.order_by("pk")
    assert said(one) == [("in", "Jonotin tunnin!"), ("in", "Ja kallista oli.")]
    assert (one.channel, one.network, one.kind, one.severity, one.themes, one.queue) == (
        *("social", "mastodon", c.COMPLAINT, c.SERIOUS),
        *(["jonot", "hinta"], "some"),
    )
    assert (one.address, one.reply_to) == ("@eero@example.social", "status-2")
    assert said(two) == [("in", "Toinen ketju, toinen juttu")]
    do.reply(one.pk, "Pahoittelut!", by="eero", public=True)
    assert Entry.objects.get(kind=c.OUT).is_open_to_all is True


def test_words_that_their_writer_deletes_go_from_the_inbox_too(world: World) -> None:
    heard(world, 1, "Jonotin tunnin!")
    follow(world)
    world.tell("nobody", "mention.gone", mention=1, why="deleted")
    follow(world)
    case = Case.objects.get()
    assert (said(case), case.preview) == ([("in", "")], "")


def test_the_threshold_is_the_companys(world: World) -> None:
    Rules.objects.create(document={"negative_from": 0.95, "urgency_from": 0.5}, changed_at=0)
    heard(world, 1, "Ei hyvä", negative=0.9)
    heard(world, 2, "Apua heti", negative=0.2, urgency=0.5, thread="t2")
    follow(world)
    assert said(Case.objects.get()) == [("in", "Apua heti")]


def test_the_past_of_a_new_source_opens_nothing(world: World) -> None:
    long_ago = now() - timedelta(days=8)
    low = {"survey": "nps", "response": 7, "score": 2, "comment": "Huono."}
    world.tell("aino", "survey.low_score", at=long_ago, **low)
    follow(world)
    assert Case.objects.count() == 0


def test_low_scores_and_calls_open_cases(world: World) -> None:
    low: dict[str, Any] = {
        "survey": "nps",
        "response": 7,
        "score": 2,
        "comment": "Huono.",
        "severity": 2,
    }
    world.tell("aino", "survey.low_score", **low)
    world.tell("aino", "survey.low_score", **low)
    call: dict[str, Any] = {"from": "+358401230001", "summary": "Kysyi laskusta."}
    world.tell("aino", "call.received", **call)
    follow(world)
    survey, called = Case.objects.order_by("pk")
    assert (survey.channel, survey.kind, survey.severity) == ("survey", c.COMPLAINT, c.SERIOUS)
    assert (survey.address, said(survey)) == ("aino@example.com", [("in", "Huono.")])
    assert (called.channel, called.address, said(called)) == (
        "call",
        "+358401230001",
        [("in", "Kysyi laskusta.")],
    )
    assert do.reply(survey.pk, "Pahoittelut.", by="eero").channel == "email"


def test_merged_customers_are_one(world: World) -> None:
    mail(world, "Pyörä on rikki.", "Pyörä")
    follow(world)
    world.person("aino2", email="aino2@example.com")
    gone, stays = world.people["aino"], world.people["aino2"]
    run("UPDATE know_customer SET merged_into_id = %s WHERE id = %s", (stays, gone))
    body = '{"properties": {"channel": "email", "text": "Entä nyt?", "subject": "Pyörä"}}'
    with transaction.atomic():
        append_events([NewEvent(stays, "message.received", now_micros(), body)])
    follow(world)
    assert said(Case.objects.get()) == [("in", "Pyörä on rikki."), ("in", "Entä nyt?")]


def test_a_batch_costs_the_same_queries_whatever_its_size(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        mail(world, f"Asia {n}", f"Asia {n}")
    world.run()
    with django_assert_max_num_queries(40):
        InboxFollower().turn(now_micros())
    assert Case.objects.count() == 30


def test_strange_events_stop_nothing(world: World) -> None:
    world.tell("aino", "survey.low_score", score="en tiedä", survey={"a": 1})
    world.tell("aino", "call.received", summary={"a": [1]})
    mail(world, "Hei", "Hei")
    follow(world)
    assert Case.objects.filter(subject="Hei").count() == 1
    assert opening.REOPENED_WITHIN == 30 * 24 * 3600 * 10**6


def test_signs_that_no_table_can_hold_keep_nobody_from_the_inbox(world: World) -> None:
    mail(world, "Pyörä\x00 on rikki", "Ri\x00kki")
    follow(world)
    case = Case.objects.get()
    assert (case.subject, said(case)) == ("Rikki", [("in", "Pyörä on rikki")])


def test_what_somebody_says_in_anothers_case_is_hers_when_she_is_erased(world: World) -> None:
    world.person("eero")
    aino, eero = world.people["aino"], world.people["eero"]
    kept = do.open_case(customer=eero, channel=c.EMAIL, text="Eeron", address="e@example.com")
    mail(world, "Ainon ensimmäinen", "Pyörä")
    follow(world)
    hers = Case.objects.get(customer_id=aino)
    answered = do.reply(hers.pk, "Vastaus", by="eero")
    merge(hers.pk, kept.pk, by="eero")
    mail(world, "Ainon toinen", "Re: Pyörä", message=answered.message_id)
    follow(world)
    assert cases_with("toinen") == [kept.pk]
    for holding in holdings():
        if holding.key.startswith("inbox_"):
            holding.erase(Person((aino,)), 0)
    assert said(kept) == [("in", "Eeron")]
    assert (cases_with("toinen"), cases_with("eeron")) == ([], [kept.pk])
