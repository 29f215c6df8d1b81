"""The mapping: a document that says what each column of a file or a table is.

A bare text names a column everywhere but in `purpose`, `channel`, `kind` and `name`; `{value: …}` is
the same for all rows; `{column: …, as: …}` says how a cell is read. Documents round-trip; nothing
here reads rows (`rows` does).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from zoneinfo import available_timezones

import msgspec

from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.know.contracts import CONSENT_STATES

VERSION = "mapping/1"


class WrongMapping(Mistake):
    """The mapping cannot be used."""

    code = "wrong_mapping"


class Cell(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a value comes from and how it is read: a `column`, or the same `value` for all rows."""

    column: str = ""
    value: str | int | float | bool | list[str] | None = None
    read_as: Literal["text", "number", "date", "time", "flag", "list"] = msgspec.field(
        default="text", name="as"
    )
    map: dict[str, str | int | float | bool] = {}
    separator: str = ""
    decimal: Literal["", "comma", "point"] = ""


Told = str | Cell
"""A column's name, or a cell."""


class ConsentRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A consent that each row tells: what it says, when it was said, by which text, with what proof."""

    purpose: str
    channel: str
    state: Told = Cell(value="given")
    text_version: Told | None = None
    at: Told | None = None
    proof: Told | None = None


class EventRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event that each row is. `id` tells events apart; without it, all that the row says of it does."""

    name: str
    at: Told
    id: Told | None = None
    properties: dict[str, Told] = {}


class ObjectRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An object that the row's customer has; `ended`: a cell that says yes when it is no more."""

    kind: str
    key: Told
    properties: dict[str, Told] = {}
    at: Told | None = None
    ended: Told | None = None


class SkipRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Rows that are passed over: those whose cell `is` one of these, or is (not) `empty`."""

    column: str
    is_one_of: str | int | list[str | int] | None = msgspec.field(default=None, name="is")
    empty: bool | None = None


class FileRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the file is written, where that is not to be found out; `header`: the row with the names."""

    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    header: int = 1
    sheet: str = ""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole mapping. `at`: when a row's traits were so; `empty`: what an empty cell says of a trait.

    `bad_cells`: what becomes of a row with a cell that cannot be read: the row is refused, or the
    cell is left out of it. `source` keeps apart the events of two files that number them alike.
    """

    keskio: Literal["mapping/1"] = "mapping/1"
    title: str = ""
    source: str = ""
    file: FileRule = FileRule()
    zone: str = "Europe/Helsinki"
    at: Told | None = None
    identifiers: dict[str, Told | list[str]] = {}
    traits: dict[str, Told] = {}
    consents: list[ConsentRule] = []
    events: list[EventRule] = []
    objects: list[ObjectRule] = []
    skip: list[SkipRule] = []
    empty: Literal["keep", "clear"] = "keep"
    bad_cells: Literal["refuse", "leave_out"] = "refuse"


def read_mapping(text: str) -> Mapping:
    """Return the mapping that a YAML or JSON `text` writes; raises WrongMapping with what is wrong where."""
    try:
        document = read_yaml(text)
    except ValueError as fault:
        raise WrongMapping(f"The mapping is not YAML: {fault}") from None
    try:
        mapping = msgspec.convert(document, Mapping)
    except msgspec.ValidationError as fault:
        raise WrongMapping(f"The mapping cannot be read: {fault}.") from None
    _check(mapping)
    return mapping


def write_mapping(mapping: Mapping) -> str:
    """Return `mapping` as YAML that `read_mapping` reads back the same."""
    return write_yaml(msgspec.to_builtins(mapping))


def columns_of(mapping: Mapping) -> list[str]:
    """Return the names of the columns that `mapping` uses, in the order in which it names them."""
    names = (cell_of(told).column for told in _told_in(mapping))
    return list(dict.fromkeys([*filter(None, names), *(rule.column for rule in mapping.skip)]))


def cell_of(told: Told) -> Cell:
    """Return what `told` stands for: a bare text is a column."""
    return Cell(column=told) if isinstance(told, str) else told


def _told_in(mapping: Mapping) -> Iterator[Told]:
    for identifier in mapping.identifiers.values():
        yield from identifier if isinstance(identifier, list) else [identifier]
    yield from mapping.traits.values()
    for consent in mapping.consents:
        yield from filter(None, (consent.text_version, consent.at, consent.proof))
        if consent.state not in CONSENT_STATES:
            yield consent.state
    for event in mapping.events:
        yield event.at
        yield from filter(None, (event.id,))
        yield from event.properties.values()
    for thing in mapping.objects:
        yield thing.key
        yield from filter(None, (thing.at, thing.ended))
        yield from thing.properties.values()
    yield from filter(None, (mapping.at,))


def _check(mapping: Mapping) -> None:
    if not mapping.identifiers:
        raise WrongMapping(
            "The mapping names no identifiers: say which column is the e-mail address, the phone"
            " number or the customer number, as in `identifiers: {email: E-mail}`."
        )
    for kind in mapping.identifiers:
        if not kind.replace("_", "").replace("-", "").isalnum() or len(kind) > 40:
            raise WrongMapping(f"{kind!r} is no type of identifiers: use letters, numbers and _.")
    if mapping.zone not in available_timezones():
        raise WrongMapping(
            f"The mapping's zone {mapping.zone!r} is not one such as Europe/Helsinki."
        )
    if mapping.file.header < 1:
        raise WrongMapping("The mapping's `file.header` is the number of a row: 1 or more.")
    for told in _told_in(mapping):
        cell = cell_of(told)
        if bool(cell.column) == (cell.value is not None):
            raise WrongMapping(
                "A cell of the mapping names either a `column` or a `value` for all rows, and one of"
                f" them: {msgspec.json.encode(cell).decode()}"
            )
    for consent in mapping.consents:
        state = cell_of(consent.state).value if not isinstance(consent.state, str) else None
        if state is not None and state not in CONSENT_STATES:
            raise WrongMapping(f"A consent is one of {', '.join(CONSENT_STATES)}, not {state!r}.")
