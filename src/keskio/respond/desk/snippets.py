"""Ready texts: found by what one writes after ::, and written out for the customer of a case.

They are written in the sandbox of customers' texts: `customer.name`, `customer.first_name`, `case.number`,
`case.subject`, `me.name`, and the customer's traits by their names.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from keskio.kernel.errors import Mistake
from keskio.kernel.i18n import LANGUAGES, in_language
from keskio.know.api import facts_of, people_of
from keskio.respond.desk.models import Snippet
from keskio.respond.inbox.models import Case
from keskio.talk.api import fault_in_text, render_text


class CannotBeWritten(Mistake):
    """The text cannot be written for this customer: mend the snippet."""

    code = "cannot_be_written"


def language_of(case: Case) -> str:
    """Return the language in which a case is answered: its own, the customer's, else Finnish."""
    if case.language in LANGUAGES:
        return case.language
    person = people_of([case.customer_id]).get(case.customer_id) if case.customer_id else None
    return person.language if person and person.language in LANGUAGES else "fi"


def values_for(case: Case, user: User) -> dict[str, Any]:
    """Return what texts may name: the customer with every trait, the case, and who writes."""
    facts = facts_of([case.customer_id]).get(case.customer_id) if case.customer_id else None
    person = people_of([case.customer_id]).get(case.customer_id) if case.customer_id else None
    name = (person.name if person else "") or case.name
    traits = dict(facts.traits) if facts else {}
    return {
        "customer": {**traits, "name": name, "first_name": first_name(name)},
        "case": {"number": case.pk, "subject": case.subject},
        "me": {"name": user.get_full_name() or user.get_username()},
    }


def first_name(name: str) -> str:
    """Return the first of somebody's names; "" for a handle or an address.

    >>> first_name("Aino Mäkinen"), first_name("@aino@example.social")
    ('Aino', '')
    """
    first = name.split(" ", maxsplit=1)[0] if name else ""
    return first if first.replace("-", "").isalpha() else ""


def written(snippet: Snippet, case: Case, user: User) -> str:
    """Return a snippet's text for a case, in its language. Raises CannotBeWritten."""
    language = language_of(case)
    return written_text(in_language(snippet.text, language), case, user, language)


def written_text(text: str, case: Case, user: User, language: str) -> str:
    """Return any such text for a case. Raises CannotBeWritten."""
    zone = timezone.get_current_timezone_name()
    try:
        return render_text(text, values_for(case, user), language=language, zone=zone)
    except ValueError as fault:
        raise CannotBeWritten(f"The text cannot be written: {fault}") from fault


def fault_in(texts: dict[str, str]) -> str:
    """Return what is wrong with the versions of a snippet ("" when all can be read)."""
    for language, text in texts.items():
        fault = fault_in_text(text)
        if fault:
            return f"{language}: {fault}"
    return ""
