"""The door of the room."""

from __future__ import annotations

from keskio.talk.actions import (
    CannotPublish,
    NoSuchDialogue,
    add_offer,
    decide_unknown,
    invite,
    publish,
    publish_playbook,
    set_dialogue_state,
    set_rules,
    take_out,
)
from keskio.talk.documents import compile_text, playbook_keys, playbook_text

__all__ = [
    "CannotPublish",
    "NoSuchDialogue",
    "add_offer",
    "compile_text",
    "decide_unknown",
    "invite",
    "playbook_keys",
    "playbook_text",
    "publish",
    "publish_playbook",
    "set_dialogue_state",
    "set_rules",
    "take_out",
]
