"""The door of the room."""

from __future__ import annotations

from collections.abc import Callable

from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import Micros
from keskio.talk.actions import (
    CannotPublish,
    NoSuchDialogue,
    add_offer,
    decide_unknown,
    invite,
    publish,
    publish_built_in,
    publish_playbook,
    set_dialogue_state,
    set_rules,
    take_out,
)
from keskio.talk.answering import CannotAnswer, answer, cases_of
from keskio.talk.asking import reasons_not_to_ask
from keskio.talk.awaiting import is_awaited
from keskio.talk.calendars import calendar_for
from keskio.talk.circles import FriendsFollower
from keskio.talk.confiding import dialogues_about_health
from keskio.talk.contact.noting import Note, note_contact, note_contacts
from keskio.talk.dating import Dates
from keskio.talk.documents import compile_text, playbook_keys, playbook_text
from keskio.talk.fanning import FanOuts
from keskio.talk.goals import (
    LONGEST_CREDIT,
    Goal,
    Goals,
    Sent,
    control_shares,
    sent_to,
    titles_of,
)
from keskio.talk.holding_back import held_back, hold_back, let_go
from keskio.talk.hours import HourLearner
from keskio.talk.launching import Launcher
from keskio.talk.offers.giving import Given, assign_code, end_code, reserve_code, return_code
from keskio.talk.queries import dialogues_now, published_text, recent_messages
from keskio.talk.receipts import Receipts
from keskio.talk.rendering import fault_in as fault_in_text
from keskio.talk.rendering import render as render_text
from keskio.talk.runner import Runner
from keskio.talk.sending import SendingThread
from keskio.talk.survey_links import (
    SurveyLink,
    make_survey_token,
    read_survey_token,
    survey_address,
)
from keskio.talk.taken import runners_have_reached, taken_by_dialogues
from keskio.talk.things import object_keys_of

__all__ = [
    "LONGEST_CREDIT",
    "CannotAnswer",
    "CannotPublish",
    "Given",
    "Goal",
    "Goals",
    "NoSuchDialogue",
    "Note",
    "Sent",
    "SurveyLink",
    "add_offer",
    "answer",
    "assign_code",
    "backgrounds",
    "calendar_for",
    "cases_of",
    "compile_text",
    "control_shares",
    "decide_unknown",
    "dialogues_about_health",
    "dialogues_now",
    "end_code",
    "fault_in_text",
    "held_back",
    "hold_back",
    "invite",
    "is_awaited",
    "jobs",
    "let_go",
    "make_survey_token",
    "note_contact",
    "note_contacts",
    "object_keys_of",
    "playbook_keys",
    "playbook_text",
    "publish",
    "publish_built_in",
    "publish_playbook",
    "published_text",
    "read_survey_token",
    "reasons_not_to_ask",
    "recent_messages",
    "render_text",
    "reserve_code",
    "return_code",
    "runner",
    "runners_have_reached",
    "sent_to",
    "set_dialogue_state",
    "set_rules",
    "survey_address",
    "take_out",
    "taken_by_dialogues",
    "titles_of",
]

CHANNELS = ("sms", "email", "social")


def jobs(*, owner: str, horizon: Callable[[], Micros]) -> list[Job]:
    """Return the room's work in the worker's loop.

    `horizon` tells up to which instant everything received is in the log.
    """
    return [
        Receipts(),
        Launcher(),
        Dates(),
        FanOuts(),
        FriendsFollower(),
        HourLearner(),
        Runner(owner=owner, horizon=horizon),
    ]


def runner(*, owner: str, horizon: Callable[[], Micros]) -> Job:
    """Return one more runner, which takes its share of the customers; `horizon` as above."""
    return Runner(owner=owner, horizon=horizon)


def backgrounds(*, owner: str) -> list[Background]:
    """Return the threads that send: one a channel."""
    return [SendingThread(channel, owner=owner) for channel in CHANNELS]
