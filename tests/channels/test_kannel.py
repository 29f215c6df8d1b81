"""Kannel for real, between Keskiö and an SMS centre: messages out, reports and replies in."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pytest_django.fixtures import Settings

from keskio.channels import api
from keskio.channels.contracts import Outgoing, Result
from keskio.channels.inbound import make_inbound
from keskio.channels.models import Account
from keskio.channels.sms.segments import segments_of
from keskio.events.contracts import Envelope, SpoolRow
from tests.channels.accounts import sms
from tests.channels.asgi_server import serving
from tests.channels.kannel_server import PASSWORD, USER, find_kannel, kannel
from tests.channels.smpp_centre import Received, smpp_centre
from tests.channels.spools import MemorySpool

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(find_kannel() is None, reason="Kannel is not installed"),
]

LONG = "Syyshuolto ja talvirenkaat yhteensä 85 €. " * 8
TEXTS = {
    "+358401000001": "Vastaa A tai B. Åker {ä} ~ [ö] €",
    "+358401000002": "Huolto 🙂 – maksaa 85 €",
    "+358401000003": LONG,
    "+358401000004": "Ei vastausta " + "🙂" * 60,
    "+358401000005": "Tämä ei mene perille & a=b+c%20",
}
ANSWERS = {
    "358401000001": ["A"],
    "358401000002": [" b! ä€", "ehkä 🙂"],
    "358401000003": ["LOPETA"],
}


def behaviour(received: Received) -> tuple[str, list[str]]:
    state = "UNDELIV" if received.phone.endswith("5") else "DELIVRD"
    return state, ANSWERS.get(received.phone.lstrip("+"), [])


def read(rows: list[SpoolRow]) -> list[Envelope]:
    found = []
    for row in rows:
        envelopes, faults = api.parsers()["sms"](row)
        assert faults == []
        found += envelopes
    return found


def test_messages_reports_and_replies_go_through_kannel(
    transactional_db: None, settings: Settings, tmp_path: Path
) -> None:
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, smpp_centre(behaviour) as centre:
        settings.PUBLIC_URL = keskio
        number = api.add_account(
            provider="kannel",
            name="Kannel",
            settings={"url": "http://not-yet", "username": USER, "sender": "17163"},
            secrets={"password": PASSWORD},
        )
        row = Account.objects.get(pk=number)
        get_url = (
            f"{keskio}/in/sms/{row.inbound_token}?from=%p&to=%P&text=%b&charset=%C&id=%I&at=%T"
        )
        with kannel(tmp_path, smpp_port=centre.port, get_url=get_url) as sendsms:
            row.settings["url"] = sendsms
            row.save()
            transport = api.transport_for("sms")
            assert transport is not None
            batch = [
                sms(to, text, message=n, reference=api.make_reference(n, 100 + n))
                for n, (to, text) in enumerate(TEXTS.items(), 1)
            ]
            results = transport.send(batch)
            received = centre.wait_for(len(batch))
            rows = spool.wait_for(5 + 4)
    assert results == [Result("accepted", sentence="0: Accepted for delivery")] * 5
    assert_phones_saw_what_was_sent(received, batch)
    assert_events(read(rows))


def assert_phones_saw_what_was_sent(received: list[Received], batch: list[Outgoing]) -> None:
    seen = {"+" + found.phone.lstrip("+"): found for found in received}
    for outgoing in batch:
        found, expected = seen[outgoing.to], segments_of(outgoing.text)
        assert found.text.rstrip() == outgoing.text.rstrip()
        assert (found.alphabet, found.parts) == (expected.alphabet, expected.parts)
        assert found.sender == "17163"


def assert_events(envelopes: list[Envelope]) -> None:
    reports, replies = {}, {}
    for envelope in envelopes:
        found = msgspec.json.decode(envelope.body)["properties"]
        if envelope.name == "delivery.reported":
            reports[found["message"]] = (found["status"], envelope.identifiers, found["to"])
        else:
            replies[found["from"], found["text"]] = (found["keyword"], envelope.identifiers)
    numbers = list(TEXTS)
    assert reports == {
        n: (
            "failed" if n == 5 else "delivered",
            (("customer", str(100 + n)),),
            numbers[n - 1],
        )
        for n in range(1, 6)
    }
    assert replies == {
        ("+358401000001", "A"): ("", (("phone", "+358401000001"),)),
        ("+358401000002", " b! ä€"): ("", (("phone", "+358401000002"),)),
        ("+358401000002", "ehkä 🙂"): ("", (("phone", "+358401000002"),)),
        ("+358401000003", "LOPETA"): ("stop", (("phone", "+358401000003"),)),
    }
    assert len({envelope.message_id for envelope in envelopes}) == len(envelopes)


def test_a_wrong_password_is_not_sent_and_may_be_tried_again(
    transactional_db: None, settings: Settings, tmp_path: Path
) -> None:
    with (
        smpp_centre(behaviour) as centre,
        kannel(tmp_path, smpp_port=centre.port, get_url="http://127.0.0.1:9/") as sendsms,
    ):
        api.add_account(
            provider="kannel",
            name="Kannel",
            settings={"url": sendsms, "username": USER, "sender": "17163"},
            secrets={"password": "wrong"},
        )
        transport = api.transport_for("sms")
        assert transport is not None
        (result,) = transport.send([sms()])
    assert (result.state, centre.received) == ("failed", [])
