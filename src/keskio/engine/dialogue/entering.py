"""What each kind of step does when an enrolment goes into it; the table is at the end."""

from __future__ import annotations

from collections.abc import Mapping

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import surveying
from keskio.engine.dialogue.moments import hangs_on, next_run
from keskio.engine.dialogue.promised import promised
from keskio.engine.dialogue.proposing import open_question, propose
from keskio.engine.dialogue.run import Enter, Run
from keskio.engine.draws import arm_of
from keskio.engine.times import add

ARM = "dialogue.arm"


def _enter_send(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Send)
    propose(run, found)


def _enter_ask(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Ask)
    run.close_question()
    open_question(run, found)
    propose(run, found)


def _enter_wait(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Wait)
    run.phase = "time"
    for name, matcher in found.events.items():
        if matcher.when is not None and run.holds(matcher.when):
            run.go(found, name)
            return
    if found.deadline is None:
        run.because("waits_for_event", events=sorted(found.events))
        return
    due = run.moment_if_known(found.deadline)
    if due is None:
        run.because("waits_for_date", of=found.deadline.of)
    elif due <= run.at:
        run.go(found, "timeout")
    else:
        run.set_timer(due, "deadline")


def _enter_branch(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Branch)
    known = run.subject()
    run.go(found, next((name for name, holds in found.branches if holds(known)), "else"))


def _enter_split(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Split)
    arm = arm_of(found.experiment, run.facts.who, found.arms)
    drawn = {"experiment": found.experiment, "arm": arm}
    run.effects.append(do.Record(found.key, ARM, drawn))
    run.go(found, arm)


def _enter_timeline(run: Run, found: p.Step) -> None:
    """Rest until the next item is due; what its window has left behind is passed over, with a reason."""
    assert isinstance(found, p.Timeline)
    run.phase = "time"
    gone = list(run.places.get(found.key, ()))
    while True:
        ahead = [item for item in found.items if item.name not in gone]
        if not ahead:
            run.leave_place(found, "done")
            return
        dated = [
            (due, item) for item in ahead if (due := run.moment_if_known(item.moment)) is not None
        ]
        if not dated:
            run.because("waits_for_date", of=found.of)
            return
        due, item = min(dated, key=_due)
        if due > run.at:
            run.set_timer(due, "item")
            return
        gone.append(item.name)
        run.places = {**run.places, found.key: gone}
        if run.at >= add(due, item.window, run.zone):
            run.because("window_passed", item=item.name)
        elif item.when is not None and not run.holds(item.when):
            run.because("condition_not_met", item=item.name)
        else:
            run.go(found, item.name)
            return


def _due(dated: tuple[int, p.Item]) -> int:
    return dated[0]


def _enter_repeat(run: Run, found: p.Step) -> None:
    """Rest until the next run; the first entry is kept, for what is counted from it.

    An end whose date is not known ends nothing: it is looked for again after each run.
    """
    assert isinstance(found, p.Repeat)
    run.phase = "time"
    count, first = run.places.get(found.key, (0, run.at))
    run.places = {**run.places, found.key: [count, first]}
    run.note_hour(found.next)
    due = next_run(found.next, first, run.at, run.around())
    until = None if found.until is None else run.known_moment(found.until, since=first)
    if found.until is not None and until is None and not count:
        run.because("end_unknown", of=hangs_on(found.until))
    if (found.times is not None and count >= found.times) or (until is not None and due > until):
        run.leave_place(found, "ended")
    else:
        run.set_timer(due, "run")


def _enter_call(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Call)
    run.phase = "call"
    limit = add(run.at, found.limit, run.zone)
    known = run.known()
    run.effects.append(
        do.CallOut(found.key, run.visit, found.connection, dict(found.body), known, limit)
    )
    run.set_timer(limit, "call")


def _enter_start(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Start)
    run.phase = "start"
    given = {name: run.filled(value) for name, value in found.properties.items()}
    run.ask(do.StartDialogue(found.key, run.visit, found.dialogue, given))


def _enter_stop(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Stop)
    run.phase = "start"
    run.ask(do.StopDialogue(found.key, run.visit, found.dialogue))


def _enter_offer(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Offer)
    run.phase = "stock"
    run.ask(do.Reserve(found.key, run.visit, found.offer))


def _enter_task(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Task)
    run.phase = "task"
    due = run.due(found.due)
    owner = run.value(found.owner) if found.owner else None
    skill = run.value(found.skill) if p.stands_somewhere(found.skill) else found.skill
    run.effects.append(
        do.GiveTask(
            found.key,
            run.visit,
            dict(found.text),
            found.queue,
            due,
            "" if owner is None else str(owner),
            "" if skill is None else str(skill),
        )
    )
    promised(run, found.promise, due)
    run.set_timer(due, "overdue")


def _enter_update(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Update)
    traits = {name: run.filled(value) for name, value in found.traits.items()}
    for name, value in found.add.items():
        held = run.listed(name, traits)
        traits[name] = held if run.filled(value) in held else [*held, run.filled(value)]
    for name, value in found.remove.items():
        traits[name] = [item for item in run.listed(name, traits) if item != run.filled(value)]
    run.set_traits(found.key, traits)
    run.go(found, "done")


def _enter_finish(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Finish)
    run.end(found.outcome)


ENTER: Mapping[str, Enter] = {
    "send": _enter_send,
    "ask": _enter_ask,
    "survey": surveying.enter,
    "wait": _enter_wait,
    "branch": _enter_branch,
    "split": _enter_split,
    "timeline": _enter_timeline,
    "repeat": _enter_repeat,
    "call": _enter_call,
    "start": _enter_start,
    "stop": _enter_stop,
    "offer": _enter_offer,
    "task": _enter_task,
    "update": _enter_update,
    "end": _enter_finish,
}
