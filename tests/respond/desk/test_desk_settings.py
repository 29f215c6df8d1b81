"""What is kept for answering: ready texts, macros, targets with calendars, the report, the language model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from keskio.kernel.clock import now_micros
from keskio.respond.desk.actions import save_language_model
from keskio.respond.desk.models import Draft, LanguageModel, Macro, Snippet
from keskio.respond.inbox.actions import note
from keskio.respond.inbox.models import Calendar, Case, Entry, Target
from keskio.respond.inbox.retargeting import Retargeter
from tests.respond.desk.conftest import Opened, SignedIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class Machine:
    """A server that speaks as OpenAI's does, and remembers what it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.keys: list[str] = []
        self.status, self.answer = 200, "Hei [nimi], pahoittelumme! Selvitämme asian."
        machine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                machine.asked.append({"path": self.path, **json.loads(self.rfile.read(length))})
                machine.keys.append(self.headers.get("authorization", ""))
                body = json.dumps({"choices": [{"message": {"content": machine.answer}}]}).encode()
                self.send_response(machine.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(60)


@pytest.fixture
def machine() -> Iterator[Machine]:
    found = Machine()
    yield found
    found.stop()


def turn_on(address: str, *, is_on: bool = True, timeout: int = 20) -> None:
    save_language_model(
        is_on=is_on,
        address=address,
        name="small",
        secret="avain",
        timeout=timeout,
        instructions="",
        by="admin",
    )


def test_the_language_model_is_off_by_default(
    signed_in: SignedIn, opened: Opened, machine: Machine
) -> None:
    case = opened()
    client = signed_in("editor")
    turn_on(machine.address, is_on=False)

    assert "Ask for a draft" not in client.get(f"/inbox/{case.pk}/").content.decode()
    client.post(f"/inbox/{case.pk}/model/")

    assert (machine.asked, Draft.objects.count()) == ([], 0)


def test_the_language_model_drafts_from_what_was_shown_and_sends_nothing(
    signed_in: SignedIn, opened: Opened, machine: Machine
) -> None:
    case = opened("Nimeni on Aino Mäkinen, numeroni 045 700 0001. Pyörä ei ole valmis!")
    note(case.pk, "Hankala asiakas", by="editor")
    turn_on(machine.address)
    client = signed_in("editor")

    shown = client.get(f"/inbox/{case.pk}/model/").context["asked"]
    client.post(f"/inbox/{case.pk}/model/")

    (asked,) = machine.asked
    assert asked == {"path": "/v1/chat/completions", **shown}
    assert machine.keys == ["Bearer avain"]
    sent = json.dumps(asked, ensure_ascii=False)
    for secret in ("Aino", "Mäkinen", "045", "Hankala"):
        assert secret not in sent
    assert Draft.objects.get().text == "Hei Aino, pahoittelumme! Selvitämme asian."
    assert Entry.objects.filter(case=case, kind="out").count() == 0
    assert Case.objects.get(pk=case.pk).state == "new"


@pytest.mark.parametrize(("status", "answer"), [(500, "x"), (200, "  ")])
def test_a_language_model_that_fails_is_a_sentence(
    signed_in: SignedIn, opened: Opened, machine: Machine, status: int, answer: str
) -> None:
    case = opened()
    machine.status, machine.answer = status, answer
    turn_on(machine.address)

    page = signed_in("editor").post(f"/inbox/{case.pk}/model/", follow=True).content.decode()

    assert "The language model did not answer." in page
    assert Draft.objects.count() == 0


def test_an_administrator_keeps_the_language_model_and_its_key_is_never_shown(
    signed_in: SignedIn,
) -> None:
    client = signed_in("admin")
    told = {"address": "http://localhost:9/v1", "name": "m", "secret": "salaisuus", "timeout": "5"}

    assert client.post("/inbox/language-model/", {"is_on": "on", "timeout": "5"}).status_code == 422
    client.post("/inbox/language-model/", {**told, "is_on": "on"})
    page = client.get("/inbox/language-model/").content.decode()
    assert "salaisuus" not in page
    client.post("/inbox/language-model/", {**told, "secret": ""})

    kept = LanguageModel.objects.get()
    assert (kept.secret, kept.is_on) == ("salaisuus", False)


def test_ready_texts_are_kept_and_refused_when_they_cannot_be_written(signed_in: SignedIn) -> None:
    client = signed_in("editor")
    told = {"key": "moi", "title_fi": "Moi", "text_fi": "Moi {{ customer.first_name }}"}

    assert client.post("/inbox/snippets/add/", {**told, "text_fi": "{{ x"}).status_code == 422
    client.post("/inbox/snippets/add/", told)
    assert client.post("/inbox/snippets/add/", told).status_code == 422
    client.post("/inbox/snippets/moi/", {**told, "text_en": "Hi"})

    assert Snippet.objects.get().text == {"fi": "Moi {{ customer.first_name }}", "en": "Hi"}
    assert "::moi" in client.get("/inbox/snippets/").content.decode()
    client.post("/inbox/snippets/moi/drop/")
    assert Snippet.objects.count() == 0


def test_macros_are_kept_previewed_and_run(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("editor")
    text = "{title: {fi: Sulje, en: Close it}, does: [{note: Hoidettu}, {close: yes}]}"

    assert client.post("/inbox/macros/add/", {"key": "s", "text": "[]"}).status_code == 422
    client.post("/inbox/macros/add/", {"key": "s", "text": text})
    preview = client.get(f"/inbox/{case.pk}/macro/s/").content.decode()
    assert "Closes the case." in preview
    assert Case.objects.get(pk=case.pk).state == "new"
    client.post(f"/inbox/{case.pk}/macro/s/")

    assert Case.objects.get(pk=case.pk).state == "closed"
    assert Macro.objects.get().used == 1


def test_targets_and_calendars_are_made_and_open_cases_follow(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened()
    before = Case.objects.get(pk=case.pk).due_at
    client = signed_in("admin")
    hours = {f"day_{day}": "08:00-12:00, 12:30-16:00" for day in range(5)}
    told = {"key": "palvelu", "title_fi": "Palvelu", "zone": "Europe/Helsinki", "country": "FI"}

    assert client.post("/inbox/calendars/add/", {**told, "day_0": "aamu"}).status_code == 422
    client.post("/inbox/calendars/add/", {**told, **hours, "days_off": "2026-03-03"})
    calendar = Calendar.objects.get()
    assert calendar.weekly[0] == [["08:00", "12:00"], ["12:30", "16:00"]]
    client.post(
        "/inbox/targets/add/",
        {
            "title_fi": "Kaikki",
            "first_minutes": "60",
            "calendar": calendar.pk,
            "warn_percent": "75",
        },
    )

    assert Target.objects.get().first_minutes == 60
    assert Case.objects.get(pk=case.pk).due_at == before
    Retargeter().turn(now_micros())  # the worker's, as it has been asked
    after = Case.objects.get(pk=case.pk).due_at
    assert before is not None
    assert after is not None
    assert after < before
    assert "Kaikki" in client.get("/inbox/targets/").content.decode()


def test_the_report_tells_of_times_and_of_none(signed_in: SignedIn, opened: Opened) -> None:
    client = signed_in("reader")
    assert "No cases in this time" in client.get("/inbox/response-times/").content.decode()
    opened()
    page = client.get("/inbox/response-times/", {"days": "7", "clock": "first"})
    assert page.context["whole"]["figure"].open == 1


@pytest.mark.parametrize("path", ["keys/", "snippets/", "macros/", "targets/"])
def test_pages_can_be_read_by_everybody(signed_in: SignedIn, path: str) -> None:
    assert signed_in("reader").get(f"/inbox/{path}").status_code == 200
