"""The laws of dialogues, over any right dialogue and whatever comes: see `world` for how each is watched."""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import Rules
from tests.engine.programs import MINUTES, Coming, coming_from, program_from, rules_from
from tests.engine.world import PEOPLE, World

Scene = tuple[int, bool, str, Coming]
SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.integers(0, 80)
NAMES = sorted(PEOPLE)


def scenes_from(seed: int, length: int) -> list[Scene]:
    """Return what comes, to whom, after how many minutes, and whether all stood still till then."""
    dice = Random(seed)
    return [
        (dice.choice(MINUTES), dice.random() < 0.2, dice.choice(NAMES), coming_from(dice))
        for _ in range(length)
    ]


def two(seed: int) -> list[Program]:
    one, other = program_from(seed), program_from(seed + 1)
    return [msgspec.structs.replace(one, key="one"), msgspec.structs.replace(other, key="other")]


def played(chosen: list[Program], rules: Rules, scenes: list[Scene], names: list[str]) -> World:
    world = World(chosen, rules, names)
    for name in names:
        world.come(name, ("invite", {}))
    for minutes, standstill, name, coming in scenes:
        world.pass_time(minutes, standstill=standstill)
        if name in names:
            world.come(name, coming)
    return world


@given(SEEDS, LENGTHS)
def test_the_laws_hold(seed: int, length: int) -> None:
    world = played(two(seed), rules_from(seed), scenes_from(seed, length), NAMES)
    world.balance()
    world.hold_caps()
    world.replay()


@given(SEEDS, LENGTHS)
def test_customers_do_not_touch_each_other(seed: int, length: int) -> None:
    chosen, rules, scenes = two(seed), rules_from(seed), scenes_from(seed, length)
    together = played(chosen, rules, scenes, NAMES)
    backwards = played(chosen, rules, scenes, NAMES[::-1])
    for name in PEOPLE:
        alone = played(chosen, rules, scenes, [name])
        assert _without_numbers(alone, name) == _without_numbers(together, name)
        assert _without_numbers(backwards, name) == _without_numbers(together, name)


def _without_numbers(world: World, name: str) -> list[object]:
    return [*world.people[name].story, world.people[name].facts]


AFTERWARDS: list[Coming] = [
    ("event", ("Paid", {})),
    ("reply", ("sms", "A")),
    ("report", (1, "sent")),
    ("again", 3),
]


@given(SEEDS, LENGTHS)
def test_who_left_or_ended_gets_nothing_more(seed: int, length: int) -> None:
    world = played([program_from(seed)], rules_from(seed), scenes_from(seed, length), NAMES)
    everybody = [inside for person in world.people.values() for inside in person.all]
    over = {inside.id for inside in everybody if inside.enrolment.is_over}
    claimed = {claim for claim in world.claims if claim[0] in over}
    for name in PEOPLE:
        for coming in AFTERWARDS:
            world.come(name, coming)
    world.pass_time(60 * 24 * 40)
    assert {claim for claim in world.claims if claim[0] in over} == claimed


@given(SEEDS)
def test_nobody_waits_for_ever(seed: int) -> None:
    """Law 17: where no way leads back to an earlier step and all that was sent is reported, time
    alone ends every dialogue.
    """
    program = program_from(seed)
    place = {key: index for index, key in enumerate(program.steps)}
    ahead = [
        place.get(target, len(place)) > place[key]
        for key, found in program.steps.items()
        for target in found.outcomes.values()
    ]
    world = World([program], rules_from(seed))
    for name in NAMES:
        world.come(name, ("invite", {}))
    for _ in range(2 * len(place) if all(ahead) else 0):
        for name, person in world.people.items():
            for number in range(len(person.claimed)):
                world.come(name, ("report", (number, "sent")))
        world.pass_time(60 * 24 * 45)
    assert not all(ahead) or [person.insides for person in world.people.values()] == [[]] * 4


COMMON = {
    *("claimed", "moved_on", "noted", "unknown", "over", "timer_past", "task_past", "not_awaited"),
    *(
        "no_open_question",
        "waits_for_answer",
        "no_permission",
        "pressure",
        "quiet_hours",
        "stopped",
    ),
    *("already_inside", "asked_enough", "not_understood", "too_late", "permission_withdrawn"),
    "no_address",
    *("waits_for_date", "window_passed", "condition_not_met", "date_moved", "call_unanswered"),
}


def test_the_world_sees_all_of_the_engine() -> None:
    """The seeds are worth their time only while what grows from them reaches everything."""
    reasons, effects, phases, ends = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for seed in range(80):
        world = played(two(seed), rules_from(seed), scenes_from(seed, 60), NAMES)
        for told in world.told.values():
            for taken in told:
                reasons.update(reason.code for reason in taken.reasons)
                effects.update(type(effect).__name__ for effect in taken.effects)
                phases[taken.enrolment.phase] += 1
        ends.update(outcome for _, status, outcome in world.books if status == "exited")
    assert set(effects) == {
        *("SendMessage", "Reserve", "SetTimer", "GiveTask", "SetTraits", "CancelMessages", "End"),
        *("Record", "CallOut", "StartDialogue", "StopDialogue"),
    }
    assert set(phases) == {"", "answer", "held", "result", "task", "time", "call"}
    assert COMMON - set(reasons) == set()
    assert set(ends) == {
        *("exit_event", "goal_reached", "latest_end", "taken_out", "permission_withdrawn"),
        "exit_condition",
    }
