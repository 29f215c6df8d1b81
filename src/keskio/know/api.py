"""The door of the room."""

from __future__ import annotations

from keskio.know.actions import (
    NoSuchCustomer,
    find_or_create,
    give_consent,
    set_traits,
    withdraw_consent,
)
from keskio.know.browsing import everything_of
from keskio.know.bulk import import_people
from keskio.know.imports.command import import_file, match_file
from keskio.know.imports.reports import fault_rows, report_csv
from keskio.know.privacy.actions import ask_consent
from keskio.know.privacy.links import preference_page
from keskio.know.privacy.queries import facts_at
from keskio.know.queries import (
    all_customer_ids,
    customer_by,
    facts_of,
    people_of,
    same_person_ids,
)

__all__ = [
    "NoSuchCustomer",
    "all_customer_ids",
    "ask_consent",
    "customer_by",
    "everything_of",
    "facts_at",
    "facts_of",
    "fault_rows",
    "find_or_create",
    "give_consent",
    "import_file",
    "import_people",
    "match_file",
    "people_of",
    "preference_page",
    "report_csv",
    "same_person_ids",
    "set_traits",
    "withdraw_consent",
]
