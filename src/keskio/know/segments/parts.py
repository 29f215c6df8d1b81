"""A condition as parts that a form can show: one tree for the document and for what a form sends.

`part_of` takes a document apart, `document_of` puts it together again, `read_form` reads the same tree
from a form. What no form control can show (a condition nested inside `where`, a length of two units)
becomes a part of kind `text`, which holds its YAML: nothing is lost, whatever the document says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keskio.kernel.yamls import write_yaml
from keskio.know.segments.filled import BUILT
from keskio.know.segments.spoken import CannotShow, Fields
from keskio.know.segments.taken import fields_of

GROUPS = ("all", "any", "not")
MOST_PARTS = 200


@dataclass
class Part:
    """One condition in the form: `fields` by the names of its controls, or `children` of a group."""

    kind: str
    fields: Fields = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)
    path: str = "c"
    faults: list[str] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Tell whether it holds other parts."""
        return self.kind in GROUPS

    def numbered(self, path: str = "c") -> Part:
        """Return itself with paths that say where each part stands: c, c-0, c-0-2."""
        self.path = path
        for at, child in enumerate(self.children):
            child.numbered(f"{path}-{at}")
        return self

    def walk(self) -> Iterator[Part]:
        """Yield itself and every part inside."""
        yield self
        for child in self.children:
            yield from child.walk()

    def at(self, path: str) -> Part | None:
        """Return the part at a path."""
        return next((part for part in self.walk() if part.path == path), None)


def part_of(document: Any) -> Part:
    """Take a condition apart; what no control can show becomes text."""
    if isinstance(document, Mapping) and len(document) == 1:
        (word, inner), *_ = document.items()
        if word in ("all", "any") and isinstance(inner, list) and inner:
            return Part(word, children=[part_of(item) for item in inner])
        if word == "not":
            some = isinstance(inner, Mapping) and list(inner) == ["any"] and inner["any"]
            parts = some if isinstance(some, list) and len(some) > 1 else [inner]
            return Part("not", children=[part_of(item) for item in parts])
    try:
        kind, fields = fields_of(document)
    except (CannotShow, KeyError, TypeError, AttributeError):
        return text_part(document)
    part = Part(kind, fields)
    # The last word: a form that would not give back the same document does not show it.
    return part if document_of(part) == document else text_part(document)


def text_part(document: Any) -> Part:
    """Return a part that shows a condition as text."""
    return Part("text", {"yaml": write_yaml(document)})


def document_of(part: Part) -> Any:
    """Put a condition together; what is not filled in yet is left out, and found wrong by reading it."""
    if part.kind == "not":
        inner = [document_of(child) for child in part.children]
        return {"not": inner[0] if len(inner) == 1 else {"any": inner}}
    if part.is_group:
        return {part.kind: [document_of(child) for child in part.children]}
    return BUILT[part.kind](part.fields)


def read_form(given: Mapping[str, str], path: str = "c", budget: list[int] | None = None) -> Part:
    """Read the parts that a form sends; names of controls are PATH.FIELD."""
    budget = budget if budget is not None else [MOST_PARTS]
    budget[0] -= 1
    kind = given.get(f"{path}.kind", "all")
    if kind in GROUPS:
        count = given.get(f"{path}.n", "0")
        size = min(int(count), MOST_PARTS) if count.isascii() and count.isdigit() else 0
        children = [
            read_form(given, f"{path}-{at}", budget)
            for at in range(size)
            if f"{path}-{at}.kind" in given and budget[0] > 0
        ]
        return Part(kind, children=children).numbered(path)
    start = f"{path}."
    fields = {
        name.removeprefix(start): value.strip()
        for name, value in given.items()
        if name.startswith(start) and name not in (f"{path}.kind", f"{path}.new")
    }
    return Part(kind if kind in BUILT else "trait", fields, path=path)
