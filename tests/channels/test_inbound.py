"""The inbound addresses, over ASGI, with accounts in the database."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import httpx
import pytest

from keskio.channels import api
from keskio.channels.inbound import MAX_BODY, make_inbound
from keskio.channels.models import Account
from keskio.channels.reading import read_meta
from keskio.channels.sms.twilio import signature_of
from tests.channels.spools import MemorySpool

KANNEL = {"url": "http://kannel.example/cgi-bin/sendsms", "username": "me"}


def kannel(*, active: bool = True) -> Account:
    number = api.add_account(
        provider="kannel", name="K", settings=KANNEL, secrets={"password": "hush"}, active=active
    )
    return Account.objects.get(pk=number)


def ask(spool: MemorySpool, method: str, path: str, **more: object) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(make_inbound(spool))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]

    return asyncio.run(once())


def test_a_reply_is_spooled_and_read(transactional_db: None) -> None:
    account, spool = kannel(), MemorySpool()
    query = urlencode(
        {"from": "+358401234567", "to": "17163", "text": "Lopeta ä €", "id": "i-1", "at": "1000"}
    )
    answer = ask(spool, "GET", f"/in/sms/{account.inbound_token}?{query}")
    assert (answer.status_code, answer.content) == (200, b"")
    (row,) = spool.rows
    assert (row.kind, row.source, row.body, read_meta(row).account) == ("sms", 0, b"", account.pk)
    (envelope,), faults = api.parsers()["sms"](row)
    assert (envelope.name, envelope.identifiers, faults) == (
        "message.received",
        (("phone", "+358401234567"),),
        [],
    )
    assert envelope.message_id == f"sms:{account.pk}:i-1"
    assert '"text":"Lopeta ä €","keyword":""' in envelope.body


def test_an_account_out_of_use_still_hears_stop(transactional_db: None) -> None:
    spool = MemorySpool()
    token = kannel(active=False).inbound_token
    assert ask(spool, "GET", f"/in/sms/{token}?from=0401234567&text=STOP").status_code == 200
    assert len(spool.rows) == 1


def test_what_is_not_authentic_is_not_spooled(transactional_db: None) -> None:
    spool = MemorySpool()
    number = api.add_account(
        provider="twilio",
        name="T",
        settings={"account_sid": "AC1"},
        secrets={"auth_token": "12345"},
    )
    account = api.account_by_id(number)
    assert account is not None
    path = f"/in/sms/{account.inbound_token}"
    body = urlencode({"From": "+358401234567", "Body": "A", "MessageSid": "SM1"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(spool, "POST", path, content=body, headers=headers).status_code == 403
    assert spool.rows == []
    fields = [("From", "+358401234567"), ("Body", "A"), ("MessageSid", "SM1")]
    headers["X-Twilio-Signature"] = signature_of(account.inbound_url, fields, "12345")
    answer = ask(spool, "POST", path, content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.text.endswith("<Response></Response>")
    assert [row.body for row in spool.rows] == [body]


def test_wrong_addresses_methods_and_sizes_are_refused(transactional_db: None) -> None:
    spool = MemorySpool()
    token = kannel().inbound_token
    assert ask(spool, "GET", "/in/sms/guessed").status_code == 404
    assert ask(spool, "GET", f"/in/email/{token}").status_code == 404
    assert ask(spool, "GET", "/in/").status_code == 404
    assert ask(spool, "DELETE", f"/in/sms/{token}").status_code == 405
    big = b"x" * (MAX_BODY + 1)
    assert ask(spool, "POST", f"/in/sms/{token}", content=big).status_code == 413
    assert spool.rows == []


def test_a_full_spool_is_told_so_that_the_gateway_comes_again(transactional_db: None) -> None:
    spool = MemorySpool()
    spool.full = True
    answer = ask(spool, "GET", f"/in/sms/{kannel().inbound_token}?from=0401234567&text=A")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_letters_do_not_come_by_http(transactional_db: None) -> None:
    spool = MemorySpool()
    number = api.add_account(
        provider="smtp", name="E", settings={"host": "x", "from_address": "a@b.fi"}
    )
    token = Account.objects.get(pk=number).inbound_token
    assert ask(spool, "POST", f"/in/email/{token}", content=b"x").status_code == 403
    assert spool.rows == []


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_rows_of_a_provider_that_is_gone_are_faults(channel: str) -> None:
    spool = MemorySpool()
    spool.put_blocking(kind=channel, source=0, meta='{"account":1,"provider":"gone"}', body=b"")
    envelopes, (fault,) = api.parsers()[channel](spool.rows[0])
    assert (envelopes, fault.reason) == ([], "unknown_provider")


def test_signs_that_no_table_can_hold_are_left_out(transactional_db: None) -> None:
    account, spool = kannel(), MemorySpool()
    query = urlencode({"from": "+358401234567", "text": "Hu\x00ono", "id": "i\x001"})
    assert ask(spool, "GET", f"/in/sms/{account.inbound_token}?{query}").status_code == 200
    (envelope,), _faults = api.parsers()["sms"](spool.rows[0])
    assert '"text":"Huono"' in envelope.body
    assert envelope.message_id.endswith(":i1")
