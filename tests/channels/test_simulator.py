"""The simulator as a real gateway: messages in, reports and answers out, pages, letters."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx
import msgspec
import pytest
from pytest_django.fixtures import Settings

from keskio.channels import api
from keskio.channels.contracts import Result
from keskio.channels.email.receiver import Receivers
from keskio.channels.inbound import make_inbound
from keskio.channels.queries import active_accounts
from keskio.channels.simulator.accounts import use_simulator
from keskio.channels.simulator.behaviour import Choice, Rule, Script
from keskio.channels.simulator.pages import Receiver
from keskio.channels.simulator.server import Simulation, Simulator
from keskio.events.contracts import SpoolRow
from tests.channels.accounts import mail, sms
from tests.channels.asgi_server import serving
from tests.channels.kannel_server import free_ports
from tests.channels.spools import MemorySpool

QUICK = Script(
    unreachable=0.0,
    report_after=(0.0, 0.01),
    rules=(
        Rule(when="kysymys", choices=(Choice(1, (("Ahaa kiitos",), ("A",))),), after=(0.01, 0.02)),
    ),
)
AINO, EERO = "+358401234567", "+358501234567"


class Place:
    """Where a test's simulator and receiver live."""

    def __init__(self, folder: Path) -> None:
        self.port, self.mail_port, self.receiver_port = free_ports(3)
        self.file = folder / "simulator.sqlite3"
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def simulator(self, script: Script = QUICK) -> Iterator[None]:
        simulation = Simulation(
            file=self.file,
            port=self.port,
            mail_port=self.mail_port,
            script=script,
            receiver=Receiver(port=self.receiver_port),
        )
        simulator, stop = Simulator(simulation), threading.Event()
        thread = threading.Thread(target=simulator.run, args=[stop])
        thread.start()
        try:
            assert simulator.ready.wait(60)
            yield
        finally:
            stop.set()
            thread.join(60)
        assert not thread.is_alive()

    def accounts(self) -> None:
        use_simulator(port=self.port, mail_port=self.mail_port, receiver_port=self.receiver_port)


@pytest.fixture
def place(transactional_db: None, tmp_path: Path) -> Place:
    return Place(tmp_path)


def properties(rows: list[SpoolRow]) -> list[dict[str, object]]:
    found = []
    for row in rows:
        envelopes, faults = api.parsers()[row.kind](row)
        assert faults == []
        found += [msgspec.json.decode(envelope.body)["properties"] for envelope in envelopes]
    return found


def send(*batch: object) -> list[Result]:
    transport = api.transport_for("sms")
    assert transport is not None
    return transport.send(batch)  # type: ignore[arg-type]


def test_messages_go_out_and_reports_and_answers_come_in(place: Place, settings: Settings) -> None:
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, place.simulator():
        settings.PUBLIC_URL = keskio
        place.accounts()
        reference = api.make_reference(42, 7)
        results = send(sms(AINO, "Tämä on kysymys €🙂", reference=reference), sms(EERO, "Hei"))
        rows = spool.wait_for(4)
    assert [result.state for result in results] == ["accepted", "accepted"]
    assert len({result.provider_id for result in results}) == 2
    found = properties(rows)
    aino = [words for words in found if AINO in (words.get("from"), words.get("to"))]
    assert [(words.get("status"), words.get("text")) for words in aino] == [
        ("delivered", None),
        (None, "Ahaa kiitos"),
        (None, "A"),
    ]
    assert (aino[0]["message"], aino[0]["provider_id"]) == (42, results[0].provider_id)


def test_nothing_is_lost_over_a_restart_and_an_outage(place: Place, settings: Settings) -> None:
    spool = MemorySpool()
    spool.full = True
    with serving(make_inbound(spool)) as keskio:
        settings.PUBLIC_URL = keskio
        with place.simulator():
            place.accounts()
            send(sms(AINO, "kysymys", reference=api.make_reference(1, 1)))
        with place.simulator():
            spool.full = False
            rows = spool.wait_for(3)
    assert [words.get("text", words.get("status")) for words in properties(rows)] == [
        "delivered",
        "Ahaa kiitos",
        "A",
    ]


def test_a_person_answers_and_the_phone_s_own_plans_are_forgotten(
    place: Place, settings: Settings
) -> None:
    late = Script(
        unreachable=0.0,
        report_after=(0.0, 0.0),
        rules=(Rule(when="kysymys", choices=(Choice(1, (("A",),)),), after=(3600, 3600)),),
    )
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, place.simulator(late):
        settings.PUBLIC_URL = keskio
        place.accounts()
        send(sms(AINO, "kysymys <b>", reference=api.make_reference(1, 1)))
        spool.wait_for(1)
        with httpx.Client(base_url=place.url) as browser:
            page = browser.get(f"/phones/{AINO}").text
            assert "kysymys &lt;b&gt;" in page
            assert "+358 40 1234567" in page
            form = {"text": "Lopeta nyt"}
            assert browser.post(f"/phones/{AINO}/answer", data=form).status_code == 303
            foreign = {"Origin": "https://evil.example"}
            assert (
                browser.post(f"/phones/{AINO}/answer", data=form, headers=foreign).status_code
                == 403
            )
        rows = spool.wait_for(2)
    report, answer = properties(rows)
    assert report["status"] == "delivered"
    assert (answer["text"], answer["keyword"]) == ("Lopeta nyt", "stop")
    import sqlite3

    with sqlite3.connect(place.file) as db:
        assert db.execute("SELECT count(*) FROM errand").fetchone() == (0,)
    db.close()


def test_a_wrong_token_and_a_wrong_number_are_refused(place: Place) -> None:
    with place.simulator(), httpx.Client(base_url=place.url) as client:
        assert client.post("/send", json={"to": AINO, "text": "x"}).status_code == 401
        place.accounts()
        (result,) = send(sms("+3581", "x"))
    assert (result.state, result.permanent) == ("refused", True)


def test_phones_that_are_never_reached_are_reported(place: Place, settings: Settings) -> None:
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, place.simulator(Script(unreachable=1.0, pace=0.0)):
        settings.PUBLIC_URL = keskio
        place.accounts()
        send(sms(AINO, "x", reference=api.make_reference(1, 1)))
        (words,) = properties(spool.wait_for(1))
    assert (words["status"], words["detail"]) == ("failed", "failed no such phone")


def test_hundreds_of_messages_at_once_arrive_each_once(place: Place, settings: Settings) -> None:
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, place.simulator():
        settings.PUBLIC_URL = keskio
        place.accounts()
        batch = [
            sms(f"+35850{n:07}", "Hei", reference=api.make_reference(n, n)) for n in range(400)
        ]
        results = send(*batch)
        rows = spool.wait_for(400, seconds=60)
    assert {result.state for result in results} == {"accepted"}
    assert Counter(words["message"] for words in properties(rows)) == Counter(range(400))


def test_letters_are_kept_shown_and_answered(place: Place) -> None:
    spool, stop = MemorySpool(), threading.Event()
    reference = api.make_reference(42, 7)
    place.accounts()
    receivers = Receivers(spool, lambda: active_accounts("email"), pause=0.05)
    thread = threading.Thread(target=receivers.run, args=[stop])
    thread.start()
    try:
        with place.simulator(), httpx.Client(base_url=place.url) as browser:
            assert receivers.listens.wait(60)
            transport = api.transport_for("email")
            assert transport is not None
            letter = mail(
                "aino@example.org",
                reference=reference,
                subject="Syyshuolto ä",
                html="<p>Hei <script>x</script></p>",
            )
            assert transport.send([letter])[0].state == "accepted"
            page = browser.get("/letters/1").text
            assert "Syyshuolto ä" in page
            assert reference in page
            html = browser.get("/letters/1/html")
            assert html.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            for what, text in (("answer", "A"), ("away", ""), ("bounce", ""), ("unsubscribe", "")):
                answer = browser.post(f"/letters/1/{what}", data={"text": text})
                assert unquote(answer.headers["location"]) == "/letters/1?said=sent"
            rows = spool.wait_for(4)
    finally:
        stop.set()
        thread.join(60)
    names = []
    for row in rows:
        (envelope,), faults = api.parsers()["email"](row)
        assert (faults, envelope.identifiers) == ([], (("customer", "7"),))
        words = msgspec.json.decode(envelope.body)["properties"]
        names.append(
            (
                envelope.name,
                words["message"],
                words.get("text"),
                words.get("status"),
                words.get("keyword"),
            )
        )
    assert names == [
        ("message.received", 42, "A", None, ""),
        ("message.autoreplied", 42, "Olen lomalla. / I am on holiday.", None, ""),
        ("delivery.reported", 42, None, "bounced", None),
        ("message.received", 42, "", None, "stop"),
    ]


def test_pages_speak_both_languages_and_tell_when_nothing_changed(place: Place) -> None:
    with place.simulator(), httpx.Client(base_url=place.url) as browser:
        assert '<html lang="fi">' in browser.get("/").text
        english = browser.get("/?lang=en").text
        assert '<html lang="en">' in english
        assert '<html lang="en">' in browser.get("/letters").text
        part = browser.get(f"/phones/{AINO}/messages").text
        seen = part.partition("?seen=")[2].partition('"')[0]
        assert browser.get(f"/phones/{AINO}/messages?seen={seen}").status_code == 204
        assert browser.get("/nothing").status_code == 404
        assert (
            browser.get("/static/simulator.css").headers["content-type"]
            == "text/css; charset=utf-8"
        )
        assert browser.get("/static/htmx.js").status_code == 200


def test_answering_by_htmx_empties_the_field(place: Place, settings: Settings) -> None:
    spool = MemorySpool()
    with serving(make_inbound(spool)) as keskio, place.simulator():
        settings.PUBLIC_URL = keskio
        place.accounts()
        send(sms(AINO, "Hei"))
        with httpx.Client(base_url=place.url, headers={"HX-Request": "true"}) as browser:
            part = browser.post(f"/phones/{AINO}/answer", data={"text": "B"}).text
        spool.wait_for(2)
    assert '<p class="bubble">B</p>' in part
    assert 'hx-swap-oob="true"' in part
