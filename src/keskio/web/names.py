"""What things of other rooms are called: a page that has only a key asks here, who keeps the thing tells.

Events, steps and tasks name dialogues, queues, surveys and offers by their keys, and the page that shows
them often stands below the room that knows the title. A kind of which nobody tells, and a thing that is no
more there, is called by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

CONNECTION = "connection"
DIALOGUE = "dialogue"
MESSAGE = "message"
"""By the message's number: the dialogue and the step that sent it, in one name."""
OBJECT = "object"
"""By the key of a kind of objects."""
OFFER = "offer"
QUEUE = "queue"
STAGE = "stage"
"""By the key of a model of stages, and by `model:stage`."""
STEP = "step"
"""By `dialogue/version's number/step`."""
SURVEY = "survey"


class Hidden(str):
    """What a thing is called to a reader who may not know which it is: nothing more is to be told of it."""

    __slots__ = ()


@dataclass(frozen=True)
class Reader:
    """For whom names are told. One who may not see health data is not told which dialogue is about it."""

    language: str
    may_see_health: bool = True


Source: TypeAlias = Callable[[Collection[str], Reader], Mapping[str, str]]

_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """Let `source(keys, reader)` tell what things of a kind are called; without what it does not know."""
    _sources[kind] = source


def names_of(kind: str, keys: Collection[str], reader: Reader) -> dict[str, str]:
    """Return what the things of a kind are called, those without a name by their keys.

    The source is asked once for all keys, and not at all for none.
    """
    known = _sources[kind](keys, reader) if keys and kind in _sources else {}
    return {key: known.get(key) or key for key in keys}


def name_of(kind: str, key: str, reader: Reader) -> str:
    """Return what one thing is called, else its key."""
    return names_of(kind, {key}, reader)[key]
