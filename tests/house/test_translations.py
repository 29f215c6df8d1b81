"""Every text of the pages is there in Finnish too, in the catalogue of its own room."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.house.tree import PACKAGE, ROOMS, WINGS, home_of, source_files, tracked_files

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def sources_of(room: str) -> Iterator[str]:
    for path in source_files():
        if home_of(path) == room:
            yield path.read_text()
    for path in tracked_files():
        is_template = "templates" in path.parts and path.suffix in {".html", ".txt"}
        if is_template and path.is_relative_to(PACKAGE) and home_of(path) == room:
            # It is written for another reader, to whom indentation means nothing.
            calls = templatize(path.read_text(), origin=str(path))
            yield "\n".join(line.strip() for line in calls.splitlines())


@cache
def texts_of(room: str) -> frozenset[tuple[str, str]]:
    """Return (context, text) of all that the room's pages say."""
    found = set()
    for source in sources_of(room):
        for _line, text, _comments, context in extract(
            "python", BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            words = text if isinstance(text, str) else text[0]
            if words:
                found.add((context or "", words))
    return frozenset(found)


@cache
def catalogue_of(room: str) -> Catalog:
    path = PACKAGE / room / "locale" / "fi" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale="fi")
    with path.open("rb") as file:
        return read_po(file, locale="fi")


# Which of them say something is found out by the tests: reading all sources takes longer than collecting.
SPEAKING = [*ROOMS, *WINGS, "config"]


@pytest.mark.parametrize("room", SPEAKING)
def test_every_text_has_its_finnish(room: str) -> None:
    known = {
        (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
        for message in catalogue_of(room)
        if message.id
        and not message.fuzzy
        and all(message.string if isinstance(message.string, tuple) else (message.string,))
    }
    assert sorted(texts_of(room) - known) == []


@pytest.mark.parametrize("room", SPEAKING)
def test_finnish_has_the_same_places_for_values(room: str) -> None:
    wrong = [
        (message.id, str(error))
        for message in catalogue_of(room)
        if message.id
        for error in message.check(catalogue_of(room))
    ]
    assert wrong == []


@pytest.mark.parametrize("room", [*ROOMS, *WINGS])
def test_catalogue_holds_no_text_that_nobody_says(room: str) -> None:
    kept = {
        (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
        for message in catalogue_of(room)
        if message.id
    }
    assert sorted(kept - texts_of(room)) == []
