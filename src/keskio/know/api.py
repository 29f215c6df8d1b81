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
from keskio.know.facts import facts_of, subjects_of
from keskio.know.imports.command import import_file, match_file
from keskio.know.imports.reports import fault_rows, report_csv
from keskio.know.privacy.actions import ask_consent
from keskio.know.privacy.links import preference_page
from keskio.know.privacy.queries import facts_at
from keskio.know.queries import (
    all_customer_ids,
    customer_by,
    people_of,
    same_person_ids,
)
from keskio.know.segments.actions import save_model, save_ready_models, save_segment
from keskio.know.segments.queries import (
    definition_text,
    memberships_of,
    segments_now,
    stages_of,
)

__all__ = [
    "NoSuchCustomer",
    "all_customer_ids",
    "ask_consent",
    "customer_by",
    "definition_text",
    "everything_of",
    "facts_at",
    "facts_of",
    "fault_rows",
    "find_or_create",
    "give_consent",
    "import_file",
    "import_people",
    "match_file",
    "memberships_of",
    "people_of",
    "preference_page",
    "report_csv",
    "same_person_ids",
    "save_model",
    "save_ready_models",
    "save_segment",
    "segments_now",
    "set_traits",
    "stages_of",
    "subjects_of",
    "withdraw_consent",
]
