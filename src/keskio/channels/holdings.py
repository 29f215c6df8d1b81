"""What the channels hold of people: files that they sent, and what the phone simulator keeps in its own file.

Real providers keep their own books.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings

from keskio.channels.models import KeptFile
from keskio.kernel.clock import Micros
from keskio.kernel.holdings import FILES, Person, Rows

FILE = "simulator.sqlite3"
_BY_PHONE = ("DELETE FROM message WHERE phone = ?", "DELETE FROM errand WHERE phone = ?")
_BY_NUMBER = "DELETE FROM phone WHERE number = ?"
_BY_ADDRESS = "DELETE FROM letter WHERE lower(recipient) = ? OR lower(sender) = ?"


class SimulatedMessages:
    """Text messages and letters of the simulator to and from the person."""

    key = "channels.simulator"
    stage = FILES
    tables: Sequence[str] = ()

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the person's text messages and letters."""
        found: list[dict[str, Any]] = []
        if not self._file().exists():
            return found
        with closing(sqlite3.connect(self._file(), timeout=20)) as database:
            database.row_factory = sqlite3.Row
            for word in person.words:
                told = database.execute("SELECT * FROM message WHERE phone = ?", (word,))
                found += [dict(row) for row in told]
                sql = "SELECT id, sender, recipient, subject, at FROM letter WHERE lower(recipient) = ?"
                found += [dict(row) for row in database.execute(sql, (word,))]
        return found

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete them, and write over where they stood."""
        if not self._file().exists():
            return 0
        with closing(sqlite3.connect(self._file(), timeout=20)) as database:
            database.execute("PRAGMA secure_delete = ON")
            before = database.total_changes
            for word in person.words:
                for sql in (*_BY_PHONE, _BY_NUMBER):
                    database.execute(sql, (word,))
                database.execute(_BY_ADDRESS, (word, word))
            database.commit()
            gone = database.total_changes - before
            if gone:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return gone

    def _file(self) -> Path:
        return Path(settings.DATA_DIR) / FILE


class Files(Rows):
    """Files that the person has sent; the export holds what is in them, in base 64."""

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the files, the oldest first."""
        rows = KeptFile.objects.filter(customer_id__in=person.records).order_by("pk")
        return [
            {
                "message": row.message,
                "name": row.name,
                "at": row.at,
                "size": row.size,
                "body": b64encode(bytes(row.body)).decode(),
            }
            for row in rows.iterator(chunk_size=10)
        ]


HOLDINGS = (SimulatedMessages(), Files("channels_keptfile"))
