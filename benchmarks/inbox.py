"""`keskio bench inbox`: the list and a case among a million, beside the plain way to ask for them.

A million cases with their entries and clocks are written straight into the tables of an installation of
its own. Ours is what the pages call. The plain way keeps nothing ready: it finds each case's deadline and
last message as it lists them, and turns pages by OFFSET. Both must return the same cases in the same
order. Wall milliseconds, medians and the slowest of the runs, and how much of that this process worked: on
a busy machine the rest is waiting for others.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine import describe, median_of
from benchmarks.postgres import durable_postgres, is_installed

ROOT = Path(__file__).resolve().parent.parent
QUEUES = [f"queue-{n}" for n in range(20)]
PEOPLE = [f"agent-{n}" for n in range(100)]
CHANNELS = ("email", "sms", "social", "chat")
SECOND = 1_000_000
HOUR = 3600 * SECOND
CHUNK = 20_000
CASE = {
    "name": "",
    "network": "",
    "kind": "other",
    "severity": 1,
    "subject": "",
    "themes": "[]",
    "language": "fi",
    "thread": "",
    "address": "",
    "reply_to": "",
    "url": "",
    "source_kind": "",
    "source_ref": "",
    "opened_by": "",
    "closed_at": None,
    "closed_by": "",
    "snoozed_until": None,
    "merged_into": None,
    "split_from": None,
    "target_id": None,
    "due_at": None,
    "due_kind": "",
    "warn_at": None,
    "look_at": None,
    "is_warned": False,
    "is_handed_over": False,
    "unanswered_since": None,
    "first_answered_at": None,
    "preview_by": "customer",
    "entry_count": 3,
    "unread_count": 1,
    "version": 1,
    "clocks": "",
}
# The plain way: the deadline is looked up among the clocks, the last message among the entries.
PLAIN = """
    SELECT c.id, c.subject, c.name, c.state, c.assignee,
        (SELECT min(t.due_at) FROM inbox_timing t
         WHERE t.case_id = c.id AND t.stopped_at IS NULL) AS due,
        (SELECT e.text FROM inbox_entry e WHERE e.case_id = c.id ORDER BY e.number DESC LIMIT 1)
    FROM inbox_case c WHERE c.state IN ('new', 'open', 'waiting'){more}
    ORDER BY CASE WHEN {due} IS NULL THEN 1 ELSE 0 END, {due},
        CASE WHEN {due} IS NULL THEN c.last_at END, c.id LIMIT 50 OFFSET {offset}
"""
DUE = "(SELECT min(t.due_at) FROM inbox_timing t WHERE t.case_id = c.id AND t.stopped_at IS NULL)"


class WrongCases(Exception):
    """The two ways list different cases; the figures are worth nothing."""


def main(arguments: Sequence[str] = ()) -> None:
    """Run it on SQLite and, where it is installed, PostgreSQL; print the tables."""
    parser = argparse.ArgumentParser(prog="keskio bench inbox", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    chosen = parser.parse_args(list(arguments))
    if chosen.inside:
        print(json.dumps(measured(chosen.cases, chosen.runs)))
        return
    print(describe("django"), flush=True)
    if chosen.only != "postgres":
        show("SQLite", apart(chosen, dict(os.environ)), chosen.cases)
    if chosen.only != "sqlite" and is_installed():
        with durable_postgres() as environment:
            show("PostgreSQL", apart(chosen, environment), chosen.cases)


def apart(chosen: argparse.Namespace, environment: dict[str, str]) -> dict[str, list[float]]:
    """Measure in a process of its own, which belongs to one database."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.inbox", "--inside", "yes"]
        command += ["--cases", str(chosen.cases), "--runs", str(chosen.runs)]
        environment = {**environment, "KESKIO_DATA": folder, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
    told: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return told


def show(database: str, told: dict[str, list[float]], cases: int) -> None:
    """Print one table."""
    print(f"\n{database}, {cases:,} cases\n")
    print("| what | median ms | slowest ms | of our CPU ms | plain way ms | times |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, taken in told.items():
        if name.startswith(("plain ", "cpu ")):
            continue
        plain = told.get(f"plain {name}")
        ours = median_of(taken)
        beside = f"{median_of(plain):.1f} | {median_of(plain) / ours:.0f}" if plain else "– | –"
        cpu = median_of(told[f"cpu {name}"])
        print(f"| {name} | {ours:.1f} | {max(taken):.1f} | {cpu:.1f} | {beside} |")


def measured(cases: int, runs: int) -> dict[str, list[float]]:
    """Make an installation and return the milliseconds of each run by what was done."""
    from django.conf import settings  # noqa: PLC0415 - the same
    from django.core.management import call_command  # noqa: PLC0415 - the same

    import benchmarks.installation  # noqa: F401, PLC0415 - sets Django up

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    make(cases)
    return asked(cases, runs)


def make(cases: int) -> None:
    """Write customers, queues, cases, entries and clocks."""
    from django.db import transaction  # noqa: PLC0415 - Django must be set up

    from keskio.kernel.clock import now_micros  # noqa: PLC0415 - the same
    from keskio.kernel.sql import fetch, is_postgres, run_many  # noqa: PLC0415 - the same
    from keskio.respond.inbox.finding import write_words  # noqa: PLC0415 - the same
    from keskio.respond.inbox.models import Queue  # noqa: PLC0415 - the same

    Queue.objects.bulk_create(Queue(key=key, title={"en": key}) for key in QUEUES)
    rows = made(cases, now_micros())
    columns: tuple[str, ...] = ()
    while chunk := [case for _, case in zip(range(CHUNK), rows, strict=False)]:
        columns = columns or tuple(chunk[0])
        holders = ", ".join(["%s"] * len(columns))
        names = ", ".join(f'"{column}"' for column in columns)
        with transaction.atomic():
            run_many(
                f"INSERT INTO inbox_case ({names}) VALUES ({holders})".replace('"', ""),
                [tuple(case.values()) for case in chunk],
            )
            run_many(
                "INSERT INTO inbox_entry (case_id, customer_id, number, kind, author, by, is_public,"
                " is_open_to_all, channel, text, what, told, at, attachments, in_reply_to, source_id,"
                " sending, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
                " %s, %s, %s, %s)",
                [entry for case in chunk for entry in entries(case)],
            )
            run_many(
                "INSERT INTO inbox_timing (case_id, clock, number, channel, queue, started_at,"
                " due_at, stopped_at, working, calendar, is_dropped, has_target)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [timing(case) for case in chunk],
            )
            write_words([case["id"] for case in chunk])
    if is_postgres():
        for table in ("case", "entry", "timing"):
            fetch(
                f"SELECT setval(pg_get_serial_sequence('inbox_{table}', 'id'),"
                f" (SELECT max(id) FROM inbox_{table}))"
            )
    for table in ("inbox_case", "inbox_entry", "inbox_timing", "inbox_casewords"):
        run_many(f"ANALYZE {table}", [()])


def made(cases: int, now: int) -> Iterator[dict[str, Any]]:
    """Yield cases: one in ten in work (three in four of those due), the others closed."""
    dice = random.Random(5)
    for number in range(1, cases + 1):
        opened = now - dice.randrange(1, 20_000) * HOUR // 10
        is_open = number % 10 == 0
        is_due = is_open and dice.random() < 0.75
        due = opened + dice.randrange(1, 800) * HOUR // 10 if is_due else None
        text = f"Pyöräni meni rikki, tilaus {number}"
        yield {
            **CASE,
            "id": number,
            "customer_id": 1 + number % (cases // 3 + 1),
            "channel": CHANNELS[number % 4],
            "name": f"Asiakas {number}",
            "subject": text,
            "queue": dice.choice(QUEUES),
            "assignee": dice.choice(PEOPLE),
            "address": f"c{number}@example.com",
            "state": ("open" if is_due else "waiting") if is_open else "closed",
            "opened_at": opened,
            "changed_at": opened,
            "last_at": opened,
            "closed_at": None if is_open else opened + HOUR,
            "place": 0 if is_open else 2,
            "sort_at": (due or 2 * 10**18 + opened) if is_open else -(opened + HOUR),
            "due_at": due,
            "due_kind": "first" if due else "",
            "look_at": due,
            "unanswered_since": opened if due else None,
            "preview": text,
        }


def entries(case: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield three entries of a case."""
    for number, (kind, author) in enumerate(
        (("event", "bot"), ("out", "agent"), ("in", "customer")), start=1
    ):
        text = "" if kind == "event" else f"{case['subject']}. " + "Kertoisitteko lisää? " * 10
        yield (
            *(case["id"], case["customer_id"], number, kind, author, "", kind != "event", False),
            *(case["channel"], text, "", "{}", case["opened_at"] + number, "[]", "", "", "", ""),
        )


def timing(case: dict[str, Any]) -> tuple[Any, ...]:
    """Return the clock of a case."""
    is_over = case["due_at"] is None
    stopped = case["opened_at"] + HOUR if is_over else None
    return (
        *(case["id"], "first", 1, case["channel"], case["queue"], case["opened_at"]),
        *(case["due_at"], stopped, HOUR if is_over else None, HOUR if is_over else None),
        *(False, True),
    )


def asked(cases: int, runs: int) -> dict[str, list[float]]:
    """Return how long each question took, ours and the plain way's."""
    from keskio.kernel.sql import fetch  # noqa: PLC0415 - Django must be set up
    from keskio.respond.inbox import actions, queries  # noqa: PLC0415 - the same
    from keskio.respond.inbox.queries import Wanted, page_of_cases  # noqa: PLC0415 - the same

    dice, page = random.Random(7), pages_of_an_agent()
    deep = page_of_cases(Wanted()).after
    pages = max(2, cases // 5000)  # a tenth of the way down what is in work
    for _ in range(pages - 1):
        deep = page_of_cases(Wanted(), after=deep).after
    assert deep is not None
    mine = f" AND c.queue = '{QUEUES[3]}'"
    ways: dict[str, Callable[[], Any]] = {
        "list, first page": lambda: page_of_cases(Wanted()),
        "list, a tenth down": lambda: page_of_cases(Wanted(), after=deep),
        "list of a queue": lambda: page_of_cases(Wanted(queue=QUEUES[3])),
        "list of a person": lambda: page_of_cases(Wanted(assignee=PEOPLE[3])),
        "list of the late": lambda: page_of_cases(Wanted(late=True)),
        "list of the closed": lambda: page_of_cases(Wanted(place=2)),
        "search: a number that one has": lambda: page(f"/inbox/?q={dice.randrange(1, cases)}"),
        "search: a word that all have": lambda: page("/inbox/?q=pyörä"),
        "counts of all queues": lambda: queries.case_counts(PEOPLE[3]),
        "open a case": lambda: opened(dice.randrange(1, cases + 1)),
        "page of the list (HTTP)": lambda: page("/inbox/"),
        "page of a case (HTTP)": lambda: page(f"/inbox/{dice.randrange(1, cases + 1)}/"),
        "write a note": lambda: actions.note(dice.randrange(1, cases + 1), "Hei", by="agent-1"),
    }
    plain = {
        "list, first page": partial(fetch, PLAIN.format(more="", due=DUE, offset=0)),
        "list, a tenth down": partial(fetch, PLAIN.format(more="", due=DUE, offset=50 * pages)),
        "list of a queue": partial(fetch, PLAIN.format(more=mine, due=DUE, offset=0)),
    }
    for name, ask in plain.items():
        if [case.pk for case in ways[name]().cases] != [row[0] for row in ask()]:
            raise WrongCases(name)
    told: dict[str, list[float]] = {}
    for name, way in ways.items():
        told[name], told[f"cpu {name}"] = timed(way, runs)
    for name, way in plain.items():
        told[f"plain {name}"], _cpu = timed(way, min(runs, 5))
    return told


def pages_of_an_agent() -> Callable[[str], Any]:
    """Return what gets a page, through everything but the network."""
    from django.test import Client  # noqa: PLC0415 - Django must be set up

    from keskio.web.api import create_user  # noqa: PLC0415 - the same

    client = Client(SERVER_NAME="localhost")
    client.force_login(create_user("agent-1", password="kuutamo-järvellä-88", role="editor"))

    def page(address: str) -> Any:
        response = client.get(address)
        if response.status_code != 200:
            raise WrongCases(f"{address}: {response.status_code}")
        return response

    return page


def opened(number: int) -> Any:
    """Do what opening a case asks for: its thread, who it is about, her other cases."""
    from keskio.respond.inbox import queries  # noqa: PLC0415 - Django must be set up

    thread = queries.thread_of(number)
    return thread, queries.person_of(thread.case), queries.cases_of(thread.case.customer_id)


def timed(way: Callable[[], Any], runs: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each run, wall and CPU of this process, after one that warms up."""
    way()
    wall, cpu = [], []
    for _ in range(runs):
        begun, used = time.perf_counter(), time.process_time()
        way()
        wall.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - used))
    return wall, cpu


if __name__ == "__main__":
    main(sys.argv[1:])
