"""Consents: lines of the register, added and never changed, and the states in force that follow.

The states in force stand on the customer's row as "purpose/channel" to a state, so that the hot
paths read them with everything else. "*/channel" withdrawn means stopped: nothing may be sent there.
"*/*" restricted means that nothing may be done with the customer but to keep what is kept (GDPR art. 18).
Given consents may end by themselves: a line's `expires_at`, else the lifetime of its purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.contracts import (
    ANY_PURPOSE,
    DENIED,
    EXPIRED,
    GIVEN,
    RELEASED,
    RESTRICTED,
    WITHDRAWN,
)

STOP_WORD = "stop_word"
START_WORD = "start_word"
COMPLAINT = "complaint"
PREFERENCE_PAGE = "preference_page"
ONE_CLICK = "one_click"
CONFIRMED = "confirmed"
LAPSED = "lapsed"
ANY_CHANNEL = "*"
EVERYTHING = f"{ANY_PURPOSE}/{ANY_CHANNEL}"
"""The key under which it stands that a customer is restricted."""
_STRICTER = {GIVEN: 0, RELEASED: 0, EXPIRED: 1, DENIED: 2, WITHDRAWN: 3, RESTRICTED: 4}
# What the log calls a line; restrictions are told as what they are.
_EVENTS = {RESTRICTED: "customer.restricted", RELEASED: "customer.released"}
_encode = msgspec.json.Encoder().encode

_INSERT = """
    INSERT INTO know_consent (customer_id, purpose, channel, state, at, source, cause, actor,
                              text_version, proof, expires_at, record_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# Given consents whose time is over; a newer line of the same purpose and channel replaces them.
_LAPSED = """
    SELECT c.id, c.customer_id, c.purpose, c.channel, c.expires_at, c.source, c.text_version,
           c.record_id
    FROM know_consent c
    WHERE c.expires_at <= %s AND c.state = 'given' {customers}
      AND NOT EXISTS (
          SELECT 1 FROM know_consent n
          WHERE n.customer_id = c.customer_id AND n.purpose = c.purpose
            AND n.channel = c.channel AND n.id > c.id)
    ORDER BY c.expires_at LIMIT %s
"""
_lifetimes: list[Callable[[Collection[str]], Mapping[str, Micros]]] = []


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
    expires_at: Micros | None = None
    record: int | None = None

    @property
    def key(self) -> str:
        """Return the name under which the state in force stands."""
        return f"{self.purpose}/{self.channel}"


class Standing(msgspec.Struct, frozen=True, gc=False):
    """The newest line of a purpose in a channel, as far as later lines depend on it."""

    state: str
    cause: str
    at: Micros
    expires_at: Micros | None = None


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
        "SELECT customer_id, purpose, channel, state, cause, at, expires_at FROM know_consent"  # noqa: S608 - constants
        f" WHERE {any_of('customer_id')} ORDER BY id"
    )
    for customer, purpose, channel, *standing in fetch(sql, (listed(customers),)):
        found[customer][f"{purpose}/{channel}"] = Standing(*standing)
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


def lines_of_stop_everywhere(
    line: Line,
    states: Mapping[str, str],
    standings: Mapping[str, Standing],
    *,
    channels: Sequence[str],
) -> list[Line]:
    """Return the lines that stop every channel of `channels`, and end what is given in any other.

    `line` says when, by whom and why; its channel does not count.
    """
    lines: list[Line] = []
    for channel in channels:
        here = msgspec.structs.replace(line, purpose=ANY_PURPOSE, channel=channel)
        lines += lines_of_stop(here, states, standings)
    stopped = {new.key for new in lines}
    for key, state in states.items():
        purpose, _, channel = key.partition("/")
        if state == GIVEN and purpose != ANY_PURPOSE and key not in stopped:
            lines.append(msgspec.structs.replace(line, purpose=purpose, channel=channel))
    return lines


def set_lifetimes(lifetimes: Callable[[Collection[str]], Mapping[str, Micros]]) -> None:
    """Let `lifetimes` say for how long consents to purposes hold; those left out never end."""
    _lifetimes[:] = [lifetimes]


def ending(lines: Sequence[Line]) -> list[Line]:
    """Return `lines` with the times at which consents end by themselves, where they do."""
    given = {line.purpose for line in lines if line.state == GIVEN and line.expires_at is None}
    known = _lifetimes[0](given) if _lifetimes and given else {}
    return [
        msgspec.structs.replace(line, expires_at=line.at + known[line.purpose])
        if line.state == GIVEN and line.expires_at is None and line.purpose in known
        else line
        for line in lines
    ]


def is_news(line: Line, state: str | None, last: Standing | None) -> bool:
    """Tell whether `line` changes the `state` in force or, given again, makes a consent last longer.

    A line older than the newest (`last`) changes nothing: what was said later stands.
    """
    if last is not None and line.at < last.at:
        return False
    if state != line.state:
        return True
    if last is None or last.expires_at is None or line.state != GIVEN:
        return False
    ends = ending([line])[0].expires_at
    return ends is None or ends > last.expires_at


def lapsed_lines(
    now: Micros, *, customers: Collection[int] | None = None, limit: int = 1000
) -> list[Line]:
    """Return a line `expired` for each given consent whose time is over and that stands unchanged.

    `customers`: only theirs. The lines bear the instants at which the consents ended.
    """
    only = "" if customers is None else f"AND {any_of('c.customer_id')}"
    params = (now, limit) if customers is None else (now, listed(customers), limit)
    return [
        Line(customer, purpose, channel, EXPIRED, at, source, LAPSED, "", version, record=record)
        for _, customer, purpose, channel, at, source, version, record in fetch(
            _LAPSED.format(customers=only), params
        )
    ]


def add_lines(lines: Sequence[Line]) -> None:
    """Add `lines` to the register, each with the time at which it ends by itself."""
    run_many(_INSERT, [msgspec.structs.astuple(line) for line in ending(lines)])


def told(line: Line, *, received_at: Micros = 0) -> NewEvent:
    """Return the event that tells the log of `line`; the proof stays in the register."""
    properties = {
        "purpose": line.purpose,
        "channel": line.channel,
        "cause": line.cause,
        "source": line.source,
        "actor": line.actor,
    }
    if line.text_version:
        properties["text_version"] = line.text_version
    body = _encode({"properties": properties}).decode()
    name = _EVENTS.get(line.state, f"consent.{line.state}")
    return NewEvent(
        line.customer, name, line.at, body, received_at=received_at, record=line.record or 0
    )
