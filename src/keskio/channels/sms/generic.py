"""Any SMS gateway with an HTTP interface: the settings say how its requests look.

Out: one request a message. `fields` has a line for each field of the request, `name = template`,
where a template may hold {to} {text} {sender} {reference} {callback} {language} and the names of the
account's own secrets {token} {password}. In a JSON request a name with dots makes nested objects
(`message.body = {text}`). In: a form, a query string or JSON, at the account's secret address; a
request that has the report's status field is a delivery report, any other is a reply. Where the
gateway can sign, `signature_header` holds hex or base64 of HMAC-SHA256 over the body.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import msgspec

from keskio.channels.contracts import (
    Account,
    Outgoing,
    Receipt,
    Request,
    Result,
    Setting,
    Spools,
    Transport,
)
from keskio.channels.phones import written
from keskio.channels.reading import Meta, read_meta
from keskio.channels.sms.envelopes import (
    Reading,
    Reply,
    Report,
    Status,
    of_reply,
    of_report,
    unreadable,
)
from keskio.channels.sms.gateway import GatewayTransport, refused
from keskio.channels.sms.generic_settings import MAPPED, SETTINGS
from keskio.channels.sms.settings import notes_of, web_address
from keskio.events.contracts import SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake, Refused

HOLE = re.compile(r"\{(\w+)\}")
HOLES = frozenset(
    {"to", "text", "sender", "reference", "callback", "language", "token", "password"}
)
OUTCOMES: dict[str, Status] = {
    "delivered": "delivered",
    "failed": "failed",
    "pending": "pending",
}


class Generic:
    """The provider `http`."""

    key = "http"
    channel = "sms"
    title = "HTTP"
    inbound_query: str | None = ""
    settings: Sequence[Setting] = SETTINGS

    def open(self, account: Account) -> Transport:
        """Return a transport that makes the requests which the settings describe."""
        url = web_address(account, "url", "URL")
        fields = _lines(account.setting("fields"), "=")
        headers = _lines(account.setting("headers"), ":")
        for hole in HOLE.findall(" ".join((*fields.values(), *headers.values(), url))):
            if hole not in HOLES:
                known = " ".join(sorted(f"{{{name}}}" for name in HOLES))
                raise Mistake(f"{{{hole}}} stands for nothing. These do: {known}.")
        _nested(fields)

        def compose(outgoing: Outgoing) -> httpx.Request:
            return _request(account, url, fields, headers, _values(account, outgoing))

        def understand(response: httpx.Response) -> Result:
            return _understood(account, response)

        return GatewayTransport(compose=compose, understand=understand)

    def receive(self, account: Account, request: Request) -> Receipt:
        """Check the signature where one is set up; the secret address is the rest of the proof."""
        secret = account.setting("signature_secret")
        if secret:
            header = account.setting("signature_header", "x-signature").lower()
            digest = hmac.digest(secret.encode(), request.body, "sha256")
            given = request.headers.get(header, "").removeprefix("sha256=")
            fits = [digest.hex(), base64.b64encode(digest).decode()]
            if not any(hmac.compare_digest(fit.encode(), given.encode()) for fit in fits):
                raise Refused(f"The signature in {header!r} does not fit the body.")
        mapping = {name: account.setting(name) for name in MAPPED if account.setting(name)}
        return Receipt(notes={**notes_of(account), **mapping})

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: replies come by HTTP."""
        return ()

    def read(self, row: SpoolRow) -> Reading:
        """Return the reply or the report, by the mapping that was in force when it came."""
        meta = read_meta(row)
        found = _posted(row, meta)
        if found is None:
            return unreadable(row, "The body is neither a form nor a JSON object.")

        def field(name: str) -> str:
            return _dig(found, meta.notes.get(name, ""))

        status = field("report_status")
        if status:
            report = Report(
                status=_status(status, meta.notes.get("report_words", "")),
                reference=field("report_reference"),
                provider_id=field("report_id"),
                phone=field("report_to"),
                detail=" ".join(filter(None, (status, field("report_detail")))),
                at=_instant(field("reply_at")),
            )
            return of_report(row, meta, report)
        reply = Reply(
            phone=field("reply_from"),
            to=field("reply_to"),
            text=field("reply_text"),
            id=field("reply_id"),
            at=_instant(field("reply_at")),
        )
        return of_reply(row, meta, reply)


def _values(account: Account, outgoing: Outgoing) -> dict[str, str]:
    return {
        "to": written(outgoing.to, account.setting("numbers", "plus")),
        "text": outgoing.text,
        "sender": outgoing.sender or account.setting("sender"),
        "reference": outgoing.reference,
        "callback": account.inbound_url,
        "language": outgoing.language,
        "token": account.setting("token"),
        "password": account.setting("password"),
    }


def _request(
    account: Account,
    url: str,
    fields: Mapping[str, str],
    headers: Mapping[str, str],
    values: Mapping[str, str],
) -> httpx.Request:
    filled = {name: _fill(template, values) for name, template in fields.items()}
    # What a customer's text holds must not reach a header as a second line.
    extra = {name: " ".join(_fill(line, values).split()) for name, line in headers.items()}
    url = _fill(url, {name: quote(value, safe="") for name, value in values.items()})
    style = account.setting("style", "json")
    if style == "query":
        request = httpx.Request("GET", url, params=filled, headers=extra)
    elif style == "form":
        request = httpx.Request("POST", url, data=filled, headers=extra)
    else:
        request = httpx.Request("POST", url, json=_nested(filled), headers=extra)
    if account.setting("username"):
        basic = httpx.BasicAuth(account.setting("username"), account.setting("password"))
        return next(basic.sync_auth_flow(request))
    return request


def _understood(account: Account, response: httpx.Response) -> Result:
    if not response.is_success:
        return refused(response)
    answer = _json(response.content)
    word = _dig(answer, account.setting("accepted_path")) if isinstance(answer, dict) else ""
    accepted = account.setting("accepted_words").split()
    if account.setting("accepted_path") and word not in accepted:
        return refused(response)
    provider_id = _dig(answer, account.setting("id_path")) if isinstance(answer, dict) else ""
    return Result("accepted", provider_id)


def _fill(template: str, values: Mapping[str, str]) -> str:
    return HOLE.sub(lambda hole: values[hole.group(1)], template)


def _lines(text: str, mark: str) -> dict[str, str]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition(mark)
        if not sign or not name.strip():
            raise Mistake(f"The line {line!r} has no {mark!r} between a name and a value.")
        found[name.strip()] = value.strip()
    return found


def _nested(flat: Mapping[str, str]) -> dict[str, Any]:
    top: dict[str, Any] = {}
    for path, value in flat.items():
        *outer, last = path.split(".")
        place = top
        for name in outer:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise Mistake(f"The field {path!r} is both a value and an object with fields.")
        place[last] = value
    return top


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _posted(row: SpoolRow, meta: Meta) -> dict[str, Any] | None:
    found: dict[str, Any] = dict(parse_qsl(meta.query, keep_blank_values=True))
    if "json" in meta.content_type:
        body = _json(row.body)
        return {**found, **body} if isinstance(body, dict) else None
    posted = parse_qsl(row.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {**found, **dict(posted)}


def _dig(found: Any, path: str) -> str:
    """Return what stands at a path with dots (`messages.0.id`), as text; "" for nothing."""
    place = found
    for name in path.split(".") if path else ():
        if isinstance(place, dict):
            place = place.get(name)
        elif isinstance(place, list) and name.isdigit() and int(name) < len(place):
            place = place[int(name)]
        else:
            return ""
    return str(place) if path and isinstance(place, str | int | float) else ""


def _status(word: str, lines: str) -> Status:
    known = {theirs.casefold(): ours for theirs, ours in _lines(lines, "=").items()}
    return OUTCOMES.get(known.get(word.casefold(), word.casefold()), "")


def _instant(text: str) -> Micros:
    """Return a time that a gateway wrote, as seconds since 1970 or ISO 8601 with a zone, else 0."""
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text) * 1_000_000
    try:
        return to_micros(datetime.fromisoformat(text))
    except ValueError:
        return 0


PROVIDER = Generic()
