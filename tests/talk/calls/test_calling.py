"""Calls to other systems, against a real HTTP server: signed, asked for once, tried again, given up."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.db import transaction

from keskio.events.api import move_cursor
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.api import facts_of
from keskio.talk.actions import invite, publish
from keskio.talk.calls.actions import save_connection
from keskio.talk.calls.calling import Caller
from keskio.talk.calls.following import CURSOR, CallFollower
from keskio.talk.calls.models import Call, Connection
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
BOOKING = """
keskio: dialogue/1
key: booking
title: {fi: Ajanvaraus, en: Booking}
purpose: service
trigger: {hand: true}
steps:
  book:
    kind: call
    connection: workshop
    within: 1 hour
    body: {name: "{{ customer.first_name }}", service: [winter, "{{ dialogue_word }}"], count: 2}
    as: booked
    outcomes: {ok: tell, refused: no, failed: late}
  tell:
    kind: update
    traits: {booked: $booked}
    outcomes: {done: done}
  done: {kind: end, outcome: booked}
  no: {kind: end, outcome: refused}
  late: {kind: end, outcome: late}
variables: {dialogue_word: tyres}
"""


@dataclass
class Workshop:
    """The other system: what it was told, and what it answers next (200 by default)."""

    url: str = ""
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    return World(clock)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    found = Workshop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status = found.answers.pop(0) if found.answers else 200
            said = json.dumps({"time": "2026-03-03T09:00"}).encode() if status == 200 else b"no"
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/book"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def call(world: World, workshop: Workshop) -> Iterator[Callable[[], int]]:
    """Return what makes the calls that are due and lets the dialogues hear of them."""
    caller = Caller(owner="test")
    with ThreadPoolExecutor(2) as pool, httpx.Client(trust_env=False) as client:

        def once() -> int:
            CallFollower().turn(now_micros())
            made = caller.turn(client, pool)
            world.run()
            return made

        yield once


def connected(workshop: Workshop) -> Connection:
    connection = Connection(key="workshop", title="Workshop", url=workshop.url)
    save_connection(connection, by="test")
    return connection


def invited(world: World) -> None:
    publish(BOOKING)
    customer = world.person("aino")
    invite("booking", [customer])
    world.run()


def test_a_call_is_signed_and_its_answer_is_kept(
    world: World, workshop: Workshop, call: Callable[[], int]
) -> None:
    connection = connected(workshop)
    invited(world)
    assert call() == 1
    ((headers, body),) = workshop.told
    assert json.loads(body) == {"name": "Aino", "service": ["winter", "tyres"], "count": 2}
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(connection.secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.new(key, told, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signed}"
    assert world.ends_of("aino") == [(1, "booked")]
    assert facts_of([world.people["aino"]])[world.people["aino"]].traits["booked"] == {
        "time": "2026-03-03T09:00"
    }
    assert call() == 0


def test_a_system_in_trouble_is_called_again_with_the_same_id(
    world: World, workshop: Workshop, call: Callable[[], int]
) -> None:
    connected(workshop)
    workshop.answers = [500, 429]
    invited(world)
    assert call() == 1
    assert call() == 0  # not at once
    world.wait(seconds=6)
    assert call() == 1
    world.wait(seconds=12)
    assert call() == 1
    assert len({headers["webhook-id"] for headers, _ in workshop.told}) == 1
    assert Call.objects.get().attempts == 3
    assert world.ends_of("aino") == [(1, "booked")]


def test_a_refusal_is_an_outcome(world: World, workshop: Workshop, call: Callable[[], int]) -> None:
    connected(workshop)
    workshop.answers = [404]
    invited(world)
    call()
    assert world.ends_of("aino") == [(1, "refused")]
    assert Call.objects.get().said == "404 Not Found"


def test_who_does_not_answer_in_time_has_failed_and_is_left_alone(
    world: World, workshop: Workshop, call: Callable[[], int]
) -> None:
    connected(workshop)
    workshop.answers = [503] * 99
    invited(world)
    for _ in range(12):
        call()
        world.wait(minutes=6)
    assert world.ends_of("aino") == [(1, "late")]
    called = len(workshop.told)
    world.wait(hours=2)
    assert (call(), len(workshop.told)) == (0, called)
    assert Call.objects.get().state == Call.State.FAILED


@pytest.mark.parametrize("is_open", [None, False])
def test_no_connection_or_a_closed_one_refuses(
    world: World, workshop: Workshop, call: Callable[[], int], *, is_open: bool | None
) -> None:
    if is_open is not None:
        connected(workshop)
        Connection.objects.update(is_open=is_open)
    invited(world)
    call()
    assert (world.ends_of("aino"), workshop.told) == ([(1, "refused")], [])


def test_the_same_wish_twice_asks_for_one_call(
    world: World, workshop: Workshop, call: Callable[[], int]
) -> None:
    connected(workshop)
    invited(world)
    CallFollower().turn(now_micros())
    with transaction.atomic():
        move_cursor(CURSOR, 0)
    call()
    call()
    assert len(workshop.told) == 1


def test_a_call_whose_time_is_over_is_not_made(
    world: World, workshop: Workshop, call: Callable[[], int]
) -> None:
    connected(workshop)
    invited(world)
    world.clock.advance(timedelta(hours=2))
    world.run()  # the dialogue has gone on without it
    call()
    assert workshop.told == []
    assert [(one.state, one.attempts) for one in Call.objects.all()] == [("failed", 1)]
    assert world.ends_of("aino") == [(1, "late")]
