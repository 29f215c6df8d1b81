"""Writes of the room: taking in what sources found, and taking texts away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many, storable
from keskio.listen.contracts import GONE, PRIVATE_CHANNELS, Gone, Post

DELETED, TIME, ERASED = "deleted", "time", "erased"
"""Why the text of a mention is gone: deleted at its source, its time was up, its writer asked."""

TAKE = """
    INSERT INTO listen_mention (
        source, source_id, channel, is_private, author, author_key, customer_id, title, text, url,
        language_hint, language, thread, parent, at, collected_at, reach, reposts, rating, extra,
        state, is_match, negative, polarity, emotions, themes, side, motive, urgency, evidence,
        read_with, fingerprint, near_of, is_told, gone_why)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s, %s, %s,
        'unread', %s, 0, 0, '{}', '{}', '', '', 0, '[]', '', 0, 0, %s, '')
    ON CONFLICT (source, source_id) DO UPDATE SET
        text = excluded.text, title = excluded.title, reach = excluded.reach,
        reposts = excluded.reposts, rating = excluded.rating, state = 'unread'
    WHERE listen_mention.state <> 'gone' AND (
        listen_mention.text <> excluded.text OR listen_mention.title <> excluded.title
        OR listen_mention.reach <> excluded.reach OR listen_mention.reposts <> excluded.reposts)
"""
_encode = msgspec.json.Encoder().encode
# Other systems count and date as they like: what no database or calendar holds is cut down to this.
LATEST: Micros = 253_370_764_800_000_000  # the year 9999
MOST = 2**53


def author_key_of(channel: str, account: str) -> str:
    """Return the keyed hash by which an account is known here, "" for no account.

    The key is the installation's secret: from the hash alone nobody finds the account.
    """
    if not account:
        return ""
    said = storable(f"{channel}:{account.strip().lower()}")
    return salted_hmac("keskio.listen.author", said, algorithm="sha256").hexdigest()[:32]


def take_in(
    posts: Sequence[Post],
    gone: Iterable[Gone] = (),
    *,
    cursor: Callable[[], None] | None = None,
) -> int:
    """Store `posts` as unread mentions, take away the texts of `gone`, and let `cursor` save its place.

    All in one transaction: either everything is stored and the cursor has moved, or nothing. The same
    message again changes its counts (and its text, if edited, and is then read again) and makes no second
    one; what is in `gone` stays gone. Returns how many messages were new.
    """
    away = {(one.source, one.source_id) for one in gone}
    fresh = {(post.source, post.source_id): post for post in posts}
    for key in away:
        fresh.pop(key, None)
    collected = now_micros()
    with transaction.atomic():
        known = _known(fresh)
        run_many(TAKE, [_row(post, collected) for post in fresh.values()])
        if away:
            take_texts_away(_ids_of(away), why=DELETED, at=collected)
        if cursor is not None:
            cursor()
    return len(fresh) - known


def _row(post: Post, collected: Micros) -> tuple[object, ...]:
    is_private = post.channel in PRIVATE_CHANNELS
    extra = {
        name: storable(value) if isinstance(value, str) else value
        for name, value in post.extra.items()
        if value not in (None, "")
    }
    thread = post.thread_id or post.parent_id or post.source_id
    return (
        post.source[:100],
        _id_of(post.source_id),
        storable(post.channel)[:20],
        is_private,
        storable(post.author)[:200],
        author_key_of(post.channel, post.author_key or post.author),
        int(extra.get("customer", 0) or 0),
        storable(post.title),
        storable(post.text),
        # What a server says is a link may be a script.
        storable(post.url) if post.url.startswith(("http://", "https://")) else "",
        storable(post.language_hint)[:16],
        _id_of(thread),
        _id_of(post.parent_id),
        min(max(post.at, 0), LATEST),
        collected,
        min(max(post.reach, 0), MOST),
        min(max(post.reposts, 0), MOST),
        post.rating,
        _encode(extra).decode(),
        False,
        False,
    )


def _id_of(told: str) -> str:
    """Return what another system calls a message, as it is kept."""
    return storable(told)[:400]


def _by_source(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for source, source_id in keys:
        wanted.setdefault(source[:100], []).append(_id_of(source_id))
    return wanted


def _known(keys: Iterable[tuple[str, str]]) -> int:
    count = 0
    is_among = any_of("source_id", kind="text")
    for source, ids in _by_source(keys).items():
        sql = f"SELECT count(*) FROM listen_mention WHERE source = %s AND {is_among}"  # noqa: S608 - constants
        count += int(fetch(sql, (source, listed(ids)))[0][0])
    return count


def _ids_of(keys: Iterable[tuple[str, str]]) -> list[int]:
    found: list[int] = []
    is_among = any_of("source_id", kind="text")
    for source, ids in _by_source(keys).items():
        sql = f"SELECT id FROM listen_mention WHERE source = %s AND {is_among}"  # noqa: S608 - constants
        found += [row[0] for row in fetch(sql, (source, listed(ids)))]
    return found


def take_texts_away(ids: Sequence[int], *, why: str, at: Micros) -> int:
    """Take away text, title, address, author and evidence of mentions; the bare counts stay.

    Whoever has copied a text is told by `mention.gone`. Runs in the caller's transaction or its own;
    doing it again changes nothing. Returns how many texts went.
    """
    if not ids:
        return 0
    is_among, chosen = any_of("id"), listed(ids)
    with transaction.atomic():
        rows = fetch(
            f"SELECT id, is_told FROM listen_mention WHERE {is_among} AND state <> 'gone'",  # noqa: S608 - constants
            (chosen,),
        )
        if not rows:
            return 0
        run(
            "UPDATE listen_mention SET text = '', title = '', url = '', author = '', evidence = '[]',"  # noqa: S608 - constants
            " extra = '{}', fingerprint = 0, state = 'gone', gone_why = %s, gone_at = %s"
            f" WHERE {is_among} AND state <> 'gone'",
            (why, at, chosen),
        )
        told = [
            NewEvent(0, GONE, at, _body({"mention": number, "why": why}))
            for number, is_told in rows
            if is_told
        ]
        if told:
            append_events(told)
    return len(rows)


def _body(properties: dict[str, object]) -> str:
    return _encode({"properties": properties}).decode()
