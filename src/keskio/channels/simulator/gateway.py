"""The gateway's side towards Keskiö: `POST /send`, as a commercial gateway has it.

    POST /send   Authorization: Bearer TOKEN
    {"to": "+358…", "from": "17163", "text": "…", "reference": "…", "callback": "https://…"}
    200 {"id": "…", "status": "accepted", "parts": 1}

A delivery report and the phone's answers go to `callback` later. 200 is said after the message is in
the file.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

import msgspec

from keskio.channels.phones import e164
from keskio.channels.simulator.asgi import Request, Response, json_response
from keskio.channels.simulator.behaviour import Script, answers_to, is_reached, report_after
from keskio.channels.simulator.store import Store
from keskio.kernel.clock import now_micros


class Sent(msgspec.Struct):
    """What `/send` takes."""

    to: str
    text: str
    from_: str = msgspec.field(name="from", default="")
    reference: str = ""
    callback: str = ""


class Gateway:
    """Takes messages, and plans what their phones will do. `plan_changed` is called after each."""

    def __init__(
        self, store: Store, script: Script, *, token: str, plan_changed: Callable[[], None]
    ) -> None:
        self._store = store
        self._script = script
        self._token = token
        self._plan_changed = plan_changed

    async def send(self, request: Request) -> Response:
        """Take one message for a phone."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return json_response({"error": "The token is not right."}, 401)
        try:
            sent = msgspec.json.decode(request.body, type=Sent)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            return json_response({"error": str(error)}, 400)
        phone = e164(sent.to, region="FI")
        if not phone or not sent.text:
            return json_response({"error": f"{sent.to!r} is no phone, or the text is empty."}, 400)
        number = self._take(phone, sent)
        self._plan_changed()
        return json_response({"id": f"{self._store.name:x}-{number}", "status": "accepted"})

    def _take(self, phone: str, sent: Sent) -> int:
        store, script, now = self._store, self._script, now_micros() / 1e6
        store.begin()
        count = store.received_by(phone)
        number = store.add_message(
            phone,
            "to",
            other=sent.from_,
            text=sent.text,
            at=now,
            state="on its way",
            reference=sent.reference,
            callback=sent.callback,
        )
        reached = is_reached(script, phone)
        due = now + report_after(script, phone, count)
        kind = "delivered" if reached else "failed"
        store.add_errand(due=due, phone=phone, kind=kind, message=number, url=sent.callback)
        if reached and sent.callback:
            for answer in answers_to(script, phone, sent.text, count=count):
                store.add_errand(
                    due=due + answer.after,
                    phone=phone,
                    kind="answer",
                    message=0,
                    url=sent.callback,
                    text=answer.text,
                )
        store.commit()
        return number
