"""Files by hand and messages that others send us: shapes, encodings, doubles, faults, signatures."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.errors import Mistake
from keskio.listen.models import Mention
from keskio.listen.sources import uploading
from keskio.listen.sources.actions import change_source, pause_source
from keskio.listen.sources.kinds.webhook import SECRET, new_secret, signature_of
from keskio.listen.sources.mapping import Making, posts_of, suggested
from keskio.listen.sources.models import Upload
from keskio.listen.sources.tables import table_of
from tests.listen.sources.collectors import key_of, row, source, stored, texts

GOOGLE_PLAY = (
    "Package Name,Reviewer Language,Device,Review Submit Date and Time,"
    "Review Submit Millis Since Epoch,Star Rating,Review Title,Review Text,Review Link\n"
    "fi.ketju,fi,pixel,2026-03-02T07:00:00Z,1772434800000,1,,Kaatuu aina ä,https://p.example/r?id=1\n"
    "fi.ketju,fi,pixel,2026-03-02T08:00:00Z,1772438400000,5,,,https://p.example/r?id=2\n"
)
PLAY_API = {
    "reviews": [
        {
            "reviewId": "r1",
            "authorName": "Aino",
            "comments": [
                {
                    "userComment": {
                        "text": "Hidas",
                        "starRating": 2,
                        "lastModified": {"seconds": "1772434800"},
                        "reviewerLanguage": "fi",
                    }
                }
            ],
        }
    ]
}
APP_STORE = {
    "data": [
        {
            "type": "customerReviews",
            "id": "a1",
            "attributes": {
                "rating": 4,
                "title": "Hyvä",
                "body": "Toimii",
                "reviewerNickname": "eero",
                "createdDate": "2026-03-02T09:00:00+02:00",
                "territory": "FIN",
            },
        }
    ]
}
TRUSTPILOT = {
    "reviews": [
        {
            "id": "t1",
            "stars": 1,
            "title": "Ei ikinä",
            "text": "Toimitus myöhässä",
            "language": "fi",
            "createdAt": "2026-03-02T07:00:00Z",
            "consumer": {"displayName": "Siiri"},
        }
    ]
}
GOOGLE_BUSINESS = {
    "reviews": [
        {
            "reviewId": "g1",
            "reviewer": {"displayName": "Ville"},
            "starRating": "FIVE",
            "comment": "Ystävällistä",
            "createTime": "2026-03-02T07:00:00Z",
        }
    ]
}
AT = 1_772_434_800_000_000


def read(raw: bytes) -> tuple[str, list[Any], list[tuple[int, str]]]:
    table = table_of(raw)
    mapping, whose = suggested(table.names)
    making = Making(source="s", channel="review", mapping=mapping, zone=UTC, now=7)
    made = posts_of(table.rows, making)
    return whose, made.posts, made.faults


@pytest.mark.parametrize(
    ("raw", "whose", "said"),
    [
        (
            GOOGLE_PLAY.encode("utf-16"),
            "Google Play",
            ("https://p.example/r?id=1", "Kaatuu aina ä", 1.0, ""),
        ),
        (json.dumps(PLAY_API).encode(), "Google Play", ("r1", "Hidas", 2.0, "Aino")),
        (json.dumps(APP_STORE).encode(), "App Store", ("a1", "Toimii", 4.0, "eero")),
        (json.dumps(TRUSTPILOT).encode(), "Trustpilot", ("t1", "Toimitus myöhässä", 1.0, "Siiri")),
        (
            json.dumps(GOOGLE_BUSINESS).encode(),
            "Google Business",
            ("g1", "Ystävällistä", 5.0, "Ville"),
        ),
    ],
)
def test_exports_are_recognised_by_their_columns(raw: bytes, whose: str, said: Any) -> None:
    found, (post, *others), faults = read(raw)
    assert (found, others, faults) == (whose, [], [])
    assert (post.source_id, post.text, post.rating, post.author) == said
    assert post.at == AT


def test_a_finnish_table_of_windows_is_read() -> None:
    raw = 'Palaute;Päivä;Tähdet\r\nHyvää työtä;2.3.2026 klo 9.00;4,5\r\n"Eri;merkki";;\r\n'.encode(
        "cp1252"
    )
    table = table_of(raw)
    mapping, _ = suggested(table.names)
    making = Making(
        source="s", channel="csv", mapping=mapping, zone=ZoneInfo("Europe/Helsinki"), now=7
    )
    first, second = posts_of(table.rows, making).posts
    assert (first.text, first.at, first.rating) == ("Hyvää työtä", AT, 4.5)
    assert (second.text, second.at, second.rating, table.encoding) == (
        "Eri;merkki",
        7,
        None,
        "cp1252",
    )


def test_lines_of_json_tell_which_line_is_wrong() -> None:
    raw = b'{"text": "yksi"}\n{"text": \n{"text": "kolme", "at": "eilen"}\n{"text": "nelja"}\n'
    _, posts, faults = read(raw)
    assert [post.text for post in posts] == ["yksi", "nelja"]
    assert [number for number, _ in faults] == [2, 3]
    assert faults[1][1] == "'eilen' is no time: write 2026-03-02 09:05 or 2.3.2026 9.05."


@pytest.mark.parametrize("raw", [b"", b"  \n", b"[]", b'{"reviews": []}', b"[1", b"text\n"])
def test_files_without_messages_are_refused(raw: bytes) -> None:
    with pytest.raises(Mistake):
        table_of(raw)


def test_numbers_that_no_calendar_holds_are_a_fault_of_their_row(db: None) -> None:
    number = source("file", channel="csv")
    raw = "id,text,at,reach\n1,Hyvä,2026-03-02,12²\n2,Huono,999999999999999,1\n".encode()
    upload = uploading.keep_file(number, name="a.csv", raw=raw, by="admin")
    uploading.begin(upload, Upload.objects.get().mapping)
    while uploading.Uploads().turn(now_micros()):
        pass
    done = Upload.objects.get()
    assert (done.state, done.counts["new"], done.faults[0][0]) == ("done", 1, 2)
    assert Mention.objects.get().reach == 12


def test_a_file_is_taken_in_once_however_often_the_worker_dies(db: None) -> None:
    number = source("file")
    raw = (
        "id,text,rating\n" + "".join(f"{n},Palaute {n},3\n" for n in range(2500)) + "x,Outo,monta\n"
    )
    upload = uploading.keep_file(number, name="a.csv", raw=raw.encode(), by="admin")
    mapping = Upload.objects.get().mapping
    uploading.begin(upload, mapping)
    for _turn in range(4):
        assert uploading.Uploads().turn(now_micros())  # each time as after a restart
        if Upload.objects.get().state == "done":
            break
    assert not uploading.Uploads().turn(now_micros())
    done = Upload.objects.get()
    assert (done.state, done.place, done.path) == ("done", 2501, "")
    assert done.counts == {"new": 2500, "known": 0, "empty": 0, "faults": 1}
    assert done.faults == [[2501, "'monta' is no number of stars."]]
    assert row(number).total == len(stored(number)) == 2500
    again = uploading.keep_file(number, name="b.csv", raw=raw.encode(), by="admin")
    uploading.begin(again, mapping)
    while uploading.Uploads().turn(now_micros()):
        pass
    assert Upload.objects.get(pk=again).counts == {"new": 0, "known": 2500, "empty": 0, "faults": 1}


@pytest.fixture
def hook(db: None, clock: VirtualClock) -> tuple[int, str]:
    from django.core.cache import cache

    cache.clear()
    secret = new_secret()
    return source("webhook", channel="forum", calls="5", secrets={SECRET: secret}), secret


def call(hook: tuple[int, str], body: Any, *, number: str = "c1", **more: Any) -> Any:
    seconds = more.pop("seconds", now_micros() // 1_000_000)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature_of(more.pop("secret", hook[1]), number, seconds, raw),
        **more,
    }
    place = f"/hear/{key_of(hook[0])}/"
    return Client(headers=headers).post(place, raw, content_type="application/json")


def test_a_signed_call_is_taken_in_once(hook: tuple[int, str]) -> None:
    body = {
        "posts": [{"text": "Hyvä", "at": "2026-03-02T09:00:00+02:00"}, {"id": "9", "text": "Huono"}]
    }
    first, again = call(hook, body), call(hook, body)
    assert (first.status_code, first.json()) == (200, {"taken": 2, "new": 2})
    assert again.json() == {"taken": 2, "new": 0}
    assert stored(hook[0]) == [("9", "Huono"), ("c1/0", "Hyvä")]
    assert {mention.channel for mention in Mention.objects.all()} == {"forum"}
    assert call(hook, {"gone": ["9"]}, number="c2").json() == {"taken": 1, "new": 0}
    assert texts(hook[0]) == ["", "Hyvä"]
    assert row(hook[0]).total == 2


@pytest.mark.parametrize(
    ("body", "more", "status", "error"),
    [
        ({"text": "x"}, {"secret": new_secret()}, 401, "signature"),
        ({"text": "x"}, {"seconds": 1_700_000_000}, 401, "stale"),
        ({"text": "x"}, {"webhook-timestamp": "soon"}, 400, "headers"),
        ({"text": "x"}, {"webhook-timestamp": "9" * 5000}, 400, "headers"),
        (b"{", {}, 422, "body"),
        ({"posts": [{"text": 7}]}, {}, 422, "body"),
        ({"text": " "}, {}, 422, "body"),
        ({"text": "x", "at": "2026-03-02T09:00:00"}, {}, 422, "body"),
        (b" " * (1024 * 1024 + 1), {}, 413, "too_large"),
    ],
)
def test_wrong_calls_are_turned_away_with_a_reason(
    hook: tuple[int, str], body: Any, more: Any, status: int, error: str
) -> None:
    answer = call(hook, body, **more)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert stored(hook[0]) == []


def test_a_webhook_without_a_secret_takes_nothing_from_anybody(
    db: None, clock: VirtualClock
) -> None:
    number = source("webhook", channel="forum", calls="5")
    for empty in ("", "whsec_"):
        assert call((number, empty), {"text": "x"}).status_code == 401


def test_too_many_calls_are_asked_to_come_later(hook: tuple[int, str]) -> None:
    for number in range(5):
        assert call(hook, {"text": "x"}, number=f"c{number}").status_code == 200
    answer = call(hook, {"text": "x"}, number="c6")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_strangers_use_up_nobody_else_s_calls(hook: tuple[int, str]) -> None:
    wrong = [call(hook, {"text": "x"}, secret=new_secret()).status_code for _ in range(62)]
    assert wrong == [401] * 60 + [429] * 2
    assert call(hook, {"text": "x"}).status_code == 200


def test_a_paused_webhook_takes_nothing_and_another_secret_ends_the_first(
    hook: tuple[int, str],
) -> None:
    pause_source(hook[0])
    answer = call(hook, {"text": "x"})
    assert (answer.status_code, answer.json()["error"]) == (503, "paused")
    change_source(hook[0], name="x", settings=row(hook[0]).settings, secrets={SECRET: new_secret()})
    assert call(hook, {"text": "x"}).status_code == 401
    assert Client().post("/hear/nobody/", b"{}", content_type="application/json").status_code == 404
    assert Client().get(f"/hear/{key_of(hook[0])}/").status_code == 405
