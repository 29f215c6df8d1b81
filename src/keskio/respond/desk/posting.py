"""The thread that sends people of the company what they have asked to be told of by e-mail.

Everything that waits for somebody leaves in one letter, at most one in fifteen minutes: whoever takes the
right to write (one conditional UPDATE) has it for that long, also when several workers run. Letters go by
the company's own e-mail account, as a test message does, never through the customers' ledger; they name
cases by number and say nothing of what customers wrote. What could certainly not be handed over waits for
the next letter; what may have gone does not go again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from keskio.channels.api import transport_for
from keskio.channels.contracts import Outgoing, Result, Transport
from keskio.kernel.clock import from_micros, now
from keskio.kernel.errors import Mistake, Trouble
from keskio.listen.api import themes_in_words
from keskio.listen.contracts import RISING
from keskio.respond.desk.models import Notice, Telling
from keskio.respond.desk.telling import Told
from keskio.respond.desk.words import CHANNEL_NAMES
from keskio.respond.inbox.contracts import WARNED

APART = timedelta(minutes=15)
OLDEST = timedelta(days=1)
MOST_LINES = 50
IDLE_SECONDS = 5.0
log = logging.getLogger(__name__)


class StaffPost:
    """The background that writes to people of the company."""

    name = "desk.post"

    def run(self, stop: threading.Event) -> None:
        """Write until `stop` is set."""
        try:
            while not stop.is_set():
                send_due()
                stop.wait(IDLE_SECONDS)
        finally:
            connections.close_all()


def send_due() -> int:
    """Send a letter to everybody for whom something waits and who has had none lately; return how many."""
    waiting = set(Notice.objects.values_list("username", flat=True).distinct())
    if not waiting:
        return 0
    transport = transport_for("email")
    if transport is None:
        return 0
    addresses = dict(
        User.objects.filter(username__in=waiting, is_active=True)
        .exclude(email="")
        .values_list("username", "email")
    )
    return sum(_write(transport, username, to) for username, to in sorted(addresses.items()))


def _write(transport: Transport, username: str, to: str) -> bool:
    notices = _taken(username)
    if not notices:
        return False
    language = Telling.objects.get(pk=username).language or settings.LANGUAGE_CODE
    try:
        (result,) = transport.send([letter_of(notices, to=to, language=language)])
    except (Trouble, Mistake) as fault:
        result = Result("failed", sentence=fault.message)
    trouble = "" if result.state == "accepted" else result.sentence or result.state
    if result.state == "failed":
        log.warning("A letter to %s could not be handed over: %s", username, trouble)
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
    Telling.objects.filter(pk=username).update(trouble=trouble[:300])
    return result.state == "accepted"


def _taken(username: str) -> list[Notice]:
    """Take what waits for somebody, if it is time to write to them; [] if not."""
    at = now()
    with transaction.atomic():
        due = Q(mailed_at__isnull=True) | Q(mailed_at__lte=at - APART)
        if not Telling.objects.filter(due, pk=username).update(mailed_at=at):
            return []
        notices = list(Notice.objects.filter(username=username).order_by("at", "pk"))
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).delete()
    for notice in notices:
        notice.pk = None
    return [notice for notice in notices if notice.at > at - OLDEST]


def letter_of(notices: Sequence[Notice], *, to: str, language: str) -> Outgoing:
    """Return the letter that tells of `notices`, in a language."""
    with override(language):
        lines = [line_of(notice) for notice in notices[:MOST_LINES]]
        left = len(notices) - len(lines)
        if left:
            lines.append(ngettext("and %(n)d more", "and %(n)d more", left) % {"n": left})
        more = {"address": _address("desk:tell_me")}
        lines.append(_("You have asked to be told of these. Change it here: %(address)s") % more)
        subject = ngettext(
            "Keskiö: %(n)d thing that you asked to be told of",
            "Keskiö: %(n)d things that you asked to be told of",
            len(notices),
        ) % {"n": len(notices)}
    return Outgoing(
        message=0,
        channel="email",
        to=to,
        subject=subject,
        text="\n\n".join(lines),
        language=language,
    )


def line_of(notice: Notice) -> str:
    """Return what happened and where to look, in the language in force."""
    said = msgspec.convert(notice.told, Told)
    if notice.what == RISING:
        theme = themes_in_words([said.theme]).get(said.theme, said.theme)
        text = _("Everything that is said") if said.theme == "*" else theme
        told = _("More people than usual speak of this: %(theme)s.") % {"theme": text}
        where = _address("trends:alert", said.alert) if said.alert else _address("trends:alerts")
        return f"{told}\n{where}"
    about = {"number": said.case, "channel": CHANNEL_NAMES.get(said.channel, said.channel)}
    if notice.what == WARNED and said.due_at is not None:
        due = localtime(from_micros(said.due_at))
        told = _("Case #%(number)s (%(channel)s) must be answered by %(time)s.") % {
            **about,
            "time": date_format(due, "SHORT_DATETIME_FORMAT"),
        }
    elif notice.what == WARNED:
        told = _("Case #%(number)s (%(channel)s) must be answered soon.") % about
    else:
        told = _("Case #%(number)s (%(channel)s) was late and has been handed over.") % about
    return f"{told}\n{_address('desk:case', said.case)}"


def _address(name: str, *args: int) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=args)}"
