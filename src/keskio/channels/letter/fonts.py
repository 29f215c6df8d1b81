"""The letters that a printed letter is set in: DejaVu where the machine has it, else Bitstream Vera.

Both are free, and have all letters of Finnish and its neighbours; Vera comes with the PDF library.
A sign that the font lacks is written with its nearest plain letter, never as an empty box.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "KeskioLetter", "KeskioLetter-Bold"
FOLDERS = (Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu"))
DEJAVU = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
VERA = ("Vera.ttf", "VeraBd.ttf")


@lru_cache(maxsize=1)
def load_fonts() -> frozenset[int]:
    """Make the fonts ready for drawing; return the code points that both of them have."""
    plain, bold = _files()
    fonts = [TTFont(PLAIN, plain), TTFont(BOLD, bold)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    known = [frozenset(font.face.charToGlyph) for font in fonts]
    return known[0] & known[1]


def writable(text: str) -> str:
    """Return `text` in signs that the fonts have.

    >>> writable("Öllölä & Ĉapek")[:6]
    'Öllölä'
    """
    known = load_fonts()
    if all(ord(sign) in known or sign in "\n\r\t" for sign in text):
        return text
    return "".join(_sign(sign, known) for sign in unicodedata.normalize("NFC", text))


def _sign(sign: str, known: frozenset[int]) -> str:
    if ord(sign) in known or sign in "\n\r\t":
        return sign
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if ord(part) in known)
    if plain:
        return plain
    # What adds nothing by itself (accents, joiners, variation marks) goes; the rest is told.
    return "" if unicodedata.category(sign)[0] in "MC" else "?"


def _files() -> tuple[str, str]:
    for folder in FOLDERS:
        found = [folder / name for name in DEJAVU]
        if all(path.is_file() for path in found):
            return str(found[0]), str(found[1])
    return VERA  # found by the library in its own folder
