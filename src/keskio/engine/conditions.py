"""The rule language: conditions on what is known of a customer, compiled to functions.

A condition is a document: `{"trait": "town", "is": "Oulu"}`, `{"all": [...]}`, `{"any": [...]}`,
`{"not": ...}`, `{"consent": "marketing", "channel": "sms"}`, `{"variable": ...}`,
`{"property": ...}` (of the event at hand). A value that is not known meets no comparison but
`is_not` and `exists: false`; values of different kinds are never "less" or "more": no error, no match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

Document: TypeAlias = Mapping[str, Any]
_MISSING: Any = object()


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What a condition may look at."""

    traits: Mapping[str, Any] = {}
    consents: Mapping[str, str] = {}
    variables: Mapping[str, Any] = {}
    properties: Mapping[str, Any] = {}


Condition: TypeAlias = Callable[[Subject], bool]
Test: TypeAlias = Callable[[Any, Any], bool]


def _compared(test: Callable[[Any, Any], bool]) -> Test:
    def safe(value: Any, wanted: Any) -> bool:
        try:
            return value is not _MISSING and test(value, wanted)
        except TypeError:
            return False

    return safe


OPERATORS: dict[str, Test] = {
    "is": _compared(lambda value, wanted: bool(value == wanted)),
    "is_not": lambda value, wanted: bool(value is _MISSING or value != wanted),
    "in": _compared(lambda value, wanted: value in wanted),
    "at_least": _compared(lambda value, wanted: bool(value >= wanted)),
    "at_most": _compared(lambda value, wanted: bool(value <= wanted)),
    "more_than": _compared(lambda value, wanted: bool(value > wanted)),
    "less_than": _compared(lambda value, wanted: bool(value < wanted)),
    "contains": _compared(lambda value, wanted: wanted in value),
    "exists": lambda value, wanted: (value is not _MISSING and value is not None) == wanted,
}
FIELDS = {"trait": "traits", "variable": "variables", "property": "properties"}


def compile_condition(document: Document | None) -> Condition:
    """Return the function that decides `document`; no document is always true.

    >>> grown = compile_condition({"trait": "age", "at_least": 18})
    >>> grown(Subject(traits={"age": 20})), grown(Subject())
    (True, False)

    Raises ValueError with a sentence that says what cannot be read.
    """
    if document is None:
        return lambda _subject: True
    if not isinstance(document, Mapping) or not document:
        raise ValueError(
            f"a condition is an object such as {{trait: town, is: Oulu}}, not {document!r}"
        )
    for word, build in _COMBINED.items():
        if word in document:
            if len(document) > 1:
                raise ValueError(f"{word!r} stands alone in its condition: {dict(document)!r}")
            return build(document[word])
    if "consent" in document:
        return _consented(document)
    for field in FIELDS:
        if field in document:
            return _tested(field, document)
    raise ValueError(
        f"no condition begins with {', '.join(map(repr, document))}; "
        "use all, any, not, trait, variable, property or consent"
    )


def needs_of(document: object) -> frozenset[str]:
    """Return the names of the traits that `document` looks at."""
    if isinstance(document, Mapping):
        own = {str(document["trait"])} if "trait" in document else set()
        return frozenset(own).union(*(needs_of(value) for value in document.values()))
    if isinstance(document, (list, tuple)):
        return frozenset().union(*(needs_of(item) for item in document))
    return frozenset()


def _all(documents: Any) -> Condition:
    parts = [compile_condition(item) for item in _many(documents)]
    return lambda subject: all(part(subject) for part in parts)


def _any(documents: Any) -> Condition:
    parts = [compile_condition(item) for item in _many(documents)]
    return lambda subject: any(part(subject) for part in parts)


def _not(document: Any) -> Condition:
    part = compile_condition(document)
    return lambda subject: not part(subject)


_COMBINED: dict[str, Callable[[Any], Condition]] = {"all": _all, "any": _any, "not": _not}


def _many(documents: Any) -> list[Document]:
    if not isinstance(documents, list) or not documents:
        raise ValueError("'all' and 'any' take a list of conditions")
    return documents


def _consented(document: Document) -> Condition:
    unknown = set(document) - {"consent", "channel"}
    if unknown or "channel" not in document:
        raise ValueError("a consent condition is {consent: PURPOSE, channel: CHANNEL}")
    key = f"{document['consent']}/{document['channel']}"
    return lambda subject: subject.consents.get(key) == "given"


def _tested(field: str, document: Document) -> Condition:
    name = str(document[field])
    chosen = [word for word in document if word != field]
    if len(chosen) != 1 or chosen[0] not in OPERATORS:
        raise ValueError(f"{field} {name!r} needs exactly one of {', '.join(OPERATORS)}")
    test, wanted = OPERATORS[chosen[0]], document[chosen[0]]
    attribute = FIELDS[field]

    def decide(subject: Subject) -> bool:
        return test(getattr(subject, attribute).get(name, _MISSING), wanted)

    return decide
