"""Case 12: a keyword, a QR code or a picture names an advertisement, and its content comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from keskio.channels.api import active_accounts
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import customer_by, facts_of
from keskio.talk.api import publish, publish_built_in, publish_playbook
from tests.flows.town import Town, local, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
STRANGER = "+358401230077"
CAMPAIGN = """
keskio: dialogue/1
key: campaign
title: Kampanja
purpose: marketing
languages: [fi]
trigger: {audience: {at: 2026-04-12T10:00}}
reentry: never
steps:
  tell:
    kind: send
    channel: [sms]
    text: {fi: "Kevään tarjous! Ei enää viestejä: LOPETA"}
    outcomes: {sent: end, failed: end, bounced: end, dropped: end}
"""


@pytest.fixture
def town(clock: VirtualClock, tmp_path: Path, settings: Settings) -> Iterator[Town]:
    clock.turn_to(datetime(2026, 4, 10, 8, 0, tzinfo=UTC))
    with Town(clock, tmp_path).open(settings) as town:
        publish_built_in()
        publish_playbook("keyword-content")
        publish_playbook("advert-content")
        yield town


def write(town: Town, text: str) -> None:
    """Let a phone that we have never written to write to us: its gateway calls, as for any reply."""
    (account,) = active_accounts("sms")
    before = town.spooled()
    told = {"from": STRANGER, "to": "16400", "text": text, "id": f"m-{before}"}
    httpx.post(account.inbound_url, json=told).raise_for_status()
    wait_until(lambda: town.spooled() > before)
    town.settle()


def test_a_stranger_gets_the_content_and_no_marketing(town: Town) -> None:
    town.phones["stranger"] = STRANGER
    write(town, " Retki! ")
    (text,) = town.texts_on("stranger")
    assert text.startswith("Tässä kevään retkiopas: https://ketju.example/kevat")
    number = customer_by("phone", STRANGER)
    assert number is not None
    assert facts_of([number])[number].consents == {}
    write(town, "retki")  # at once again: the answer is not sent twice in an hour
    assert len(town.texts_on("stranger")) == 1
    write(town, "Kiitos retkestä")  # no keyword
    assert len(town.texts_on("stranger")) == 1

    # A picture that was recognised, and a QR code that was scanned: the shop's server tells whose.
    for advertisement in ("kypara", "retkiopas"):
        town.post(
            "track",
            {
                "event": "Advertisement Recognised",
                "context": {"externalIds": [{"type": "phone", "id": STRANGER}]},
                "properties": {"advertisement": advertisement},
            },
        )
        town.settle()
    assert [text.split()[4] for text in town.texts_on("stranger")[1:]] == [
        "https://ketju.example/kyparat",
        "https://ketju.example/kevat",
    ]
    assert customer_by("phone", STRANGER) == number

    # Who has only asked for an answer is told of no campaign.
    publish(CAMPAIGN)
    town.turn_to(local(2026, 4, 12, 12, 0))
    assert len(town.texts_on("stranger")) == 3
    sql = "SELECT reason FROM talk_decision WHERE customer_id = %s AND verdict = 'dropped'"
    assert fetch(sql, (number,)) == [("no_permission",)]

    # STOP is heard even of what was asked for.
    write(town, "LOPETA")
    town.turn_to(local(2026, 4, 13, 12, 0))
    write(town, "RETKI")
    assert len(town.texts_on("stranger")) == 4  # the confirmation, and nothing after it
