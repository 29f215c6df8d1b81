"""The pages of effects: empty, without a control group, and full; in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keskio.kernel.clock import from_micros, now_micros
from keskio.measure.models import Arm, Credit, Exposure

pytestmark = pytest.mark.django_db


def expose(dialogue: str, arm: str, count: int, goals: int, *, first: int) -> None:
    now = from_micros(now_micros())
    Exposure.objects.bulk_create(
        [
            Exposure(
                enrolment_id=first + number,
                dialogue=dialogue,
                version=1,
                customer_id=first + number,
                arm=arm,
                entered_at=now - timedelta(days=40),
                until=now - timedelta(days=10),
                goals=int(number < goals),
                value=50.0 * (number < goals),
            )
            for number in range(count)
        ]
    )


@pytest.fixture
def reader(django_user_model: Any) -> Client:
    found = Client()
    found.force_login(django_user_model.objects.create_user("reader", password="x" * 12))
    return found


def text_of(client: Client, path: str, language: str) -> str:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_empty_page_says_what_would_be_here(reader: Client) -> None:
    assert "Millään dialogilla ei vielä ole tavoitetta" in text_of(reader, "/effects/", "fi")
    assert "No dialogue has a goal yet" in text_of(reader, "/effects/", "en")
    assert reader.get("/effects/nothing/").status_code == 404


def test_without_a_control_group_nothing_is_claimed(reader: Client) -> None:
    expose("offer", "treated", 300, 40, first=1)
    assert "ei vertailuryhmää" in text_of(reader, "/effects/", "fi")
    page = text_of(reader, "/effects/offer/", "en")
    assert "Nobody whose time is over has been held out" in page
    assert "percentage points" not in page


def test_a_difference_is_shown_with_its_interval_and_verdict(reader: Client) -> None:
    expose("offer", "treated", 900, 180, first=1)
    expose("offer", "control", 100, 5, first=2001)
    Arm.objects.bulk_create(
        [
            Arm(enrolment_id=n, customer_id=n, experiment="offer/which", arm="ab"[n % 2])
            for n in range(1, 400)
        ]
    )
    Credit.objects.create(
        event_id=1, customer_id=1, at=from_micros(now_micros()), value=50.0, dialogue="offer"
    )
    overview = text_of(reader, "/effects/", "en")
    assert "caused more" in overview
    assert "20.0 %" in overview
    page = text_of(reader, "/effects/offer/", "en")
    assert "15.0 percentage points" in page
    assert "offer/which · b" in page
    assert "15,0 prosenttiyksikköä" in text_of(reader, "/effects/offer/", "fi")
