"""A mapping as a form: what each column is, in one row of choices; the rest of the mapping stays as it is."""

from __future__ import annotations

from collections.abc import Mapping as Told
from collections.abc import Sequence

import msgspec

from keskio.know.imports.mapping import (
    Cell,
    ConsentRule,
    Mapping,
    WrongMapping,
    cell_of,
    columns_of,
)

PASS, IDENTIFIER, TRAIT, CONSENT, OTHER = "", "identifier", "trait", "consent", "other"


class Column(msgspec.Struct, frozen=True):
    """A column as the form shows it: what it is, of which name, read how. `sample`: its first cells."""

    name: str
    what: str = PASS
    called: str = ""
    read_as: str = "text"
    sample: str = ""


def columns_in(
    mapping: Mapping, names: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[Column]:
    """Return the form's rows for the columns `names`, of which `rows` are the first."""
    found: dict[str, Column] = {}
    for name in columns_of(mapping):
        found[name] = Column(name, OTHER)
    for consent in mapping.consents:
        name = cell_of(consent.state).column
        if (name and not isinstance(consent.state, str)) or name in names:
            found[name] = Column(name, CONSENT, f"{consent.purpose}/{consent.channel}")
    for trait, told in mapping.traits.items():
        cell = cell_of(told)
        if cell.column:
            found[cell.column] = Column(cell.column, TRAIT, trait, cell.read_as)
    for kind, told_of in mapping.identifiers.items():
        for told in told_of if isinstance(told_of, list) else [told_of]:
            name = cell_of(told).column
            found[name] = Column(name, IDENTIFIER, kind)
    return [
        msgspec.structs.replace(found.get(name, Column(name)), sample=_sample(rows, at))
        for at, name in enumerate(names)
        if name
    ]


def _sample(rows: Sequence[Sequence[str]], at: int) -> str:
    cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
    return " · ".join(dict.fromkeys(cells[:3]))[:80]


def changed(mapping: Mapping, columns: Sequence[Column]) -> Mapping:
    """Return `mapping` with the columns as the form has them; how a cell is read in detail is kept."""
    spoken = {column.name for column in columns if column.what != OTHER}
    identifiers: dict[str, list[str]] = {}
    traits = {
        name: told for name, told in mapping.traits.items() if cell_of(told).column not in spoken
    }
    consents = [rule for rule in mapping.consents if _column_of(rule) not in spoken]
    for column in columns:
        if column.what in (IDENTIFIER, TRAIT) and not column.called:
            raise WrongMapping(f"Say what the column {column.name!r} is called in Keskiö.")
        if column.what == IDENTIFIER:
            identifiers.setdefault(column.called, []).append(column.name)
        elif column.what == TRAIT:
            traits[column.called] = _cell(mapping, column)
        elif column.what == CONSENT:
            consents.append(_consent(mapping, column))
    return msgspec.structs.replace(
        mapping,
        identifiers={k: names if len(names) > 1 else names[0] for k, names in identifiers.items()},
        traits=traits,
        consents=consents,
    )


def _column_of(rule: ConsentRule) -> str:
    return cell_of(rule.state).column


def _cell(mapping: Mapping, column: Column) -> str | Cell:
    for told in mapping.traits.values():
        cell = cell_of(told)
        if cell.column == column.name and cell.read_as == column.read_as:
            return told
    if column.read_as == "text":
        return column.name
    return Cell(column=column.name, read_as=column.read_as)  # type: ignore[arg-type]


def _consent(mapping: Mapping, column: Column) -> ConsentRule:
    purpose, _, channel = column.called.partition("/")
    if not purpose or not channel:
        raise WrongMapping(
            f"Say which consent the column {column.name!r} is: purpose/channel, as marketing/email."
        )
    for rule in mapping.consents:
        if _column_of(rule) == column.name:
            return msgspec.structs.replace(rule, purpose=purpose, channel=channel)
    return ConsentRule(purpose, channel, Cell(column=column.name))


def columns_told(names: Sequence[str], told: Told[str, str]) -> list[Column]:
    """Return what a form that was sent says of the columns `names`."""
    return [
        Column(
            name,
            told.get(f"what-{at}", PASS),
            told.get(f"called-{at}", "").strip(),
            told.get(f"as-{at}", "text"),
        )
        for at, name in enumerate(names)
        if name
    ]
