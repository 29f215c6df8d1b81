"""Letters on paper: an address page each, pages that break, signs that fonts lack, the same bytes again."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from PIL import Image

from keskio.channels.letter.fonts import writable
from keskio.channels.letter.paper import pdf_of
from keskio.channels.letter.sheets import Header, Sheet

HEADER = Header(
    company="Autotalo Kaarre Oy", address=("Ratakatu 1", "20100 TURKU"), foot="kaarre.example"
)
HOME = "Äijä Öhman\nKoivukatu 5 A 12\n33100 TAMPERE"


def pages(*sheets: Sheet) -> int:
    return pdf_of(sheets, HEADER, on=date(2026, 3, 4)).count(b"/Type /Page\n")


def test_each_letter_has_an_address_page_and_as_many_pages_as_it_needs() -> None:
    short = Sheet(address=HOME, subject="Tervetuloa", text="Hei!\n\nKiitos.")
    paragraph = "Pitkä teksti, joka jatkuu ja jatkuu. " * 30
    long = Sheet(address=HOME, text="\n\n".join([paragraph] * 8))
    assert (pages(short), pages(short, short), pages()) == (2, 4, 1)
    assert pages(long) > 3
    # One paragraph that no page could hold is cut where the page ends.
    assert pages(Sheet(address=HOME, text=paragraph * 20)) > 4


def test_the_same_letters_give_the_same_bytes() -> None:
    sheet = Sheet(address=HOME, subject="Äö & <b>", text="**Lihava** <i> & €")
    assert pdf_of([sheet], HEADER, on=date(2026, 3, 4)) == pdf_of(
        [sheet], HEADER, on=date(2026, 3, 4)
    )


def test_signs_that_fonts_lack_are_written_with_their_nearest_letters() -> None:
    assert writable("Åke Öhman–Äijälä, 85 €: ”Šakki”") == "Åke Öhman–Äijälä, 85 €: ”Šakki”"
    assert writable("Hei 🎉!") in ("Hei !", "Hei ?!")


def test_a_picture_stands_in_the_letter_and_is_made_to_fit() -> None:
    file = BytesIO()
    Image.new("RGB", (3000, 400), "navy").save(file, "PNG")
    with_picture = Sheet(address=HOME, text="Hei!", picture=file.getvalue())
    octets = pdf_of([with_picture], HEADER, on=date(2026, 3, 4))
    assert (octets.count(b"/Type /Page\n"), octets.count(b"/Subtype /Image")) == (2, 1)
