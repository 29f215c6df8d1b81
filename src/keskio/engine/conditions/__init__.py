"""The rule language: conditions on what is known of a customer, from one document to two executors.

A condition is a document: `{"trait": "town", "is": "Oulu"}`, `{"event": "Order Completed", "in":
{"last": "90 days"}, "times": {"at_least": 2}}`, `{"all": [...]}`, `{"not": ...}`; docs/conditions.md
says them all. It is read into a form (`forms`), from which a function for one customer
(`compile_condition`), SQL for all of them (`sql.members_sql`), a sentence (`sentences.sentence_of`)
and the document again are built. The two executors agree to the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from keskio.engine.conditions.deciding import decision_of
from keskio.engine.conditions.expiring import next_change_of
from keskio.engine.conditions.forms import Condition as Form
from keskio.engine.conditions.needs import NOTHING, Needs, needs_of_form
from keskio.engine.conditions.problems import Problem, Unreadable
from keskio.engine.conditions.reading import (
    IN_DIALOGUES,
    OF_CUSTOMERS,
    OF_ONE_THING,
    problems_of,
    read_condition,
)
from keskio.engine.conditions.subject import Decision, Happening, Owned, Subject
from keskio.engine.conditions.values import OPERATORS, kind_of, typed_rows
from keskio.engine.conditions.writing import document_of

__all__ = [
    "IN_DIALOGUES",
    "NOTHING",
    "OF_CUSTOMERS",
    "OF_ONE_THING",
    "OPERATORS",
    "ZONE",
    "Condition",
    "Document",
    "Form",
    "Happening",
    "Needs",
    "Owned",
    "Problem",
    "Subject",
    "Unreadable",
    "compile_condition",
    "document_of",
    "form_of",
    "is_about_properties",
    "is_incremental",
    "kind_of",
    "needs_of",
    "next_change",
    "problems_of",
    "read_condition",
    "typed_rows",
]
Document: TypeAlias = Mapping[str, Any]
Condition: TypeAlias = Decision
ZONE = "Europe/Helsinki"


def form_of(document: Document | Form) -> Form:
    """Return the form of a document; a form is returned as it is. Raises Unreadable."""
    return read_condition(document) if isinstance(document, Mapping) else _checked(document)


def _checked(form: object) -> Form:
    return form if isinstance(form, Form) else read_condition(form)


def compile_condition(
    document: Document | Form | None, *, now: int | None = None, zone: str = ZONE
) -> Condition:
    """Return the function that decides `document`; no document is always true.

    `now`: the moment for which it decides; without it, each subject's own `now`.

    >>> grown = compile_condition({"trait": "age", "at_least": 18})
    >>> grown(Subject(traits={"age": 20})), grown(Subject())
    (True, False)

    Raises Unreadable, a ValueError, with sentences that say what cannot be read, where and why.
    """
    if document is None:
        return lambda _subject: True
    return decision_of(form_of(document), now=now, zone=zone)


def needs_of(document: Document | Form | None) -> Needs:
    """Return what `document` looks at.

    >>> needs_of({"trait": "age", "at_least": 18}).traits
    frozenset({'age'})
    """
    return NOTHING if document is None else needs_of_form(form_of(document))


def is_incremental(document: Document | Form) -> bool:
    """Tell whether single customers can be decided anew when something of theirs has changed.

    So it is for all that is asked of customers; what looks at the event or the dialogue at hand has
    no answer outside it. `needs_of` says which changes matter, `next_change` when time does.
    """
    return not needs_of(document).own


def is_about_properties(form: Form) -> bool:
    """Tell whether nothing but properties of the event at hand is asked."""
    return needs_of_form(form) == Needs(own=True)


def next_change(document: Document | Form, subject: Subject, *, zone: str = ZONE) -> int | None:
    """Return the first moment after `subject.now` at which the answer may change by itself.

    None: never, unless something happens. The moment is never too late, and hardly ever too early.
    """
    return next_change_of(form_of(document), subject, zone)
