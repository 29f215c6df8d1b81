"""What stands in a letter, and whether it may still go: the sender's own rules, for a whole run.

Quiet hours are for telephones: a letter makes no noise, so they neither hold nor drop one here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.engine.pressure import Rules
from keskio.kernel.clock import Micros
from keskio.talk.contracts import Handed
from keskio.talk.ledger import Outcome
from keskio.talk.sender import Ready, Sender

CHANNEL = "letter"


class Written(msgspec.Struct, frozen=True):
    """Letters as they would go now. `behind`: of whom something has come in that is not yet read.

    `things` are by message the objects that the letters are about.
    """

    ready: list[Ready]
    refused: list[Outcome]
    behind: list[Handed]
    things: dict[int, dict[str, Any]]


class Printer(Sender):
    """Writes letters and looks at permissions again; nothing is handed over by it."""

    def __init__(self, owner: str = "print") -> None:
        super().__init__(CHANNEL, owner=owner)

    def written(self, messages: Sequence[Handed], now: Micros) -> Written:
        """Return what can be printed of `messages`, what may not go any more, and what has to wait."""
        self.programs.refresh()
        ready, refused = self._sorted(messages, now)
        found = {r.message.id for r in ready} | {outcome.message.id for outcome in refused}
        behind = [message for message in messages if message.id not in found]
        return Written(ready, refused, behind, self._things)

    def sent(self, message: Handed, run: int) -> Outcome:
        """Return the outcome of a letter that has gone to the printer in `run`."""
        step = self.programs.by_version[message.version].program.steps[message.step]
        return Outcome(message, "sent", "", f"print-run-{run}", step.kind != "ask")

    def _rules(self) -> Rules:
        """Return the rules for what is printed: a letter comes with the post, at no hour of the night."""
        return msgspec.structs.replace(super()._rules(), quiet=None)
