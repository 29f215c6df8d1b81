"""The register of consents as open books: lines are taken in, and what holds follows at once.

A customer into whom others were merged has a book of her own for each record beside the common one: a line
that changes either is kept, so that un-merging leaves each with what was told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keskio.know.consents import Line, Standing, add_lines, standings_of
from keskio.know.folding import Register, fold_registers, records_of, steps_among, take_line
from keskio.know.records import Record

Follow = Callable[[Line, Mapping[str, str], Mapping[str, Standing]], list[Line]]


class Books:
    """The books of customers whose rows are `records`; what is taken goes to the rows too."""

    def __init__(self, records: Mapping[int, Record]) -> None:
        self.changed: set[int] = set()
        self._records = records
        self._added: list[Line] = []
        standings = standings_of({c for c, record in records.items() if record.consents})
        self._books = {
            customer: Register(record.consents, standings.get(customer, {}))
            for customer, record in records.items()
        }
        self._own: dict[int, Register] = {}
        families = records_of(records) if records else {}
        merged = {customer: ids for customer, ids in families.items() if len(ids) > 1}
        if merged:
            everyone = {one for ids in merged.values() for one in ids}
            self._own = fold_registers({one: [one] for one in everyone}, [], among=everyone)
            for customer, book in fold_registers(merged, steps_among(everyone)).items():
                self._books[customer] = book

    def take(self, line: Line) -> bool:
        """Take one line; return whether it is news of the customer."""
        book, own = self._books[line.customer], self._own_of(line)
        is_news = take_line(book, line)
        is_news_of_own = own is not None and take_line(own, line)
        if is_news or is_news_of_own:
            self._added.append(line)
        if is_news:
            self._records[line.customer].consents = book.states
            self.changed.add(line.customer)
        return is_news

    def follow(self, line: Line, follow: Follow) -> bool:
        """Take `line` and the lines that `follow` says it brings along; return whether any is news."""
        own = self._own_of(line)
        lines: dict[str, Line] = {}
        for book in (self._books[line.customer], own):
            if book is not None:
                for brought in follow(line, book.states, book.standings):
                    lines.setdefault(brought.key, brought)
        taken = [self.take(brought) for brought in lines.values()]
        return any(taken)

    def write(self) -> None:
        """Add what was taken to the register; the rows are the caller's to save."""
        add_lines(self._added)
        self._added = []

    def _own_of(self, line: Line) -> Register | None:
        return self._own.get(line.record or line.customer) if self._own else None
