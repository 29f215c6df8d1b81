"""`keskio bench import`: a CSV of people into an empty installation, and the same file again.

A row has three identifiers, eight traits and a consent; it becomes a customer, three links, a line of
the register and two events in the log. Beside it stands what one writes by hand for the same tables:
Django's `bulk_create`, a thousand rows a transaction, which looks nobody up and can be run only once.
Each run is a process of its own on a database of its own; counts must be equal.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.machine import describe, median_of
from benchmarks.postgres import durable_postgres, is_installed
from benchmarks.stopwatch import Stopwatch

ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    *("Asiakasnumero", "Sähköposti", "Puhelin", "Etunimi", "Sukunimi", "Postinumero", "Kaupunki"),
    *("Syntymäaika", "Liikevaihto", "Kieli", "Kanta-asiakas", "Lupa"),
)
MAPPING = """
identifiers: {crm: Asiakasnumero, email: Sähköposti, phone: Puhelin}
traits:
  firstName: Etunimi
  lastName: Sukunimi
  postcode: Postinumero
  city: Kaupunki
  birthday: {column: Syntymäaika, as: date}
  revenue: {column: Liikevaihto, as: number}
  language: Kieli
  regular: {column: Kanta-asiakas, as: flag}
consents: [{purpose: marketing, channel: email, state: Lupa, text_version: {value: "2026-1"}}]
"""
FIRST = ("Aino", "Eero", "Siiri", "Ville", "Helmi", "Onni", "Väinö", "Lempi")
LAST = ("Virtanen", "Mäkinen", "Nieminen", "Laine", "Heikkilä", "Niemi", "Järvinen")
TOWNS = ("Tampere", "Helsinki", "Turku", "Oulu", "Jyväskylä")
TABLES = ("know_customer", "know_link", "know_consent", "events_event")
TITLES = {
    "keskio": "**Keskiö**",
    "again": "**Keskiö**, the same file again",
    "django": "bulk_create",
}


class WrongCounts(Exception):
    """The rows in the tables are not those of the file; the figures are worth nothing."""


def make(count: int, file: Path) -> None:
    """Write a file of `count` made people, phones as they are written at home."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(HEADER)
        for n in range(count):
            first, last = FIRST[n % len(FIRST)], LAST[n // 7 % len(LAST)]
            phone = f"{4000000 + n:07d}"
            rows.writerow(
                (
                    f"K{n * 7919 % 10_000_019}",
                    f"{first}.{last}.{n}@example.com",
                    f"040 {phone[:3]} {phone[3:]}",
                    first,
                    last,
                    f"{n * 37 % 99999:05d}",
                    TOWNS[n % len(TOWNS)],
                    f"{n % 28 + 1}.{n % 12 + 1}.{1940 + n % 66}",
                    f"{n % 9973},{n % 90 + 10}",
                    "fi" if n % 10 else "sv",
                    "kyllä" if n % 3 else "ei",
                    "x" if n % 2 else "ei",
                )
            )


def counts() -> dict[str, int]:
    """Return how many rows the tables have."""
    from keskio.kernel.sql import fetch  # noqa: PLC0415 - settings first

    return {table: fetch(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def child(what: str, file: Path) -> None:
    """Take the file in within this process, and print what it cost."""
    import benchmarks.installation  # noqa: F401, PLC0415 - settings first
    from keskio.cli.installation import bring_up_to_date  # noqa: PLC0415 - the same
    from keskio.config.processes import ease_collection  # noqa: PLC0415 - the same

    if what != "again":
        bring_up_to_date()
    ease_collection()
    watch = Stopwatch()
    with watch:
        if what == "django":
            by_hand(file)
        else:
            from keskio.know.api import import_file  # noqa: PLC0415 - the same

            import_file(file, MAPPING)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"cpu": watch.cpu, "wall": watch.wall, "peak": peak, "counts": counts()}
    print(json.dumps(told))


def by_hand(file: Path) -> None:
    """Write the same rows with Django's ORM, as one does by hand."""
    from django.db import transaction  # noqa: PLC0415 - settings first

    with file.open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source, delimiter=";")
        while chunk := list(islice(rows, 1000)):
            with transaction.atomic():
                _chunk_by_hand(chunk)


def _chunk_by_hand(chunk: Sequence[dict[str, str]]) -> None:
    from keskio.events.models import Event  # noqa: PLC0415 - settings first
    from keskio.kernel.clock import now  # noqa: PLC0415 - the same
    from keskio.kernel.ids import partition_of  # noqa: PLC0415 - the same
    from keskio.know.models import Consent, Customer, Link  # noqa: PLC0415 - the same

    at = now()
    made = []
    for row in chunk:
        day, month, year = row["Syntymäaika"].split(".")
        traits = {
            "firstName": row["Etunimi"],
            "lastName": row["Sukunimi"],
            "postcode": row["Postinumero"],
            "city": row["Kaupunki"],
            "birthday": f"{year}-{int(month):02d}-{int(day):02d}",
            "revenue": float(row["Liikevaihto"].replace(",", ".")),
            "language": row["Kieli"],
            "regular": row["Kanta-asiakas"] == "kyllä",
        }
        phone = "+358" + row["Puhelin"].replace(" ", "")[1:]
        email = row["Sähköposti"].lower()
        name = f"{row['Etunimi']} {row['Sukunimi']}"
        state = "given" if row["Lupa"] == "x" else "denied"
        customer = Customer(
            created_at=at,
            known_at=at,
            name=name,
            email=email,
            phone=phone,
            language=row["Kieli"],
            search=f"{name} {email} {phone}".casefold(),
            traits=json.dumps(traits),
            trait_times=json.dumps(dict.fromkeys(traits, 1)),
            consents=json.dumps({"marketing/email": state}),
        )
        made.append((customer, (row["Asiakasnumero"], email, phone), traits, state))
    Customer.objects.bulk_create([customer for customer, *_ in made])
    links, consents, events = [], [], []
    for customer, values, traits, state in made:
        pk = customer.pk
        links += [
            Link(type=kind, value=value, customer_id=pk, at=at, source_id=0)
            for kind, value in zip(("crm", "email", "phone"), values, strict=True)
        ]
        told: dict[str, Any] = {"purpose": "marketing", "channel": "email", "state": state}
        consents.append(Consent(customer_id=pk, at=at, source="import", cause="import", **told))
        for kind, body in (
            ("customer.identified", {"properties": {}, "context": {}, "traits": traits}),
            (f"consent.{state}", {"properties": told}),
        ):
            events.append(
                Event(
                    customer_id=pk,
                    partition=partition_of(pk),
                    name=kind,
                    occurred_at=at,
                    received_at=at,
                    source_id=0,
                    message_id="",
                    body=json.dumps(body),
                )
            )
    Link.objects.bulk_create(links)
    Consent.objects.bulk_create(consents)
    Event.objects.bulk_create(events)


@contextmanager
def _place(database: str) -> Iterator[dict[str, str]]:
    """Yield what must stand in the environment of who is to use a new, empty installation."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        if database == "postgres":
            with durable_postgres() as environ:
                yield {**environ, "KESKIO_DATA": folder}
        else:
            yield {**os.environ, "KESKIO_DATA": folder}


def _run(what: str, file: Path, environ: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.importing", "--child", what, "--file", str(file)]
    done = subprocess.run(
        command, env=environ, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(database: str, rows: int, rounds: int, file: Path) -> None:
    """Run everybody in turn, check the counts, and print a table."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TITLES}
    for _ in range(rounds):
        with _place(database) as environ:
            found["keskio"].append(_run("keskio", file, environ))
            found["again"].append(_run("again", file, environ))
        with _place(database) as environ:
            found["django"].append(_run("django", file, environ))
    expected = dict(zip(TABLES, (rows, 3 * rows, rows, 2 * rows), strict=True))
    for name, runs in found.items():
        for run in runs:
            if run["counts"] != expected:
                raise WrongCounts(f"{name} on {database}: {run['counts']}, not {expected}")
    ours = median_of([run["cpu"] for run in found["keskio"]])
    print(f"\n{database}, {rows:,} rows, medians of {rounds}\n")
    print("| | rows/s | CPU µs a row | CPU beside Keskiö | peak memory MB |")
    print("|---|---|---|---|---|")
    for name, runs in found.items():
        wall, cpu, peak = (median_of([run[key] for run in runs]) for key in ("wall", "cpu", "peak"))
        print(
            f"| {TITLES[name]} | {rows / wall:,.0f} | {cpu / rows * 1e6:.1f} | {cpu / ours:.2f} |"
            f" {peak:.0f} |"
        )


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="keskio bench import", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--child", choices=sorted(TITLES), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args(list(arguments))
    if told.child:
        child(told.child, told.file)
        return
    print(describe("django"))
    with tempfile.TemporaryDirectory(prefix="bench-import-file-") as folder:
        file = Path(folder) / "people.csv"
        begun = time.monotonic()
        make(told.rows, file)
        print(f"{file.stat().st_size / 1e6:.0f} MB made in {time.monotonic() - begun:.0f} s")
        for database in told.databases.split(","):
            if database == "postgres" and not is_installed():
                print("PostgreSQL is not installed: left out.")
                continue
            measure(database, told.rows, told.rounds, file)


if __name__ == "__main__":
    main(sys.argv[1:])
