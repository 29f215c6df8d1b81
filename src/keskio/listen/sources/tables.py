"""Files of messages as rows: CSV however it was written, JSON, and JSON a line.

Exports come in UTF-8, in UTF-16 (Google Play), or in what Windows used before (cp1252). JSON is laid flat:
`consumer.displayName`, `comments.0.userComment.text`. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from keskio.kernel.errors import Mistake

LARGEST = 20 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 400
DELIMITERS = ",;\t|"
# Under which names exports keep their list of messages.
LISTS = ("reviews", "data", "items", "results", "posts", "messages", "feed.entry", "entries")


class Table(msgspec.Struct, frozen=True):
    """The rows of a file, and how it was written. Row 0 of `rows` is the first message."""

    kind: str
    encoding: str
    names: list[str]
    rows: list[dict[str, str]]


def table_of(raw: bytes) -> Table:
    """Return the rows of a file; raises Mistake when it cannot be read as any known sort."""
    if not raw.strip():
        raise Mistake("The file is empty.")
    if len(raw) > LARGEST:
        raise Mistake(f"The file is larger than {LARGEST // (1024 * 1024)} MB: cut it in parts.")
    text, encoding = decoded(raw)
    begin = text.lstrip()[:1]
    if begin == "{" and _is_lines(text):
        kind, rows = "jsonl", list(_of_lines(text))
    elif begin in {"[", "{"}:
        kind, rows = "json", _of_json(text)
    else:
        kind, rows = "csv", list(_of_csv(text))
    if not rows:
        raise Mistake("The file has no rows of messages.")
    if len(rows) > MOST_ROWS:
        raise Mistake(f"The file has more than {MOST_ROWS} rows: cut it in parts.")
    names = list(dict.fromkeys(name for row in rows[:1000] for name in row))
    return Table(kind, encoding, names[:MOST_COLUMNS], rows)


def decoded(raw: bytes) -> tuple[str, str]:
    r"""Return the text of a file and the encoding it was in.

    >>> decoded("hyvää".encode("cp1252"))
    ('hyvää', 'cp1252')
    >>> decoded(b"\xef\xbb\xbfa")
    ('a', 'utf-8')
    """
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace"), "utf-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), "cp1252"


def _of_csv(text: str) -> Iterator[dict[str, str]]:
    text = text.replace("\x00", "")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = Counter(sign for sign in first if sign in DELIMITERS).most_common(1)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter[0][0] if delimiter else ","
    )
    try:
        names = [name.strip() or f"column {n}" for n, name in enumerate(next(reader), 1)]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield dict(zip(names, cells, strict=False))
    except (csv.Error, StopIteration) as error:
        raise Mistake(f"The table cannot be read: {error}.") from None


def _is_lines(text: str) -> bool:
    first, _, rest = text.lstrip().partition("\n")
    if not rest.strip():
        return False
    try:
        msgspec.json.decode(first)
    except msgspec.DecodeError:
        return False
    return True


def _of_lines(text: str) -> Iterator[dict[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _flat(msgspec.json.decode(line))
        except msgspec.DecodeError as error:
            # It stands in its place, so that rows are counted as people count them.
            yield {"": f"Line {number} is no JSON: {error}"}


def _of_json(text: str) -> list[dict[str, str]]:
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Mistake(f"The file is no JSON: {error}.") from None
    return [_flat(one) for one in _list_in(told)]


def _list_in(told: Any) -> Sequence[Any]:
    if isinstance(told, list):
        return told
    for path in LISTS:
        found = told
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, list):
            return found
    return [told]


def _flat(told: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    _lay(told, "", found)
    return found


def _lay(told: Any, path: str, found: dict[str, str]) -> None:
    if len(found) >= MOST_COLUMNS:
        return
    if isinstance(told, Mapping):
        for name, value in told.items():
            _lay(value, f"{path}.{name}" if path else str(name), found)
    elif isinstance(told, list):
        for place, value in enumerate(told):
            _lay(value, f"{path}.{place}", found)
    elif told is not None:
        found[path or "value"] = str(told)
