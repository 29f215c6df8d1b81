"""What an installation has, gathered for `check`: a handful of queries, whatever there is in it.

Nothing here decides anything: `engine.dialogue.check` does, with the `World` that comes from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from keskio.channels.api import sending_channels
from keskio.engine.dialogue.check import World, check_world, in_order
from keskio.engine.dialogue.check_world import Live, events_of, health_findings
from keskio.engine.dialogue.findings import Finding
from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import NEEDS_CONSENT
from keskio.events.api import last_position, names_between
from keskio.kernel.clock import now_micros, to_micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import fields_of_kinds, segments_now, special_names
from keskio.talk import shelf
from keskio.talk.documents import compile_text, read_document
from keskio.talk.models import Dialogue, Offer, Version
from keskio.tracking.api import events_seen

# The newest customers stand for all of them, and the end of the log for what was not counted by day.
ASKED_CUSTOMERS = 100_000
LOOKED_AT = 100_000
SPOKEN = """
    SELECT language, count(*) FROM (
        SELECT language FROM know_customer
        WHERE known_at IS NOT NULL AND merged_into_id IS NULL ORDER BY id DESC LIMIT %s
    ) newest GROUP BY language
"""
CONNECTIONS = "SELECT key FROM calls_connection WHERE is_open"
CONSENT_TEXTS = "SELECT DISTINCT purpose, language FROM privacy_consenttext"
COMMON = """
    SELECT a.key, b.key, count(*) FROM segments_membership m
    JOIN segments_membership n ON n.customer_id = m.customer_id
    JOIN segments_segment a ON a.id = m.segment_id
    JOIN segments_segment b ON b.id = n.segment_id
    WHERE {mine} AND {theirs} GROUP BY a.key, b.key
"""


def live_check(
    text: str, variables: Mapping[str, Any] | None = None
) -> tuple[Program | None, list[Finding]]:
    """Return the program in `text` and everything found in it, on paper and in this installation."""
    program, findings = compile_text(text, variables=variables)
    if program is None:
        return None, findings
    return program, in_order(program, [*findings, *findings_here(text, program)])


def findings_here(text: str, program: Program) -> list[Finding]:
    """Return what this installation says against `program`, which is what `text` defines."""
    document, _ = read_document(text)
    return check_world(program, world_of(document, program))


def refusals_of(program: Program) -> list[Finding]:
    """Return the errors for which a definition may never be published: health data used for marketing."""
    special = special_names()
    world = World(now=0, special_events=special.events, special_traits=special.traits)
    return list(health_findings(program, world))


def world_of(document: object, program: Program) -> World:
    """Gather what `check` may ask about `program`, which is what `document` defines."""
    special = special_names()
    mine = segments_of(document)
    live = _live_but(program.key)
    theirs = frozenset[str]().union(*(one.segments for one in live))
    kinds = _definitions()
    return World(
        now=now_micros(),
        events=_events(program),
        segments=kinds["segment"],
        stages=kinds["stages"],
        objects=frozenset(fields_of_kinds()),
        offers=_offers(),
        connections=frozenset(key for (key,) in fetch(CONNECTIONS)),
        dialogues=frozenset(Dialogue.objects.values_list("key", flat=True)),
        channels=frozenset(sending_channels()),
        consent_texts=_consent_texts(),
        languages=dict(fetch(SPOKEN, (ASKED_CUSTOMERS,))),
        special_events=special.events,
        special_traits=special.traits,
        rules=shelf.rules_now(),
        live=live,
        segments_of=mine,
        common=_common(mine, theirs),
    )


def segments_of(document: object) -> frozenset[str]:
    """Return the segments to which everybody must belong whom a definition takes in.

    >>> sorted(segments_of({"trigger": {"segment": "vip"}, "eligible": {"segment": "near"}}))
    ['near', 'vip']
    """
    if not isinstance(document, Mapping):
        return frozenset()
    trigger = document.get("trigger")
    trigger = trigger if isinstance(trigger, Mapping) else {}
    found = {trigger["segment"]} if isinstance(trigger.get("segment"), str) else set()
    for kind in ("audience", "date"):
        said = trigger.get(kind)
        if isinstance(said, Mapping):
            found.update(_demanded(said.get("who")))
    return frozenset({*found, *_demanded(document.get("eligible"))})


def _demanded(condition: object) -> Iterator[str]:
    if not isinstance(condition, Mapping):
        return
    if isinstance(condition.get("segment"), str):
        yield condition["segment"]
    if isinstance(condition.get("all"), list):
        for part in condition["all"]:
            yield from _demanded(part)


def _events(program: Program) -> dict[str, int]:
    """Return when each event was seen last; what is not counted by day is looked for in the newest log."""
    seen = {one.name: one.last_at for one in events_seen() if one.last_at is not None}
    if events_of(program) - seen.keys():
        last = last_position()
        now = now_micros()
        for name in names_between(max(0, last - LOOKED_AT), last):
            seen.setdefault(name, now)
    return seen


def _definitions() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {"segment": set(), "stages": set()}
    for one in segments_now():
        found[one.kind].add(one.key)
    return {kind: frozenset(keys) for kind, keys in found.items()}


def _offers() -> dict[str, int | None]:
    rows = Offer.objects.values_list("key", "valid_until")
    return {key: None if until is None else to_micros(until) for key, until in rows}


def _consent_texts() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {purpose: set() for purpose in NEEDS_CONSENT}
    for purpose, language in fetch(CONSENT_TEXTS):
        found.setdefault(purpose, set()).add(language)
    return {purpose: frozenset(languages) for purpose, languages in found.items()}


_read: dict[int, frozenset[str]] = {}


def _live_but(key: str) -> tuple[Live, ...]:
    """Return the other dialogues that take people in. What a version demands is read once."""
    loaded = [one for one in shelf.entering() if one.program.key != key and one.state == "live"]
    unread = [one.version for one in loaded if one.version not in _read]
    for pk, text in Version.objects.filter(pk__in=unread).values_list("pk", "document"):
        _read[pk] = segments_of(read_document(text)[0])
    return tuple(Live(one.program, _read.get(one.version, frozenset())) for one in loaded)


def _common(mine: Collection[str], theirs: Collection[str]) -> dict[tuple[str, str], int]:
    if not mine or not theirs:
        return {}
    sql = COMMON.format(mine=any_of("a.key", kind="text"), theirs=any_of("b.key", kind="text"))
    found: dict[tuple[str, str], int] = {}
    for a, b, count in fetch(sql, (listed(mine), listed(theirs))):
        found[min(a, b), max(a, b)] = count
    return found
