"""Double opt-in: asked, sent once, confirmed by a POST or a start word, and proved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.channels.contracts import Outgoing, Result
from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Trouble
from keskio.kernel.sql import fetch
from keskio.know.api import ask_consent, facts_of, find_or_create
from keskio.know.privacy import notices
from keskio.know.privacy.actions import add_text, confirm
from keskio.know.privacy.jobs import Answers, Lapsing
from keskio.know.privacy.models import Notice
from keskio.know.privacy.notices import NoticeSender

pytestmark = pytest.mark.django_db


class Post:
    """A provider that keeps what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.trouble: Exception | None = None
        self.state = "accepted"

    def send(self, batch: list[Outgoing]) -> list[Result]:
        if self.trouble is not None:
            raise self.trouble
        self.sent += batch
        return [Result(self.state) for _ in batch]  # type: ignore[arg-type]


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    cache.clear()
    provider = Post()
    monkeypatch.setattr(notices, "transport_for", lambda _channel: provider)
    return provider


def siiri() -> int:
    told = {"email": "siiri@example.com", "phone": "0457001111", "language": "sv"}
    return find_or_create([("crm", "K9")], traits=told)


def ask(customer: int, channel: str = "email") -> int:
    return ask_consent(customer, purpose="marketing", channel=channel, source="newsletter")


def consents(customer: int) -> dict[str, str]:
    return dict(facts_of([customer])[customer].consents)


def path_in(outgoing: Outgoing) -> str:
    return next(word for word in outgoing.text.split() if "/p/c/" in word).split("8000")[1]


def test_nothing_is_given_before_the_link_is_confirmed(post: Post, clock: VirtualClock) -> None:
    add_text("marketing", "v3", {"sv": "Ni får berätta.", "fi": "Saatte kertoa."}, by="admin")
    customer = siiri()
    ask(customer)
    NoticeSender().send_some()
    (letter,) = post.sent
    assert (letter.to, letter.subject) == ("siiri@example.com", "Bekräfta ditt samtycke")
    client = Client(enforce_csrf_checks=True)

    shown = client.get(path_in(letter))
    assert "Ni får berätta." in shown.content.decode()
    assert consents(customer) == {}

    clock.advance(timedelta(days=6))
    answer = client.post(path_in(letter))
    assert "Tack, bekräftelsen har antecknats." in answer.content.decode()
    assert consents(customer) == {"marketing/email": "given"}
    sql = "SELECT source, cause, text_version, proof FROM know_consent"
    ((source, cause, version, proof),) = fetch(sql)
    assert (source, cause, version) == ("newsletter", "confirmed", "v3")
    assert proof.startswith("asked 2026-03-02T07:00:00+00:00 in email, notice ")
    assert ", confirmed from " in proof
    client.post(path_in(letter))
    assert len(fetch(sql)) == 1
    assert Notice.objects.get().address == ""


def test_a_question_is_open_once_and_sent_once(post: Post) -> None:
    customer = siiri()
    assert ask(customer) == ask(customer)
    sender = NoticeSender()
    sender.send_some()
    sender.send_some()
    assert len(post.sent) == 1


def test_too_late_a_confirmation_gives_nothing(post: Post, clock: VirtualClock) -> None:
    customer = siiri()
    number = ask(customer)
    NoticeSender().send_some()
    clock.advance(timedelta(days=8))

    assert not confirm(number)
    Lapsing().turn(clock.micros())

    assert consents(customer) == {}
    assert Notice.objects.get().state == "expired"


def test_what_was_never_sent_cannot_be_confirmed(post: Post) -> None:
    customer = siiri()
    assert not confirm(ask(customer))
    assert consents(customer) == {}


@pytest.mark.parametrize(
    ("trouble", "state"), [(Trouble("no route"), "accepted"), (None, "refused"), (None, "unknown")]
)
def test_a_notice_in_doubt_is_not_sent_again(
    post: Post, trouble: Exception | None, state: str
) -> None:
    post.trouble, post.state = trouble, state
    ask(siiri())
    sender = NoticeSender()
    sender.send_some()
    post.trouble, post.state = None, "accepted"
    sent = len(post.sent)
    sender.send_some()
    assert len(post.sent) == sent
    assert Notice.objects.get().state == "failed"


def test_a_crash_while_handing_over_sends_nothing_twice(post: Post) -> None:
    ask(siiri())
    Notice.objects.update(state="handing")
    NoticeSender().send_some()
    assert post.sent == []
    assert Notice.objects.get().state == "failed"


def test_a_start_word_confirms_what_was_asked_in_sms(post: Post, clock: VirtualClock) -> None:
    from keskio.events.api import append_events
    from keskio.events.contracts import NewEvent

    customer = siiri()
    ask(customer, "sms")
    NoticeSender().send_some()
    job = Answers()
    body = '{"properties":{"channel":"sms","text":"%s"}}'
    clock.advance(timedelta(minutes=1))
    append_events([NewEvent(customer, "message.received", clock.micros(), body % "mitä?")])
    job.turn(clock.micros())
    assert consents(customer) == {}

    append_events([NewEvent(customer, "message.received", clock.micros(), body % "Aloita")])
    clock.advance(timedelta(seconds=3))
    job.turn(clock.micros())

    assert consents(customer) == {"marketing/sms": "given"}
