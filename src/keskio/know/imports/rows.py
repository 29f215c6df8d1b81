"""Rows by their mapping: cells in, a person with consents, events and objects out, or what is wrong.

A mapping is compiled once against the names of a file's columns; reading a row then touches only
the cells that it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.know.contracts import CONSENT_STATES, DENIED, GIVEN, ConsentRow, NewPerson
from keskio.know.identifiers import email_of, phone_of
from keskio.know.imports.cells import Unreadable, read_flag, read_instant, reader_of
from keskio.know.imports.mapping import (
    Cell,
    ConsentRule,
    EventRule,
    Mapping,
    ObjectRule,
    Told,
    WrongMapping,
    cell_of,
    columns_of,
)

_encode = msgspec.json.Encoder().encode
_FORMS = {"email": (email_of, "not_an_email"), "phone": (phone_of, "not_a_phone")}

# Takes the cells of a row; None where the cell is empty. Raises Unreadable.
Read = Callable[[Sequence[str]], Any]


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A cell that cannot be read, or a row that cannot be taken; `reason` is a word of `words.FAULTS`."""

    row: int
    column: str
    value: str
    reason: str


class ReadEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that a row tells. `id` is what tells it apart from others of its name; "": nothing does."""

    name: str
    at: Micros
    id: str
    properties: dict[str, Any]


class ReadObject(msgspec.Struct, frozen=True, gc=False):
    """An object that a row tells of."""

    kind: str
    key: str
    fields: dict[str, Any]
    ended: bool | None
    at: Micros


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row as it was read. `person` is None where it is skipped or refused; `faults` say why.

    `nobody`: the traits of a row that was refused because it names nobody.
    """

    number: int
    person: NewPerson | None
    events: tuple[ReadEvent, ...] = ()
    objects: tuple[ReadObject, ...] = ()
    faults: tuple[Fault, ...] = ()
    nobody: dict[str, Any] = {}

    @property
    def is_skipped(self) -> bool:
        """Tell whether a rule of the mapping passes over the row."""
        return self.person is None and not self.faults


class _Column:
    """A cell to read: where it stands and how; remembers its name for what cannot be read."""

    __slots__ = ("at", "name", "read")

    def __init__(self, name: str, at: int, read: Callable[[str], Any]) -> None:
        self.name = name
        self.at = at
        self.read = read


class Reader:
    """Reads rows of columns `names` by `mapping`. Raises WrongMapping where a column is not there."""

    def __init__(self, mapping: Mapping, names: Sequence[str]) -> None:
        self.mapping = mapping
        self._places = _places_of(mapping, names)
        self._width = max(self._places.values(), default=-1) + 1
        self._clears = mapping.empty == "clear"
        self._leaves_out = mapping.bad_cells == "leave_out"
        self._identifiers = [
            (kind, self._column(told, _form_of(kind)))
            for kind, source in mapping.identifiers.items()
            for told in (source if isinstance(source, list) else [source])
        ]
        constants = {n: cell_of(t) for n, t in mapping.traits.items() if not cell_of(t).column}
        self._constants = {name: cell.value for name, cell in constants.items()}
        self._traits = [
            (name, self._column(told))
            for name, told in mapping.traits.items()
            if name not in constants
        ]
        self._at = self._instant(mapping.at)
        self._consents = [self._consent(rule) for rule in mapping.consents]
        self._events = [self._event(rule) for rule in mapping.events]
        self._objects = [self._object(rule) for rule in mapping.objects]
        self._skips = [self._skip(rule) for rule in mapping.skip]

    def read(self, number: int, cells: Sequence[str]) -> Row:
        """Return the row `number` as the mapping reads it."""
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        for is_skipped in self._skips:
            if is_skipped(cells):
                return Row(number, None)
        faults: list[Fault] = []
        identifiers = self._read_identifiers(number, cells, faults)
        traits = self._read_traits(number, cells, faults)
        at = self._one(number, self._at, cells, faults) or 0 if self._at else 0
        consents = [c for read in self._consents if (c := read(number, cells, faults))]
        events = [e for read in self._events if (e := read(number, cells, faults))]
        objects = [o for read in self._objects if (o := read(number, cells, faults))]
        if not identifiers:
            faults.append(Fault(number, "", "", "names_nobody"))
        if not identifiers or (faults and not self._leaves_out):
            return Row(number, None, faults=tuple(faults), nobody={} if identifiers else traits)
        person = NewPerson(tuple(identifiers), traits, tuple(consents), at)
        return Row(number, person, tuple(events), tuple(objects), tuple(faults))

    def _read_identifiers(
        self, number: int, cells: Sequence[str], faults: list[Fault]
    ) -> list[tuple[str, str]]:
        found = []
        for kind, column in self._identifiers:
            text = cells[column.at].strip() if column.at >= 0 else "constant"
            if not text:
                continue
            try:
                found.append((kind, column.read(text)))
            except Unreadable as fault:
                faults.append(Fault(number, column.name, text, fault.reason))
        return found

    def _read_traits(
        self, number: int, cells: Sequence[str], faults: list[Fault]
    ) -> dict[str, Any]:
        traits = dict(self._constants)
        for name, column in self._traits:
            text = cells[column.at].strip()
            if text:
                try:
                    traits[name] = column.read(text)
                except Unreadable as fault:
                    faults.append(Fault(number, column.name, text, fault.reason))
            elif self._clears:
                traits[name] = None
        return traits

    def _one(self, number: int, column: _Column, cells: Sequence[str], faults: list[Fault]) -> Any:
        """Return the value of one cell; None where it is empty or cannot be read."""
        text = cells[column.at].strip() if column.at >= 0 else "constant"
        if not text:
            return None
        try:
            return column.read(text)
        except Unreadable as fault:
            faults.append(Fault(number, column.name, text, fault.reason))
            return None

    def _column(self, told: Told, form: Callable[[str], Any] | None = None) -> _Column:
        cell = cell_of(told)
        if not cell.column:
            return _Column("", -1, lambda _: cell.value)
        return _Column(cell.column, self._places[cell.column], form or self._reader(cell))

    def _reader(self, cell: Cell) -> Callable[[str], Any]:
        return reader_of(
            cell.read_as,
            zone=self.mapping.zone,
            separator=cell.separator,
            decimal=cell.decimal,
            words=cell.map,
        )

    def _instant(self, told: Told | None) -> _Column | None:
        zone = self.mapping.zone
        if told is None:
            return None
        cell = cell_of(told)
        if not cell.column:
            at = read_instant(str(cell.value), zone)
            return _Column("", -1, lambda _: at)
        return self._column(told, lambda text: read_instant(text, zone))

    def _consent(self, rule: ConsentRule) -> Callable[..., ConsentRow | None]:
        fixed = rule.state if rule.state in CONSENT_STATES else None
        told = Cell(value=str(fixed)) if fixed else rule.state
        state = self._column(told, _state_of(cell_of(told)))
        version = self._column(rule.text_version) if rule.text_version else None
        proof = self._column(rule.proof) if rule.proof else None
        at = self._instant(rule.at)

        def read(number: int, cells: Sequence[str], faults: list[Fault]) -> ConsentRow | None:
            says = self._one(number, state, cells, faults)
            if not says:
                return None
            return ConsentRow(
                rule.purpose,
                rule.channel,
                says,
                str((version and self._one(number, version, cells, faults)) or ""),
                str((proof and self._one(number, proof, cells, faults)) or ""),
                (at and self._one(number, at, cells, faults)) or 0,
            )

        return read

    def _event(self, rule: EventRule) -> Callable[..., ReadEvent | None]:
        at = self._instant(rule.at)
        assert at is not None
        told_apart_by = self._column(rule.id) if rule.id else None
        columns = [(name, self._column(told)) for name, told in rule.properties.items()]

        def read(number: int, cells: Sequence[str], faults: list[Fault]) -> ReadEvent | None:
            happened = self._one(number, at, cells, faults)
            if happened is None:
                return None
            values = ((name, self._one(number, column, cells, faults)) for name, column in columns)
            properties = {name: value for name, value in values if value is not None}
            key = self._one(number, told_apart_by, cells, faults) if told_apart_by else None
            return ReadEvent(rule.name, happened, "" if key is None else str(key), properties)

        return read

    def _object(self, rule: ObjectRule) -> Callable[..., ReadObject | None]:
        key = self._column(rule.key)
        columns = [(name, self._column(told)) for name, told in rule.properties.items()]
        at = self._instant(rule.at)
        ended = self._column(rule.ended, read_flag) if rule.ended else None

        def read(number: int, cells: Sequence[str], faults: list[Fault]) -> ReadObject | None:
            called = self._one(number, key, cells, faults)
            if called is None:
                return None
            values = ((name, self._one(number, column, cells, faults)) for name, column in columns)
            fields = {name: value for name, value in values if value is not None}
            is_over = self._one(number, ended, cells, faults) if ended else None
            since = (at and self._one(number, at, cells, faults)) or 0
            return ReadObject(rule.kind, str(called), fields, is_over, since)

        return read

    def _skip(self, rule: Any) -> Callable[[Sequence[str]], bool]:
        at = self._places[rule.column]
        told = rule.is_one_of if isinstance(rule.is_one_of, list) else [rule.is_one_of]
        words = {str(word).strip().casefold() for word in told if word is not None}

        def is_skipped(cells: Sequence[str]) -> bool:
            text = cells[at].strip()
            return text.casefold() in words or (
                rule.empty is not None and rule.empty == (text == "")
            )

        return is_skipped


def _places_of(mapping: Mapping, names: Sequence[str]) -> dict[str, int]:
    """Return where each column that the mapping names stands; case and blanks do not matter."""
    exact = {name: at for at, name in reversed(list(enumerate(names)))}
    loose = {name.strip().casefold(): at for name, at in exact.items()}
    places, missing = {}, []
    for name in columns_of(mapping):
        at = exact.get(name, loose.get(name.strip().casefold(), -1))
        if at < 0:
            missing.append(name)
        places[name] = at
    if missing:
        raise WrongMapping(
            f"The mapping names columns that are not there: {', '.join(missing)}."
            f" There are: {', '.join(names)}."
        )
    return places


def _form_of(kind: str) -> Callable[[str], str]:
    if kind not in _FORMS:
        return lambda text: text
    form_of, reason = _FORMS[kind]

    def read(text: str) -> str:
        form = form_of(text)
        if not form:
            raise Unreadable(reason)
        return form

    return read


def _state_of(cell: Cell) -> Callable[[str], str]:
    """Return what reads a consent's cell: a state by name, by the mapping's words, or yes and no."""
    words = {word.strip().casefold(): value for word, value in cell.map.items()}

    def read(text: str) -> str:
        word = text.casefold()
        if word in words:
            value = words[word]
            if value in CONSENT_STATES or value == "":
                return str(value)
            return GIVEN if value else DENIED
        if word in CONSENT_STATES:
            return word
        try:
            return GIVEN if read_flag(text) else DENIED
        except Unreadable:
            raise Unreadable("not_a_consent") from None

    return read
