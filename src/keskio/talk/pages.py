"""What the room shows of itself in the menu, at home, and on the customer's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.api import may_see_special, same_person_ids, set_patients
from keskio.talk.answers import latest_answers
from keskio.talk.confiding import patients_among
from keskio.talk.models import Message
from keskio.talk.naming import register as register_names
from keskio.talk.views import dialogue_rows
from keskio.talk.whys import why_of
from keskio.web import navigation, panels
from keskio.web.api import counts_today, names_by_hour

SHOWN_WHYS = 40
SHOWN_ANSWERS = 6


def register() -> None:
    """Put the room's pages in the menu, its figures and panels in their places. Called once."""
    register_names()
    set_patients(patients_among)
    navigation.register(
        navigation.Item(
            key="dialogues",
            title=gettext_lazy("Dialogues"),
            url_name="talk:dialogues",
            icon="flow",
            group="talk",
            order=30,
        )
    )
    navigation.register(
        navigation.Item(
            key="unknown",
            title=gettext_lazy("Unknown messages"),
            url_name="talk:unknown",
            icon="unknown",
            group="keep",
            order=50,
            count=unknown_count,
        )
    )
    _register_panels()


def _register_panels() -> None:
    panels.register_tile(panels.Tile(key="messages", read=read_figures, order=30))
    panels.register_tile(panels.Tile(key="unknown", read=read_unknown, order=80))
    panels.register(
        panels.HOME,
        panels.Panel(
            key="dialogues",
            title=gettext_lazy("Dialogues now"),
            render=draw_dialogues,
            order=10,
            is_wide=True,
        ),
    )
    panels.register(
        panels.HOME,
        panels.Panel(
            key="messages",
            title=gettext_lazy("Messages hour by hour"),
            render=draw_messages,
            order=6,
        ),
    )
    panels.register(
        panels.HOME,
        panels.Panel(
            key="answers", title=gettext_lazy("Latest answers"), render=draw_answers, order=35
        ),
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="why",
            title=gettext_lazy("Messages and why"),
            render=draw_why,
            order=30,
            is_wide=True,
        ),
    )


def unknown_count() -> int:
    """Return how many messages wait for a person to find out whether they went out."""
    return Message.objects.filter(state=Message.State.UNKNOWN).count()


def read_figures(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the day's messages: out, held back, and answers."""
    today = counts_today()
    out = today.get("message.sent", 0)
    delivered = today.get("message.delivered", 0)
    held, dropped = today.get("message.held", 0), today.get("message.dropped", 0)
    return [
        panels.Figure(
            title=_("Messages sent today"),
            value=out,
            note=_("%(n)s delivered") % {"n": _grouped(delivered)},
        ),
        panels.Figure(title=_("Answers today"), value=today.get("message.received", 0)),
        panels.Figure(
            title=_("Held today"),
            value=held,
            note=_("%(n)s not sent at all") % {"n": _grouped(dropped)},
        ),
    ]


def read_unknown(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the messages that wait for a person."""
    count = unknown_count()
    return [
        panels.Figure(
            title=_("Unknown messages"),
            value=count,
            note=_("find out whether they went") if count else "",
            url=reverse("talk:unknown"),
            needs_attention=count > 0,
        )
    ]


def draw_messages(request: HttpRequest, _subject: int | None) -> str:
    """Draw the messages out and in, hour by hour, as bars."""
    hours = names_by_hour()
    sent = [hour.get("message.sent", 0) for hour in hours]
    answers = [hour.get("message.received", 0) for hour in hours]
    context = {"sent": sent, "all_sent": sum(sent), "answers": answers, "all_answers": sum(answers)}
    return render_to_string("talk/_message_pulse.html", context, request)


def draw_answers(request: HttpRequest, _subject: int | None) -> str:
    """Draw what customers have said last."""
    may_see_health = may_see_special(request.user)
    context = {"answers": latest_answers(SHOWN_ANSWERS, may_see_health=may_see_health)}
    return render_to_string("talk/_answers.html", context, request)


def draw_dialogues(request: HttpRequest, _subject: int | None) -> str:
    """Draw the dialogues that run or still have people inside, with their books."""
    rows = [
        row for row in dialogue_rows() if row["one"].state == "live" or row["one"].books.waiting
    ]
    return render_to_string("talk/_dialogue_table.html", {"rows": rows}, request)


def draw_why(request: HttpRequest, customer: int | None) -> str | None:
    """Draw everything that was sent to one customer, or was not, and why."""
    if customer is None:
        return None
    may_see_health = may_see_special(request.user)
    lines = why_of(same_person_ids(customer), limit=SHOWN_WHYS, may_see_health=may_see_health)
    return render_to_string("talk/_why.html", {"lines": lines, "customer": customer}, request)


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)
