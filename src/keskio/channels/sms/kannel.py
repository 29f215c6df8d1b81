"""Kannel, the open-source SMS gateway: sending by its `sendsms`, reports and replies by URL.

Kannel's user guide, chapters "SMS gateway" and "HTTP sendsms": `coding` 0 is the GSM alphabet and 2
is UCS-2; `charset` says how `text` is written in the request. `dlr-mask` 19 asks for the final
reports: 1 delivered, 2 not delivered, 16 refused by the centre. In URLs that Kannel calls, `%p` is
the phone, `%P` our number, `%b` the text as it came, `%C` the alphabet in which it is written, `%I`
Kannel's id, `%T` the time, `%d` the kind of report and `%A` the centre's words. (`%a` squeezes spaces,
and gives the two-byte texts of emoji without saying so.)

The service group of Kannel's configuration (set `omit-empty`, or `max-messages = 0`, else Kannel
answers each customer with its own "Empty reply from service provider"):

    group = sms-service
    keyword = default
    catch-all = true
    get-url = "INBOUND_ADDRESS?from=%p&to=%P&text=%b&charset=%C&id=%I&at=%T"
    max-messages = 0
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

import httpx
from django.utils.translation import gettext_lazy as _

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
from keskio.channels.reading import read_meta
from keskio.channels.sms.envelopes import Reading, Reply, Report, Status, of_reply, of_report
from keskio.channels.sms.gateway import GatewayTransport, refused
from keskio.channels.sms.segments import segments_of
from keskio.channels.sms.settings import NUMBERS, SENDER, WORDS, notes_of, web_address
from keskio.events.contracts import SpoolRow
from keskio.jobs.contracts import Background

FINAL_REPORTS = "19"
INBOUND_QUERY = "?from=%p&to=%P&text=%b&charset=%C&id=%I&at=%T"
REPORT_FIELDS = "status=%d&id=%I&answer=%A&at=%T"
KINDS: dict[str, Status] = {
    "1": "delivered",
    "2": "failed",
    "4": "pending",
    "8": "pending",
    "16": "failed",
}


class Kannel:
    """The provider `kannel`."""

    key = "kannel"
    channel = "sms"
    title = "Kannel"
    inbound_query: str | None = INBOUND_QUERY
    settings: Sequence[Setting] = (
        Setting(
            name="url",
            label=_("Address of sendsms"),
            help=_("For example http://kannel.example.com:13013/cgi-bin/sendsms"),
            required=True,
        ),
        Setting(name="username", label=_("User name"), required=True),
        Setting(name="password", label=_("Password"), kind="secret", required=True),
        SENDER,
        Setting(name="smsc", label=_("Route (smsc)"), help=_("Empty: Kannel chooses.")),
        NUMBERS,
        WORDS,
    )

    def open(self, account: Account) -> Transport:
        """Return a transport that sends through `sendsms`."""
        url = web_address(account, "url", _("Address of sendsms"))

        def compose(outgoing: Outgoing) -> httpx.Request:
            return httpx.Request("GET", url, params=_parameters(account, outgoing))

        return GatewayTransport(compose=compose, understand=_understand)

    def receive(self, account: Account, request: Request) -> Receipt:  # noqa: ARG002 - Provider's shape
        """Accept whatever comes to the account's secret address: Kannel cannot sign."""
        return Receipt(notes=notes_of(account))

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: replies come by HTTP."""
        return ()

    def read(self, row: SpoolRow) -> Reading:
        """Return the reply or the report that Kannel's GET request carries."""
        meta = read_meta(row)
        fields = _fields(meta.query)
        at = fields.get("at", "")
        micros = int(at) * 1_000_000 if at.isascii() and at.isdigit() and len(at) < 12 else 0
        if "status" in fields:
            report = Report(
                status=KINDS.get(fields["status"], ""),
                reference=fields.get("reference", ""),
                provider_id=fields.get("id", ""),
                phone=fields.get("to", ""),
                detail=fields.get("answer", "") or f"type {fields['status']}",
                at=micros,
            )
            return of_report(row, meta, report)
        reply = Reply(
            phone=fields.get("from", ""),
            to=fields.get("to", ""),
            text=fields.get("text", ""),
            id=fields.get("id", ""),
            at=micros,
        )
        return of_reply(row, meta, reply)


def _fields(query: str) -> dict[str, str]:
    """Return the fields of a query whose text may be written in two bytes a character."""
    octets = {
        name: values[0].encode("latin-1")
        for name, values in parse_qs(query, encoding="latin-1").items()
    }
    fields = {name: value.decode("utf-8", "replace") for name, value in octets.items()}
    if "16" in fields.get("charset", "") or fields.get("charset", "").upper() == "UCS-2":
        fields["text"] = octets.get("text", b"").decode("utf-16-be", "replace")
    return fields


def _parameters(account: Account, outgoing: Outgoing) -> dict[str, str]:
    coding = "0" if segments_of(outgoing.text).alphabet == "gsm" else "2"
    parameters = {
        "username": account.setting("username"),
        "password": account.setting("password"),
        "from": outgoing.sender or account.setting("sender"),
        "to": written(outgoing.to, account.setting("numbers", "plus")),
        "text": outgoing.text,
        "charset": "UTF-8",
        "coding": coding,
        "smsc": account.setting("smsc"),
    }
    if account.inbound_url:
        # Nothing here may hold a percent sign but Kannel's own codes.
        to = outgoing.to.removeprefix("+")
        query = f"{REPORT_FIELDS}&reference={outgoing.reference}&to={to}"
        parameters |= {"dlr-mask": FINAL_REPORTS, "dlr-url": f"{account.inbound_url}?{query}"}
    return {name: value for name, value in parameters.items() if value}


def _understand(response: httpx.Response) -> Result:
    # 202 with "0: Accepted for delivery", or "3: Queued for later delivery"; Kannel tells its own
    # id only in the report.
    text = response.text.strip()
    if response.status_code in (200, 202) and text[:2] in ("0:", "3:"):
        return Result("accepted", sentence=text)
    return refused(response)


PROVIDER = Kannel()
