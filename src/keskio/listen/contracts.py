"""Frozen types of what is heard: what sources hand over, what is read in it, and names of events.

A source hands over `Post`s and tells with `Gone` what has been deleted where it came from. The reader
turns each post into a `Reading`, whose `evidence` is a list of `Step`s: what each step of the pipeline
said, and by which words.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from keskio.kernel.clock import Micros

HEARD = "mention.heard"
"""A public message that concerns us has been read. Properties: {mention, source, channel, author, url,
thread, language, negative, polarity, emotions, themes, side, motive, urgency}. The text itself is not
in the log, since it must go when its writer deletes it: read it with `listen.api.mentions`."""
GONE = "mention.gone"
"""The text of a mention that had been heard is gone: {mention, why}; copies of it must go too."""
RISING = "theme.rising"
"""A theme is talked of more than is usual for this hour: {alert, theme, count, expected, authors,
examples}; customer 0."""

EMOTIONS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")
PRIVATE_CHANNELS = frozenset({"survey", "email", "mail", "sms", "chat", "call"})
"""Channels in which people speak to us alone: never shown as public mentions."""

Side: TypeAlias = Literal["physical", "emotional", ""]
Motive: TypeAlias = Literal[
    "seeks_solution", "vents", "peer_support", "warns", "guides", "made_up", ""
]


class Post(msgspec.Struct, kw_only=True, frozen=True):
    """One message as a source found it.

    `source` is the key of the source, `source_id` the message's id there: together they say which
    message it is. `author` is the handle as people see it; `author_key` what stays when the handle
    changes (an account id). `reach`: followers of the author; `reposts`: how many times shared on.
    `rating`: stars as given. In `extra` a source may add `account_created` (Micros), `posts` (how many
    the author has written), `email`, `phone`, `user_id`, `customer` (whose it is, if it knows).
    """

    source: str
    source_id: str
    text: str
    at: Micros
    author: str = ""
    author_key: str = ""
    channel: str = ""
    url: str = ""
    language_hint: str = ""
    parent_id: str = ""
    thread_id: str = ""
    reach: int = 0
    reposts: int = 0
    rating: float | None = None
    title: str = ""
    extra: dict[str, Any] = {}


class Gone(msgspec.Struct, frozen=True):
    """A message that has been deleted where it came from: its text must go here too."""

    source: str
    source_id: str


class Step(msgspec.Struct, frozen=True, gc=False):
    """What one step of the pipeline said of a message: `said` in short, and by which words.

    Each of `words` is (the word as it stands in the text, its weight, why).
    """

    name: str
    said: str
    words: tuple[tuple[str, float, str], ...] = ()


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What is read in one message.

    `negative` 0-1, `polarity` -1..1 (good is positive), `emotions` of EMOTIONS and `themes` by key,
    each 0-1; `is_match`: it concerns us as the word lists say; `urgency` 0-1.
    """

    language: str = ""
    negative: float = 0.0
    polarity: float = 0.0
    emotions: dict[str, float] = {}
    themes: dict[str, float] = {}
    is_match: bool = False
    side: Side = ""
    motive: Motive = ""
    urgency: float = 0.0
    evidence: tuple[Step, ...] = ()
