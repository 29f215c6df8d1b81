"""The provider `print`: letters that people print. What it keeps is who the letters are from.

Letters are not handed over one by one: they gather in print runs, which a person takes to the printer.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import (
    Account,
    Outgoing,
    Receipt,
    Request,
    Result,
    Setting,
    Spools,
    Transport,
)
from keskio.channels.letter.sheets import Header
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.errors import Mistake, Refused

LETTERHEAD = _("Letterhead")
WINDOW = _("Window of the envelope")
HIGHEST = {"window_left": 120, "window_top": 120}


def header_of(account: Account) -> Header:
    """Return the letterhead of an account; raises Mistake when its settings cannot work."""
    places = {}
    for name, most in HIGHEST.items():
        given = account.setting(name, "20" if name == "window_left" else "38")
        if not given.isdigit() or int(given) > most:
            raise Mistake(f"{given!r} is not a place on the sheet: give 0 to {most} millimetres.")
        places[name] = int(given)
    return Header(
        company=account.setting("company"),
        address=tuple(line for line in account.setting("address").splitlines() if line.strip()),
        foot=account.setting("foot"),
        window_left=places["window_left"],
        window_top=places["window_top"],
    )


class PrintTransport:
    """Takes nothing: letters leave in print runs."""

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Refuse each letter, and say where letters go from."""
        said = gettext(
            "Letters are not sent one by one. They gather in print runs, on the page Letters."
        )
        return [Result("refused", sentence=said, permanent=True) for _one in batch]

    def close(self) -> None:
        """Do nothing: nothing is open."""


class Print:
    """The provider `print`."""

    key = "print"
    channel = "letter"
    title = "PDF"
    inbound_query: str | None = None
    settings: Sequence[Setting] = (
        Setting(section=LETTERHEAD, name="company", label=_("Company"), required=True),
        Setting(section=LETTERHEAD, name="address", label=_("Company's address"), kind="lines"),
        Setting(
            section=LETTERHEAD,
            name="foot",
            label=_("At the foot of each page"),
            kind="lines",
            help=_("Two lines at most: web address, telephone, business identity code."),
        ),
        Setting(
            section=WINDOW,
            name="window_left",
            label=_("From the left, millimetres"),
            kind="number",
            default="20",
        ),
        Setting(
            section=WINDOW,
            name="window_top",
            label=_("From the top, millimetres"),
            kind="number",
            default="38",
        ),
    )

    def open(self, account: Account) -> Transport:
        """Return a transport, which takes nothing, once the settings have been found to work."""
        header_of(account)
        return PrintTransport()

    def receive(self, account: Account, request: Request) -> Receipt:  # noqa: ARG002 - Provider's shape
        """Refuse: nobody calls about letters."""
        raise Refused("Nothing comes in by letters.")

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: letters wait for people."""
        return ()

    def read(self, row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:  # noqa: ARG002 - the same
        """Return nothing: nothing comes in."""
        return [], []


PROVIDER = Print()
