"""The compiled dialogues of this process: every version, which of them are live, and what wakes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from keskio.engine.conditions import NOTHING, Needs
from keskio.engine.conditions.needs import together
from keskio.engine.dialogue.migrating import CHANGES, Plan
from keskio.engine.dialogue.program import Call, Program, Task
from keskio.engine.dialogue.rote import Rote
from keskio.engine.dialogue.routing import OWN_NAMES, may_enter_by
from keskio.engine.dialogue.uniting import MERGES
from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.kernel.errors import Broken
from keskio.kernel.sql import fetch
from keskio.know.postal import POSTAL
from keskio.talk.documents import compile_text

_NAMED = re.compile(r"customer\.(\w+)")
STAMP = "SELECT id, state, live_version_id FROM talk_dialogue ORDER BY id"
CHANGE = "SELECT dialogue_id, version_id, plan FROM talk_change WHERE id = %s"
RULES = "SELECT document FROM talk_contactrules ORDER BY id DESC LIMIT 1"
VERSIONS = """
    SELECT v.id, v.dialogue_id, v.number, v.document, v.variables, d.state, d.live_version_id
    FROM talk_version v JOIN talk_dialogue d ON d.id = v.dialogue_id
    ORDER BY v.id
"""
DEFAULT_RULES = Rules(caps=(Cap(limit=4, window=7 * 86_400_000_000),), quiet=Quiet())


class Loaded(msgspec.Struct, frozen=True):
    """A version ready to run. `is_live`: the version that new customers come into."""

    version: int
    dialogue: int
    state: str
    is_live: bool
    program: Program


class Carried(msgspec.Struct, frozen=True):
    """A published change that is being carried out: to which version, and how."""

    dialogue: int
    version: int
    plan: Plan


class Programs:
    """All versions, compiled once each. `refresh` looks whether something was published."""

    def __init__(self) -> None:
        self._stamp: object = None
        self._rotes: dict[int, Rote] = {}
        self._compiled: dict[int, Program] = {}
        self._changes: dict[int, Carried] = {}
        self.by_version: dict[int, Loaded] = {}
        self.by_program: dict[int, Loaded] = {}
        self.entering: list[Loaded] = []
        self._entered_by: dict[str, list[Loaded]] = {}
        self.names: frozenset[str] = OWN_NAMES | MERGES | CHANGES
        self.needs = NOTHING
        self.rules = DEFAULT_RULES

    def refresh(self) -> None:
        """Take in what has been published, paused or closed since the last time.

        Raises Broken when a published document can no longer be read.
        """
        stamp = (fetch(STAMP), fetch(RULES))
        if stamp == self._stamp:
            return
        found = [self._loaded(*row) for row in fetch(VERSIONS)]
        self.by_version = {loaded.version: loaded for loaded in found}
        self.by_program = {id(loaded.program): loaded for loaded in found}
        self.entering = [loaded for loaded in found if loaded.is_live and loaded.state != "closed"]
        self._entered_by = {}
        self.names = OWN_NAMES.union(MERGES, CHANGES, *(loaded.program.names for loaded in found))
        self.needs = together(_needs_of(loaded.program) for loaded in found)
        self.rules = _rules(stamp[1])
        self._stamp = stamp

    def entered_by(self, name: str) -> list[Loaded]:
        """Return the live versions that an event called `name` can bring somebody into."""
        if name not in self._entered_by:
            self._entered_by[name] = [
                loaded for loaded in self.entering if may_enter_by(loaded.program, name)
            ]
        return self._entered_by[name]

    def rote_of(self, program: Program) -> Rote:
        """Return what this process has learnt of a program by heart."""
        rote = self._rotes.get(id(program))
        if rote is None:
            rote = self._rotes[id(program)] = Rote(program)
        return rote

    def paused(self) -> list[int]:
        """Return the versions whose messages must wait."""
        return [loaded.version for loaded in self.by_version.values() if loaded.state == "paused"]

    def change(self, number: int) -> Carried:
        """Return a published change; it never becomes another, so each is read once."""
        found = self._changes.get(number)
        if found is None:
            ((dialogue, version, plan),) = fetch(CHANGE, (number,))
            carried = Carried(dialogue, version, msgspec.json.decode(plan, type=Plan))
            found = self._changes[number] = carried
        return found

    def _loaded(  # noqa: PLR0913, PLR0917 - the columns of one row
        self,
        version: int,
        dialogue: int,
        number: int,
        document: str,
        variables: str,
        state: str,
        live_version: int,
    ) -> Loaded:
        program = self._compiled.get(version)
        if program is None:
            given = msgspec.json.decode(variables) if isinstance(variables, str) else variables
            program, findings = compile_text(document, version=number, variables=given)
            if program is None:
                told = "; ".join(finding.sentence() for finding in findings)
                raise Broken(f"Version {number} of dialogue {dialogue} cannot be read: {told}")
            self._compiled[version] = program
        return Loaded(version, dialogue, state, version == live_version, program)


def _needs_of(program: Program) -> Needs:
    """What the runner must know: for conditions, and for what it writes for people itself."""
    texts = [
        str(told)
        for step in program.steps.values()
        for told in (
            step.text.values()
            if isinstance(step, Task)
            else [step.body]
            if isinstance(step, Call)
            else ()
        )
    ]
    named = {name for text in texts for name in _NAMED.findall(text)}
    home = POSTAL if "letter" in program.channels else frozenset()
    return program.needs | Needs(traits=frozenset(named) | home)


def _rules(rows: Iterable[tuple[object, ...]]) -> Rules:
    for (document,) in rows:
        text = document if isinstance(document, str) else msgspec.json.encode(document)
        return msgspec.json.decode(text, type=Rules)
    return DEFAULT_RULES
