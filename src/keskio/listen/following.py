"""Follows the log for what people tell us alone, so that themes and emotions cover it too.

Comments of surveys and received mails and text messages become private mentions: counted, searched and
shown on the customer's own page, but never among public messages and never as `mention.heard`. Events
of special categories (health) are passed over: their texts stay where they are guarded.
"""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.know.api import special_names
from keskio.listen.actions import take_in
from keskio.listen.contracts import Post

CURSOR = "listen.voices"
BATCH = 500
ANSWERED, RECEIVED = "survey.answered", "message.received"
FEWEST = 3  # words: shorter replies ("A", "kyllä") are answers to us, not opinions


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_read = msgspec.json.Decoder(_Body).decode


class VoicesFollower:
    """Takes turns at the log; the same event twice is one mention."""

    name = "voices"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        position = cursor_of(CURSOR)
        special = special_names()
        names = {name for name in (ANSWERED, RECEIVED) if not special.is_event(name)}
        events, reached = events_named(names, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        posts = [post for event in events if (post := _post_of(event)) is not None]
        take_in(posts, cursor=lambda: move_cursor(CURSOR, reached))
        return len(events) == BATCH


def _post_of(event: LoggedEvent) -> Post | None:
    told = _read(event.body).properties
    if event.name == ANSWERED:
        text, channel = str(told.get("comment") or ""), "survey"
        source, source_id = "survey", str(told.get("response", event.id))
    else:
        text, channel = str(told.get("text") or ""), str(told.get("channel") or "email")
        is_short = len(text.split()) < FEWEST
        if told.get("keyword") or channel not in ("sms", "email") or is_short:
            return None
        source, source_id = "messages", str(event.id)
    if not text.strip():
        return None
    return Post(
        source=source,
        source_id=source_id,
        text=text,
        title=str(told.get("subject") or ""),
        at=event.at,
        channel=channel,
        language_hint=str(told.get("language") or ""),
        thread_id=f"{source}/{source_id}",
        extra={"customer": event.customer, "event": event.id},
    )
