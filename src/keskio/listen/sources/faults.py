"""What can go wrong with a source, told by a reason and its fields, and read as a sentence on pages.

Faults are kept as {reason, …fields}, so that each reader gets them in a language of theirs. What the
other side said itself stands in `said`, cut short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from keskio.kernel.errors import KeskioError, Trouble

LONGEST = 300
SENTENCES: Mapping[str, Any] = {
    "not_reached": _("%(place)s cannot be reached: %(said)s. It is tried again by itself."),
    "no_answer": _("%(place)s did not answer in time. It is tried again by itself."),
    "silent": _(
        "%(place)s has sent nothing for a while, not even a sign of life. It is called again."
    ),
    "cut": _("%(place)s cut the connection. It is called again from where it was cut."),
    "too_many": _(
        "%(place)s asks us to come back later: too many calls. We wait as long as it says."
    ),
    "not_let_in": _(
        "%(place)s does not let us in (%(status)s). Check the key, the user name or the password."
    ),
    "not_there": _("There is nothing at %(place)s (%(status)s). Check the address."),
    "ailing": _("%(place)s is not well (%(status)s). It is tried again by itself."),
    "refused": _("%(place)s did not take the call (%(status)s): %(said)s"),
    "not_understood": _("What %(place)s answered cannot be understood: %(said)s"),
    "too_large": _("What %(place)s answered is larger than %(limit)s and was left unread."),
    "inside": _(
        "%(place)s is inside your own network. An administrator can allow that with the setting"
        " sources_inside."
    ),
    "no_such_name": _("There is no server called %(place)s. Check the address."),
    "not_web": _("%(place)s is no web address: it must begin with http:// or https://."),
    "post": _("A message of %(place)s cannot be read and was left out: %(said)s"),
    "mailbox": _("The mailbox at %(place)s cannot be read: %(said)s"),
    "signature": _(
        "A call was turned away: its signature does not fit. Check the sender's secret."
    ),
    "stale": _("A call was turned away: its time is more than five minutes off. Check the clocks."),
    "unread": _("A call was turned away: %(said)s"),
    "other": "%(said)s",
}


class SourceTrouble(Trouble):
    """A source could not be read."""

    code = "source_trouble"

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        permanent: bool = False,
        **fields: str,
    ) -> None:
        self.told = told_of(reason, **fields)
        with override("en"):  # for the log; pages read `told` in the reader's language
            sentence = sentence_of(self.told)
        super().__init__(sentence, retry_after=retry_after, permanent=permanent)


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def told_of(reason: str, **fields: str) -> dict[str, str]:
    """Return a fault as it is kept; its fields are cut to a length that can be shown."""
    return {"reason": reason, **{name: str(value)[:LONGEST] for name, value in fields.items()}}


def told_of_error(error: KeskioError) -> dict[str, str]:
    """Return an error as it is kept."""
    return error.told if isinstance(error, SourceTrouble) else told_of("other", said=error.message)


def sentence_of(told: Mapping[str, Any]) -> str:
    """Return a kept fault as a sentence in the reader's language; "" for none.

    >>> sentence_of({"reason": "other", "said": "The disk is full."})
    'The disk is full.'
    """
    if not told:
        return ""
    template = SENTENCES.get(str(told.get("reason")), SENTENCES["other"])
    return str(template) % _Filled({name: str(value) for name, value in told.items()})
