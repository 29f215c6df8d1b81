"""What is refused, as the pages say it: sentences of errors raised here and in the inbox, for translation."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keskio.kernel.errors import KeskioError

SAID = (
    gettext_noop("The answer is empty: write what is to be said."),
    gettext_noop("The note is empty: write what the others are to know."),
    gettext_noop(
        "There is no address to answer to. Write to the customer in another channel, or note here"
        " how you answered."
    ),
    gettext_noop("That time is past: choose one to come."),
    gettext_noop("The case is closed: reopen it first."),
    gettext_noop("These two are one case already."),
    gettext_noop("This case has not been merged into another."),
    gettext_noop("There is no such case."),
    gettext_noop(
        "Open cases stand in this queue, or another queue hands over to it: move them first."
    ),
    gettext_noop("A case can be snoozed until a time that is still to come."),
    gettext_noop("Choose at least one case first."),
    gettext_noop("There is nobody with that name to give cases to."),
    gettext_noop("This cannot be undone any more."),
    gettext_noop("The customer has no address in that channel."),
    gettext_noop(
        "The language model did not answer. Write the reply yourself, or try again later."
    ),
    gettext_noop("The time of a promise must be still to come: choose a later one."),
    gettext_noop("Choose messages or notes of this case that are to go to a new one."),
    gettext_noop("That is everything: there would be nothing left in this case."),
)


def sentence_of(fault: KeskioError) -> str:
    """Return what a fault says, in the reader's language where it is known, else as it was raised."""
    return _(fault.message)
