"""The job that looks once an hour whether a theme is talked of by more people than is usual.

The arithmetic is in `engine.scores.rising`. Counted are people: the accounts that wrote about a theme in
public, without copies of a text and without accounts that a person has marked as suspected. An alert, its
event and the place of the watch are written together; the same hour is never looked at twice.
"""

from __future__ import annotations

import msgspec
from django.db import transaction

from keskio.engine.scores.rising import (
    WEEK,
    WINDOWS,
    Baseline,
    Look,
    Verdict,
    baseline_of,
    judge,
    shares_of,
)
from keskio.events.api import append_events, cursor_of, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch, run
from keskio.listen.contracts import RISING

ALL = "*"
CURSOR = "trends.rising"
HOUR = 3_600_000_000
HISTORY = 56 * 24
THURSDAY = 72  # the hour of the week at which 1970 began
EXAMPLES = 5
SETTLED = "theme.settled"
"""A theme is talked of as is usual again: {alert, theme, most}."""

# A person is an account; a message without one counts as somebody of its own.
WHO = "CASE WHEN m.author_key = '' THEN CAST(m.id AS text) ELSE m.author_key END"
HEARD = """
    m.is_match AND NOT m.is_private AND m.near_of = 0 AND m.author_key NOT IN (
        SELECT d.author_key FROM listen_writerdecision d WHERE d.kind = 'suspected' AND d.id IN (
            SELECT max(id) FROM listen_writerdecision GROUP BY author_key))
"""
BY_THEME = "listen_mentiontheme t JOIN listen_mention m ON m.id = t.mention_id"
_encode = msgspec.json.Encoder().encode


class Watch:
    """Looks once for each hour that has ended."""

    name = "rising themes"

    def turn(self, now: Micros) -> bool:
        """Look at the hour that ended last, unless it has been looked at."""
        hour = now // HOUR
        if cursor_of(CURSOR) >= hour:
            return False
        looks = looks_at(hour)
        verdicts = judge(looks, hour=(hour - 1 + THURSDAY) % WEEK) if looks else []
        with transaction.atomic():
            _write(verdicts, hour * HOUR)
            move_cursor(CURSOR, hour)
        return False


def looks_at(hour: int) -> list[Look]:
    """Return each theme as it stands when the hour number `hour` (since 1970) begins."""
    last = hour - max(WINDOWS)
    first = _first_hour(last)
    if first >= last:
        return []
    counts = _by_hour(first, last)
    general = shares_of(counts.get(ALL, [0]), (first + THURSDAY) % WEEK)
    recent = {window: _people_since(hour - window, hour) for window in WINDOWS}
    nothing = [0] * (last - first)
    looks = []
    for theme in sorted({*counts, *recent[max(WINDOWS)]}):
        usual = baseline_of(counts.get(theme, nothing), (first + THURSDAY) % WEEK, general=general)
        if usual is None:
            continue
        authors = {window: recent[window].get(theme, 0) for window in WINDOWS}
        looks.append(Look(theme, authors, usual))
    return looks


def baselines_at(hour: int) -> dict[str, Baseline]:
    """Return what is usual of each theme at the hour number `hour`."""
    return {look.theme: look.baseline for look in looks_at(hour)}


def _first_hour(last: int) -> int:
    """Return where the history begins: at most eight weeks before `last`, in whole days."""
    sql = "SELECT min(at) FROM listen_mention WHERE is_match AND NOT is_private AND at >= %s"
    rows = fetch(sql, ((last - HISTORY) * HOUR,))
    if rows[0][0] is None:
        return last
    return last - (last - int(rows[0][0]) // HOUR) // 24 * 24


def _by_hour(first: int, last: int) -> dict[str, list[int]]:
    """Return people by theme and hour from `first` to before `last`."""
    span = (first * HOUR, last * HOUR)
    rows = fetch(
        f"SELECT t.theme, t.at / {HOUR}, count(DISTINCT {WHO}) FROM {BY_THEME}"  # noqa: S608 - constants
        f" WHERE t.at >= %s AND t.at < %s AND {HEARD} GROUP BY 1, 2",
        span,
    )
    rows += fetch(
        f"SELECT '{ALL}', m.at / {HOUR}, count(DISTINCT {WHO}) FROM listen_mention m"  # noqa: S608 - constants
        f" WHERE m.at >= %s AND m.at < %s AND {HEARD} GROUP BY 2",
        span,
    )
    found: dict[str, list[int]] = {}
    for theme, hour, people in rows:
        found.setdefault(theme, [0] * (last - first))[hour - first] = people
    return found


def _people_since(first: int, last: int) -> dict[str, int]:
    span = (first * HOUR, last * HOUR)
    rows = fetch(
        f"SELECT t.theme, count(DISTINCT {WHO}) FROM {BY_THEME}"  # noqa: S608 - constants
        f" WHERE t.at >= %s AND t.at < %s AND {HEARD} GROUP BY 1",
        span,
    )
    rows += fetch(
        f"SELECT '{ALL}', count(DISTINCT {WHO}) FROM listen_mention m"  # noqa: S608 - constants
        f" WHERE m.at >= %s AND m.at < %s AND {HEARD}",
        span,
    )
    return dict(rows)


def _write(verdicts: list[Verdict], at: Micros) -> None:
    open_alerts = {
        theme: (number, most)
        for number, theme, most in fetch(
            "SELECT id, theme, most FROM trends_alert WHERE closed_at IS NULL"
        )
    }
    told = []
    for verdict in verdicts:
        if verdict.theme in open_alerts:
            number, most = open_alerts[verdict.theme]
            ended = at if verdict.is_over else None
            most = max(most, verdict.authors)
            run(
                "UPDATE trends_alert SET most = %s, closed_at = %s WHERE id = %s",
                (most, ended, number),
            )
            if ended:
                properties = {"alert": number, "theme": verdict.theme, "most": most}
                told.append(_event(SETTLED, at, properties))
        elif verdict.is_rising:
            told.append(_open(verdict, at))
    if told:
        append_events(told)


def _open(verdict: Verdict, at: Micros) -> NewEvent:
    since = at - verdict.window * HOUR
    examples = examples_of(verdict.theme, since, at)
    copies, reposts = spread_of(verdict.theme, since, at)
    rows = fetch(
        "INSERT INTO trends_alert (theme, opened_at, hours, authors, expected, spread, sigmas, most,"
        " copies, reposts, examples, seen_by, note) VALUES"
        " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '') RETURNING id",
        (
            verdict.theme,
            at,
            verdict.window,
            verdict.authors,
            verdict.expected,
            verdict.spread,
            verdict.sigmas,
            verdict.authors,
            copies,
            reposts,
            _encode(examples).decode(),
        ),
    )
    return _event(
        RISING,
        at,
        {
            "alert": rows[0][0],
            "theme": verdict.theme,
            "count": verdict.authors,
            "expected": round(verdict.expected, 2),
            "authors": verdict.authors,
            "hours": verdict.window,
            "examples": examples,
        },
    )


def examples_of(theme: str, since: Micros, until: Micros) -> list[int]:
    """Return the most urgent mentions of a theme, one of each account."""
    source, named = _of_theme(theme)
    rows = fetch(
        f"SELECT m.id, {WHO} FROM {source} WHERE m.at >= %s AND m.at < %s AND {HEARD}{named}"  # noqa: S608 - constants
        " ORDER BY m.urgency DESC, m.id LIMIT 50",
        (since, until, *([] if theme == ALL else [theme])),
    )
    first: dict[str, int] = {}
    for number, who in rows:
        first.setdefault(who, number)
    return list(first.values())[:EXAMPLES]


def spread_of(theme: str, since: Micros, until: Micros) -> tuple[int, int]:
    """Return how many copies of others' texts there were, and how many times messages were shared on."""
    source, named = _of_theme(theme)
    rows = fetch(
        "SELECT count(CASE WHEN m.near_of > 0 THEN 1 END), coalesce(sum(m.reposts), 0)"  # noqa: S608 - constants
        f" FROM {source} WHERE m.at >= %s AND m.at < %s AND m.is_match AND NOT m.is_private{named}",
        (since, until, *([] if theme == ALL else [theme])),
    )
    return int(rows[0][0]), int(rows[0][1])


def _of_theme(theme: str) -> tuple[str, str]:
    if theme == ALL:
        return "listen_mention m", ""
    return BY_THEME, " AND t.theme = %s"


def _event(name: str, at: Micros, properties: dict[str, object]) -> NewEvent:
    return NewEvent(0, name, at, _encode({"properties": properties}).decode())
