"""The door of the room."""

from __future__ import annotations

from keskio.respond.actions import NoSuchTask, complete_task, decline_task, take_task
from keskio.respond.assigning import seat, unseat
from keskio.respond.following import TaskFollower

__all__ = [
    "NoSuchTask",
    "TaskFollower",
    "complete_task",
    "decline_task",
    "seat",
    "take_task",
    "unseat",
]
