"""The write of the wing: a person's decision, which goes to the dialogue through the log."""

from __future__ import annotations

from django.db import transaction

from keskio.engine.dialogue.routing import ASSIGNED
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.talk.replies.models import Unclear
from keskio.talk.store import text_of


class AlreadyDecided(Mistake):
    """Somebody has already decided what this reply answered."""

    code = "already_decided"


class NotAsked(Mistake):
    """That dialogue did not ask the customer anything this reply could answer."""

    code = "not_asked"


def decide(reply: Unclear, enrolment: int | None, *, by: str) -> None:
    """Record that `reply` answered the question of `enrolment` (None: no question), and let it go on.

    Raises AlreadyDecided when somebody was quicker, and NotAsked for an enrolment that did not ask.
    """
    if enrolment is not None and enrolment not in reply.enrolments:
        raise NotAsked
    with transaction.atomic():
        decided = Unclear.objects.filter(pk=reply.pk, decided_at__isnull=True).update(
            decided_at=now(), decided_by=by, enrolment_id=enrolment
        )
        if not decided:
            raise AlreadyDecided
        if enrolment is not None:
            told = {
                "enrolment": enrolment,
                "channel": reply.channel,
                "text": reply.text,
                "said_at": to_micros(reply.said_at),
                "by": by,
            }
            body = text_of({"properties": told})
            append_events([NewEvent(reply.customer_id, ASSIGNED, now_micros(), body)])
