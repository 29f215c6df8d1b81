"""What people call the things of this wing: what is wrong with a cell and how to mend it, states, counts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, "str | Promise"]

FAULTS: Words = {
    "not_an_email": _("This is not an e-mail address. Write it like name@example.com."),
    "not_a_phone": _("This is not a phone number. Write it like 040 123 4567 or +358 40 123 4567."),
    "not_a_number": _("This is not a number. Write it like 1234,50 without other signs."),
    "not_a_date": _("This is not a day. Write it like 31.12.2024 or 2024-12-31."),
    "not_a_time": _("This is not a time. Write it like 31.12.2024 14.30."),
    "not_a_flag": _("This is neither yes nor no. Write yes, no, 1, 0 or x."),
    "not_a_consent": _(
        "This is no consent. Write yes, no, given, denied or withdrawn, or name the words in the mapping."
    ),
    "too_long": _("The text is too long. Shorten it to 10,000 characters."),
    "names_nobody": _(
        "The row names nobody: all columns of identifiers are empty or cannot be read. Fill in one of them."
    ),
    "nobody": _(
        "The identifiers of the row are blocked by the rules of identity. Give another one."
    ),
    "kept": _(
        "The customer's data are restricted: nothing may be changed until the restriction ends."
    ),
}
COUNTS: Words = {
    "new": _("New customers"),
    "changed": _("Changed"),
    "unchanged": _("Unchanged"),
    "refused": _("Refused rows"),
    "skipped": _("Passed over by a rule"),
    "events": _("New events"),
    "objects": _("Objects changed"),
    "faults": _("Cells and rows with errors"),
}


def sentence_of(reason: str) -> str:
    """Return what is wrong and how to mend it; a sentence is its own."""
    return str(FAULTS.get(reason, reason))
