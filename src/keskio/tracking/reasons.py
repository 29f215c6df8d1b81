"""Why an item was set aside, by name. The sentence is kept with the item; the label is for lists."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """The reasons of this room; channels have their own, shown by their name."""

    BAD_JSON = "bad_json"
    BAD_FIELD = "bad_field"
    BAD_TIME = "bad_time"
    UNKNOWN_TYPE = "unknown_type"
    NO_EVENT = "no_event"
    NO_IDENTITY = "no_identity"
    NO_GROUP = "no_group"
    NO_PREVIOUS_ID = "no_previous_id"
    RESERVED_NAME = "reserved_name"
    LONG_NAME = "long_name"
    LONG_ID = "long_id"
    LONG_MESSAGE_ID = "long_message_id"
    TOO_MANY_TRAITS = "too_many_traits"
    LARGE_EVENT = "large_event"
    UNKNOWN_KEY = "unknown_key"
    RETIRED_KEY = "retired_key"
    UNKNOWN_KIND = "unknown_kind"
    PARSER_FAILED = "parser_failed"
    NOT_TAKEN = "not_taken"
    AGAINST_PLAN = "against_plan"
    UNPLANNED = "unplanned"
    OBSERVED = "observed"
    UNKNOWN_HOOK = "unknown_hook"
    NOT_MAPPED = "not_mapped"


LABELS: dict[str, Promise] = {
    Reason.BAD_JSON: _("Not readable JSON"),
    Reason.BAD_FIELD: _("A field of the wrong kind"),
    Reason.BAD_TIME: _("A time that is none"),
    Reason.UNKNOWN_TYPE: _("Unknown type of call"),
    Reason.NO_EVENT: _("The event has no name"),
    Reason.NO_IDENTITY: _("Nobody is named"),
    Reason.NO_GROUP: _("The group is not named"),
    Reason.NO_PREVIOUS_ID: _("The former id is missing"),
    Reason.RESERVED_NAME: _("A name that is Keskiö's own"),
    Reason.LONG_NAME: _("The name is too long"),
    Reason.LONG_ID: _("An id is too long"),
    Reason.LONG_MESSAGE_ID: _("The message id is too long"),
    Reason.TOO_MANY_TRAITS: _("Too many traits"),
    Reason.LARGE_EVENT: _("Larger than 32 kB (stored)"),
    Reason.UNKNOWN_KEY: _("Unknown write key"),
    Reason.RETIRED_KEY: _("Retired write key"),
    Reason.UNKNOWN_KIND: _("Nothing reads this kind"),
    Reason.PARSER_FAILED: _("Reading it failed"),
    Reason.NOT_TAKEN: _("Taking it failed"),
    Reason.AGAINST_PLAN: _("Against the data plan"),
    Reason.UNPLANNED: _("Not in the data plan"),
    Reason.OBSERVED: _("Against the data plan (observed)"),
    Reason.UNKNOWN_HOOK: _("The web hook is gone or closed"),
    Reason.NOT_MAPPED: _("The mapping does not fit"),
}


def label_of(reason: str) -> str | Promise:
    """Return the words for a reason; a reason of another room is shown by its name."""
    return LABELS.get(reason, reason)
