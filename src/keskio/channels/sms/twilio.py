"""Twilio's Messages API, and services that copy its shape.

Out: `POST /2010-04-01/Accounts/{SID}/Messages.json`, HTTP Basic, form fields `To`, `From` (or
`MessagingServiceSid`), `Body`, `StatusCallback`; 201 with JSON holding `sid`, errors with `code` and
`message`. In: form posts; a reply has `Body`, a report `MessageStatus`. Each is signed in
`X-Twilio-Signature`: base64 of HMAC-SHA1, with the auth token as key, over the full address followed
by every form field's name and value in the order of the names (Twilio documentation, "Webhooks
security"). The status `undelivered` and `failed` are final failures, `delivered` and `read` successes.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import (
    Account,
    Answer,
    Outgoing,
    Receipt,
    Request,
    Result,
    Setting,
    Spools,
    Transport,
)
from keskio.channels.reading import read_meta
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
from keskio.channels.sms.settings import SENDER, WORDS, notes_of, web_address
from keskio.events.contracts import SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.errors import Refused

EMPTY_TWIML = Answer(
    content_type="text/xml; charset=utf-8",
    body=b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
)
STATUSES: dict[str, Status] = {
    "accepted": "pending",
    "scheduled": "pending",
    "queued": "pending",
    "sending": "pending",
    "sent": "pending",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class _Created(msgspec.Struct):
    sid: str = ""
    status: str | int = ""  # an HTTP status when it went wrong
    code: int | None = None
    message: str | None = None


class Twilio:
    """The provider `twilio`."""

    key = "twilio"
    channel = "sms"
    title = "Twilio"
    inbound_query: str | None = ""
    settings: Sequence[Setting] = (
        Setting(name="account_sid", label=_("Account SID"), required=True),
        Setting(name="auth_token", label=_("Auth token"), kind="secret", required=True),
        SENDER,
        Setting(
            name="service_sid",
            label=_("Messaging service SID"),
            help=_("Used when there is no sender."),
        ),
        WORDS,
        Setting(
            name="url",
            label=_("Address of the API"),
            default="https://api.twilio.com",
            required=True,
        ),
    )

    def open(self, account: Account) -> Transport:
        """Return a transport that posts to the Messages API."""
        base = web_address(account, "url", _("Address of the API")).rstrip("/")
        sid = account.setting("account_sid")
        url = f"{base}/2010-04-01/Accounts/{sid}/Messages.json"
        authorization = httpx.BasicAuth(sid, account.setting("auth_token"))

        def compose(outgoing: Outgoing) -> httpx.Request:
            request = httpx.Request("POST", url, data=_form(account, outgoing))
            return next(authorization.sync_auth_flow(request))

        return GatewayTransport(compose=compose, understand=_understand)

    def receive(self, account: Account, request: Request) -> Receipt:
        """Check the signature; raises Refused when it is missing or wrong."""
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        expected = signature_of(request.url, pairs, account.setting("auth_token"))
        given = request.headers.get("x-twilio-signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise Refused(
                f"The signature does not fit the address {request.url.partition('?')[0]}. Check that "
                "`public_url` is the address Twilio calls, and the account's auth token."
            )
        return Receipt(answer=EMPTY_TWIML, notes=notes_of(account))

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: replies come by HTTP."""
        return ()

    def read(self, row: SpoolRow) -> Reading:
        """Return the reply or the report of a form post."""
        meta = read_meta(row)
        posted = parse_qs(row.body.decode("utf-8", "replace"), keep_blank_values=True)
        fields = {name: values[0] for name, values in posted.items()}
        status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
        sid = fields.get("MessageSid") or fields.get("SmsSid", "")
        if status and status != "received":
            asked = parse_qs(meta.query)
            report = Report(
                status=STATUSES.get(status, ""),
                reference=asked.get("reference", [""])[0],
                provider_id=sid,
                phone=fields.get("To", ""),
                detail=" ".join(filter(None, (status, fields.get("ErrorCode")))),
            )
            return of_report(row, meta, report)
        if "Body" not in fields:
            return unreadable(row, "A form post without `Body` and `MessageStatus` says nothing.")
        reply = Reply(
            phone=fields.get("From", ""), to=fields.get("To", ""), text=fields["Body"], id=sid
        )
        return of_reply(row, meta, reply)


def signature_of(url: str, fields: Sequence[tuple[str, str]], token: str) -> str:
    """Return what `X-Twilio-Signature` must say about a form post to `url`."""
    signed = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def _form(account: Account, outgoing: Outgoing) -> dict[str, str]:
    sender = outgoing.sender or account.setting("sender")
    form = {
        "To": outgoing.to,
        "Body": outgoing.text,
        "From": sender,
        "MessagingServiceSid": "" if sender else account.setting("service_sid"),
    }
    if account.inbound_url:
        form["StatusCallback"] = f"{account.inbound_url}?reference={outgoing.reference}"
    return {name: value for name, value in form.items() if value}


def _understand(response: httpx.Response) -> Result:
    try:
        said = msgspec.json.decode(response.content, type=_Created)
    except (msgspec.DecodeError, msgspec.ValidationError):
        said = _Created()
    if response.status_code in (200, 201) and said.sid:
        status = str(said.status)
        failed = STATUSES.get(status) == "failed"
        return Result("refused" if failed else "accepted", said.sid, status, permanent=failed)
    if response.is_success:
        # The request was taken, but the answer cannot be read: it may be on its way.
        return Result("unknown", sentence=f"HTTP {response.status_code} without a message SID")
    return refused(response, f"{said.code}: {said.message}" if said.code else "")


PROVIDER = Twilio()
