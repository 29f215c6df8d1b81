"""A small Mastodon on this machine: timelines, streams and posting, as the real one speaks them.

Messages are written with `write`, `edit`, `delete`, `boost`; whoever streams hears of them at once. It can
cut streams in the middle of an event, ask to come back later, fall ill, and lose a connection after a
post was taken. The format follows docs.joinmastodon.org; every word in it is ours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.web import Handler, serving

BEGIN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
TOKEN = "hush-token"
MOST_BY_ID = 20  # as the real one: more ids at once are refused


class Mastodon:
    """One server with its messages; `url` is set while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: dict[int, dict[str, Any]] = {}
        self.journal: list[tuple[str, str]] = []  # (event, data)
        self.changed = threading.Condition()
        self.wants_token = ""
        self.ill: list[tuple[int, dict[str, str]]] = []  # answers of the next calls
        self.calls: list[str] = []
        self.streams = 0
        self.cut_after: int | None = None  # so many events, then half an event, then nothing
        self.silent_deletes = False
        self.posted: dict[str, dict[str, Any]] = {}
        self.lose_answer = 0
        self.closing = False
        self._count = 0

    def write(self, text: str, **more: Any) -> int:
        """Write a public message and return its id."""
        with self.changed:
            self._count += 1
            at = more.pop("at", None) or BEGIN + timedelta(seconds=self._count)
            number = (int(at.timestamp() * 1000) << 16) + self._count
            author = more.pop("author", "aino@esimerkki.example")
            self.statuses[number] = {
                "id": str(number),
                "created_at": at.isoformat().replace("+00:00", "Z"),
                "content": f"<p>{text}</p>",
                "spoiler_text": "",
                "visibility": "public",
                "language": "fi",
                "uri": f"https://esimerkki.example/users/aino/statuses/{number}",
                "url": f"https://esimerkki.example/@aino/{number}",
                "in_reply_to_id": None,
                "reblogs_count": 0,
                "favourites_count": 0,
                "reblog": None,
                "account": {
                    "id": "7",
                    "acct": author,
                    "followers_count": 120,
                    "statuses_count": 40,
                    "created_at": "2024-01-02T00:00:00.000Z",
                    "url": "https://esimerkki.example/@aino",
                },
                **more,
            }
            self._tell("update", json.dumps(self.statuses[number]))
        return number

    def edit(self, number: int, text: str, *, boosts: int = 0) -> None:
        """Change a message."""
        with self.changed:
            status = self.statuses[number]
            status["content"], status["reblogs_count"] = f"<p>{text}</p>", boosts
            self._tell("status.update", json.dumps(status))

    def delete(self, number: int, *, told: bool = True) -> None:
        """Delete a message; untold, as when nobody streams."""
        with self.changed:
            del self.statuses[number]
            if told:
                self._tell("delete", str(number))

    def _tell(self, event: str, text: str) -> None:
        self.journal.append((event, text))
        self.changed.notify_all()

    def page(self, asked: dict[str, str], limit: int) -> list[dict[str, Any]]:
        """Return a page of the timeline, newest first, as min_id, since_id and max_id say."""
        with self.changed:
            numbers = sorted(self.statuses)
        if asked.get("max_id"):
            numbers = [n for n in numbers if n < int(asked["max_id"])]
        if asked.get("min_id"):
            numbers = [n for n in numbers if n > int(asked["min_id"])][:limit]
        elif asked.get("since_id"):
            numbers = [n for n in numbers if n > int(asked["since_id"])]
        return [self.statuses[n] for n in reversed(numbers[-limit:])]

    def wait_for_streams(self, count: int) -> None:
        """Return once so many streams are open."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.streams >= count, 20)


@contextmanager
def mastodon() -> Iterator[Mastodon]:  # noqa: C901 - a server is told in one place
    """Run the server until the end."""
    there = Mastodon()

    class Answering(Handler):
        def answer(self) -> None:
            there.calls.append(f"{self.command} {self.route}")
            if there.ill:
                status, headers = there.ill.pop(0)
                self.say({"error": "no"}, status=status, headers=headers)
                return
            given = self.headers.get("Authorization", "")
            if there.wants_token and given != f"Bearer {there.wants_token}":
                self.say({"error": "The access token is invalid"}, status=401)
            elif self.route.startswith("/api/v1/streaming/"):
                self._stream()
            elif self.route.startswith("/api/v1/timelines/"):
                asked = {name: values[0] for name, values in self.query.items()}
                self.say(there.page(asked, int(asked.get("limit", "20"))))
            elif self.route == "/api/v1/statuses" and self.command == "GET":
                ids = self.query.get("id[]", [])
                if len(ids) > MOST_BY_ID:
                    self.say({"error": "Validation failed"}, status=422)
                    return
                self.say([there.statuses[int(n)] for n in ids if int(n) in there.statuses])
            elif self.route == "/api/v1/statuses":
                self._post()
            elif self.route == "/api/v1/accounts/verify_credentials":
                self.say({"id": "1", "acct": "pyoraliike"})
            else:
                self.say({"error": "Record not found"}, status=404)

        def _stream(self) -> None:
            with there.changed:
                place = len(there.journal)
                there.streams += 1
                cut_after, there.cut_after = there.cut_after, None
                there.changed.notify_all()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._chunk(":)\n")
            sent = 0
            while True:
                with there.changed:
                    if len(there.journal) == place and not there.closing:
                        there.changed.wait(1)
                    if there.closing:
                        break
                    fresh, place = there.journal[place:], len(there.journal)
                for event, text in fresh or [("", "")]:
                    if cut_after is not None and sent >= cut_after and event:
                        self._chunk(f"event: {event}\ndata: {text[: len(text) // 2]}")
                        self.hang_up()
                        return
                    said = f"event: {event}\ndata: {text}\n\n" if event else ":thump\n"
                    self._chunk(said)
                    sent += bool(event)
            self.hang_up()

        def _chunk(self, text: str) -> None:
            raw = text.encode()
            self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            self.wfile.flush()

        def _post(self) -> None:
            key = self.headers.get("Idempotency-Key", "")
            asked = json.loads(self.body)
            known = there.posted.get(key) if key else None
            if known is None:
                if not asked.get("status"):
                    self.say({"error": "Validation failed: Text can't be blank"}, status=422)
                    return
                number = there.write(
                    asked["status"],
                    visibility=asked.get("visibility", "public"),
                    in_reply_to_id=asked.get("in_reply_to_id"),
                )
                known = there.statuses[number]
                there.posted[key or str(number)] = known
            if there.lose_answer:
                there.lose_answer -= 1
                self.hang_up()
                return
            self.say(known)

    with serving(Answering) as url:
        there.url = url
        yield there
        with there.changed:
            there.closing = True
            there.changed.notify_all()
