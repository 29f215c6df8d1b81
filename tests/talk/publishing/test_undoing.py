"""Undoing a change that took people out: they come back to where they were, or stay out for a reason."""

from __future__ import annotations

import pytest

from keskio.engine.dialogue.migrating import Instruction, Plan
from keskio.kernel.sql import fetch
from keskio.talk.models import Change, Enrolment
from keskio.talk.publishing.changing import UndoPlan, progress_of, undo_change, undo_plan_of
from keskio.talk.publishing.publishing import publish_text
from tests.talk.publishing import test_changing
from tests.talk.publishing.test_changing import balanced, carry, inside, programme
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
OUT = Plan({"think": Instruction("exit"), "offer": Instruction("exit")})
world = test_changing.world  # Aino and Eero think since yesterday, Siiri rests


def take_out(world: World, text: str = "Uusi", **changed: str) -> Change:
    """Publish a version that takes out who thinks or waits for the offer; return the change."""
    written = programme(text=text)
    for before, after in changed.items():
        written = written.replace(before, after)
    change = publish_text(written, by="aino", plan=OUT).change
    assert change is not None
    carry(world)
    return change


def undo(world: World, change: Change) -> tuple[int, dict[str, int]]:
    """Undo `change`; return how many came back, and why others did not."""
    undo_change(change.pk, by="eero")
    carry(world)
    assert balanced()
    done = progress_of(Change.objects.get(pk=change.pk))
    return done.back, done.left


def live_version() -> int:
    sql = "SELECT number FROM talk_version v JOIN talk_dialogue d ON d.live_version_id = v.id"
    return int(fetch(sql)[0][0])


def test_who_was_taken_out_is_again_where_she_was_and_gets_what_was_due(world: World) -> None:
    before = list(Enrolment.objects.order_by("id").values_list("status", "step", "due_at", "state"))
    change = take_out(world)
    assert inside() == [(2, "rest")]
    assert undo_plan_of(change.pk) == UndoPlan(moved=1, taken_out=2, entered_anew=0)
    world.wait(days=2)
    assert undo(world, change) == (3, {})
    rows = Enrolment.objects.order_by("id").values_list("status", "step", "due_at", "state")
    assert list(rows) == before
    assert inside() == [(1, "rest"), (1, "think"), (1, "think")]
    assert world.reasons_of("aino") == [("exited", "ended_by_change"), ("nothing", "moved_back")]
    assert len(world.events_of("aino", "dialogue.reopened")) == 1
    world.wait(days=20)
    assert world.texts_to("aino") == [("offer", "Tarjous"), ("remind", "Muistutus")]
    assert world.ends_of("eero") == [(1, "bye")]
    assert balanced()


def test_who_has_entered_anew_goes_on_with_that(world: World) -> None:
    change = take_out(world, trigger="reentry: always\ntrigger")
    world.wait(hours=1)
    world.tell("aino", "Asked")
    world.settle()
    assert undo_plan_of(change.pk) == UndoPlan(moved=1, taken_out=1, entered_anew=1)
    assert undo(world, change) == (2, {"entered_anew": 1})
    assert inside() == [(1, "rest"), (1, "think"), (2, "think")]
    world.wait(days=20)
    assert world.steps_to("aino") == ["offer", "offer", "remind"]
    assert balanced()


def test_who_has_written_meanwhile_stays_out(world: World) -> None:
    change = take_out(world)
    world.wait(hours=1)
    world.reply("eero", "Onko tarjous vielä voimassa?")
    world.settle()
    assert undo(world, change) == (2, {"has_acted": 1})
    assert world.ends_of("eero") == [(2, "ended_by_change")]


def test_a_message_that_was_taken_back_is_neither_sent_twice_nor_waited_for(world: World) -> None:
    world.person("onni")
    world.tell("onni", "Asked")
    world.run()  # claimed, not handed over
    change = take_out(world)
    assert undo(world, change) == (3, {"cannot_resume": 1})
    world.wait(days=20)
    assert world.texts_to("onni") == []
    assert world.ends_of("onni") == [(2, "ended_by_change")]


def test_an_undo_asked_for_twice_brings_each_back_once(world: World) -> None:
    change = take_out(world)
    undo_change(change.pk, by="eero")
    carry(world)
    Change.objects.filter(pk=change.pk).update(state="undoing", reached=0, asked=0)
    carry(world)
    assert inside() == [(1, "rest"), (1, "think"), (1, "think")]
    told = "SELECT count(*) FROM events_event WHERE name = 'dialogue.reopened'"
    assert fetch(told)[0][0] == 2
    assert balanced()


def test_an_undo_does_not_bring_a_version_back_that_was_undone_itself(world: World) -> None:
    for days in (20, 30):
        change = publish_text(programme(days=days), by="aino", plan=Plan()).change
        assert change is not None
        carry(world)
        undo_change(change.pk, by="eero")
        carry(world)
        assert live_version() == 1
