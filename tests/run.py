"""Everything up to all tests passed: `./keskio test [what pytest takes]`.

The code is looked over first (lint, types, import rules, dependencies), then the front end's unit
tests run, then all tests on SQLite, and those that use the database once more on PostgreSQL. What
is missing on this machine is skipped and named in the last lines; with KESKIO_TEST_COMPLETE in the
environment, as in CI, nothing may be missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tests import sources
from tests.needs import find_npm
from tests.servers.postgres import PostgresServer, find_postgres

HERE = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
LOOKS: dict[str, tuple[str, ...]] = {
    "lint": ("ruff", "check", "--quiet", "."),
    "format": ("ruff", "format", "--quiet", "--check", "."),
    "imports": ("lint-imports", "--no-cache"),
    "dependencies": ("deptry", "src", "--no-ansi"),
    "types": ("mypy",),
}
WORKERS = ("-n", "2", "--dist", "loadfile")
NOTHING_MORE: Mapping[str, str] = {}
NO_TESTS = 5  # pytest's exit code when nothing was chosen


@dataclass
class Count:
    """What came of the tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, report: Path) -> None:
        """Add what pytest wrote down about one run."""
        if not report.exists():
            self.failed += 1  # the run itself broke
            return
        for case in ET.parse(report).iter("testcase"):
            outcome = {child.tag for child in case}
            skip = case.find("skipped")
            if outcome & {"failure", "error"}:
                self.failed += 1
            elif skip is not None and skip.get("type") == "pytest.skip":
                self.skipped += 1
                self.reasons[skip.get("message", "no reason given")] += 1
            else:
                self.passed += 1


def main(arguments: Sequence[str]) -> int:
    """Run all, print what was missing and the count, and return the exit code."""
    faults = [] if arguments else [name for name, look in LOOKS.items() if not _run(name, look)]
    count = Count()
    sources.fetch()
    if not arguments:
        faults += _front_end(count)
    # What `make nightly` tries at length is tried here too, with fewer examples.
    chosen = "not browser and not nightly"
    faults += _tests(count, "tests on SQLite", ["-m", chosen, *arguments])
    # The browser's driver leaves an event loop running in its process.
    faults += _tests(count, "tests in a browser", ["-m", "browser", *arguments])
    faults += _tests_on_postgres(count, arguments)
    return _tell(count, faults)


def _front_end(count: Count) -> list[str]:
    """Run the front end's unit tests."""
    npm = find_npm()
    if npm is None or not (HERE / "frontend" / "node_modules").exists():
        count.skipped += 1
        count.reasons["Node is missing"] += 1
        return []
    went_well = _run("front end", (*npm, "test", "--silent"), folder=HERE / "frontend")
    return [] if went_well else ["front end"]


def _tests(
    count: Count,
    name: str,
    arguments: Sequence[str],
    environ: Mapping[str, str] = NOTHING_MORE,
) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = ("pytest", *WORKERS, "-q", f"--junitxml={report}", *arguments)
        went_well = _run(name, command, allowed=(0, NO_TESTS), environ=environ)
        count.add(report)
    return [] if went_well else [name]


def _tests_on_postgres(count: Count, arguments: Sequence[str]) -> list[str]:
    binaries = find_postgres()
    if binaries is None:
        count.skipped += 1
        count.reasons["PostgreSQL is missing (all tests that use the database, once more)"] += 1
        return []
    server = PostgresServer(binaries)
    server.start()
    try:
        return _tests(
            count,
            "tests on PostgreSQL",
            ["--only-database", "-m", "not browser and not nightly", *arguments],
            {"KESKIO_DATABASE_URL": server.url},
        )
    finally:
        server.stop()


def _run(
    name: str,
    command: Sequence[str],
    *,
    folder: Path = HERE,
    allowed: Sequence[int] = (0,),
    environ: Mapping[str, str] = NOTHING_MORE,
) -> bool:
    """Run one of the looks or runs, and tell whether it went well."""
    print(f"--- {name}", flush=True)
    begun = time.monotonic()
    program = PROGRAMS / command[0]
    found = str(program) if program.exists() else command[0]
    code = subprocess.run(
        [found, *command[1:]],
        cwd=folder,
        env={**os.environ, **environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    verdict = "done" if code in allowed else f"FAILED ({code})"
    print(f"--- {name}: {verdict} in {time.monotonic() - begun:.0f} s", flush=True)
    return code in allowed


def _tell(count: Count, faults: Sequence[str]) -> int:
    print()
    for reason, times in sorted(count.reasons.items()):
        print(f"Skipped ({times}): {reason}.")
    incomplete = bool(count.skipped) and "KESKIO_TEST_COMPLETE" in os.environ
    if incomplete:
        print("Nothing may be skipped here.")
    print(f"Failed: {', '.join(faults)}." if faults else "Everything else went well.")
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 1 if faults or incomplete or count.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
