"""Stand-ins for the moments of a transition while it is learnt by heart (`rote`).

A stand-in may be moved by a fixed length, compared, and cut into whole quarters; every such question is
noted with its answer. Anything else raises `Unlearnable`, which the engine does not catch.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Question: TypeAlias = tuple[Callable[[Any, Any], Any], int, int, int, int, Any]
CONSTANT = -1


class Unlearnable(BaseException):
    """Something was asked that a stand-in cannot follow. Past every `except` of the engine."""


class Moments:
    """The moments of one situation, and what has been asked of their stand-ins."""

    def __init__(self, values: Sequence[int]) -> None:
        self.values = values
        self.asked: list[Question] = []

    def stand_in(self, place: int) -> Any:
        """Return the stand-in for the moment at `place`."""
        return StandIn(self, place, 0)

    def cut(self) -> Moments:
        """Return what has been asked so far, and begin a new list with the same stand-ins."""
        earlier = Moments(self.values)
        earlier.asked, self.asked = self.asked, []
        return earlier

    def answer(
        self, ask: Callable[[Any, Any], Any], left: tuple[int, int], right: tuple[int, int]
    ) -> Any:
        """Return what the question comes to for these moments, and note it."""
        found = ask(_value(self.values, *left), _value(self.values, *right))
        question = (ask, *left, *right, found)
        if question not in self.asked:
            self.asked.append(question)
        return found

    def hold(self, values: Sequence[int]) -> bool:
        """Tell whether all that was asked comes to the same for other `values`."""
        for ask, place, offset, other, more, found in self.asked:
            left = values[place] + offset
            right = more if other == CONSTANT else values[other] + more
            if ask(left, right) != found:
                return False
        return True

    def is_like(self, other: Moments) -> bool:
        """Tell whether the same was asked, with the same answers."""
        return self.asked == other.asked


class StandIn:
    """A moment that is only known as "the one at this place, and so much later"."""

    __slots__ = ("moments", "offset", "place")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, moments: Moments, place: int, offset: int) -> None:
        self.moments, self.place, self.offset = moments, place, offset

    @property
    def value(self) -> int:
        """The moment itself, for the host's eyes."""
        return self.moments.values[self.place] + self.offset

    def __add__(self, other: Any) -> StandIn:
        if type(other) not in (int, bool):
            raise Unlearnable
        return StandIn(self.moments, self.place, self.offset + other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, StandIn) and other.place == self.place:
            return self.offset - other.offset
        if type(other) not in (int, bool):
            raise Unlearnable
        return StandIn(self.moments, self.place, self.offset - other)

    def __floordiv__(self, other: Any) -> int:
        return int(self._ask(operator.floordiv, other))

    def __lt__(self, other: Any) -> bool:
        return bool(self._ask(operator.lt, other))

    def __le__(self, other: Any) -> bool:
        return bool(self._ask(operator.le, other))

    def __gt__(self, other: Any) -> bool:
        return bool(self._ask(operator.gt, other))

    def __ge__(self, other: Any) -> bool:
        return bool(self._ask(operator.ge, other))

    def __eq__(self, other: object) -> bool:
        return other is not None and bool(self._ask(operator.eq, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _ask(self, ask: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(other, StandIn):
            return self.moments.answer(ask, (self.place, self.offset), (other.place, other.offset))
        if type(other) is not int:
            raise Unlearnable
        return self.moments.answer(ask, (self.place, self.offset), (CONSTANT, other))


def _refuse(*_: object, **__: object) -> Any:
    raise Unlearnable


for _name in ("bool", "int", "index", "float", "str", "repr", "format", "rsub", "mul", "mod"):
    setattr(StandIn, f"__{_name}__", _refuse)


class Tripwire:
    """Something that must not be looked at but for the attributes given."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        raise Unlearnable


class Opaque:
    """A text that may only be handed on."""

    __hash__ = None  # type: ignore[assignment]


for _name in ("bool", "len", "iter", "contains", "getitem", "eq", "ne", "str", "repr", "format"):
    setattr(Opaque, f"__{_name}__", _refuse)
    if _name not in ("str", "repr", "format"):
        setattr(Tripwire, f"__{_name}__", _refuse)


class Same:
    """The state as it was given: nothing has changed."""


def _value(values: Sequence[int], place: int, more: int) -> int:
    return more if place == CONSTANT else values[place] + more
