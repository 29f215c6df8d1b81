"""Reads of the wing: purposes as they are, their texts, and facts with consents that have just ended."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from keskio.engine.dialogue.facts import Facts
from keskio.kernel.clock import Micros
from keskio.know.consents import lapsed_lines
from keskio.know.facts import facts_of
from keskio.know.privacy.models import ConsentText, Purpose, SpecialName
from keskio.know.privacy.ready import READY, PurposeRow
from keskio.know.queries import now_ids
from keskio.know.special import Special

DAY = 24 * 60 * 60 * 1_000_000

HEALTH = "health.*"  # what dialogues about health record


def purposes() -> dict[str, PurposeRow]:
    """Return every purpose by its key, in the order of the pages: the ready ones as changed, and the own."""
    found = {row.key: row for row in READY}
    for row in Purpose.objects.all():
        found[row.key] = PurposeRow(
            key=row.key,
            title=row.title,
            description=row.description,
            basis=row.basis,
            needs_consent=row.needs_consent,
            is_special=row.is_special,
            is_shown=row.is_shown,
            channels=tuple(row.channels),
            lasts_days=row.lasts_days,
            kept_days=row.kept_days,
            position=row.position,
            is_ready=row.key in found,
        )
    return dict(sorted(found.items(), key=lambda item: (item[1].position, item[0])))


def lifetimes_of(purposes: Collection[str]) -> dict[str, Micros]:
    """Return for how long consents to `purposes` hold; those that do not end by themselves are left out."""
    days = {row.key: row.lasts_days for row in READY}
    changed = Purpose.objects.filter(key__in=purposes)
    days.update(changed.values_list("key", "lasts_days"))
    return {p: found * DAY for p in purposes if (found := days.get(p)) is not None}


def special_now() -> Special:
    """Return the names of data of special categories: Keskiö's own, and those that the wing keeps."""
    events: set[str] = {HEALTH}
    traits: set[str] = set()
    for kind, name in SpecialName.objects.values_list("kind", "name"):
        (events if kind == SpecialName.Kind.EVENT else traits).add(name)
    return Special(frozenset(events), frozenset(traits))


def text_in_force(purpose: str, language: str) -> ConsentText | None:
    """Return the newest text of a purpose in a language, else in any, None when there is none."""
    texts = list(ConsentText.objects.filter(purpose=purpose).order_by("-id"))
    return next((text for text in texts if text.language == language), texts[0] if texts else None)


def facts_at(customers: Collection[int], now: Micros) -> dict[int, Facts]:
    """Return the facts of `customers` with consents that have ended by `now` as ended.

    For the moment of sending, when the job that ends consents may be late.
    """
    facts = facts_of(customers)
    whose = now_ids(customers)
    for line in lapsed_lines(now, customers=set(whose.values())):
        for asked, customer in whose.items():
            if customer == line.customer and asked in facts:
                known = facts[asked]
                consents = {**known.consents, line.key: line.state}
                facts[asked] = msgspec.structs.replace(known, consents=consents)
    return facts
