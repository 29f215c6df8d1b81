"""Explain for the customer who asks: why each message came, in plain words, in the export of their data.

Says what the customer would ask: what, when, because of what, by which permission. Ranks, rules of contact
and rivals are the house's own affairs and stay out. Both languages stand beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.holdings import ROWS, Person
from keskio.talk.drawing import channel_name
from keskio.talk.evidence import Entry, Evidence
from keskio.talk.models import Decision, Message
from keskio.talk.whys import PURPOSES, Names, moment_said, reason_said

LANGUAGES = ("fi", "en")
NOT_SENT = ("held", "dropped")

BECAUSE = {
    "event": gettext_lazy("It came because on %(at)s this happened: “%(event)s”."),
    "keyword": gettext_lazy("It came because on %(at)s you wrote to us: “%(text)s”."),
    "audience": gettext_lazy("It came because you belonged to those for whom it was meant."),
    "segment": gettext_lazy(
        "It came because on %(at)s you came to belong to the group “%(text)s”."
    ),
    "date": gettext_lazy("It came because of a date that we know of you or of something you have."),
}


class Explanations:
    """A holding that only tells: what it tells of stands in the tables of messages and decisions."""

    key = "talk.explained"
    stage = ROWS
    tables: tuple[str, ...] = ()

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return each message that came, or did not, with why, oldest first."""
        return disclosed(list(person.records))

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Return 0: nothing is kept here."""
        return 0


def disclosed(customers: Sequence[int]) -> list[dict[str, Any]]:
    """Return why each message came, or did not, to one person, whose ids `customers` are."""
    told: list[Message | Decision] = [
        *Message.objects.filter(customer_id__in=customers),
        *Decision.objects.filter(customer_id__in=customers, verdict__in=NOT_SENT),
    ]
    told.sort(key=_when)
    evidence = Evidence(customers, told)
    rows: list[dict[str, Any]] = [{"at": _when(one)} for one in told]
    for language in LANGUAGES:
        with override(language):
            names = Names({one.version_id for one in told})
            for one, row in zip(told, rows, strict=True):
                row[language] = _said(one, evidence, names)
    return rows


def _when(one: Message | Decision) -> Micros:
    return to_micros(one.claimed_at if isinstance(one, Message) else one.at)


def _said(one: Message | Decision, evidence: Evidence, names: Names) -> str:
    dialogue, *_rest = names.of(one.version_id, one.step)
    named = {"at": moment_said(_when(one)), "dialogue": dialogue}
    if isinstance(one, Decision):
        text = _("We would have sent you a message on %(at)s (%(dialogue)s), but did not.")
        return f"{text % named} {reason_said(one.reason, names.language)}"
    named["channel"] = channel_name(one.channel)
    if one.state in ("withdrawn", "failed"):
        text = _("A message to you of %(at)s (%(channel)s, %(dialogue)s) was not sent.")
    else:
        text = _("We sent you a message on %(at)s (%(channel)s, %(dialogue)s).")
    parts = [text % named, _because(evidence.entry(one.enrolment_id)), _allowed(one, evidence)]
    return " ".join(part for part in parts if part)


def _because(entry: Entry | None) -> str:
    if entry is None or entry.kind not in BECAUSE:
        return ""
    named = {"at": moment_said(entry.at), "event": entry.event, "text": entry.text}
    return str(BECAUSE[entry.kind]) % named


def _allowed(message: Message, evidence: Evidence) -> str:
    found = evidence.permission(message)
    purpose = str(PURPOSES.get(message.purpose, message.purpose))
    if found is None:
        return _("It needed no separate permission (%(purpose)s).") % {"purpose": purpose}
    named = {"purpose": purpose, "at": moment_said(found.at), "source": found.source}
    return _("You had allowed it on %(at)s (%(purpose)s; %(source)s).") % named
