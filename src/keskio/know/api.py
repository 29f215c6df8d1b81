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
from keskio.know.computed.actions import add_definition as add_computed_trait
from keskio.know.dates import between as days_between
from keskio.know.dates import customers_dated, owners_dated
from keskio.know.duplicates.rows import join_likely
from keskio.know.facts import facts_of, subjects_of
from keskio.know.finding import ids_found
from keskio.know.groups.queries import groups_of, members_of
from keskio.know.imports.command import import_file, match_file
from keskio.know.imports.reports import fault_rows, report_csv
from keskio.know.ledger import find_owners
from keskio.know.objects.actions import save_kind, take_objects
from keskio.know.objects.queries import fields_of_kinds, fields_of_objects, objects_of
from keskio.know.postal import POSTAL, postal_address
from keskio.know.privacy.actions import ask_consent
from keskio.know.privacy.erasing import begin as begin_erasure
from keskio.know.privacy.erasing import run_to_end as run_erasure
from keskio.know.privacy.exporting import everything_about, export_as
from keskio.know.privacy.links import preference_page
from keskio.know.privacy.links import read_token as read_preference_token
from keskio.know.privacy.queries import facts_at
from keskio.know.privacy.replaying import replay as replay_erasures
from keskio.know.privacy.speech import LANGUAGES as PREFERENCE_LANGUAGES
from keskio.know.privacy.speech import page_in as preference_page_in
from keskio.know.privacy.views.public import by_link as preference_by_link
from keskio.know.queries import (
    all_customer_ids,
    customer_by,
    merged_into,
    people_of,
    same_people,
    same_person_ids,
)
from keskio.know.segments.actions import save_model, save_ready_models, save_segment
from keskio.know.segments.everyone import found_segments
from keskio.know.segments.queries import (
    definition_text,
    members_of_segment,
    memberships_of,
    segments_now,
    stages_of,
)
from keskio.know.sentences import Told, Tone, tell_events
from keskio.know.special import may_see_special, set_patients, special_names

__all__ = [
    "POSTAL",
    "PREFERENCE_LANGUAGES",
    "NoSuchCustomer",
    "Told",
    "Tone",
    "add_computed_trait",
    "all_customer_ids",
    "ask_consent",
    "begin_erasure",
    "customer_by",
    "customers_dated",
    "days_between",
    "definition_text",
    "everything_about",
    "everything_of",
    "export_as",
    "facts_at",
    "facts_of",
    "fault_rows",
    "fields_of_kinds",
    "fields_of_objects",
    "find_or_create",
    "find_owners",
    "found_segments",
    "give_consent",
    "groups_of",
    "ids_found",
    "import_file",
    "import_people",
    "join_likely",
    "match_file",
    "may_see_special",
    "members_of",
    "members_of_segment",
    "memberships_of",
    "merged_into",
    "objects_of",
    "owners_dated",
    "people_of",
    "postal_address",
    "preference_by_link",
    "preference_page",
    "preference_page_in",
    "read_preference_token",
    "replay_erasures",
    "report_csv",
    "run_erasure",
    "same_people",
    "same_person_ids",
    "save_kind",
    "save_model",
    "save_ready_models",
    "save_segment",
    "segments_now",
    "set_patients",
    "set_traits",
    "special_names",
    "stages_of",
    "subjects_of",
    "take_objects",
    "tell_events",
    "withdraw_consent",
]
