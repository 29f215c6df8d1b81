"""What the simulator remembers, in a SQLite file of its own: messages, letters, and errands to run.

An errand is something that Keskiö has still to be told (a delivery report, an answer). It is written
in the transaction of what it follows from, and goes away when Keskiö has taken it: a restart loses
none. All calls come from one thread.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

Way: TypeAlias = Literal["to", "from"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, phone TEXT NOT NULL, way TEXT NOT NULL, other TEXT NOT NULL,
    text TEXT NOT NULL, at REAL NOT NULL, state TEXT NOT NULL,
    reference TEXT NOT NULL DEFAULT '', callback TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS message_of_phone ON message (phone, id);
CREATE TABLE IF NOT EXISTS phone (
    number TEXT PRIMARY KEY, last INTEGER NOT NULL, got INTEGER NOT NULL, said INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS phone_by_last ON phone (last);
CREATE TABLE IF NOT EXISTS errand (
    id INTEGER PRIMARY KEY, due REAL NOT NULL, phone TEXT NOT NULL, kind TEXT NOT NULL,
    message INTEGER NOT NULL, text TEXT NOT NULL DEFAULT '', url TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS errand_by_due ON errand (due);
CREATE INDEX IF NOT EXISTS errand_of_phone ON errand (phone);
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY, sender TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL,
    at REAL NOT NULL, raw BLOB NOT NULL, answers INTEGER NOT NULL DEFAULT 0);
"""


class Message(msgspec.Struct, frozen=True):
    """A text message to a phone or from it. `other` is the number or name at the other end."""

    id: int
    phone: str
    way: Way
    other: str
    text: str
    at: float
    state: str
    reference: str
    callback: str


class Phone(msgspec.Struct, frozen=True):
    """A phone in the list: its last message, and how many it got and sent."""

    number: str
    got: int
    said: int
    way: Way
    text: str
    at: float
    state: str


class Errand(msgspec.Struct, frozen=True):
    """Something to tell Keskiö: `kind` is delivered, failed or answer."""

    id: int
    due: float
    phone: str
    kind: str
    message: int
    text: str
    url: str
    attempts: int


class Letter(msgspec.Struct, frozen=True):
    """A letter in the mail sink; `sender` is the envelope's, where bounces go."""

    id: int
    sender: str
    recipient: str
    subject: str
    at: float
    raw: bytes
    answers: int


class Store:
    """The simulator's file."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16384"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA)
        # Part of every id given out, so that a new file never repeats the ids of an old one.
        (self.name,) = self._db.execute("PRAGMA user_version").fetchone()
        if not self.name:
            self.name = 1 + secrets.randbelow(2**31 - 1)
            self._db.execute(f"PRAGMA user_version = {self.name}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self) -> None:
        """Begin a transaction; what follows happens wholly or not at all."""
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """End the transaction."""
        self._db.execute("COMMIT")

    def add_message(  # noqa: PLR0913 - one argument for each column
        self,
        phone: str,
        way: Way,
        *,
        other: str,
        text: str,
        at: float,
        state: str,
        reference: str = "",
        callback: str = "",
    ) -> int:
        """Store a message and return its id."""
        cursor = self._db.execute(
            "INSERT INTO message (phone, way, other, text, at, state, reference, callback)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (phone, way, other, text, at, state, reference, callback),
        )
        number = int(cursor.lastrowid or 0)
        got, said = (1, 0) if way == "to" else (0, 1)
        self._db.execute(
            "INSERT INTO phone VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET"
            " last = excluded.last, got = got + excluded.got, said = said + excluded.said",
            (phone, number, got, said),
        )
        return number

    def add_errand(
        self, *, due: float, phone: str, kind: str, message: int, url: str, text: str = ""
    ) -> None:
        """Store something to tell Keskiö later."""
        self._db.execute(
            "INSERT INTO errand (due, phone, kind, message, text, url) VALUES (?, ?, ?, ?, ?, ?)",
            (due, phone, kind, message, text, url),
        )

    def due_errands(self, now: float, limit: int) -> list[Errand]:
        """Return the errands whose time has come, the oldest first."""
        rows = self._db.execute(
            "SELECT * FROM errand WHERE due <= ? ORDER BY due, id LIMIT ?", (now, limit)
        )
        return [Errand(*row) for row in rows]

    def next_due(self) -> float | None:
        """Return when the next errand is due."""
        found = self._db.execute("SELECT min(due) FROM errand").fetchone()[0]
        return None if found is None else float(found)

    def name_answer(self, errand: int, message: int) -> None:
        """Record which message an errand's answer has become, so that another try sends the same."""
        self._db.execute("UPDATE errand SET message = ? WHERE id = ?", (message, errand))

    def finish_errand(self, errand: int) -> None:
        """Forget an errand that is done."""
        self._db.execute("DELETE FROM errand WHERE id = ?", (errand,))

    def postpone_errand(self, errand: Errand, due: float) -> None:
        """Try an errand again later, and what the same phone has to tell after it not before that."""
        self._db.execute("UPDATE errand SET attempts = attempts + 1 WHERE id = ?", (errand.id,))
        self._db.execute("UPDATE errand SET due = max(due, ?) WHERE phone = ?", (due, errand.phone))

    def drop_answers(self, phone: str) -> None:
        """Forget what a phone would have answered by itself: a person has taken it over."""
        self._db.execute(
            "DELETE FROM errand WHERE phone = ? AND kind = 'answer' AND message = 0", (phone,)
        )

    def set_state(self, message: int, state: str) -> None:
        """Record what became of a message."""
        self._db.execute("UPDATE message SET state = ? WHERE id = ?", (state, message))

    def message(self, message: int) -> Message | None:
        """Return one message."""
        row = self._db.execute("SELECT * FROM message WHERE id = ?", (message,)).fetchone()
        return None if row is None else Message(*row)

    def messages_of(self, phone: str, limit: int = 200) -> list[Message]:
        """Return the latest messages of a phone, the oldest first."""
        rows = self._db.execute(
            "SELECT * FROM message WHERE phone = ? ORDER BY id DESC LIMIT ?", (phone, limit)
        )
        return [Message(*row) for row in rows][::-1]

    def received_by(self, phone: str) -> int:
        """Return how many messages a phone has got."""
        row = self._db.execute("SELECT got FROM phone WHERE number = ?", (phone,)).fetchone()
        return int(row[0]) if row else 0

    def last_callback(self, phone: str) -> tuple[str, str]:
        """Return where this phone's answers go and to which number: those of its last message."""
        row = self._db.execute(
            "SELECT callback, other FROM message WHERE phone = ? AND way = 'to' ORDER BY id DESC LIMIT 1",
            (phone,),
        ).fetchone()
        if row is None:
            row = self._db.execute(
                "SELECT callback, other FROM message WHERE way = 'to' ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return (row[0], row[1]) if row else ("", "")

    def phones(self, search: str = "", limit: int = 60) -> list[Phone]:
        """Return the phones with the latest messages; `search` is a part of a number or of a text."""
        sql = (
            "SELECT p.number, p.got, p.said, m.way, m.text, m.at, m.state FROM phone p"
            " JOIN message m ON m.id = p.last"
        )
        given: list[Any] = []
        if search:
            pattern = (
                "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            )
            sql += " WHERE p.number LIKE ? ESCAPE '\\' OR m.text LIKE ? ESCAPE '\\'"
            given = [pattern, pattern]
        rows = self._db.execute(f"{sql} ORDER BY p.last DESC LIMIT ?", (*given, limit))
        return [Phone(*row) for row in rows]

    def counts(self) -> tuple[int, int, int, int]:
        """Return the number of phones, of messages to them and from them, and of letters."""
        row = self._db.execute(
            "SELECT count(*), coalesce(sum(got), 0), coalesce(sum(said), 0) FROM phone"
        ).fetchone()
        letters = self._db.execute("SELECT count(*) FROM letter").fetchone()[0]
        return int(row[0]), int(row[1]), int(row[2]), int(letters)

    def add_letter(
        self, *, sender: str, recipient: str, subject: str, at: float, raw: bytes
    ) -> int:
        """Store a letter and return its id."""
        cursor = self._db.execute(
            "INSERT INTO letter (sender, recipient, subject, at, raw) VALUES (?, ?, ?, ?, ?)",
            (sender, recipient, subject, at, raw),
        )
        return int(cursor.lastrowid or 0)

    def count_answer(self, letter: int) -> None:
        """Record that a letter has been answered once more."""
        self._db.execute("UPDATE letter SET answers = answers + 1 WHERE id = ?", (letter,))

    def letters(self, search: str = "", limit: int = 60) -> Sequence[Letter]:
        """Return the latest letters; `search` is a part of an address or of a subject."""
        pattern = f"%{search}%"
        rows = self._db.execute(
            "SELECT id, sender, recipient, subject, at, x'' AS raw, answers FROM letter"
            " WHERE recipient LIKE ? OR subject LIKE ? ORDER BY id DESC LIMIT ?",
            (pattern, pattern, limit),
        )
        return [Letter(*row) for row in rows]

    def letter(self, letter: int) -> Letter | None:
        """Return one letter."""
        row = self._db.execute("SELECT * FROM letter WHERE id = ?", (letter,)).fetchone()
        return None if row is None else Letter(*row)
