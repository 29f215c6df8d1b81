"""One PDF of many letters: for each an address page for the window of an envelope, then the letter.

Nothing here knows where letters come from. The same letters give the same bytes. Measures are those of
an A4 sheet folded for a C5 or E65 window envelope; a company can move the window by its settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, Image, Paragraph, Spacer

from keskio.channels.letter.fonts import BOLD, PLAIN, load_fonts, writable
from keskio.channels.letter.sheets import Header, Sheet

WIDTH, HEIGHT = A4
MARGIN = 20 * mm
HEAD, FOOT = (
    42 * mm,
    24 * mm,
)  # what the first page keeps for the company above, and each page below
NEXT_HEAD = 24 * mm
WIDEST_PICTURE, TALLEST_PICTURE = WIDTH - 2 * MARGIN, 70 * mm
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BREAK = re.compile(r"\n\s*\n")


def pdf_of(sheets: Sequence[Sheet], header: Header, *, on: date, title: str = "") -> bytes:
    """Return the letters as one PDF, dated `on`."""
    load_fonts()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title or header.company)
    canvas.setAuthor(header.company)
    for sheet in sheets:
        _address_page(canvas, sheet, header)
        _letter_pages(canvas, sheet, header, on)
    if not sheets:
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _address_page(canvas: Canvas, sheet: Sheet, header: Header) -> None:
    _lines(canvas, (header.company, *header.address), MARGIN, HEIGHT - 14 * mm, size=8)
    left, top = header.window_left * mm, HEIGHT - header.window_top * mm
    _lines(canvas, sheet.address.splitlines(), left, top, size=11)
    if sheet.reference:
        _lines(canvas, (sheet.reference,), MARGIN, 12 * mm, size=7)
    canvas.showPage()


def _letter_pages(canvas: Canvas, sheet: Sheet, header: Header, on: date) -> None:
    flow: list[Flowable] = list(_flow(sheet))
    number = 0
    while flow or not number:
        number += 1
        head = HEAD if number == 1 else NEXT_HEAD
        _furniture(canvas, sheet, header, on, number)
        frame = Frame(
            *(MARGIN, FOOT, WIDTH - 2 * MARGIN, HEIGHT - head - FOOT),
            *(0, 0, 0, 0),
        )
        before = len(flow)
        frame.addFromList(flow, canvas)
        if flow and len(flow) == before:
            # Higher than a page: cut where the page ends.
            parts = frame.split(flow[0], canvas)
            flow[:1] = parts[1:] if len(parts) > 1 else []
        canvas.showPage()


def _furniture(canvas: Canvas, sheet: Sheet, header: Header, on: date, number: int) -> None:
    top = HEIGHT - 16 * mm
    canvas.setFont(BOLD, 10)
    canvas.drawString(MARGIN, top, writable(header.company))
    if number == 1:
        _lines(canvas, header.address, MARGIN, top - 5 * mm, size=8)
        canvas.setFont(PLAIN, 10)
        canvas.drawRightString(WIDTH - MARGIN, top, written_day(on, sheet.language))
    else:
        canvas.setFont(PLAIN, 9)
        canvas.drawRightString(WIDTH - MARGIN, top, str(number))
    if header.foot:
        _lines(canvas, header.foot.splitlines()[:2], MARGIN, 14 * mm, size=8)


def _flow(sheet: Sheet) -> Iterator[Flowable]:
    body = ParagraphStyle("body", fontName=PLAIN, fontSize=10.5, leading=15, spaceAfter=8)
    heading = ParagraphStyle("heading", parent=body, fontName=BOLD, fontSize=13, leading=18)
    if sheet.subject:
        yield Paragraph(_marked(sheet.subject), heading)
        yield Spacer(1, 4)
    if sheet.picture:
        yield _picture(sheet.picture)
        yield Spacer(1, 10)
    for paragraph in _BREAK.split(sheet.text.strip()):
        yield Paragraph(_marked(paragraph), body)


def _picture(octets: bytes) -> Flowable:
    picture = Image(BytesIO(octets))
    wide, tall = picture.imageWidth, picture.imageHeight
    scale = min(1.0, WIDEST_PICTURE / wide, TALLEST_PICTURE / tall)
    picture.drawWidth, picture.drawHeight = wide * scale, tall * scale
    picture.hAlign = "LEFT"
    return picture


def _marked(text: str) -> str:
    safe = escape(writable(text))
    return _BOLD.sub(r"<b>\1</b>", safe).replace("\n", "<br/>")


def _lines(canvas: Canvas, lines: Sequence[str], left: float, top: float, *, size: int) -> None:
    written = canvas.beginText(left, top)
    written.setFont(PLAIN, size, leading=size * 1.3)
    for line in lines:
        written.textLine(writable(line))
    canvas.drawText(written)


MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def written_day(day: date, language: str) -> str:
    """Return a day as a letter is dated.

    >>> written_day(date(2026, 3, 4), "fi"), written_day(date(2026, 3, 4), "en")
    ('4.3.2026', '4 March 2026')
    """
    if language == "fi":
        return f"{day.day}.{day.month}.{day.year}"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
