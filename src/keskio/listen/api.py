"""The door of the room."""

from __future__ import annotations

from keskio.listen.texts import MentionText, texts_of_mentions

__all__ = ["MentionText", "texts_of_mentions"]
