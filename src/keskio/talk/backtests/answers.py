"""How people are thought to react to messages that they never got: drawn by hashing, never by dice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import routing as r
from keskio.engine.draws import position_of
from keskio.engine.times import HOUR
from keskio.kernel.clock import Micros
from keskio.talk.backtests.asked import Assumed

# What somebody says who says something else.
OTHER = "?!"
_TYPED = {"time": "10:00", "text": "ok"}


class Reactions:
    """Draws what a customer does about a question or a task, and when.

    The same customer reacts to the same step of the same dialogue alike in the draft and in the live
    version, so that a comparison shows what the definitions differ in and not luck.
    """

    def __init__(self, assumed: Assumed, seed: int) -> None:
        self.assumed, self.seed = assumed, seed
        self._times: dict[str, int] = {}

    def begin(self) -> None:
        """Begin with another customer."""
        self._times.clear()

    def answer(
        self, who: str, inside: r.Inside, effect: do.SendMessage, channel: str, now: Micros
    ) -> tuple[Micros, str, dict[str, Any]] | None:
        """Return when and how the customer answers the question in `effect`; None: in silence."""
        shares = self.assumed.answers.get(f"{inside.program.key}/{effect.step}")
        step = inside.program.steps[effect.step]
        if not shares or not isinstance(step, p.Ask):
            return None
        drawn = self._again(inside.program.key, effect.step)
        choice = _drawn(shares, position_of(f"answer/{drawn}", who))
        text = _said(step, choice, now)
        if not text:
            return None
        told = {
            "channel": channel,
            "text": text,
            "keyword": "",
            "enrolment": inside.id,
            "visit": effect.visit,
        }
        return now + self._delay(f"when/{drawn}", who), r.RECEIVED, told

    def result(
        self, who: str, inside: r.Inside, effect: do.GiveTask, now: Micros
    ) -> tuple[Micros, str, dict[str, Any]] | None:
        """Return when and how a task is done; None: nobody does it."""
        step = inside.program.steps[effect.step]
        own = set(step.outcomes)
        shares = {
            result: share
            for result, share in self.assumed.tasks.items()
            if result in own or result == "done"
        }
        drawn = self._again(inside.program.key, effect.step)
        result = _drawn(shares, position_of(f"task/{drawn}", who))
        if not result:
            return None
        told = {"enrolment": inside.id, "visit": effect.visit, "result": result}
        name = r.TASK_DECLINED if result == "declined" else r.TASK_DONE
        at = now + min(self._delay(f"work/{drawn}", who), max(effect.due - now - 1, 0))
        return at, name, told

    def _again(self, dialogue: str, step: str) -> str:
        """Return the experiment of this time at a step: each time is drawn anew."""
        place = f"{dialogue}/{step}"
        times = self._times[place] = self._times.get(place, 0) + 1
        return f"{self.seed}/{place}/{times}"

    def _delay(self, drawn: str, who: str) -> Micros:
        """Return a time of exponential distribution with the assumed median."""
        part = position_of(drawn, who)
        return int(-math.log1p(-part) / math.log(2) * self.assumed.hours * HOUR)


def _drawn(shares: Mapping[str, float], at: float) -> str:
    passed = 0.0
    for name, share in sorted(shares.items()):
        passed += share
        if at < passed:
            return name
    return ""


def _said(step: p.Ask, choice: str, now: Micros) -> str:
    if choice == "other":
        return OTHER
    if choice == "answer" and step.expects is not None:
        return _typed(step.expects, now)
    return next((word for word, chosen in step.words.items() if chosen == choice), "")


def _typed(expected: p.Expected, now: Micros) -> str:
    if expected.kind == "date":
        return datetime.fromtimestamp(now / 1_000_000, tz=UTC).date().isoformat()
    if expected.kind in _TYPED:
        return _TYPED[expected.kind]
    least = 0.0 if expected.least is None else expected.least
    most = least + 10.0 if expected.most is None else expected.most
    number = f"{(least + most) / 2:.0f}"
    return " ".join([number] * expected.count)
