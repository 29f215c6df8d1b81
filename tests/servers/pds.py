"""A small server of Bluesky accounts on this machine: signing in, making records, reading them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers.web import Handler, serving

DID, HANDLE, PASSWORD = "did:plc:yritys", "pyoraliike.example", "app-hush"


class Pds:
    """One server; `url` is set while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.records: dict[str, dict[str, Any]] = {}
        self.tokens = 0
        self.calls: list[str] = []
        self.lose_answer = 0  # so many posts are made, and the connection cut before the answer
        self.lose_request = 0  # so many are cut before anything is made
        self.expired = False

    def write(self, did: str, rkey: str, text: str, **more: Any) -> str:
        uri = f"at://{did}/app.bsky.feed.post/{rkey}"
        self.records[uri] = {"uri": uri, "cid": f"c-{rkey}", "value": {"text": text, **more}}
        return uri


@contextmanager
def pds() -> Iterator[Pds]:  # noqa: C901 - a server is told in one place
    """Run the server until the end."""
    there = Pds()

    class Answering(Handler):
        def answer(self) -> None:
            name = self.route.rpartition(".")[2]
            there.calls.append(name)
            {
                "createSession": self._sign_in,
                "createRecord": self._create,
                "getRecord": self._get,
            }[name]()

        def _sign_in(self) -> None:
            asked = json.loads(self.body)
            if (asked["identifier"], asked["password"]) != (HANDLE, PASSWORD):
                self.say({"error": "AuthenticationRequired"}, status=401)
                return
            there.tokens += 1
            there.expired = False
            self.say({"did": DID, "handle": HANDLE, "accessJwt": f"jwt-{there.tokens}"})

        def _create(self) -> None:
            if there.lose_request:
                there.lose_request -= 1
                self.hang_up()
                return
            if there.expired or self.headers["Authorization"] != f"Bearer jwt-{there.tokens}":
                self.say({"error": "ExpiredToken"}, status=400)
                return
            asked = json.loads(self.body)
            uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
            if uri in there.records:
                self.say({"error": "InvalidRequest", "message": "exists"}, status=400)
                return
            there.records[uri] = {"uri": uri, "cid": "c-new", "value": asked["record"]}
            if there.lose_answer:
                there.lose_answer -= 1
                self.hang_up()
                return
            self.say({"uri": uri, "cid": "c-new"})

        def _get(self) -> None:
            uri = f"at://{self.asked('repo')}/{self.asked('collection')}/{self.asked('rkey')}"
            if uri in there.records:
                self.say(there.records[uri])
            else:
                self.say({"error": "RecordNotFound"}, status=400)

    with serving(Answering) as url:
        there.url = url
        yield there
