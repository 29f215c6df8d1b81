"""From one dialogue into another, or out of it: answered at once, done through the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.facts import Facts
from keskio.engine.times import HOUR
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.talk.programs import Loaded, Programs
from keskio.talk.store import Held, text_of

BY_DIALOGUE = "stopped_by_dialogue"
# Two dialogues that start each other would never come to rest.
MOST_STARTS = 10  # of one dialogue for one customer and object in an hour


def started(
    effect: do.StartDialogue, programs: Programs, held: Held, facts: Facts, at: Micros
) -> tuple[str, Loaded | None]:
    """Return why the customer may not come into another dialogue ("" if she may), and which it is."""
    loaded = next((one for one in programs.entering if one.program.key == effect.dialogue), None)
    if loaded is None:
        return "no_such_dialogue", None
    if loaded.state == "paused":
        return "dialogue_paused", loaded
    program, properties = loaded.program, effect.properties
    key = properties.get(program.object_property) if program.object_property else None
    entry = r.Entry(program, s.Entered(at, dict(properties), "" if key is None else str(key)))
    past: Sequence[r.Past] = held.past.get((loaded.dialogue, entry.signal.object), ())
    if sum(earlier.entered_at > at - HOUR for earlier in past) >= MOST_STARTS:
        return "started_too_often", loaded
    return r.refusal_to_enter(entry, past, facts), loaded


def invitation(customer: int, effect: do.StartDialogue, now: Micros) -> NewEvent:
    """Return the event that brings the customer in, with what the other dialogue has given along."""
    told: Mapping[str, object] = {**effect.properties, "dialogue": effect.dialogue}
    return NewEvent(customer, r.INVITED, now, text_of({"properties": told}))


def removals(customer: int, effect: do.StopDialogue, held: Held, now: Micros) -> list[NewEvent]:
    """Return the events that take the customer out of another dialogue, one for each enrolment."""
    return [
        NewEvent(
            customer,
            r.REMOVED,
            now,
            text_of({"properties": {"enrolment": inside.id, "reason": BY_DIALOGUE}}),
        )
        for inside in held.insides
        if inside.program.key == effect.dialogue and not inside.enrolment.is_over
    ]
