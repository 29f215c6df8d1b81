"""Publishing with people inside: moved as the plan says, the books balanced at every moment, undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keskio.engine.dialogue.migrating import Instruction, Plan
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.api import publish
from keskio.talk.models import Change, Dialogue, Enrolment, Version
from keskio.talk.publishing import changing
from keskio.talk.publishing.changing import (
    Carrier,
    NotUndoable,
    olds_of,
    progress_of,
    undo_change,
)
from keskio.talk.publishing.plans import CannotMove, Fault, read_plan, write_plan
from keskio.talk.publishing.publishing import foresee, look_at, publish_text
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400_000_000


def programme(
    *, text: str = "Muistutus", days: int = 10, think: bool = True, extra: str = ""
) -> str:
    """Return a definition: an offer, time to think, a reminder, a rest."""
    wait = (
        f"  think: {{kind: wait, for: {days} days, outcomes: {{timeout: remind}}}}\n"
        if think
        else ""
    )
    after = "think" if think else "remind"
    return f"""
keskio: dialogue/1
key: programme
title: {{fi: Ohjelma}}
purpose: marketing
languages: [fi]
quiet: ignore
trigger: {{event: Asked}}
steps:
  offer: {{kind: send, channel: sms, text: {{fi: Tarjous}}, outcomes: {{sent: {after}}}}}
{wait}{extra}  remind: {{kind: send, channel: sms, text: {{fi: {text}}}, outcomes: {{sent: rest}}}}
  rest: {{kind: wait, for: 5 days, outcomes: {{timeout: bye}}}}
  bye: {{kind: end}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    """Aino and Eero think since yesterday, Siiri rests."""
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    publish(programme(), by="aino")
    world = World(clock)
    for name in ("siiri", "aino", "eero"):
        world.person(name)
    world.tell("siiri", "Asked")
    world.wait(days=11)
    for name in ("aino", "eero"):
        world.tell(name, "Asked")
    world.settle()
    world.wait(days=1)
    return world


def carry(world: World) -> None:
    """Let the job and the runner work until the change is done."""
    carrier = Carrier()
    for _ in range(20):
        while carrier.turn(world.clock.micros()):
            world.run()
        world.run()
        carrier.turn(world.clock.micros())
        if not Change.objects.filter(state__in=("carrying", "undoing")).exists():
            return
    raise AssertionError("the change does not come to an end")


def inside() -> list[tuple[int, str]]:
    """Return (version's number, step) of those inside, in order of entering."""
    numbers = dict(Version.objects.values_list("pk", "number"))
    rows = Enrolment.objects.filter(status=0).order_by("id").values_list("version_id", "step")
    return [(numbers[version], step) for version, step in rows]


def balanced() -> bool:
    return all(came == found for came, found in books().values())


def test_without_a_plan_everybody_stays_and_newcomers_get_the_new_version(world: World) -> None:
    publish_text(programme(text="Uusi"), by="aino")
    world.person("onni")
    world.tell("onni", "Asked")
    world.settle()
    assert inside() == [(1, "rest"), (1, "think"), (1, "think"), (2, "think")]
    assert not Change.objects.exists()


def test_those_inside_follow_and_get_the_new_text_and_the_new_delay(world: World) -> None:
    publish_text(programme(text="Uusi", days=5), by="aino", plan=Plan())
    carry(world)
    assert inside() == [(2, "rest"), (2, "think"), (2, "think")]
    assert books() == {
        Version.objects.get(number=1).pk: (3, 3),
        Version.objects.get(number=2).pk: (3, 3),
    }
    world.wait(days=4, hours=1)  # five days since they began to think
    assert world.texts_to("aino")[-1] == ("remind", "Uusi")
    assert world.steps_to("siiri") == ["offer", "remind"]
    assert balanced()


def test_nobody_is_moved_before_the_plan_says_where_everybody_goes(world: World) -> None:
    with pytest.raises(CannotMove) as refusal:
        publish_text(programme(think=False), by="aino", plan=Plan())
    assert refusal.value.faults == [Fault("step_unnamed", "think")]
    assert Version.objects.count() == 1
    for step, said, code in (
        ("think", Instruction("move", "nowhere"), "no_such_target"),
        ("rest", Instruction("move", "remind"), "target_passed"),
    ):
        plan = Plan({"think": Instruction("exit"), step: said})
        with pytest.raises(CannotMove) as refusal:
            publish_text(programme(think=False), by="aino", plan=plan)
        assert [fault.code for fault in refusal.value.faults] == [code]


def test_those_at_a_removed_step_are_moved_where_the_plan_says(world: World) -> None:
    plan = Plan({"think": Instruction("move", "remind")})
    publish_text(programme(think=False), by="aino", plan=plan)
    carry(world)
    world.settle()
    assert world.steps_to("aino") == ["offer", "remind"]
    assert inside() == [(2, "rest")] * 3
    assert balanced()


def test_those_who_are_to_leave_leave_in_their_own_version(world: World) -> None:
    publish_text(programme(), by="aino", plan=Plan({"think": Instruction("exit")}))
    change = Change.objects.first()
    assert change is None, "the same text again is no new version, and nobody is anywhere else"
    publish_text(programme(text="Uusi"), by="aino", plan=Plan({"think": Instruction("exit")}))
    carry(world)
    assert world.ends_of("aino") == [(2, "ended_by_change")]
    assert world.reasons_of("aino")[-1] == ("exited", "ended_by_change")
    done = progress_of(Change.objects.get())
    assert (done.exited, done.followed, done.answered, done.asked) == (2, 1, 3, 3)
    assert balanced()


def test_who_stays_by_the_plan_is_not_asked(world: World) -> None:
    publish_text(programme(text="Uusi"), by="aino", plan=Plan({"think": Instruction("stay")}))
    carry(world)
    assert inside() == [(2, "rest"), (1, "think"), (1, "think")]
    assert Change.objects.get().asked == 1


def test_a_claimed_message_keeps_its_text_and_is_not_sent_again(
    world: World, clock: VirtualClock
) -> None:
    world.person("onni")
    world.tell("onni", "Asked")
    world.run()  # claimed, not handed over
    publish_text(programme(text="Uusi").replace("Tarjous", "Ale"), by="aino", plan=Plan())
    carry(world)
    world.settle()
    assert world.texts_to("onni") == [("offer", "Tarjous")]
    assert inside()[-1] == (2, "think")
    assert balanced()


def test_killed_between_any_two_turns_it_goes_on_and_moves_each_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "SLICE", 1)
    publish_text(programme(text="Uusi"), by="aino", plan=Plan())
    for _ in range(9):
        Carrier().turn(world.clock.micros())  # another process each time
        world.run()
        assert balanced()
    assert Change.objects.get().state == "done"
    assert fetch("SELECT count(*) FROM talk_moved")[0][0] == 3
    assert inside() == [(2, "rest"), (2, "think"), (2, "think")]


def test_what_happens_before_the_move_beats_it(world: World) -> None:
    publish_text(programme(text="Uusi"), by="aino", plan=Plan())
    while Carrier().turn(world.clock.micros()):
        pass
    world.clock.advance(timedelta(days=4))  # the runner stood still; Siiri's rest is over
    carry(world)
    assert world.ends_of("siiri") == [(1, "bye")]
    assert progress_of(Change.objects.get()).answered == 3
    assert balanced()


def test_an_undo_brings_back_those_to_whom_nothing_has_happened(world: World) -> None:
    before = list(Enrolment.objects.order_by("id").values_list("step", "due_at", "state"))
    change = publish_text(programme(text="Uusi", days=2), by="aino", plan=Plan()).change
    assert change is not None
    with pytest.raises(NotUndoable):
        undo_change(change.pk, by="eero")
    carry(world)
    world.wait(days=1, hours=1)  # Aino and Eero have got their reminder, Siiri rests
    undo_change(change.pk, by="eero")
    carry(world)
    assert inside() == [(1, "rest"), (2, "rest"), (2, "rest")]
    assert (
        list(Enrolment.objects.order_by("id").values_list("step", "due_at", "state"))[:1]
        == before[:1]
    )
    done = progress_of(Change.objects.get())
    assert (done.back, done.left) == (1, {"has_acted": 2})
    dialogue = Dialogue.objects.get(key="programme")
    assert dialogue.live_version is not None
    assert dialogue.live_version.number == 1
    assert balanced()
    world.wait(days=10)
    assert balanced()
    assert world.steps_to("aino") == ["offer", "remind"]


def test_an_undo_leaves_those_who_were_moved_to_a_message_or_are_over(world: World) -> None:
    plan = Plan({"think": Instruction("move", "remind")})
    change = publish_text(programme(think=False), by="aino", plan=plan).change
    assert change is not None
    carry(world)
    world.wait(days=3, hours=1)
    undo_change(change.pk, by="eero")
    carry(world)
    assert progress_of(Change.objects.get()).left == {"has_acted": 2, "over": 1}
    assert Change.objects.get().state == "undone"
    assert balanced()


def test_nobody_goes_back_from_a_version_that_is_later_still(world: World) -> None:
    """With several runners a newcomer's number may be lower than those of others who came before."""
    publish_text(programme(text="Toinen"), by="aino", plan=Plan())
    newest = publish(programme(text="Kolmas"))
    first = Enrolment.objects.filter(status=0).order_by("id").first()
    assert first is not None
    Enrolment.objects.filter(pk=first.pk).update(version_id=newest.pk)
    carry(world)
    assert [number for number, _ in inside()] == [3, 2, 2]


def test_the_forecast_says_what_then_happens(world: World) -> None:
    text = programme(text="Uusi", days=0).replace("for: 0 days", "for: 12 hours")
    look = look_at(text, {})
    assert [(old.number, dict(old.counts)) for old in look.olds] == [(1, {"rest": 1, "think": 2})]
    calm = foresee(look, Plan())
    assert (calm.verdicts["followed"], calm.deadlines["kept"], calm.messages) == (3, 2, 0)
    hasty = read_plan("due_now: true")
    found = foresee(look, hasty)
    assert (found.deadlines["due_now"], found.messages) == (2, 2)
    sent = len(world.outbox.sent)
    publish_text(text, by="aino", plan=hasty)
    carry(world)
    world.settle()
    assert len(world.outbox.sent) - sent == found.messages


def test_a_forecast_counts_invitations_to_surveys(world: World) -> None:
    survey = (
        "  how: {kind: survey, survey: nps, channel: sms, purpose: service, text: {fi: 'Arvio?'},"
        " outcomes: {answered: bye, partial: bye, timeout: bye}}\n"
    )
    text = programme(extra=survey).replace("timeout: bye", "timeout: how", 1)
    look = look_at(text, {})
    plan = Plan({"think": Instruction("move", "how")})
    assert foresee(look, plan).messages == 2


def test_a_forecast_of_many_looks_at_some_and_says_so(world: World) -> None:
    look = look_at(programme(text="Uusi"), {})
    found = foresee(look, Plan(), most=2)
    assert (found.people, found.is_drawn, found.looked_at <= 2) == (3, True, True)
    assert foresee(look, Plan(), most=None).is_drawn is False


def test_plans_are_written_as_they_are_read() -> None:
    text = "everyone: stay\ndue_now: false\nsteps:\n  ask:\n    move: other\n  gone: exit\n"
    plan = read_plan(text)
    assert plan == Plan(
        {"ask": Instruction("move", "other"), "gone": Instruction("exit")}, Instruction("stay")
    )
    assert read_plan(write_plan(plan)) == plan
    assert read_plan("") == Plan()


def test_two_versions_with_people_inside_are_moved_together(world: World) -> None:
    publish_text(programme(text="Uusi"), by="aino")
    world.person("onni")
    world.tell("onni", "Asked")
    world.settle()
    dialogue = Dialogue.objects.get(key="programme")
    assert [old.number for old in olds_of(dialogue.pk)] == [1, 2]
    publish_text(programme(text="Uusin"), by="aino", plan=Plan())
    carry(world)
    assert {number for number, _ in inside()} == {3}
    assert balanced()
