"""The words of mentions, for rooms that answer them: the log tells only that there are some."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from keskio.kernel.sql import any_of, fetch, listed

TEXTS = """
    SELECT id, title, text, source_id, url, motive, author FROM listen_mention
    WHERE {mentions} AND state <> 'gone'
"""


class MentionText(msgspec.Struct, frozen=True):
    """What somebody wrote, what the network calls the message (a status, a URI), and its likely motive.

    `author`: the account's handle, to answer to; "" where the policy keeps none.
    """

    text: str = ""
    source_id: str = ""
    url: str = ""
    motive: str = ""
    author: str = ""


def texts_of_mentions(mentions: Collection[int]) -> dict[int, MentionText]:
    """Return the words of `mentions` by number; those whose text has been taken away are left out."""
    if not mentions:
        return {}
    rows = fetch(TEXTS.format(mentions=any_of("id")), (listed(mentions),))
    return {
        number: MentionText("\n".join(filter(None, (title, text))), source_id, url, motive, author)
        for number, title, text, source_id, url, motive, author in rows
    }
