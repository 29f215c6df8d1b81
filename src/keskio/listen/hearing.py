"""The job that reads what has come in: batches of unread mentions become readings and events.

A batch is read outside any transaction and stored in one: rows, themes, emotions and events together.
What was changed or taken away meanwhile is left for the next turn. A crash anywhere leaves the batch
unread, and reading it again tells nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
from django.db import transaction

from keskio.engine.text.near import Twins, fingerprint
from keskio.engine.text.tokens import tokens
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.know.api import find_owners
from keskio.listen.contracts import HEARD, Reading, Step
from keskio.listen.models import FAILED, READ

BATCH = 500
FELT = 0.5  # from this weight on a theme or an emotion counts as one of the mention's
DAY = 86_400_000_000
REMEMBERED = 7 * DAY
KNOWN_BY = ("email", "phone", "user_id")
STREAMS = frozenset({"bluesky", "mastodon", "reddit"})
PROBE = "Kiitos, hyvin meni."
HANDLES_KEPT, HANDLES_HASHED, HANDLES_NEVER = "kept", "hashed", "none"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode
_log = logging.getLogger(__name__)

UNREAD_SQL = """
    SELECT id, source, source_id, channel, is_private, author, author_key, customer_id, title, text,
        url, language_hint, thread, at, reach, reposts, rating, extra, is_told
    FROM listen_mention WHERE state = 'unread' ORDER BY id LIMIT %s
"""
STORE = """
    UPDATE listen_mention SET state = %s, read_at = %s, language = %s, is_match = %s, negative = %s,
        polarity = %s, emotions = %s, themes = %s, side = %s, motive = %s, urgency = %s, evidence = %s,
        read_with = %s, fingerprint = %s, near_of = %s, is_told = %s, customer_id = %s, author = %s,
        extra = %s
    WHERE id = %s
"""
COUNT_STEPS = """
    INSERT INTO listen_stepday (day, step, messages, passed, micros) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (day, step) DO UPDATE SET messages = listen_stepday.messages + excluded.messages,
        passed = listen_stepday.passed + excluded.passed,
        micros = listen_stepday.micros + excluded.micros
"""
ADD_THEME = (
    "INSERT INTO listen_mentiontheme (mention_id, theme, weight, at) VALUES (%s, %s, %s, %s)"
)
ADD_EMOTION = (
    "INSERT INTO listen_mentionemotion (mention_id, emotion, weight, at) VALUES (%s, %s, %s, %s)"
)


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A mention as it waits to be read; the fields are those of the table."""

    id: int
    source: str
    source_id: str
    channel: str
    is_private: bool
    author: str
    author_key: str
    customer_id: int
    title: str
    text: str
    url: str
    language_hint: str
    thread: str
    at: Micros
    reach: int
    reposts: int
    rating: float | None
    extra: dict[str, Any]
    is_told: bool

    @property
    def of_all_sorts(self) -> bool:
        """Say whether it comes from where anybody says anything."""
        return self.channel in STREAMS and not self.is_private

    @property
    def whole(self) -> str:
        """Return title and text as they are read."""
        return f"{self.title}\n{self.text}" if self.title else self.text


class Reads(Protocol):
    """What the job asks of a reader."""

    @property
    def version(self) -> str:
        """Which lists and models it reads with, in short."""
        ...

    def read(self, posts: Sequence[Unread]) -> list[Reading]:
        """Return a reading for each post, in their order."""
        ...

    def take_times(self) -> list[tuple[str, int, int, int]]:
        """Return (step, messages, passed on, microseconds) since the last time this was asked."""
        ...


class Hearing:
    """Reads unread mentions in batches; `reader` is asked for anew each turn and may be a later one."""

    name = "hearing"

    def __init__(self, reader: Callable[[], Reads], *, batch: int = BATCH) -> None:
        self._reader = reader
        self._batch = batch
        self._twins: Twins | None = None

    def turn(self, now: Micros) -> bool:
        """Read one batch; True when there may be more."""
        is_marked = mark_to_reread(now, self._batch)
        posts = _unread(self._batch)
        if not posts:
            return is_marked
        reader = self._reader()
        readings = _read(reader, posts)
        if self._twins is None:
            self._twins = _remembered(now)
        self._store(posts, readings, reader, now)
        return is_marked or len(posts) == self._batch

    def _store(
        self,
        posts: Sequence[Unread],
        readings: Sequence[Reading | None],
        reader: Reads,
        now: Micros,
    ) -> None:
        version, times = reader.version, reader.take_times()
        with transaction.atomic():
            unchanged = _unchanged(posts)
            pairs = [(p, r) for p, r in zip(posts, readings, strict=True) if p.id in unchanged]
            owners = owners_of([p for p, r in pairs if r and (r.is_match or p.is_private)])
            policy = _handles()
            rows, told = [], []
            for post, reading in pairs:
                if reading is None:
                    rows.append(_failed_row(post, version, now))
                    continue
                customer = owners.get(post.id, post.customer_id)
                is_news = reading.is_match and not post.is_private and not post.is_told
                if is_news:
                    told.append(_heard(post, reading, customer))
                rows.append(
                    (
                        *_read_columns(reading, now),
                        version,
                        *self._likeness(post, reading),
                        post.is_told or is_news,
                        customer,
                        _handle_kept(post, reading, policy),
                        _encode(_without_names(post.extra)).decode(),
                        post.id,
                    )
                )
            run_many(STORE, rows)
            run_many(COUNT_STEPS, [(now // DAY, *taken) for taken in times])
            _store_marks([(p, r) for p, r in pairs if r])
            if told:
                append_events(told)

    def _likeness(self, post: Unread, reading: Reading) -> tuple[int, int]:
        """Return the fingerprint and the number of the first mention of nearly the same text."""
        if not reading.is_match or self._twins is None:
            return 0, 0
        value = fingerprint(tokens(post.whole))
        return value, self._twins.original_of(post.id, value)


def _unread(limit: int) -> list[Unread]:
    return [
        Unread(*[*row[:-2], _plain(row[-2]), bool(row[-1])]) for row in fetch(UNREAD_SQL, (limit,))
    ]


def _plain(value: Any) -> dict[str, Any]:
    """Return JSON as SQLite (text) or PostgreSQL (a mapping, or text) hands it over."""
    found = _decode(value) if isinstance(value, str | bytes) else value
    return found if isinstance(found, dict) else {}


def _read(reader: Reads, posts: Sequence[Unread]) -> list[Reading | None]:
    """Return readings; None for a text that the reader cannot read though it can read others."""
    try:
        return list(reader.read(posts))
    except Exception:  # noqa: BLE001 - one text nobody foresaw must not stop the others; below it is named
        if len(posts) > 1:
            half = len(posts) // 2
            return _read(reader, posts[:half]) + _read(reader, posts[half:])
        reader.read([msgspec.structs.replace(posts[0], text=PROBE, title="")])
        _log.exception("mention %s cannot be read", posts[0].id)
        return [None]


def _unchanged(posts: Sequence[Unread]) -> set[int]:
    """Lock the posts and return which still wait with the text and counts that were read."""
    lock = " FOR UPDATE" if is_postgres() else ""
    sql = (
        "SELECT id, title, text, reach, reposts FROM listen_mention"  # noqa: S608 - constants
        f" WHERE {any_of('id')} AND state = 'unread' ORDER BY id{lock}"
    )
    found = {row[0]: row[1:] for row in fetch(sql, (listed([post.id for post in posts]),))}
    return {p.id for p in posts if found.get(p.id) == (p.title, p.text, p.reach, p.reposts)}


def owners_of(posts: Sequence[Unread]) -> dict[int, int]:
    """Return the customers who wrote `posts`, by mention, where that is known.

    A person's decision comes first, then what the source said, then the ledger of identities: the handle
    under the channel's name, addresses and numbers that the source gave. What only a browser has claimed
    does not count.
    """
    found = {post.id: post.customer_id for post in posts if post.customer_id}
    rest = [post for post in posts if post.id not in found]
    decided = decided_customers([post.author_key for post in rest if post.author_key])
    pairs = {post.id: _pairs(post) for post in rest}
    spoken = {pair for each in pairs.values() for pair in each}
    known = find_owners(spoken) if spoken else None
    for post in rest:
        if decided.get(post.author_key):
            found[post.id] = decided[post.author_key]
        elif known is not None:
            for pair in pairs[post.id]:
                record = known.owners.get(pair, 0)
                if record and pair not in known.unproven:
                    found[post.id] = known.redirects.get(record, record)
                    break
    return found


def _pairs(post: Unread) -> list[tuple[str, str]]:
    told = [(kind, str(post.extra[kind])) for kind in KNOWN_BY if post.extra.get(kind)]
    handle = post.author.strip()
    if handle and post.channel:
        told.append((post.channel, handle))
        told.append((post.channel, handle.lower().removeprefix("@")))
    return told


def decided_customers(keys: Sequence[str]) -> dict[str, int]:
    """Return the customers whom people have said accounts belong to."""
    if not keys:
        return {}
    sql = (
        "SELECT author_key, customer_id FROM listen_writerdecision WHERE id IN ("  # noqa: S608 - constants
        f"SELECT max(id) FROM listen_writerdecision WHERE {any_of('author_key', kind='text')}"
        " GROUP BY author_key) AND customer_id > 0"
    )
    return dict(fetch(sql, (listed(set(keys)),)))


def _handles() -> str:
    rows = fetch("SELECT handles FROM listen_policy ORDER BY id LIMIT 1")
    return str(rows[0][0]) if rows else HANDLES_HASHED


def _handle_kept(post: Unread, reading: Reading, policy: str) -> str:
    """Return the handle as far as it is kept: by default only where it is needed for answering."""
    if post.is_private or policy == HANDLES_NEVER:
        return ""
    return post.author if policy == HANDLES_KEPT or reading.is_match else ""


def _without_names(extra: dict[str, Any]) -> dict[str, Any]:
    away = {*KNOWN_BY, "customer", "account"}
    return {name: value for name, value in extra.items() if name not in away}


def _read_columns(reading: Reading, now: Micros) -> tuple[Any, ...]:
    return (
        READ,
        now,
        reading.language,
        reading.is_match,
        reading.negative,
        reading.polarity,
        _encode(reading.emotions).decode(),
        _encode(reading.themes).decode(),
        reading.side,
        reading.motive,
        reading.urgency,
        _encode(reading.evidence).decode(),
    )


def _failed_row(post: Unread, version: str, now: Micros) -> tuple[Any, ...]:
    step = Step("collect", "The reader could not read this text. Its log says why.")
    reading = Reading(evidence=(step,))
    columns = (FAILED, *_read_columns(reading, now)[1:])
    extra = _encode(post.extra).decode()
    return (
        *columns,
        version,
        0,
        0,
        post.is_told,
        post.customer_id,
        post.author,
        extra,
        post.id,
    )


def _store_marks(pairs: Sequence[tuple[Unread, Reading]]) -> None:
    ids = listed([post.id for post, _ in pairs])
    for table in ("listen_mentiontheme", "listen_mentionemotion"):
        run(f"DELETE FROM {table} WHERE {any_of('mention_id')}", (ids,))  # noqa: S608 - constants
    themes, emotions = [], []
    for post, reading in pairs:
        if reading.is_match or post.is_private:
            themes += [(post.id, t, w, post.at) for t, w in reading.themes.items() if w >= FELT]
            emotions += [(post.id, e, w, post.at) for e, w in reading.emotions.items() if w >= FELT]
    run_many(ADD_THEME, themes)
    run_many(ADD_EMOTION, emotions)


def _heard(post: Unread, reading: Reading, customer: int) -> NewEvent:
    properties = {
        "mention": post.id,
        "source": post.source,
        "channel": post.channel,
        "author": post.author_key,
        "url": post.url,
        "thread": post.thread,
        "language": reading.language,
        "negative": round(reading.negative, 3),
        "polarity": round(reading.polarity, 3),
        "emotions": {name: round(value, 3) for name, value in reading.emotions.items()},
        "themes": {name: round(value, 3) for name, value in reading.themes.items()},
        "side": reading.side,
        "motive": reading.motive,
        "urgency": round(reading.urgency, 3),
    }
    return NewEvent(customer, HEARD, post.at, _encode({"properties": properties}).decode())


def _remembered(now: Micros) -> Twins:
    """Return the fingerprints of the last days' originals, so that a restart forgets nothing."""
    twins = Twins()
    sql = (
        "SELECT id, fingerprint FROM listen_mention WHERE fingerprint <> 0 AND near_of = 0"
        " AND at >= %s ORDER BY at DESC LIMIT 20000"
    )
    for number, value in reversed(fetch(sql, (now - REMEMBERED,))):
        twins.original_of(number, value)
    return twins


def mark_to_reread(now: Micros, limit: int) -> bool:
    """Take a slice of what somebody wished to be read again back to the unread; True if there was any."""
    with transaction.atomic():
        lock = " FOR UPDATE" if is_postgres() else ""
        wishes = fetch(
            f"SELECT id, since, reached FROM listen_reread WHERE done_at IS NULL ORDER BY id LIMIT 1{lock}"  # noqa: S608 - constants
        )
        if not wishes:
            return False
        wish, since, reached = wishes[0]
        rows = fetch(
            "SELECT id FROM listen_mention WHERE id > %s AND at >= %s AND state IN ('read', 'failed')"
            " ORDER BY id LIMIT %s",
            (reached, since, limit),
        )
        ids = [row[0] for row in rows]
        if ids:
            sql = f"UPDATE listen_mention SET state = 'unread' WHERE {any_of('id')} AND state <> 'gone'"  # noqa: S608 - constants
            run(sql, (listed(ids),))
            reached = ids[-1]
        run(
            "UPDATE listen_reread SET reached = %s, read = read + %s, done_at = %s WHERE id = %s",
            (reached, len(ids), None if len(ids) == limit else now, wish),
        )
        return bool(ids)
