"""Who would belong: the members that a condition has now, counted and with examples, through the lake."""

from __future__ import annotations

import msgspec

from keskio.engine.conditions import ZONE
from keskio.engine.conditions.sql import members_sql
from keskio.kernel.clock import Micros
from keskio.kernel.errors import KeskioError
from keskio.know.segments.contracts import Document
from keskio.know.segments.why import Example, examples_of
from keskio.lake import api as lake

EXAMPLES = 5


class Preview(msgspec.Struct, frozen=True):
    """How many customers meet a condition, and some of them; `error` says why that cannot be known."""

    count: int = 0
    everyone: int = 0
    examples: list[Example] = []
    error: str = ""


def preview_of(when: Document, *, now: Micros, language: str) -> Preview:
    """Return who meets `when` as of the lake's place in the log; trouble is told, not raised."""
    sql = members_sql(when, now=now, zone=ZONE)
    try:
        with lake.engine() as engine:
            counted = engine.query(
                f"SELECT (SELECT count(*) FROM ({sql}) AS met) AS met,"  # noqa: S608 - our own SQL
                " (SELECT count(*) FROM customers) AS everyone"
            ).to_pylist()[0]
            some = engine.ids(f"SELECT * FROM ({sql}) AS met ORDER BY 1 LIMIT {EXAMPLES}")  # noqa: S608
    except KeskioError as error:
        return Preview(error=str(error))
    examples = examples_of(when, some.tolist(), now=now, language=language)
    return Preview(int(counted["met"]), int(counted["everyone"]), examples)
