"""Files however they were written."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from keskio.know.imports.files import WrongFile, lines_of, shape_of
from keskio.know.imports.mapping import FileRule
from tests.know.imports.towns import HEADER, ROWS, write

NAMES = HEADER.split(";")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", encoding=encoding)

    shape = shape_of(path)

    assert (shape.names, shape.delimiter) == (NAMES, ";")
    assert [line.cells for line in lines_of(path, shape)] == [row.split(";") for row in ROWS]


def test_a_euro_sign_says_windows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("nimi;summa\nÄiti;5 €\n".encode("cp1252"))
    assert [line.cells for line in lines_of(path, shape_of(path))] == [["Äiti", "5 €"]]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "a.csv"
    rows = [["id", "text", "sum"], ["1", "a, b; c", "1,5"], ["2", 'say "x"', "2"]]
    lines = (sign.join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
    path.write_text("\n".join(lines))

    shape = shape_of(path)

    assert shape.delimiter == sign
    assert [line.cells for line in lines_of(path, shape)] == rows[1:]


def test_every_place_is_one_to_go_on_from(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffid;text\r\n1;"two\r\nlines ä"\r\n\r\n2;ö\n3;end'.encode())
    shape = shape_of(path)
    lines = list(lines_of(path, shape))

    assert [(line.number, line.cells) for line in lines] == [
        (2, ["1", "two\r\nlines ä"]),
        (4, ["2", "ö"]),
        (5, ["3", "end"]),
    ]
    for at, line in enumerate(lines):
        rest = list(lines_of(path, shape, place=line.place, row=line.number))
        assert rest == lines[at + 1 :]


def test_the_header_may_stand_further_down(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Raportti\nid;nimi\n1;Aino\n")
    shape = shape_of(path, FileRule(header=2))
    assert shape.names == ["id", "nimi"]
    assert [line.cells for line in lines_of(path, shape)] == [["1", "Aino"]]


def sheet(path: Path) -> Path:
    book = Workbook()
    rows = book.active
    assert rows is not None
    rows.append(["id", "syntynyt", "tilattu", "summa", "lupa"])
    rows.append([1, date(1980, 5, 17), datetime(2024, 3, 1, 10, 30), 19.9, True])  # noqa: DTZ001 - as sheets are
    rows.append([None, None, None, None, None])
    rows.append([2.0, "17.5.1980", None, 5, False])
    book.save(path)
    return path


def test_sheets_are_read_as_if_they_were_csv(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx")
    shape = shape_of(path)
    lines = list(lines_of(path, shape))

    assert shape.names == ["id", "syntynyt", "tilattu", "summa", "lupa"]
    assert [(line.number, line.cells) for line in lines] == [
        (2, ["1", "1980-05-17", "2024-03-01T10:30:00", "19.9", "true"]),
        (4, ["2", "17.5.1980", "", "5", "false"]),
    ]
    assert list(lines_of(path, shape, place=2, row=2)) == lines[1:]


def test_a_sheet_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="no sheet 'Other'"):
        shape_of(sheet(tmp_path / "a.xlsx"), FileRule(sheet="Other"))


def test_bombs_are_refused_before_they_go_off(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<a/>" + b" " * 70 * 1024**2)
    with pytest.raises(WrongFile, match="far too much"):
        shape_of(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(WrongFile, match="entities"):
        shape_of(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        ("id;nimi".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\x00\x01\x02", "neither CSV nor Excel"),
        (b"PK\x03\x04nonsense", "no sound Excel file"),
        (b";;;\n1;2;3\n", "is empty"),
    ],
)
def test_what_is_no_table_is_told_of(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=sentence):
        shape_of(path)
