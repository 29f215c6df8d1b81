"""Consents: lines of the register, added and never changed, and the states in force that follow.

The states in force stand on the customer's row as "purpose/channel" to a state, so that the hot
paths read them with everything else. "*/channel" withdrawn means stopped: nothing may be sent there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.contracts import DENIED, GIVEN, WITHDRAWN

STOP_WORD = "stop_word"
START_WORD = "start_word"
COMPLAINT = "complaint"
_STRICTER = {GIVEN: 0, DENIED: 2, WITHDRAWN: 3}
_EVENTS = {GIVEN: "consent.given", DENIED: "consent.denied", WITHDRAWN: "consent.withdrawn"}
_encode = msgspec.json.Encoder().encode

_INSERT = """
    INSERT INTO know_consent (customer_id, purpose, channel, state, at, source, cause, actor,
                              text_version, proof)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line about to be added to the register; the fields are those of the table, in its order."""

    customer: int
    purpose: str
    channel: str
    state: str
    at: Micros
    source: str
    cause: str
    actor: str = ""
    text_version: str = ""
    proof: str = ""

    @property
    def key(self) -> str:
        """Return the name under which the state in force stands."""
        return f"{self.purpose}/{self.channel}"


class Standing(msgspec.Struct, frozen=True, gc=False):
    """The newest line of a purpose in a channel, as far as later lines depend on it."""

    state: str
    cause: str
    at: Micros


def join_states(ours: dict[str, str], theirs: dict[str, str]) -> dict[str, str]:
    """Return the states in force of two records that turned out to be one customer: the stricter."""
    joined = dict(ours)
    for key, state in theirs.items():
        if key not in joined or _STRICTER.get(state, 1) > _STRICTER.get(joined[key], 1):
            joined[key] = state
    return joined


def standings_of(customers: Collection[int]) -> dict[int, dict[str, Standing]]:
    """Return the newest line of every "purpose/channel" of `customers`."""
    found: dict[int, dict[str, Standing]] = {customer: {} for customer in customers}
    sql = (
        "SELECT customer_id, purpose, channel, state, cause, at FROM know_consent"  # noqa: S608 - constants
        f" WHERE {any_of('customer_id')} ORDER BY id"
    )
    for customer, purpose, channel, state, cause, at in fetch(sql, (listed(customers),)):
        found[customer][f"{purpose}/{channel}"] = Standing(state, cause, at)
    return found


def lines_of_stop(
    line: Line, states: Mapping[str, str], standings: Mapping[str, Standing]
) -> list[Line]:
    """Return the lines that a stop word adds: the block `line` and one for each consent it ends.

    Nothing when the channel is stopped already, or when the customer has started it later.
    """
    last = standings.get(line.key)
    is_late = last is not None and line.at < last.at
    if states.get(line.key) == WITHDRAWN or is_late:
        return []
    suffix = f"/{line.channel}"
    given = [
        key[: -len(suffix)]
        for key, state in states.items()
        if key.endswith(suffix) and state == GIVEN and key != line.key
    ]
    return [*(_about(line, purpose) for purpose in given), line]


def lines_of_start(
    line: Line, states: Mapping[str, str], standings: Mapping[str, Standing]
) -> list[Line]:
    """Return the lines that a start word adds: no block, and what the stop word ended given again.

    A start without a stop is kept too: a stop that was said earlier may still arrive. Nothing when the
    channel has been started already, or when the stop came later.
    """
    last = standings.get(line.key)
    if states.get(line.key) == GIVEN or (last is not None and line.at <= last.at):
        return []
    suffix = f"/{line.channel}"
    ended = [
        key[: -len(suffix)]
        for key, standing in standings.items()
        if key.endswith(suffix)
        and standing.cause == STOP_WORD
        and key != line.key
        and standing.state == WITHDRAWN
    ]
    return [line, *(_about(line, purpose) for purpose in ended)]


def _about(line: Line, purpose: str) -> Line:
    return msgspec.structs.replace(line, purpose=purpose)


def add_lines(lines: Sequence[Line]) -> None:
    """Add `lines` to the register."""
    run_many(_INSERT, [msgspec.structs.astuple(line) for line in lines])


def told(line: Line, *, received_at: Micros = 0) -> NewEvent:
    """Return the event that tells the log of `line`."""
    properties = {
        "purpose": line.purpose,
        "channel": line.channel,
        "cause": line.cause,
        "source": line.source,
        "actor": line.actor,
    }
    body = _encode({"properties": properties}).decode()
    name = _EVENTS.get(line.state, f"consent.{line.state}")
    return NewEvent(line.customer, name, line.at, body, received_at=received_at)
