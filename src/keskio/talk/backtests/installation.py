"""What a backtest takes from the installation: live versions, rules, offers, past answers, contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keskio.engine.dialogue.program import Program, message_of
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.lake import api as lake
from keskio.talk.backtests.asked import Asked, Assumed, BadBacktest, Document, Shelf, program_of
from keskio.talk.backtests.rates import assumed_from, everywhere, past_rates
from keskio.talk.backtests.running import Noted
from keskio.talk.programs import Programs

LIVE = """
    SELECT d.key, v.number, v.document, v.variables
    FROM talk_dialogue d JOIN talk_version v ON v.id = d.live_version_id
    WHERE d.state = 'live' ORDER BY d.key
"""
OFFERS = """
    SELECT o.key, o.kind, o.stock, o.per_customer, o.valid_until, o.made,
           (SELECT count(*) FROM talk_coupon c WHERE c.offer_id = o.id)
    FROM talk_offer o ORDER BY o.key
"""
NOTED = """
    SELECT customer_id, at, channel, pressure FROM contact_noted
    WHERE {customers} AND at >= %s AND at < %s ORDER BY at
"""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for; the rest comes from the installation.

    `answers`: "past" (shares from the company's own past), "silence", or a share of those asked from 0
    to 1; `tasks`: the share that is done, None as in the past. `alone`: without the other live dialogues.
    `stocks`: other stocks than there are now, by offer.
    """

    text: str
    variables: dict[str, Any] = {}
    since: Micros
    until: Micros
    answers: str | float = "past"
    tasks: float | None = None
    alone: bool = False
    stocks: dict[str, int] = {}
    capacity: int | None = None
    seed: int = 0


def asked_by(wish: Wish) -> Asked:
    """Return the whole of what is asked, as the installation is now.

    Brings the lake up to date. Raises BadBacktest when it cannot be replayed.
    """
    if wish.until <= wish.since:
        raise BadBacktest("The time to replay ends before it begins: --to must be after --from.")
    draft = Document(wish.text, wish.variables)
    program = program_of(draft)
    programs = Programs()
    programs.refresh()
    live = live_documents()
    others = () if wish.alone else tuple(d for key, d in live.items() if key != program.key)
    position = lake.bring_up_to_date()
    return Asked(
        draft=draft,
        since=wish.since,
        until=wish.until,
        position=position,
        live=live.get(program.key),
        others=others,
        rules=programs.rules,
        offers=_offers(wish.stocks),
        assumed=_assumed(wish, programs, [program, *map(program_of, live.values())]),
        capacity=wish.capacity,
        seed=wish.seed,
        pressures=_pressures(programs),
    )


def live_documents() -> dict[str, Document]:
    """Return the live version of each dialogue that is live, by its key."""
    return {
        key: Document(document, _values(variables), number)
        for key, number, document, variables in fetch(LIVE)
    }


def noted_between(since: Micros, until: Micros) -> Noted:
    """Return who reads the contacts that people and other rooms have noted, from `since` to `until`."""

    def read(customers: Sequence[int]) -> dict[int, list[tuple[Micros, str, str]]]:
        found: dict[int, list[tuple[Micros, str, str]]] = {}
        sql = NOTED.format(customers=any_of("customer_id"))
        for customer, at, channel, pressure in fetch(sql, (listed(customers), since, until)):
            found.setdefault(customer, []).append((at, channel, pressure))
        return found

    return read


def _assumed(wish: Wish, programs: Programs, asked: Sequence[Program]) -> Assumed:
    if wish.answers == "silence":
        return Assumed(tasks={} if wish.tasks is None else {"done": wish.tasks})
    if isinstance(wish.answers, float | int):
        return everywhere(float(wish.answers), asked, wish.tasks)
    versions = {number: loaded.program for number, loaded in programs.by_version.items()}
    found = assumed_from(past_rates(versions), asked)
    if wish.tasks is None:
        return found
    return msgspec.structs.replace(found, tasks={"done": wish.tasks})


def _offers(stocks: Mapping[str, int]) -> dict[str, Shelf]:
    found = {}
    for key, kind, stock, per_customer, valid_until, _made, codes in fetch(OFFERS):
        there_are = codes if kind == "list" else stock
        if kind == "list" and stock is not None:
            there_are = min(stock, codes)
        found[key] = Shelf(there_are, per_customer, valid_until)
    for key, stock in stocks.items():
        known = found.get(key, Shelf())
        found[key] = msgspec.structs.replace(known, stock=stock)
    return found


def _pressures(programs: Programs) -> dict[str, str]:
    """Return the pressure class of every message step of every version."""
    found = {}
    for loaded in programs.by_version.values():
        program = loaded.program
        for key, step in program.steps.items():
            message = message_of(step)
            if message is not None:
                found[f"{program.key}/{program.version}/{key}"] = message.pressure
    return found


def _values(variables: Any) -> dict[str, Any]:
    return msgspec.json.decode(variables) if isinstance(variables, str) else dict(variables)
