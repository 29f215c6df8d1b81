"""Files from the command line: taken in with the terminal watching, or only matched among themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from keskio.events.contracts import Envelope
from keskio.kernel.errors import Mistake
from keskio.know.contracts import NewPerson
from keskio.know.identifiers import named
from keskio.know.imports.actions import open_file, resume, start, try_out
from keskio.know.imports.files import lines_of, shape_of
from keskio.know.imports.mapping import read_mapping
from keskio.know.imports.models import Import
from keskio.know.imports.rows import Reader, Row
from keskio.know.imports.running import Run
from keskio.know.joining import Joining, Ledger
from keskio.know.rules import STANDARD, Rules

# Takes people and the number of the customer that each is by its identifiers; returns better numbers.
Deepen = Callable[[Sequence[NewPerson], Sequence[int]], Sequence[int]]


class Report(msgspec.Struct, frozen=True):
    """What became of a file; `job` is the number under which its faults are kept."""

    job: int
    rows: int
    counts: dict[str, int]


def import_file(
    path: Path,
    mapping: str,
    *,
    is_trial: bool = False,
    watch: Callable[[int, int], None] = lambda _done, _whole: None,
) -> Report:
    """Take the file in, or try it out; `watch` is told how many bytes (or rows) of how many are done.

    An import of the same file by the same mapping that was broken off goes on where it was. Raises
    WrongFile, WrongMapping.
    """
    job = open_file(path, mapping)
    if is_trial:
        try_out(job)
    elif job.state in (Import.State.STOPPED, Import.State.PAUSED):
        resume(job)
    elif job.state != Import.State.RUNNING:
        start(job)
    run = Run(job.pk)
    try:
        while run.step():
            watch(run.place, job.size)
    except Mistake as mistake:
        run.fail(mistake.message)
        raise
    watch(job.size, job.size)
    return Report(job.pk, run.row, dict(run.counts))


def match_file(
    path: Path, mapping: str, key: str, *, rules: Rules = STANDARD, deepen: Deepen | None = None
) -> Iterator[tuple[str, int]]:
    """Yield the key of each row, and the number of the customer whose it is, from 1; nothing is written.

    Rows are one customer when the rules of identity say so, told of nothing but these rows. Rows that
    name nobody are a customer each. `deepen` may join more of them by other likeness.
    """
    read = read_mapping(mapping)
    shape = shape_of(path, read.file)
    if key not in shape.names:
        raise Mistake(f"The file has no column {key!r}, but {', '.join(shape.names)}.")
    at = shape.names.index(key)
    reader = Reader(msgspec.structs.replace(read, bad_cells="leave_out"), shape.names)
    keys: list[str] = []
    people: list[NewPerson] = []
    for line in lines_of(path, shape):
        if line.cells:
            row = reader.read(line.number, line.cells)
            if not row.is_skipped:
                keys.append(line.cells[at].strip() if at < len(line.cells) else "")
                people.append(row.person or _nobody(row))
    customers: Sequence[int] = matched(people, rules)
    if deepen is not None:
        customers = deepen(people, customers)
    numbers: dict[int, int] = {}
    for name, customer in zip(keys, customers, strict=True):
        yield name, numbers.setdefault(customer, len(numbers) + 1)


def matched(people: Sequence[NewPerson], rules: Rules = STANDARD) -> list[int]:
    """Return a number for each of `people`; two have the same when the rules say that they are one."""
    joining = Joining(Ledger({}, {}, set(), {}, set()), rules)
    placed = []
    for number, person in enumerate(people, start=1):
        envelope = Envelope(
            "customer.identified", 0, 0, 0, "", person.identifiers, "{}", person.traits
        )
        placed.append(joining.place(envelope, named(envelope, rules)) or number)
    # Records that the rules make have negative numbers: those of nobody cannot be taken for them.
    return [joining.now(record) if record < 0 else record for record in placed]


def _nobody(row: Row) -> NewPerson:
    """Return a person without identifiers in the place of a row that names nobody."""
    return NewPerson((), row.nobody)
