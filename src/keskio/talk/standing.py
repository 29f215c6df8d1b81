"""How it stands in the dialogues now: reads for pages. Nothing here is written.

Counts of those who have passed come from the tallies, which are kept in the transactions that they
count; those who wait are counted from the enrolments themselves. The books compare the two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from keskio.engine.dialogue.program import Finish, Program
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.sql import fetch
from keskio.talk.drawing import FlowCounts, StepCount
from keskio.talk.models import Dialogue, Version

# One statement each, so that both are seen at the same moment: read one after the other, the books
# of a busy dialogue would seem not to balance. The literal 0 lets the databases use the index of open
# enrolments.
STANDING = """
    SELECT 0, step, outcome, count FROM talk_tally WHERE version_id = %s
    UNION ALL
    SELECT 1, step, '', count(*) FROM talk_enrolment
    WHERE dialogue_id = %s AND status = 0 AND version_id = %s GROUP BY step
    ORDER BY 1, 4 DESC, 3
"""
BOOKS = """
    SELECT 0, version_id, outcome, count FROM talk_tally WHERE step = ''
    UNION ALL
    SELECT 1, version_id, '', count(*) FROM talk_enrolment WHERE status = 0 GROUP BY version_id
"""
LAST_CHANGES = "SELECT dialogue_id, max(changed_at) FROM talk_enrolment GROUP BY dialogue_id"
REASONS = """
    SELECT verdict, reason, step, count(*) FROM talk_decision
    WHERE version_id = %s AND verdict IN ('held', 'dropped')
    GROUP BY verdict, reason, step ORDER BY 4 DESC, 1, 2, 3
"""
WAITING_PEOPLE = """
    SELECT id, customer_id, object_key, entered_at, changed_at, due_at FROM talk_enrolment
    WHERE dialogue_id = %s AND status = 0 AND version_id = %s AND step = %s
    ORDER BY changed_at DESC, id DESC LIMIT %s OFFSET %s
"""
SPECIAL = ("claimed", "held", "reason")


class Books(msgspec.Struct, frozen=True):
    """The books of one version: entered + moved in = waiting + ended + exited + in error + moved out.

    Of several versions together those moved between them cancel out. `refused` counts those who
    never came in, by reason; they are not in the sum.
    """

    entered: int = 0
    waiting: int = 0
    ended: Mapping[str, int] = {}
    exited: Mapping[str, int] = {}
    errors: int = 0
    refused: Mapping[str, int] = {}
    moved_in: int = 0
    moved_out: int = 0

    @property
    def came(self) -> int:
        """Return everyone that must be accounted for: who entered, and who was moved in."""
        return self.entered + self.moved_in

    @property
    def sum(self) -> int:
        """Return everyone that is accounted for."""
        return self.waiting + self.all_ended + self.all_exited + self.errors + self.moved_out

    @property
    def all_ended(self) -> int:
        """Return how many have come to an end, whatever its outcome."""
        return sum(self.ended.values())

    @property
    def all_exited(self) -> int:
        """Return how many have gone out, whatever the reason."""
        return sum(self.exited.values())

    @property
    def is_balanced(self) -> bool:
        """Tell whether everyone who came is accounted for."""
        return self.came == self.sum


class Standing(msgspec.Struct, frozen=True):
    """How it stands in one version at one moment."""

    counts: FlowCounts
    books: Books


class Overview(msgspec.Struct, frozen=True):
    """One dialogue in the list."""

    id: int
    key: str
    title: Mapping[str, str]
    state: str
    version: int | None
    launched_at: Micros | None
    books: Books
    last_change_at: Micros | None


class Why(msgspec.Struct, frozen=True):
    """How often messages of a step were held or dropped for one reason."""

    verdict: str
    reason: str
    step: str
    count: int


class Waiting(msgspec.Struct, frozen=True):
    """One customer who waits at a step."""

    enrolment: int
    customer: int
    object_key: str
    entered_at: Micros
    since: Micros
    due_at: Micros | None


def dialogue_overview() -> list[Overview]:
    """Return every dialogue with its books over all its versions; those that run come first."""
    dialogues = list(Dialogue.objects.select_related("live_version").order_by("key"))
    versions = dict(Version.objects.values_list("pk", "dialogue_id"))
    books = _books_by_dialogue(versions)
    changes = dict(fetch(LAST_CHANGES))
    found = [
        Overview(
            id=d.pk,
            key=d.key,
            title=d.title,
            state=d.state,
            version=d.live_version.number if d.live_version else None,
            launched_at=_micros(d.live_version),
            books=books.get(d.pk, Books()),
            last_change_at=changes.get(d.pk),
        )
        for d in dialogues
    ]
    order = list(Dialogue.State.values)
    return sorted(found, key=lambda one: (order.index(one.state), -(one.last_change_at or 0)))


def standing_of(version: Version, program: Program) -> Standing:
    """Return how it stands in a version at this moment, at every step and in the books."""
    ends = {f"ended:{s.outcome}": s.key for s in program.steps.values() if isinstance(s, Finish)}
    by_step: dict[str, dict[str, int]] = {}
    special: list[tuple[str, int]] = []
    waiting: dict[str, int] = {}
    for is_waiting, step, outcome, count in fetch(
        STANDING, (version.pk, version.dialogue_id, version.pk)
    ):
        if is_waiting:
            waiting[step] = count
        elif step:
            by_step.setdefault(step, {})[outcome] = count
        else:
            special.append((outcome, count))
            if outcome in ends:
                by_step.setdefault(ends[outcome], {})[""] = count
    steps = {
        step: _step_count(by_step.get(step, {}), waiting.get(step, 0))
        for step in by_step.keys() | waiting.keys()
    }
    return Standing(FlowCounts(steps), _books(special, sum(waiting.values())))


def held_reasons(version: Version) -> list[Why]:
    """Return why messages of a version were held or dropped, the most usual first."""
    return [Why(*row) for row in fetch(REASONS, (version.pk,))]


def people_at(version: Version, step: str, *, limit: int, offset: int = 0) -> list[Waiting]:
    """Return those who wait at a step, the newest comers first."""
    asked = (version.dialogue_id, version.pk, step, limit, offset)
    return [Waiting(*row) for row in fetch(WAITING_PEOPLE, asked)]


def _step_count(outcomes: Mapping[str, int], waiting: int) -> StepCount:
    left = {
        name: count for name, count in outcomes.items() if name.partition(".")[0] not in SPECIAL
    }
    return StepCount(
        waiting=waiting,
        passed=sum(left.values()),
        outcomes=left,
        held=_of_family(outcomes, "held"),
        dropped=_of_family(outcomes, "dropped"),
    )


def _of_family(outcomes: Mapping[str, int], family: str) -> int:
    return sum(count for name, count in outcomes.items() if name.partition(".")[0] == family)


def _books_by_dialogue(versions: Mapping[int, int]) -> dict[int, Books]:
    rows: dict[int, list[tuple[str, int]]] = {}
    waiting: Counter[int] = Counter()
    for is_waiting, version, outcome, count in fetch(BOOKS):
        dialogue = versions[version]
        if is_waiting:
            waiting[dialogue] += count
        else:
            rows.setdefault(dialogue, []).append((outcome, count))
    return {
        dialogue: _books(rows.get(dialogue, []), waiting[dialogue])
        for dialogue in rows.keys() | waiting.keys()
    }


def _books(rows: Sequence[tuple[str, int]], waiting: int) -> Books:
    """Read the special tallies: entered, ended:…, exited:…, error:…, refused:…, moved_in, moved_out."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for text, count in rows:
        kind, _colon, name = text.partition(":")
        found[kind][name] += count
    return Books(
        entered=found["entered"].total(),
        waiting=waiting,
        ended=found["ended"],
        exited=found["exited"],
        errors=found["error"].total(),
        refused=found["refused"],
        moved_in=found["moved_in"].total(),
        moved_out=found["moved_out"].total(),
    )


def _micros(version: Version | None) -> Micros | None:
    launched = version.launched_at if version else None
    return None if launched is None else to_micros(launched)
