"""Kills runners and senders in the middle of their work, and counts what their provider has received.

    python -m tests.talk.killing --rounds 50 --runners 3      (in an installation named by KESKIO_DATA)

An installation of its own, worker processes with real runners and senders, and a gateway that speaks
HTTP: a process too, which writes down every message it is given before it answers, slowly, and now and
then hangs up without a word. Each round tells the log what customers do, lets the workers work for a
moment, and kills one or more of them with SIGKILL. At the end all is let come to rest, and the books
are printed as JSON. The term of a dead worker's leases is not waited for: it is set to be over.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import django

DIALOGUE = """
keskio: dialogue/1
key: question
title: {fi: Kysymys}
purpose: marketing
languages: [fi]
trigger: {event: Asked}
reentry: after_end
quiet: ignore
exit: [Over]
steps:
  ask:
    kind: ask
    channel: sms
    text: {fi: "A vai B?"}
    for: 6 seconds
    choices: {A: {}, B: {}}
    outcomes: {A: code, B: call, other: guide, none: bye}
  guide: {kind: send, channel: sms, purpose: answer, text: {fi: Kirjain}, outcomes: {sent: back}}
  code: {kind: offer, offer: codes, outcomes: {given: give, sold_out: bye, refused: bye}}
  give: {kind: send, channel: sms, purpose: answer, text: {fi: "{{ coupon }}"}, outcomes: {sent: end}}
  call:
    kind: task
    text: {fi: Soita}
    due: {for: 1 second}
    outcomes: {done: bye, declined: bye, overdue: bye}
  bye: {kind: send, channel: sms, purpose: answer, text: {fi: Hei}, outcomes: {sent: end}}
"""
PEOPLE = 60
SAID = ("A", "b", "mitä?", "joo", "STOP", "START")
REFERENCE = 20  # bytes, about
REST = 45.0  # seconds in which all must have come to rest


def main() -> None:
    """Run the rounds and print what the books say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--runners", type=int, default=1)
    parser.add_argument("--seed", type=int, default=85)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()
    logging.disable(logging.CRITICAL)
    from tests.talk.killed_company import Company

    folder = Path(os.environ["KESKIO_DATA"])
    gateway = Gateway(folder / "received")
    company = Company(gateway.url, Random(asked.seed))
    workers = [Worker(company.work) for _ in range(asked.runners)]
    began = time.monotonic()
    try:
        for _ in range(asked.rounds):
            company.live()
            gateway.wait_for(company.dice.randint(0, 8), longest=2.0)
            time.sleep(company.dice.random() * 0.05)
            for worker in company.dice.sample(workers, company.dice.randint(1, len(workers))):
                workers.remove(worker)
                worker.kill()
                company.bury(worker.owner)
                workers.append(Worker(company.work))
        rested = company.rest(REST)
    finally:
        for worker in workers:
            worker.kill()
        gateway.end()
    spent = round(time.monotonic() - began, 1)
    print(json.dumps({"rested": rested, "seconds": spent, **company.books(gateway.received())}))
    sys.stdout.flush()
    os._exit(0)


class Worker:
    """A process that runs `work(owner)` until it is killed."""

    lives = 0

    def __init__(self, work: Callable[[str], None]) -> None:
        Worker.lives += 1
        self.owner = f"life-{Worker.lives}-{os.getpid()}"
        self.process = _forked(lambda: work(self.owner))

    def kill(self) -> None:
        """End it at once, as a machine that loses its power would."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


class Gateway:
    """An SMS gateway in a process of its own: what it was given stands in a file, a line a message."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.touch()
        server = _Server(("127.0.0.1", 0), _Handler)
        _Handler.book = os.open(place, os.O_WRONLY | os.O_APPEND)
        self.url = f"http://127.0.0.1:{server.server_address[1]}/"
        self.process = _forked(server.serve_forever)
        server.socket.close()

    def wait_for(self, more: int, *, longest: float) -> None:
        """Return when so many more messages have come in, or after `longest` seconds."""
        wanted = self.place.stat().st_size + more * REFERENCE
        end = time.monotonic() + longest
        while self.place.stat().st_size < wanted and time.monotonic() < end:
            time.sleep(0.002)

    def received(self) -> Counter[str]:
        """Return how often each reference was received."""
        return Counter(self.place.read_text().split())

    def end(self) -> None:
        """Stop it."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who were killed before they had their answer."""


class _Handler(BaseHTTPRequestHandler):
    book = 0
    count = 0

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        os.write(self.book, f"{told['reference']}\n".encode())
        _Handler.count += 1
        time.sleep((_Handler.count % 7) * 0.003)
        if _Handler.count % 41 == 0:
            self.connection.close()  # taken, and nobody will ever hear of it
            return
        answer = json.dumps({"id": str(_Handler.count)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Say nothing."""


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        work()
    finally:
        os._exit(0)
    return 0


def never() -> threading.Event:
    """Return what is never set."""
    return threading.Event()


if __name__ == "__main__":
    main()
