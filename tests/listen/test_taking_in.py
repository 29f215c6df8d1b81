"""What sources hand over becomes mentions, once, together with the source's place."""

from __future__ import annotations

import pytest

from keskio.listen.actions import take_in
from keskio.listen.contracts import Gone, Post
from keskio.listen.models import Mention

pytestmark = pytest.mark.django_db

AT = 1_790_000_000_000_000


def post(number: int, text: str = "Jono oli pitkä", **other: object) -> Post:
    """Return a message of the source `mastodon`."""
    told: dict[str, object] = {"author": "aino@example.social", "channel": "mastodon", **other}
    return Post(source="mastodon", source_id=str(number), text=text, at=AT + number, **told)  # type: ignore[arg-type]


def test_posts_become_unread_mentions_and_the_cursor_is_saved() -> None:
    saved: list[int] = []
    assert take_in([post(1), post(2)], cursor=lambda: saved.append(2)) == 2
    rows = Mention.objects.order_by("id").values_list("source_id", "state", "author", "text")
    assert list(rows) == [
        ("1", "unread", "aino@example.social", "Jono oli pitkä"),
        ("2", "unread", "aino@example.social", "Jono oli pitkä"),
    ]
    assert saved == [2]


def test_the_same_post_again_changes_counts_and_makes_no_second_row() -> None:
    take_in([post(1)])
    assert take_in([post(1, reposts=7, reach=900)]) == 0
    mention = Mention.objects.get()
    assert (mention.reposts, mention.reach, mention.state) == (7, 900, "unread")


def test_an_unchanged_post_is_not_read_again_but_an_edited_one_is() -> None:
    take_in([post(1), post(2)])
    Mention.objects.update(state="read")
    take_in([post(1), post(2, text="Jono olikin lyhyt")])
    states = Mention.objects.order_by("id").values_list("text", "state")
    assert list(states) == [("Jono oli pitkä", "read"), ("Jono olikin lyhyt", "unread")]


def test_nothing_is_stored_when_the_cursor_cannot_be_saved() -> None:
    def fails() -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        take_in([post(1)], cursor=fails)
    assert Mention.objects.count() == 0


def test_what_is_gone_loses_its_text_and_does_not_come_back() -> None:
    take_in([post(1), post(2)])
    take_in([], [Gone("mastodon", "1")])
    take_in([post(1), post(3)], [Gone("mastodon", "3")])
    rows = Mention.objects.order_by("id").values_list("source_id", "text", "author", "state")
    assert list(rows) == [
        ("1", "", "", "gone"),
        ("2", "Jono oli pitkä", "aino@example.social", "unread"),
    ]


def test_hashes_of_authors_are_the_same_however_the_handle_is_written() -> None:
    take_in([post(1, author="Aino@Example.social"), post(2)])
    take_in(
        [
            Post(
                source="b",
                source_id="1",
                text="",
                at=AT,
                channel="bluesky",
                author="aino@example.social",
            )
        ]
    )
    keys = list(Mention.objects.order_by("id").values_list("author_key", flat=True))
    assert keys[0] == keys[1]
    assert keys[2] != keys[0]
    assert "aino" not in keys[0]


def test_text_that_a_database_cannot_keep_is_made_into_what_it_can() -> None:
    take_in([post(1, text="a\x00b\ud800c")])
    assert Mention.objects.get().text == "ab?c"


def test_what_no_database_can_keep_of_a_post_is_left_out_or_cut_down() -> None:
    strange = Post(
        source="mastodon",
        source_id="7\x00",
        text="Jono\x00 oli pitkä",
        author="aino\x00\ud83d",
        at=10**21,
        channel="mastodon",
        url="javascript:alert(1)",
        parent_id="6\x00",
        language_hint="fi\x00",
        reach=10**30,
        reposts=-1,
        extra={"name": "Aino\x00"},
    )
    assert take_in([strange]) == 1
    row = Mention.objects.get()
    assert (row.source_id, row.text, row.author, row.url) == ("7", "Jono oli pitkä", "aino?", "")
    assert (row.parent, row.thread, row.language_hint) == ("6", "6", "fi")
    assert (row.at.year, row.reach, row.reposts) == (9999, 2**53, 0)
    assert row.extra == {"name": "Aino"}
    assert take_in([strange]) == 0
    take_in([], [Gone("mastodon", "7\x00")])
    assert Mention.objects.get().text == ""
