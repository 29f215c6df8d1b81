"""What people call ways to compute and states; a definition as a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

COMPUTES: list[tuple[str, str | Promise]] = [
    ("count", gettext_lazy("How many times")),
    ("sum", gettext_lazy("Sum")),
    ("average", gettext_lazy("Average")),
    ("min", gettext_lazy("Smallest")),
    ("max", gettext_lazy("Largest")),
    ("first", gettext_lazy("First")),
    ("last", gettext_lazy("Last")),
    ("most_frequent", gettext_lazy("Most frequent")),
    ("distinct_list", gettext_lazy("List of different ones")),
    ("next_expected", gettext_lazy("Day on which the next is expected")),
]
STATES: dict[str, str | Promise] = {
    "building": gettext_lazy("being built"),
    "settling": gettext_lazy("being written"),
    "ready": gettext_lazy("up to date"),
    "paused": gettext_lazy("paused"),
    "ending": gettext_lazy("being taken away"),
}
TONES = {
    "building": "calm",
    "settling": "calm",
    "ready": "good",
    "paused": "warn",
    "ending": "warn",
}


def said(document: dict[str, Any]) -> str:
    """Return a definition as a sentence."""
    if "sql" in document:
        return _("SQL on the lake, every %(every)s") % {"every": document.get("every", "1 day")}
    window = document.get("in")
    told = {
        "compute": dict(COMPUTES)[document["compute"]],
        "of": f" {document['property']}" if document.get("property") else "",
        "event": document["of"]["event"],
        "when": window["last"] if isinstance(window, dict) else "",
    }
    if told["when"]:
        return _("%(compute)s%(of)s · %(event)s · in the last %(when)s") % told
    return _("%(compute)s%(of)s · %(event)s · over all time") % told
