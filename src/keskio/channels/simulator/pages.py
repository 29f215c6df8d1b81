"""The simulator's pages: all phones, one phone on which a person can answer, and the letters."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import django_htmx
import msgspec
import phonenumbers
from django.template.loader import render_to_string
from django.utils import timezone, translation

from keskio.channels.simulator import mail
from keskio.channels.simulator.asgi import (
    NOT_HERE,
    NOT_OURS,
    Request,
    Response,
    Route,
    redirect,
    route,
)
from keskio.channels.simulator.store import Letter, Message, Phone, Store
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import KeskioError

HERE = Path(__file__).parent
STATIC = {
    "simulator.css": (HERE / "static" / "simulator.css", "text/css; charset=utf-8"),
    "htmx.js": (
        Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js",
        "text/javascript; charset=utf-8",
    ),
}
LANGUAGES = ("fi", "en")
LONGEST = 1600
LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Receiver(msgspec.Struct, frozen=True):
    """Where Keskiö takes letters; port 0 means nowhere."""

    host: str = "127.0.0.1"
    port: int = 0
    protocol: str = "lmtp"


class Pages:
    """The pages; each view returns a whole page, or the part of it that HTMX asked for."""

    def __init__(
        self,
        store: Store,
        *,
        receiver: Receiver,
        plan_changed: Callable[[], None],
        language: str,
    ) -> None:
        self._store = store
        self._receiver = receiver
        self._plan_changed = plan_changed
        self._language = language

    def routes(self) -> Sequence[Route]:
        """Return the addresses of all pages."""
        return [
            route("GET", "/", self.phones),
            route("GET", "/phones/<number>", self.phones),
            route("GET", "/phones/<number>/messages", self.messages),
            route("POST", "/phones/<number>/answer", self.answer),
            route("GET", "/letters", self.letters),
            route("GET", "/letters/<letter>", self.letters),
            route("GET", "/letters/<letter>/html", self.letter_html),
            route("POST", "/letters/<letter>/<what>", self.answer_letter),
            route("GET", "/static/<name>", self.static),
        ]

    async def phones(self, request: Request, number: str = "") -> Response:
        """Show the list of phones, and one of them."""
        number = unquote(number)
        search = request.query.get("q", "").strip()
        context = {
            "phones": [_listed(phone) for phone in self._store.phones(search)],
            "search": search,
            "number": number,
            "shown": _written(number),
            **self._conversation(number),
        }
        if "hx-request" in request.headers:
            return self._part(request, "list", context)
        return self._page(request, "phones", context)

    async def messages(self, request: Request, number: str) -> Response:
        """Show one phone's conversation, or say that nothing has changed since it was shown."""
        context = {"number": unquote(number), **self._conversation(unquote(number))}
        if request.query.get("seen") == context["seen"]:
            return Response(204)
        return self._part(request, "conversation", context)

    async def answer(self, request: Request, number: str) -> Response:
        """Send what a person writes on a phone; what it would have said by itself is forgotten."""
        if not request.is_own_page():
            return NOT_OURS
        number, text = unquote(number), request.form().get("text", "")[:LONGEST]
        url, ours = self._store.last_callback(number)
        if text.strip() and url:
            now = now_micros() / 1e6
            self._store.begin()
            self._store.drop_answers(number)
            message = self._store.add_message(
                number, "from", other=ours, text=text, at=now, state="on its way"
            )
            self._store.add_errand(
                due=now, phone=number, kind="answer", message=message, url=url, text=text
            )
            self._store.commit()
            self._plan_changed()
        if "hx-request" in request.headers:
            return self._part(request, "answered", {"number": number, **self._conversation(number)})
        return redirect(f"/phones/{quote(number)}")

    async def letters(self, request: Request, letter: str = "") -> Response:
        """Show the list of letters, and one of them."""
        found = self._letter(letter)
        if letter and found is None:
            return NOT_HERE
        search = request.query.get("q", "").strip()
        context: dict[str, Any] = {
            "letters": [{"row": row, "at": _clock(row.at)} for row in self._store.letters(search)],
            "search": search,
            "letter": found,
            "reading": mail.read(found.raw) if found else None,
            "at": _clock(found.at) if found else "",
            "said": request.query.get("said", ""),
            "can_answer": bool(self._receiver.port),
        }
        if "hx-request" in request.headers:
            return self._part(request, "letter_list", context)
        return self._page(request, "letters", context)

    async def letter_html(self, request: Request, letter: str) -> Response:  # noqa: ARG002 - a view
        """Show a letter's HTML, which may do nothing but be looked at."""
        found = self._letter(letter)
        if found is None:
            return NOT_HERE
        headers = {"Content-Security-Policy": LETTER_POLICY}
        return Response(200, mail.read(found.raw).html.encode(), headers=headers)

    async def answer_letter(self, request: Request, letter: str, what: str) -> Response:
        """Answer a letter in its recipient's name: words, an absence, a bounce, an unsubscription."""
        found = self._letter(letter)
        if found is None or what not in {"answer", "away", "bounce", "unsubscribe"}:
            return NOT_HERE
        if not request.is_own_page():
            return NOT_OURS
        sender = "" if what in {"away", "bounce"} else found.recipient
        if what == "answer":
            answer = mail.answer_to(found, request.form().get("text", "")[:100_000])
        elif what == "away":
            answer = mail.away_from(found)
        elif what == "bounce":
            answer = mail.bounce_of(found)
        else:
            answer = mail.unsubscription_of(found)
        said = "sent"
        try:
            await asyncio.to_thread(
                mail.hand_over,
                answer,
                sender=sender,
                host=self._receiver.host,
                port=self._receiver.port,
                protocol=self._receiver.protocol,
            )
            self._store.count_answer(found.id)
        except KeskioError as error:
            said = error.message
        return redirect(f"/letters/{found.id}?{urlencode({'said': said})}")

    async def static(self, request: Request, name: str) -> Response:  # noqa: ARG002 - a view
        """Give a style sheet or a script."""
        if name not in STATIC:
            return NOT_HERE
        path, kind = STATIC[name]
        return Response(200, path.read_bytes(), kind, {"Cache-Control": "max-age=300"})

    def _letter(self, letter: str) -> Letter | None:
        return self._store.letter(int(letter)) if letter.isascii() and letter.isdigit() else None

    def _conversation(self, number: str) -> dict[str, Any]:
        messages = self._store.messages_of(number) if number else []
        seen = "/".join(f"{message.id}{message.state}" for message in messages)
        return {
            "messages": [_shown(message) for message in messages],
            "seen": hashlib.sha256(seen.encode()).hexdigest()[:12],
            "ours": messages[-1].other if messages else "",
            "can_answer": bool(number and self._store.last_callback(number)[0]),
        }

    def _page(self, request: Request, name: str, context: Mapping[str, Any]) -> Response:
        phones, to, back, letters = self._store.counts()
        counts = {"phones": phones, "to": to, "from": back, "letters": letters}
        language = self._language_of(request)
        response = self._part(request, name, {**context, "counts": counts, "language": language})
        if "lang" not in request.query:
            return response
        cookie = f"simulator_language={language}; Path=/; Max-Age=31536000; SameSite=Lax"
        return msgspec.structs.replace(response, headers={"Set-Cookie": cookie})

    def _part(self, request: Request, name: str, context: Mapping[str, Any]) -> Response:
        with translation.override(self._language_of(request)):
            page = render_to_string(f"channels/simulator/{name}.html", dict(context))
        return Response(200, page.encode())

    def _language_of(self, request: Request) -> str:
        wanted = request.query.get("lang", "")
        if not wanted:
            _, _, wanted = request.headers.get("cookie", "").partition("simulator_language=")
        return wanted[:2] if wanted[:2] in LANGUAGES else self._language


def _listed(phone: Phone) -> dict[str, Any]:
    return {
        "number": phone.number,
        "address": quote(phone.number),
        "shown": _written(phone.number),
        "text": phone.text,
        "own": phone.way == "from",
        "at": _clock(phone.at),
        "said": phone.said,
    }


def _shown(message: Message) -> dict[str, Any]:
    return {
        "own": message.way == "from",
        "text": message.text,
        "at": _clock(message.at),
        "state": message.state,
    }


def _written(number: str) -> str:
    """Return a number with its groups apart, as people write it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _clock(at: float) -> str:
    local = timezone.localtime(datetime.fromtimestamp(at, tz=UTC))
    return f"{local.day}.{local.month}. {local:%H.%M}"
