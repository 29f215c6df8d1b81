"""Writes of the wing: closing a run, saying that it has gone to the printer, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keskio.events.api import append_events
from keskio.kernel.clock import Micros, from_micros, now, to_micros
from keskio.kernel.errors import Mistake, Trouble
from keskio.talk.contracts import Handed
from keskio.talk.ledger import settle, take_up
from keskio.talk.printing.gathering import gather
from keskio.talk.printing.models import Picture, PrintRun, Sheet
from keskio.talk.printing.printer import Printer, Written
from keskio.talk.printing.queries import letters_of
from keskio.talk.sender import Ready

SLICE = 500


class WrongState(Mistake):
    """The print run is not in the state that this needs; somebody else may have been quicker."""

    code = "wrong_state"


class NothingToPrint(Mistake):
    """There is no letter to print."""

    code = "nothing_to_print"


class FileIsOld(Mistake):
    """The file that was downloaded is not what would go now."""

    code = "file_is_old"


class NotYetRead(Trouble):
    """Something has just come in about a receiver; it is being read. Try again in a moment."""

    code = "not_yet_read"


def close_run(run: PrintRun, *, by: str) -> None:
    """Write the letters of an open run as they will be printed; later letters go into the next run.

    What may not go any more is settled as withdrawn. A letter whose receiver the log holds something
    new of waits for the next run. Raises NothingToPrint when nothing would be left.
    """
    at = to_micros(now())
    while gather(at):
        pass
    with transaction.atomic():
        changed = PrintRun.objects.filter(pk=run.pk, state=PrintRun.State.OPEN).update(
            state=PrintRun.State.CLOSED, closed_at=from_micros(at), closed_by=by
        )
        if not changed:
            raise WrongState
        found = letters_of(run)
        gone = [sheet.pk for sheet, _m, state in found if state != "claimed"]
        Sheet.objects.filter(pk__in=gone).delete()
        sheets = {message.id: sheet for sheet, message, state in found if state == "claimed"}
        waiting = [message for _s, message, state in found if state == "claimed"]
        written = _write(sheets, waiting, at)
        if not written:  # what was found to be refused stays so
            PrintRun.objects.filter(pk=run.pk).update(
                state=PrintRun.State.OPEN, closed_at=None, closed_by=""
            )
    if not written:
        raise NothingToPrint(_("There is no letter to print."))


def _write(sheets: dict[int, Sheet], waiting: Sequence[Handed], at: Micros) -> int:
    """Fill in the sheets, slice by slice; return how many letters there are."""
    printer = Printer()
    pictures = _pictures()
    count = 0
    for start in range(0, len(waiting), SLICE):
        told = printer.written(waiting[start : start + SLICE], at)
        append_events(settle(told.refused, at))
        left = [outcome.message.id for outcome in told.refused]
        left += [message.id for message in told.behind]
        Sheet.objects.filter(message_id__in=left).delete()
        ready = [_filled(sheets[r.message.id], r, told, pictures) for r in told.ready]
        fields = ["postcode", "address", "language", "subject", "text", "content", "picture"]
        Sheet.objects.bulk_update(ready, fields, batch_size=100)
        count += len(ready)
    return count


def _filled(
    sheet: Sheet, ready: Ready, told: Written, pictures: dict[tuple[str, str, str], int]
) -> Sheet:
    going = ready.outgoing
    sheet.address, sheet.language = going.to, going.language
    sheet.subject, sheet.text, sheet.content = going.subject, going.text, ready.content
    sheet.postcode = _postcode(going.to)
    sheet.picture_id = _picture_for(told.things.get(ready.message.id, {}), pictures)
    return sheet


def _postcode(address: str) -> str:
    words = [line.split(" ", 1)[0] for line in address.splitlines()[1:]]
    return next((word for word in reversed(words) if word.isdigit()), "")[:20]


def _picture_for(thing: dict[str, Any], pictures: dict[tuple[str, str, str], int]) -> int | None:
    kind = str(thing.get("kind", ""))
    keys = ((kind, field, str(value).casefold()) for field, value in thing.items())
    return next((pictures[key] for key in keys if key in pictures), None)


def _pictures() -> dict[tuple[str, str, str], int]:
    rows = Picture.objects.values_list("kind", "field", "value", "pk")
    return {(kind, field, value.casefold()): pk for kind, field, value, pk in rows}


def note_download(run: PrintRun, letters: int) -> None:
    """Remember how many letters the file held that was just downloaded."""
    PrintRun.objects.filter(pk=run.pk).update(downloaded_at=now(), downloaded=letters)


def mark_printed(run: PrintRun, *, by: str) -> int:
    """Record that a closed run has gone to the printer: its letters are sent. Return how many.

    Permissions are looked at once more. Raises FileIsOld when the file that was downloaded last held
    letters that may not go now, or none was downloaded; NotYetRead when something about a receiver
    has not been read; WrongState for a run that is not closed.
    """
    at = to_micros(now())
    with transaction.atomic():
        changed = PrintRun.objects.filter(pk=run.pk, state=PrintRun.State.CLOSED).update(
            state=PrintRun.State.PRINTED, printed_at=from_micros(at), printed_by=by
        )
        if not changed:
            raise WrongState
        run.refresh_from_db()
        sent = _hand_over(run, at)
        PrintRun.objects.filter(pk=run.pk).update(printed=sent)
    return sent


def _hand_over(run: PrintRun, at: Micros) -> int:
    printer = Printer(f"print-run-{run.pk}")
    found = [(sheet, message) for sheet, message, state in letters_of(run) if state == "claimed"]
    content = {message.id: sheet.content for sheet, message in found}
    sent = 0
    for start in range(0, len(found), SLICE):
        messages = [message for _s, message in found[start : start + SLICE]]
        told = printer.written(messages, at)
        if told.behind:
            raise NotYetRead(
                _("Something has just come in about a receiver. Try again in a moment.")
            )
        if told.refused:
            _raise_old(len(told.refused))
        taken = take_up([(m, content[m.id]) for m in messages], owner=printer.owner, now=at)
        append_events(settle([printer.sent(message, run.pk) for message in taken], at))
        sent += len(taken)
    if run.downloaded_at is None:
        raise FileIsOld(_("Download the letters first."))
    if sent != run.downloaded:
        _raise_old(run.downloaded - sent)
    return sent


def _raise_old(count: int) -> None:
    raise FileIsOld(
        ngettext(
            "%(count)d letter of the file may not go any more. Download the letters again.",
            "%(count)d letters of the file may not go any more. Download the letters again.",
            count,
        )
        % {"count": count}
    )


def take_back_refused(run: PrintRun) -> int:
    """Settle as withdrawn what may not go any more of a closed run; return how many letters.

    Called before each download, so that the file holds only what may go.
    """
    at = to_micros(now())
    with transaction.atomic():
        waiting = [message for _s, message, state in letters_of(run) if state == "claimed"]
        printer = Printer()
        refused = [
            outcome
            for start in range(0, len(waiting), SLICE)
            for outcome in printer.written(waiting[start : start + SLICE], at).refused
        ]
        append_events(settle(refused, at))
    return len(refused)


def save_picture(
    kind: str, field: str, value: str, *, octets: bytes, content_type: str, by: str
) -> None:
    """Keep a picture for the letters about objects of `kind` whose `field` has `value`."""
    Picture.objects.update_or_create(
        kind=kind,
        field=field,
        value=value,
        defaults={
            "octets": octets,
            "content_type": content_type,
            "changed_at": now(),
            "changed_by": by,
        },
    )
