"""What the wing holds of people: files that wait to be taken in, and sentences about messages gone wrong.

Sources themselves are the company's settings; what they brought are mentions, which the room answers for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import ROWS, NotYet, Person
from keskio.listen.sources.models import Fault, Upload
from keskio.listen.sources.tables import decoded


class FilesByHand:
    """Files of messages, and faults, that name the person."""

    key = "listen.sources"
    stage = ROWS
    tables: Sequence[str] = ("sources_upload", "sources_fault")

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the names of the files and the faults."""
        found: list[dict[str, Any]] = [
            {"file": upload.name, "brought": upload.created_at.isoformat(), "faults": upload.faults}
            for upload in _uploads_naming(person)
        ]
        return found + [
            {"fault": fault.told, "at": fault.at.isoformat()} for fault in _faults_naming(person)
        ]

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete files that were not taken in, and sentences; raises NotYet while one is being taken in."""
        gone = 0
        for upload in list(_uploads_naming(person)):
            if upload.state == Upload.State.RUNNING:
                raise NotYet("files of mentions that are being taken in")
            if upload.path:
                Path(upload.path).unlink(missing_ok=True)
            upload.delete()
            gone += 1
        for fault in list(_faults_naming(person)):
            fault.delete()
            gone += 1
        return gone


def _uploads_naming(person: Person) -> Iterator[Upload]:
    for upload in Upload.objects.all():
        said = f"{upload.name} {msgspec.json.encode(upload.faults).decode()}"
        if _names(said, person) or (upload.path and _names(_words_of(upload), person)):
            yield upload


def _faults_naming(person: Person) -> Iterator[Fault]:
    for fault in Fault.objects.all():
        if _names(msgspec.json.encode(fault.told).decode(), person):
            yield fault


def _names(said: str, person: Person) -> bool:
    folded = said.lower()
    return any(word in folded for word in person.words)


def _words_of(upload: Upload) -> str:
    try:
        return decoded(Path(upload.path).read_bytes())[0]
    except OSError:
        return ""


HOLDINGS = (FilesByHand(),)
