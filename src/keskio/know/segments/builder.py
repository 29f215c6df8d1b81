"""The builder's draft: what its form says, what its buttons do to it, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keskio.kernel.i18n import LANGUAGES
from keskio.know.segments.contracts import Fault, SegmentDraft
from keskio.know.segments.documents import faults_of, read_segment, write_segment
from keskio.know.segments.filled import ATOMS
from keskio.know.segments.parts import GROUPS, Part, document_of, part_of, read_form

MOST_DEEP = 6


@dataclass
class Draft:
    """A segment under construction. `text` is set while it is written as text."""

    key: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    root: Part = field(default_factory=lambda: Part("all", children=[Part("trait")]).numbered())
    text: str | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def when(self) -> object:
        """The condition as its document."""
        return document_of(self.root)

    def written(self) -> str:
        """Return the definition as text, finished or not."""
        if self.text is not None:
            return self.text
        when = self.when
        return write_segment(
            SegmentDraft(
                self.key,
                _told(self.titles),
                when if isinstance(when, dict) else {},
                _told(self.descriptions),
            )
        )

    def check(self, language: str) -> None:
        """Find what is wrong, each fault at its own part."""
        self.faults = []
        if self.text is not None:
            self.faults = read_segment(self.text, language)[1]
            return
        for part in self.root.walk():
            part.faults = []
            if part.is_group and part.children:
                continue
            found = faults_of(document_of(part), "", language)
            part.faults = [fault.sentence for fault in found]

    @property
    def is_faulty(self) -> bool:
        """Tell whether anything was found wrong in its condition."""
        return bool(self.faults) or any(part.faults for part in self.root.walk())


def draft_of(text: str) -> tuple[Draft | None, list[Fault]]:
    """Return the draft that a definition's text says, or what is wrong with it."""
    read, faults = read_segment(text)
    if read is None:
        return None, faults
    root = part_of(read.when)
    if not root.is_group:
        root = Part("all", children=[root])
    return Draft(read.key, dict(read.title), dict(read.description), root.numbered()), []


def draft_from(given: Mapping[str, str]) -> Draft:
    """Return the draft that the builder's form sends."""
    draft = Draft(
        given.get("key", "").strip(),
        {code: given[f"title.{code}"].strip() for code in LANGUAGES if given.get(f"title.{code}")},
        {
            code: given[f"description.{code}"].strip()
            for code in LANGUAGES
            if given.get(f"description.{code}")
        },
    )
    if "text" in given:
        draft.text = given["text"].replace("\r\n", "\n")
        return draft
    draft.root = read_form(given)
    return draft


def change(draft: Draft, order: str, given: Mapping[str, str]) -> Draft:
    """Do what a button says: `add:PATH`, `remove:PATH`, `text`, `form`; anything else changes nothing."""
    word, _, path = order.partition(":")
    if word == "text" and draft.text is None:
        draft.text = draft.written()
    elif word == "form" and draft.text is not None:
        read, faults = draft_of(draft.text)
        if read is None:
            draft.faults = faults
            return draft
        return read
    elif word == "add":
        _add(draft.root.at(path), given.get(f"{path}.new", "trait"))
    elif word == "remove":
        _remove(draft.root, path)
    draft.root.numbered()
    return draft


def _add(group: Part | None, kind: str) -> None:
    if group is None or not group.is_group:
        return
    if kind in GROUPS:
        if group.path.count("-") < MOST_DEEP:
            group.children.append(Part(kind, children=[Part("trait")]))
    elif kind in ATOMS:
        group.children.append(Part(kind))


def _remove(root: Part, path: str) -> None:
    for part in root.walk():
        for child in list(part.children):
            if child.path == path:
                part.children.remove(child)
                return


def _told(texts: dict[str, str]) -> dict[str, str]:
    return {code: text for code, text in texts.items() if text}
