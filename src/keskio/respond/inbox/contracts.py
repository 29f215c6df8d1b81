"""Words of the inbox that others use: where a case stands, what an entry is, which events are told."""

from __future__ import annotations

import msgspec

NEW, OPEN, WAITING, SNOOZED, CLOSED = "new", "open", "waiting", "snoozed", "closed"
"""States of a case. `waiting`: for the customer. New, open and waiting ones stand in the working list."""
STATES = (NEW, OPEN, WAITING, SNOOZED, CLOSED)
ACTIVE_STATES = (NEW, OPEN, WAITING)

ACTIVE, ASLEEP, DONE, AWAY = 0, 1, 2, 3
"""Lists that a case can stand in (`Case.place`): in work, snoozed, closed, merged into another."""

COMPLAINT, QUESTION, REQUEST, PRAISE, OTHER = "complaint", "question", "request", "praise", "other"
KINDS = (COMPLAINT, QUESTION, REQUEST, PRAISE, OTHER)

MINOR, NORMAL, SERIOUS, CRITICAL = 0, 1, 2, 3
SEVERITIES = (MINOR, NORMAL, SERIOUS, CRITICAL)

EMAIL, SMS, SOCIAL, CHAT, CALL, SURVEY, FORM, LETTER = (
    *("email", "sms", "social", "chat"),
    *("call", "survey", "form", "letter"),
)
CHANNELS = (EMAIL, SMS, SOCIAL, CHAT, CALL, SURVEY, FORM, LETTER)
"""Channels of a case. Mentions of every network are `social`; `Case.network` says of which."""

IN, OUT, NOTE, EVENT = "in", "out", "note", "event"
"""Kinds of an entry: a customer's message, an answer, an internal note, something that was done."""
CUSTOMER, AGENT, BOT = "customer", "agent", "bot"
"""Authors. Only an agent's public answers stop the clocks; automatic ones and dialogues are `bot`."""

SENDING, SENT, DELIVERED, FAILED, UNKNOWN = "sending", "sent", "delivered", "failed", "unknown"
"""What is known of an answer on its way ("" where nothing is sent: notes, events, the chat page)."""

FIRST, NEXT, RESOLUTION = "first", "next", "resolution"
CLOCKS = (FIRST, NEXT, RESOLUTION)

OPENED = "case.opened"
REPLIED = "case.replied"
RECEIVED = "case.received"
NOTED = "case.noted"
ASSIGNED = "case.assigned"
SNOOZED_EVENT = "case.snoozed"
WOKEN = "case.woken"
CLOSED_EVENT = "case.closed"
REOPENED = "case.reopened"
MERGED = "case.merged"
UNMERGED = "case.unmerged"
SPLIT = "case.split"
CHANGED = "case.changed"
WARNED = "case.warned"
HANDED_OVER = "case.handed_over"


class OpeningRules(msgspec.Struct, frozen=True):
    """When what is heard becomes a case by itself.

    A mention does when it is about us and its negativity or its urgency reaches the threshold (0-1), or
    it has one of `themes`. `networks`: other thresholds of negativity, by network. From `serious_from`
    of negativity its case is serious, from `critical_from` of urgency critical.
    Which scores are low is said in the surveys themselves. What is older than `oldest_days` when it is
    heard, such as the past of a new source, opens nothing. `has_chat`: the chat's page is open.
    """

    negative_from: float = 0.6
    urgency_from: float = 0.6
    opens_messages: bool = True
    opens_mentions: bool = True
    opens_low_scores: bool = True
    opens_calls: bool = True
    oldest_days: int = 7
    networks: dict[str, float] = {}
    themes: list[str] = []
    serious_from: float = 0.8
    critical_from: float = 0.8
    has_chat: bool = True


class ChatRules(msgspec.Struct, frozen=True):
    """How the web chat looks on other sites, and on which.

    `sites` are origins as "https://www.example.com": only pages of these may show it. `colour` is
    "#rrggbb"; `side` of the window: right or left. `greetings` by language. `generation` numbers the
    secret with which sites vouch for their signed-in users: another one ends the one before.
    """

    sites: list[str] = []
    colour: str = "#0b5c6b"
    side: str = "right"
    greetings: dict[str, str] = {}
    generation: int = 1
