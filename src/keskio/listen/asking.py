"""What rooms above may ask of mentions: frozen, without the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from keskio.kernel.clock import Micros, to_micros
from keskio.listen.models import WITHOUT_TEXT, Mention
from keskio.listen.queries import of_customers


class Said(msgspec.Struct, frozen=True):
    """One mention as other rooms see it; `text` is "" once it has gone."""

    mention: int
    customer: int
    channel: str
    source: str
    author: str
    author_key: str
    text: str
    url: str
    thread: str
    at: Micros
    language: str
    negative: float
    urgency: float
    emotions: dict[str, float]
    themes: dict[str, float]
    side: str
    motive: str
    is_private: bool


def mentions(numbers: Collection[int]) -> dict[int, Said]:
    """Return mentions by number; those that there are not are left out."""
    return {row.pk: _said(row) for row in Mention.objects.filter(pk__in=list(numbers))}


def said_by_customers(customers: Sequence[int], *, count: int = 5) -> list[Said]:
    """Return what these customers have said, in public or to us alone, the latest first."""
    return [_said(row) for row in of_customers(customers, count)]


def _said(row: Mention) -> Said:
    is_gone = row.state == WITHOUT_TEXT
    return Said(
        mention=row.pk,
        customer=row.customer_id,
        channel=row.channel,
        source=row.source,
        author=row.author,
        author_key=row.author_key,
        text="" if is_gone else "\n".join(filter(None, (row.title, row.text))),
        url=row.url,
        thread=row.thread,
        at=to_micros(row.at),
        language=row.language,
        negative=row.negative,
        urgency=row.urgency,
        emotions=row.emotions,
        themes=row.themes,
        side=row.side,
        motive=row.motive,
        is_private=row.is_private,
    )
