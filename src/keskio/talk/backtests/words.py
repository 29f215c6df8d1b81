"""The wing's words on pages: figures, states, kinds of samples, and what a backtest cannot know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from keskio.engine.dialogue.reasons import sentence

STATES: Mapping[str, tuple[str | Promise, str]] = {
    "waiting": (gettext_lazy("Waits for its turn"), "plain"),
    "running": (gettext_lazy("Going on"), "calm"),
    "stopped": (gettext_lazy("Stopped half-way"), "warn"),
    "done": (gettext_lazy("Finished"), "good"),
    "failed": (gettext_lazy("It failed"), "bad"),
}
FIGURES: Mapping[str, str | Promise] = {
    "people_looked_at": gettext_lazy("Customers looked at"),
    "people_contacted": gettext_lazy("Customers written to"),
    "entered": gettext_lazy("Came in"),
    "refused": gettext_lazy("Refused at the door"),
    "messages": gettext_lazy("Messages sent"),
    "messages_per_day": gettext_lazy("Messages a day, on average"),
    "messages_per_day_most": gettext_lazy("Messages on the fullest day"),
    "messages_per_person": gettext_lazy("Messages a customer, on average"),
    "messages_per_person_most": gettext_lazy("Most messages to one customer"),
    "messages_per_person_week": gettext_lazy("Most to one customer in any seven days, all senders"),
    "proposed": gettext_lazy("Messages proposed to the gate"),
    "held_share": gettext_lazy("Held back at least once, share"),
    "dropped_share": gettext_lazy("Dropped, share"),
    "tasks": gettext_lazy("Tasks given"),
    "tasks_per_day_most": gettext_lazy("Tasks on the fullest day"),
    "days_over_capacity": gettext_lazy("Days with more tasks than can be done"),
    "coupons_given": gettext_lazy("Codes given"),
    "coupons_sold_out": gettext_lazy("Sold out for"),
    "coupons_refused": gettext_lazy("Codes refused"),
    "still_inside": gettext_lazy("Still inside at the end"),
    "errors": gettext_lazy("Ended in error"),
}
EFFECTS: Mapping[str, str | Promise] = {
    "enter": gettext_lazy("Came in"),
    "send_message": gettext_lazy("A message"),
    "reserve": gettext_lazy("A code was asked for"),
    "give_task": gettext_lazy("A task for a person"),
    "set_traits": gettext_lazy("What is known of the customer was changed"),
    "call_out": gettext_lazy("Another system was called"),
    "start_dialogue": gettext_lazy("Another dialogue was begun"),
    "stop_dialogue": gettext_lazy("Another dialogue was stopped"),
    "end": gettext_lazy("The end"),
}
# Reasons that only say that things go on.
_SILENT = frozenset({"claimed", "noted", "not_awaited", "moved_on", "waits_for_event"})
SHARES = frozenset({"held_share", "dropped_share"})
UNKNOWNS: Mapping[str, str | Promise] = {
    "effects": gettext_lazy(
        "What people would have bought or done because of the messages: they do in the replay what they"
        " really did then."
    ),
    "replies": gettext_lazy(
        "What people would have answered: replies of then were to messages of then. Answers are assumed"
        " as chosen, and drawn for each customer."
    ),
    "silence": gettext_lazy(
        "There are no past answers to go by, or silence was chosen: nobody answers anything here."
    ),
    "tasks": gettext_lazy(
        "Whether colleagues would have done the tasks, and how they would have ended."
    ),
    "addresses": gettext_lazy(
        "Addresses, language and time zone of that time: those of today are used."
    ),
    "merged": gettext_lazy(
        "Who was still two records then: customers who have been merged are one from the beginning, and"
        " those who have been erased are not there."
    ),
    "delivery": gettext_lazy(
        "Bounces, failures and delays of providers: every message that may go arrives at once."
    ),
    "inside_before": gettext_lazy(
        "Who would have been inside when it began: everybody starts outside, but who had been in the"
        " dialogue earlier counts for its rule of coming again."
    ),
    "put_right": gettext_lazy(
        "Who had something to be put right then, an open complaint or a broken promise: here campaigns and"
        " surveys do not wait for that."
    ),
    "calls": gettext_lazy("What other systems would have answered: every call of them succeeds."),
    "rivals_replies": gettext_lazy(
        "How the other dialogues would have gone on with their real answers: they are replayed like the"
        " draft, under the same assumptions."
    ),
    "put_back": gettext_lazy(
        "Codes that come back because their message never left: a code that is given stays given."
    ),
}


def kind_said(kind: str, outcome: Callable[[str], str] = str) -> str:
    """Return what a sample stands for."""
    what, _dot, rest = kind.partition(".")
    if what == "week":
        return _("Most messages in seven days: %(n)s") % {"n": rest}
    if what == "end":
        return _("Ended by %(outcome)s") % {"outcome": outcome(rest)}
    if what == "entered":
        return _("Drawn among those who came in")
    starts = {
        "dropped": _("A message was dropped:"),
        "held": _("A message was held:"),
        "refused": _("Refused at the door:"),
    }
    return f"{starts[what]} {reason_said(rest)}" if what in starts else kind


def line_said(line: Mapping[str, Any]) -> dict[str, str] | None:
    """Return a line of a play as the page shows it; None for what is of no use to people."""
    at = str(line.get("at", ""))[:16].replace("T", " ")
    found = {"at": at, "dialogue": str(line.get("dialogue", "")), "step": str(line.get("step", ""))}
    if code := line.get("reason"):
        if code in _SILENT:
            return None
        return {**found, "said": reason_said(str(code)), "tone": "warn", "text": ""}
    effect = str(line.get("effect", ""))
    if effect not in EFFECTS:
        return None
    said = str(EFFECTS[effect])
    if effect == "end":
        said = f"{said}: {line.get('outcome', '')}"
    tone = "good" if effect == "send_message" else ""
    return {
        **found,
        "said": said,
        "tone": tone,
        "text": str(line.get("text") or line.get("code") or ""),
    }


def reason_said(code: str) -> str:
    """Return the sentence of a reason in the language of the page."""
    return sentence(code, "fi" if (get_language() or "fi").startswith("fi") else "en")
