"""A small Reddit on this machine: signing in, listings with `before` and `after`, calls that are left."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from tests.servers.web import Handler, serving

KEY, SECRET = "app-key", "app-secret"
BEGIN = 1_772_434_800
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def number36(number: int) -> str:
    """Write a number in base 36."""
    said = ""
    while number:
        number, rest = divmod(number, 36)
        said = LETTERS[rest] + said
    return said or "0"


class Reddit:
    """One server; `url` is set while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.things: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.calls_left = 100.0
        self.ill: list[tuple[int, dict[str, str]]] = []
        self._count = 36**3

    def write(self, title: str, text: str = "", *, kind: str = "t3", **more: Any) -> str:
        """Write a post (or, of kind t1, a comment) and return its full name."""
        self._count += 1
        name = f"{kind}_{number36(self._count)}"
        words = (
            {"body": title, "link_id": "t3_a"}
            if kind == "t1"
            else {"title": title, "selftext": text}
        )
        self.things.append(
            {
                "name": name,
                "created_utc": BEGIN + len(self.things),
                "author": "eero",
                "author_fullname": "t2_eero",
                "permalink": f"/r/polkupyora/comments/{name}/",
                "subreddit": "polkupyora",
                "num_crossposts": 0,
                "score": 1,
                **words,
                **more,
            }
        )
        return name

    def listing(self, kind: str, before: str, after: str, limit: int) -> dict[str, Any]:
        """Return a page, newest first; an anchor that is not there gives an empty one, as Reddit does."""
        things = [t for t in reversed(self.things) if t["name"].startswith(kind)]
        names = [thing["name"] for thing in things]
        if before or after:
            if (before or after) not in names:
                things = []
            elif before:
                place = names.index(before)
                things = things[max(0, place - limit) : place]
            else:
                things = things[names.index(after) + 1 :]
        page = things[:limit]
        more = page[-1]["name"] if len(things) > limit else None
        return {
            "kind": "Listing",
            "data": {"after": more, "children": [{"kind": kind, "data": one} for one in page]},
        }


@contextmanager
def reddit() -> Iterator[Reddit]:
    """Run the server until the end."""
    there = Reddit()
    signed = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()

    class Answering(Handler):
        def answer(self) -> None:
            there.calls.append(self.path)
            if there.ill:
                status, headers = there.ill.pop(0)
                self.say({}, status=status, headers=headers)
            elif self.route == "/api/v1/access_token":
                if self.headers.get("Authorization") != signed:
                    self.say({"message": "Unauthorized", "error": 401}, status=401)
                else:
                    asked = parse_qs(self.body.decode())
                    self.say({"access_token": f"t-{asked['grant_type'][0]}", "expires_in": 3600})
            elif not self.headers.get("Authorization", "").startswith("Bearer t-"):
                self.say({}, status=401)
            else:
                self._listing()

        def _listing(self) -> None:
            there.calls_left -= 1
            headers = {"X-Ratelimit-Remaining": f"{there.calls_left}", "X-Ratelimit-Reset": "77"}
            limit = int(self.asked("limit", "25"))
            before, after = self.asked("before"), self.asked("after")
            if self.route == "/api/info":
                names = self.asked("id").split(",")
                found = [thing for thing in there.things if thing["name"] in names]
                children = [{"kind": "t3", "data": one} for one in found]
                self.say({"data": {"after": None, "children": children}}, headers=headers)
            elif self.route.endswith("/comments"):
                self.say(there.listing("t1", before, after, limit), headers=headers)
            else:
                self.say(there.listing("t3", before, after, limit), headers=headers)

    with serving(Answering) as url:
        there.url = url
        yield there
