"""What a dialogue would meet in one installation: names that are not there, rules that forbid, rivals.

`World` is gathered by the host; what it leaves as None is not known, and nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.check_limits import limit_findings, offer_findings, quiet_findings
from keskio.engine.dialogue.check_names import moments_of
from keskio.engine.dialogue.check_texts import templates_of
from keskio.engine.dialogue.check_times import shown, start_of, written
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.dialogue.routing import OWN_NAMES
from keskio.engine.pressure import NEEDS_CONSENT, Rules
from keskio.engine.times import DAY

UNSEEN = 90 * DAY
# What the house itself tells in the log.
OWN_FAMILIES = (
    "dialogue.",
    "message.",
    "task.",
    "reply.",
    "segment.",
    "stage.",
    "consent.",
    "call.",
)
# One customer in a hundred is an audience; a stray one is a mistake in the records.
SPOKEN_BY = 0.01
# For these health data are never used, whatever somebody has agreed to.
NOT_WITH_HEALTH = NEEDS_CONSENT - {"health"}
# Messages that somebody waits for compete with nothing.
_NO_RIVALS = frozenset({"service", "answer"})


class Live(msgspec.Struct, frozen=True):
    """Another dialogue that takes people in now. `segments`: to one of which all its people belong."""

    program: p.Program
    segments: frozenset[str] = frozenset()


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an installation.

    `events`: when each was seen last. `offers`: until when each is valid (None: no end).
    `consent_texts`: the languages in which each purpose has one. `languages`: customers by language.
    `special_*`: names of health data; one that ends in `*` stands for all that begin so. `segments_of`:
    those to which all the people of the dialogue belong. `common`: how many belong to both of two.
    """

    now: int
    events: Mapping[str, int] | None = None
    segments: frozenset[str] | None = None
    stages: frozenset[str] | None = None
    objects: frozenset[str] | None = None
    offers: Mapping[str, int | None] | None = None
    connections: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    dialogues: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    consent_texts: Mapping[str, frozenset[str]] | None = None
    languages: Mapping[str, int] = {}
    special_events: frozenset[str] = frozenset()
    special_traits: frozenset[str] = frozenset()
    rules: Rules | None = None
    live: tuple[Live, ...] = ()
    segments_of: frozenset[str] = frozenset()
    common: Mapping[tuple[str, str], int] = {}


def world_findings(program: p.Program, world: World) -> Iterator[Finding]:
    """Find what is wrong with `program` in `world`, in no order."""
    yield from _names(program, world)
    yield from _steps(program, world)
    yield from _events(program, world)
    yield from _consents(program, world)
    yield from _languages(program, world)
    yield from health_findings(program, world)
    yield from _past(program, world)
    if world.rules is not None:
        yield from quiet_findings(program, world.rules)
        yield from limit_findings(program, world.rules)
    if world.offers is not None:
        yield from offer_findings(program, world.offers, world.now)
    yield from _rivals(program, world)


def _lacking(code: str, wanted: frozenset[str], there: frozenset[str] | None) -> Iterator[Finding]:
    if there is not None:
        for name in sorted(wanted - there):
            yield error(code, "", name)


def _names(program: p.Program, world: World) -> Iterator[Finding]:
    kinds = program.needs.objects | ({program.object_kind} if program.object_kind else set())
    yield from _lacking("no_such_segment", program.needs.segments, world.segments)
    yield from _lacking("no_such_stages", program.needs.stages, world.stages)
    yield from _lacking("no_such_objects", frozenset(kinds), world.objects)


def _steps(program: p.Program, world: World) -> Iterator[Finding]:
    others = None if world.dialogues is None else world.dialogues | {program.key}
    for key, step in program.steps.items():
        match step:
            case p.Offer() if _is_missing(step.offer, world.offers):
                yield error("no_such_offer", key, step.offer)
            case p.Call() if _is_missing(step.connection, world.connections):
                yield error("no_such_connection", key, step.connection)
            case p.Task() if _is_missing(step.queue, world.queues):
                yield warning("no_such_queue", key, step.queue)
            case p.Start() | p.Stop() if _is_missing(step.dialogue, others):
                yield error("no_such_dialogue", key, step.dialogue)
            case _:
                pass
    yield from _channels(program, world)


def _channels(program: p.Program, world: World) -> Iterator[Finding]:
    """Find channels that are not set up; each is told at the first step that speaks in it."""
    told: set[str] = set()
    for key, step in program.steps.items():
        message = p.message_of(step)
        for channel in message.channels if message else ():
            if channel not in told and _is_missing(channel, world.channels):
                told.add(channel)
                yield warning("no_such_channel", key, channel)


def _is_missing(name: str, there: frozenset[str] | Mapping[str, object] | None) -> bool:
    return there is not None and name not in there


def events_of(program: p.Program) -> frozenset[str]:
    """Return the names of all events that a dialogue looks for, but the house's own."""
    waits = [step for step in program.steps.values() if isinstance(step, p.Wait)]
    matchers = [program.trigger.matcher, program.goal, *program.exits]
    matchers += [matcher for step in waits for matcher in step.events.values()]
    awaited = {matcher.event for matcher in matchers if matcher and matcher.when is None}
    catalogue = program.trigger.catalogue
    if catalogue is not None and catalogue.following is not None:
        awaited |= {catalogue.following.event}
    names = awaited | program.needs.events.keys()
    return frozenset(
        name
        for name in names
        if name and name not in OWN_NAMES and not name.startswith(OWN_FAMILIES)
    )


def _events(program: p.Program, world: World) -> Iterator[Finding]:
    if world.events is None:
        return
    for name in sorted(events_of(program)):
        seen = world.events.get(name)
        step = _step_waiting_for(program, name)
        if seen is None:
            yield warning("event_never_seen", step, name)
        elif seen < world.now - UNSEEN:
            yield warning("event_not_seen", step, name, written(seen, program.zone)[:10])


def _step_waiting_for(program: p.Program, name: str) -> str:
    for key, step in program.steps.items():
        if isinstance(step, p.Wait) and any(m.event == name for m in step.events.values()):
            return key
    return ""


def purposes_of(program: p.Program) -> set[str]:
    """Return every purpose for which a dialogue speaks."""
    messages = (p.message_of(step) for step in program.steps.values())
    return {program.purpose, *(message.purpose for message in messages if message)}


def _consents(program: p.Program, world: World) -> Iterator[Finding]:
    if world.consent_texts is None:
        return
    for purpose in sorted(purposes_of(program) & NEEDS_CONSENT):
        missing = set(program.languages) - world.consent_texts.get(purpose, frozenset())
        if missing:
            yield warning("no_consent_text", "", purpose, ", ".join(sorted(missing)))


def _languages(program: p.Program, world: World) -> Iterator[Finding]:
    everybody = sum(world.languages.values())
    for language, count in sorted(world.languages.items()):
        if language and language not in program.languages and count >= everybody * SPOKEN_BY:
            yield warning("language_in_use", "", language, str(count))


def health_findings(program: p.Program, world: World) -> Iterator[Finding]:
    """Find health data that a dialogue uses for marketing or research: each name once."""
    purposes = sorted(purposes_of(program) & NOT_WITH_HEALTH)
    if not purposes:
        return
    traits = {name for name in _traits_of(program) if _is_among(name, world.special_traits)}
    events = {name for name in events_of(program) if _is_among(name, world.special_events)}
    for name in sorted(traits | events):
        yield error("health_for_marketing", "", name, ", ".join(purposes))


def _traits_of(program: p.Program) -> set[str]:
    """Return the traits in conditions, moments and texts."""
    found = set(program.needs.traits)
    if program.trigger.catalogue is not None:
        found |= program.trigger.catalogue.needs.traits
    for step in program.steps.values():
        places = [moment.of for moment in moments_of(step)]
        places += [moment.at for moment in moments_of(step) if isinstance(moment.at, str)]
        for text in (*templates_of(step), *(f"{{{{{place}}}}}" for place in places)):
            for part in text.split("customer.")[1:]:
                found.add(_word_at_start(part))
    return found


def _word_at_start(text: str) -> str:
    end = next((i for i, c in enumerate(text) if not (c.isalnum() or c == "_")), len(text))
    return text[:end]


def _is_among(name: str, patterns: frozenset[str]) -> bool:
    return name in patterns or any(
        pattern.endswith("*") and name.startswith(pattern[:-1]) for pattern in patterns
    )


def _past(program: p.Program, world: World) -> Iterator[Finding]:
    """Find fixed moments that have passed; those before an audience's start are found without a world."""
    begins = start_of(program)
    if begins is not None and begins <= world.now and not program.trigger.rrule:
        yield warning("starts_in_past", "", shown(program, begins))
    if program.ends and isinstance(program.ends.until, int) and program.ends.until <= world.now:
        yield error("deadline_past", "", shown(program, program.ends.until))
    for key, step in program.steps.items():
        for moment in moments_of(step):
            until = moment.until
            if isinstance(until, int) and (begins or 0) < until <= world.now:
                found = error if p.message_of(step) else warning
                yield found("deadline_past", key, shown(program, until))


def _rivals(program: p.Program, world: World) -> Iterator[Finding]:
    if program.pressure in _NO_RIVALS:
        return
    for other in world.live:
        rival = other.program
        same_class = rival.key != program.key and rival.pressure == program.pressure
        if not same_class or not _meet_in_time(program, rival, world.now):
            continue
        shared = _people_in_common(program, other, world)
        if shared:
            yield warning("competes", "", rival.key, shared)


def _meet_in_time(one: p.Program, other: p.Program, now: int) -> bool:
    begins = max(start_of(one) or now, start_of(other) or now)
    ends = [
        program.ends.until
        for program in (one, other)
        if program.ends and isinstance(program.ends.until, int)
    ]
    return all(begins < end for end in ends)


def _people_in_common(program: p.Program, other: Live, world: World) -> str:
    """Say whom both want: an event that begins both, or segments with members in common."""
    mine, its = program.trigger, other.program.trigger
    if mine.kind == its.kind == "event" and mine.matcher and its.matcher:
        own = mine.matcher.event.startswith(OWN_FAMILIES)
        if mine.matcher.event == its.matcher.event and not own:
            return mine.matcher.event
    counts = [
        (world.common.get((min(a, b), max(a, b)), 0), a, b)
        for a in sorted(world.segments_of)
        for b in sorted(other.segments)
    ]
    count, a, b = max(counts, default=(0, "", ""))
    if not count:
        return ""
    return f"{a}: {count}" if a == b else f"{a} ∩ {b}: {count}"
