"""Signs by which a person may judge an account: facts that can be seen; nothing follows by itself.

An account is listed when it shows at least two. That somebody only complains, or complains often, may
just as well mean a bad week at the company.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.listen.trends.queries import DAY, HOUR

COPIES, ONLY_NEGATIVE, BURST, YOUNG, ONE_THEME = (
    "copies",
    "only_negative",
    "burst",
    "young",
    "one_theme",
)
LISTED_FROM = 2
SEVERAL, MANY = 3, 5
YOUNG_DAYS = 30


class Account(msgspec.Struct, frozen=True):
    """What is seen of one account: counts, and the signs it shows, each with the numbers behind it."""

    key: str
    author: str
    messages: int
    negative: int
    copies: int
    most_in_hour: int
    themes: int
    first_at: Micros
    last_at: Micros
    created_at: Micros | None
    customer: int

    @property
    def signs(self) -> list[str]:
        """Return the signs the account shows."""
        shown = {
            COPIES: self.copies >= SEVERAL and 2 * self.copies >= self.messages,
            ONLY_NEGATIVE: self.messages >= MANY and self.negative == self.messages,
            BURST: self.most_in_hour >= MANY,
            YOUNG: self.created_at is not None
            and self.first_at - self.created_at < YOUNG_DAYS * DAY,
            ONE_THEME: self.messages >= MANY and self.themes == 1,
        }
        return [sign for sign, is_shown in shown.items() if is_shown]


ACCOUNTS = """
    SELECT m.author_key, max(m.author), count(*), count(CASE WHEN m.negative >= 0.5 THEN 1 END),
        count(CASE WHEN m.near_of > 0 AND EXISTS (
            SELECT 1 FROM listen_mention o WHERE o.id = m.near_of AND o.author_key = m.author_key)
            THEN 1 END),
        min(m.at), max(m.at), max(m.customer_id)
    FROM listen_mention m
    WHERE m.is_match AND NOT m.is_private AND m.at >= %s AND m.author_key <> ''{among}
    GROUP BY m.author_key HAVING count(*) >= %s
    ORDER BY 3 DESC LIMIT 500
"""


def accounts_since(
    since: Micros, *, keys: Sequence[str] | None = None, fewest: int = 2
) -> list[Account]:
    """Return the accounts that have written at least `fewest` times since, the busiest first.

    `keys`: only these. Copies are an account's own texts again. Four queries, however many accounts.
    """
    among = "" if keys is None else f" AND {any_of('m.author_key', kind='text')}"
    params = (since, *(() if keys is None else (listed(keys),)), fewest)
    rows = fetch(ACCOUNTS.format(among=among), params)
    found = [row[0] for row in rows]
    hours, themes, created = _most_in_hour(found, since), _themes(found, since), _created(found)
    return [
        Account(
            key,
            author,
            count,
            negative,
            copies,
            hours.get(key, 0),
            themes.get(key, 0),
            first,
            last,
            created.get(key),
            customer,
        )
        for key, author, count, negative, copies, first, last, customer in rows
    ]


def accounts_to_look_at(since: Micros) -> list[Account]:
    """Return the accounts that show at least two signs, those with the most first."""
    found = [one for one in accounts_since(since, fewest=SEVERAL) if len(one.signs) >= LISTED_FROM]
    return sorted(found, key=lambda one: (-len(one.signs), -one.messages, one.key))[:50]


def _most_in_hour(keys: Sequence[str], since: Micros) -> dict[str, int]:
    sql = (
        f"SELECT author_key, max(n) FROM (SELECT author_key, at / {HOUR} AS hour, count(*) AS n"  # noqa: S608 - constants
        f" FROM listen_mention WHERE at >= %s AND {any_of('author_key', kind='text')}"
        " AND is_match AND NOT is_private GROUP BY 1, 2) h GROUP BY 1"
    )
    return dict(fetch(sql, (since, listed(keys)))) if keys else {}


def _themes(keys: Sequence[str], since: Micros) -> dict[str, int]:
    sql = (
        "SELECT m.author_key, count(DISTINCT t.theme) FROM listen_mentiontheme t"  # noqa: S608 - constants
        " JOIN listen_mention m ON m.id = t.mention_id"
        f" WHERE t.at >= %s AND {any_of('m.author_key', kind='text')} AND m.is_match GROUP BY 1"
    )
    return dict(fetch(sql, (since, listed(keys)))) if keys else {}


def _created(keys: Sequence[str]) -> dict[str, Micros]:
    """Return when accounts were made, where a source told it with their latest message."""
    if not keys:
        return {}
    sql = (
        "SELECT author_key, extra FROM listen_mention WHERE id IN (SELECT max(id)"  # noqa: S608 - constants
        f" FROM listen_mention WHERE {any_of('author_key', kind='text')} AND state <> 'gone'"
        " GROUP BY author_key)"
    )
    found = {}
    for key, extra in fetch(sql, (listed(keys),)):
        told = msgspec.json.decode(extra) if isinstance(extra, str) else extra or {}
        if isinstance(told.get("account_created"), int):
            found[key] = told["account_created"]
    return found
