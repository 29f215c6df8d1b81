"""A small server of feeds on this machine: Atom, RSS and JSON Feed, with ETag and 304."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

from tests.servers.web import Handler, serving


class Feeds:
    """One server; `entries` are (id, title, text)."""

    def __init__(self) -> None:
        self.url = ""
        self.entries: list[tuple[str, str, str]] = []
        self.calls: list[tuple[str, int]] = []
        self.ill: list[tuple[int, dict[str, str]]] = []
        self.moved_to = ""

    def etag(self) -> str:
        return f'"{len(self.entries)}-{hash(tuple(self.entries)) & 0xFFFF}"'

    def atom(self) -> bytes:
        entries = "".join(
            f"<entry><id>{escape(number)}</id><title>{escape(title)}</title>"
            f'<link href="https://blogi.example/{escape(number)}"/>'
            "<published>2026-03-02T07:00:00Z</published><author><name>Eero</name></author>"
            f'<content type="html">{escape(text)}</content></entry>'
            for number, title, text in self.entries
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fi"><title>Blogi</title>'
            f"<id>urn:blogi</id><updated>2026-03-02T07:00:00Z</updated>{entries}</feed>"
        ).encode()

    def json(self) -> dict[str, Any]:
        return {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Blogi",
            "items": [
                {
                    "id": number,
                    "title": title,
                    "content_html": text,
                    "date_published": "2026-03-02T07:00:00Z",
                    "url": f"https://blogi.example/{number}",
                }
                for number, title, text in self.entries
            ],
        }


@contextmanager
def feeds() -> Iterator[Feeds]:
    """Run the server until the end."""
    there = Feeds()

    class Answering(Handler):
        def answer(self) -> None:
            if there.ill:
                status, headers = there.ill.pop(0)
                self._say(b"", status=status, headers=headers)
            elif self.route == "/moved":
                self._say(b"", status=302, headers={"Location": there.moved_to})
            elif self.route == "/large":
                self._say(b"x" * (5 * 1024 * 1024), kind="application/atom+xml")
            elif self.route == "/page":
                self._say(b"<html><body>Hei</body></html>", kind="text/html")
            elif self.headers.get("If-None-Match") == there.etag():
                self._say(b"", status=304)
            elif self.route == "/feed.json":
                self._say(there.json(), kind="application/feed+json")
            else:
                self._say(there.atom(), kind="application/atom+xml")

        def _say(self, body: Any, *, status: int = 200, **more: Any) -> None:
            there.calls.append((self.route, status))
            headers = {"ETag": there.etag(), **more.pop("headers", {})}
            self.say(body, status=status, headers=headers, **more)

    with serving(Answering) as url:
        there.url = url
        yield there
