"""Files of rows: CSV however it was written, and Excel, read a row at a time from any place.

A *place* is where reading goes on: the byte after the last row of a CSV, the number of the last row
of a sheet. No file is ever held in memory. Files from strangers are not trusted: sheets that unpack
to something monstrous, or declare XML entities, are refused before they are opened.
"""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from keskio.kernel.errors import Mistake
from keskio.know.imports.mapping import FileRule

DELIMITERS = ";,\t|"
SAMPLE = 256 * 1024
MOST_COLUMNS = 1000
LONGEST_CELL = 131_072
LARGEST_UNPACKED = 4 * 1024**3
LARGEST_STRINGS = 256 * 1024**2
LARGEST_RATIO = 200
MOST_PARTS = 5000
_BREATH = 500
_EXCEL_MAGIC = b"PK\x03\x04"

PLAIN = FileRule()

csv.field_size_limit(LONGEST_CELL)


class WrongFile(Mistake):
    """The file cannot be read."""

    code = "wrong_file"


class Shape(msgspec.Struct, frozen=True):
    """How a file is written: `kind` is csv or xlsx, `names` are the columns, `begin` where rows start."""

    kind: str
    names: list[str]
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    sheet: str = ""
    begin: int = 0
    first_row: int = 2
    size: int = 0


class Line(NamedTuple):
    """A row of a file: its number as people count, its cells, and the place behind it."""

    number: int
    cells: list[str]
    place: int


def shape_of(path: Path, rule: FileRule = PLAIN) -> Shape:
    """Return how the file at `path` is written, as far as `rule` leaves that open. Raises WrongFile."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise WrongFile(f"The file {path.name} cannot be opened: {error.strerror}.") from None
    if not begin:
        raise WrongFile(f"The file {path.name} is empty.")
    return _shape_of_sheet(path, rule) if begin == _EXCEL_MAGIC else _shape_of_csv(path, rule)


def lines_of(path: Path, shape: Shape, *, place: int = 0, row: int = 0) -> Iterator[Line]:
    """Yield the rows of the file from `place` on, behind which row `row` stands; 0: from the first.

    Empty rows are passed over. A line without cells is none: a sheet has to be read from its beginning
    to come to its place, and whoever reads it may want to rest meanwhile. Raises WrongFile where a row
    cannot be told apart.
    """
    if shape.kind == "xlsx":
        yield from _sheet_lines(path, shape, after=place)
        return
    with path.open("rb") as file:
        file.seek(place or shape.begin)
        yield from _csv_lines(file, shape, place or shape.begin, row or shape.first_row - 1)


class _Counted:
    """Decoded lines of a binary file, with how many bytes of it have been taken."""

    def __init__(self, file: Any, encoding: str, place: int) -> None:
        self.place = place
        self._file = file
        self._encoding = encoding

    def __iter__(self) -> Iterator[str]:
        encoding = self._encoding
        for line in self._file:
            self.place += len(line)
            yield line.decode(encoding, "replace")


def _csv_lines(file: Any, shape: Shape, place: int, row: int) -> Iterator[Line]:
    counted = _Counted(file, shape.encoding, place)
    rows = csv.reader(iter(counted), delimiter=shape.delimiter, quotechar=shape.quote, strict=False)
    number = row
    try:
        for cells in rows:
            number += 1
            if cells:
                yield Line(number, cells, counted.place)
    except csv.Error as error:
        raise WrongFile(
            f"Row {number + 1} cannot be read ({error}): is a quotation mark missing there?"
        ) from None


def _shape_of_csv(path: Path, rule: FileRule) -> Shape:
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    encoding, mark = _encoding_of(sample, path, rule.encoding)
    text = sample[mark:].decode(encoding, "replace")
    quote = rule.quote or '"'
    delimiter = {"tab": "\t", "\\t": "\t"}.get(rule.delimiter, rule.delimiter)
    delimiter = delimiter or _delimiter_of(text, rule.header, quote)
    if len(delimiter) != 1 or len(quote) != 1:
        raise WrongFile("The delimiter and the quotation mark are one character each.")
    shape = Shape("csv", [], encoding, delimiter, quote, "", mark, 1, path.stat().st_size)
    for at, line in enumerate(lines_of(path, shape), start=1):
        if at == rule.header:
            names = _names_of(line.cells)
            return msgspec.structs.replace(
                shape, names=names, begin=line.place, first_row=line.number + 1
            )
    raise WrongFile(f"The file {path.name} has no row {rule.header} with the names of its columns.")


def _encoding_of(sample: bytes, path: Path, told: str) -> tuple[str, int]:
    """Return the encoding and how many bytes its mark takes at the beginning."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongFile(
            "The file is in UTF-16. Save it as “CSV UTF-8” in Excel, or as an Excel file."
        )
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    if told:
        try:
            return codecs.lookup(told).name, 0
        except LookupError:
            raise WrongFile(
                f"There is no encoding {told!r}; write utf-8, windows-1252 or iso-8859-1."
            ) from None
    if b"\x00" in sample:
        raise WrongFile(f"The file {path.name} is neither CSV nor Excel (.xlsx).")
    if _is_utf8(path):
        return "utf-8", 0
    # The two differ only in what Latin-1 has no letters for, where Windows has € and quotes.
    return "cp1252" if any(0x80 <= byte < 0xA0 for byte in sample) else "iso-8859-1", 0


def _is_utf8(path: Path) -> bool:
    """Tell whether the whole file is UTF-8: a first ä may come late."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while part := file.read(1024 * 1024):
                decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(text: str, header: int, quote: str) -> str:
    """Return the sign that cuts the first rows into the same number of parts, and into the most."""
    lines = text.splitlines()[header - 1 : header + 20]
    best, most = ",", 0.0
    for sign in DELIMITERS:
        rows = [len(row) for row in csv.reader(lines, delimiter=sign, quotechar=quote) if row]
        if not rows or rows[0] < 2:
            continue
        alike = sum(1 for many in rows if many == rows[0]) / len(rows)
        if alike * rows[0] > most:
            best, most = sign, alike * rows[0]
    return best


def _names_of(cells: list[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise WrongFile("The row that should name the columns is empty.")
    if len(names) > MOST_COLUMNS:
        raise WrongFile(f"The file has {len(names)} columns; at most {MOST_COLUMNS} are read.")
    return names


def _shape_of_sheet(path: Path, rule: FileRule) -> Shape:
    _refuse_bombs(path)
    shape = Shape("xlsx", [], sheet=rule.sheet, size=path.stat().st_size, first_row=1)
    rows = (line for line in _sheet_lines(path, shape, after=0) if line.cells)
    for at, line in enumerate(rows, start=1):
        if at == rule.header:
            return msgspec.structs.replace(
                shape, names=_names_of(line.cells), begin=line.number, first_row=line.number + 1
            )
    raise WrongFile(f"The sheet has no row {rule.header} with the names of its columns.")


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            entries = parts.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = max(1, sum(entry.compress_size for entry in entries))
            strings = sum(e.file_size for e in entries if "sharedStrings" in e.filename)
            if (
                len(entries) > MOST_PARTS
                or unpacked > LARGEST_UNPACKED
                or strings > LARGEST_STRINGS
                or (unpacked > 64 * 1024**2 and unpacked / packed > LARGEST_RATIO)
            ):
                raise WrongFile("The Excel file unpacks to far too much. Save it as CSV.")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with parts.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(4096).upper():
                            raise WrongFile("The Excel file declares XML entities; it is refused.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WrongFile(f"The file {path.name} is no sound Excel file: {error}.") from None


def _sheet_lines(path: Path, shape: Shape, *, after: int) -> Iterator[Line]:
    # Only who reads Excel waits for the quarter of a second that loading this takes.
    from openpyxl import load_workbook  # noqa: PLC0415 - see above
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - the same

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise WrongFile(f"The file {path.name} is no sound Excel file: {error}.") from None
    try:
        if shape.sheet and shape.sheet not in book.sheetnames:
            told = ", ".join(book.sheetnames)
            raise WrongFile(f"There is no sheet {shape.sheet!r} in the file, but {told}.")
        sheet = book[shape.sheet] if shape.sheet else book.worksheets[0]
        sheet.reset_dimensions()
        behind = max(after, shape.begin)
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number <= behind:
                if not number % _BREATH:
                    yield Line(number, [], 0)
                continue
            cells = [text_of(value) for value in row[:MOST_COLUMNS]]
            if any(cells):
                yield Line(number, cells, number)
    finally:
        book.close()


def text_of(value: object) -> str:
    """Return a cell of a sheet as it would stand in a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
