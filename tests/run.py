"""Everything up to all tests passed: `./keskio test [what pytest takes]`.

The code is looked over first (lint, import rules, dependencies; types meanwhile, to the end), then
the front end's unit tests run, then all tests on SQLite, and those that use the database once more
on PostgreSQL. What is missing on this machine is skipped and named in the last lines; with
KESKIO_TEST_COMPLETE in the environment, as in CI, nothing may be missing.
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
}
TYPES = ("mypy",)
# What `make nightly` tries at length is tried in every run too, with fewer examples.
EVERY_RUN = "not browser and not nightly"
# Where there are tests with a browser: collecting all others takes each worker as long as ten pages.
WITH_BROWSER = ("tests/browser", "tests/clients")
# Files stay whole, as their fixtures are dear; tests/conftest.py puts the longest first.
WHOLE_FILES = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
# The pages are one long file, and each worker has its browser and its copy of the house anyway.
SHARED_FILES = ("-n", "2", "--dist", "worksteal")
# Dozens of processes begin in the tests: each would compile all it imports, where compiled code is
# not kept. It is kept here, whatever the environment says, and out of the way of the sources.
COMPILED = Path(sys.prefix) / "keskio-compiled"
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
    _keep_compiled()
    types = None if arguments else Beside("types", TYPES)
    faults = [] if arguments else [name for name, look in LOOKS.items() if not _run(name, look)]
    count = Count()
    sources.fetch()
    if not arguments:
        faults += _front_end(count)
    faults += _tests(count, "tests on SQLite", ["-m", EVERY_RUN, *arguments])
    # The browser's driver leaves an event loop running in its process.
    where = [] if arguments else WITH_BROWSER
    faults += _tests(
        count,
        "tests in a browser",
        ["-m", "browser and not nightly", *where, *arguments],
        SHARED_FILES,
    )
    faults += _tests_on_postgres(count, arguments)
    if types is not None and not types.went_well():
        faults.append("types")
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
    workers: Sequence[str] = WHOLE_FILES,
    environ: Mapping[str, str] = NOTHING_MORE,
) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = ("pytest", *workers, "-q", f"--junitxml={report}", *arguments)
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
            ["--only-database", "--by-day", "-m", EVERY_RUN, *arguments],
            environ={"KESKIO_DATABASE_URL": server.url},
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
    code = subprocess.run(
        _found(command),
        cwd=folder,
        env=_environment(environ),
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    verdict = "done" if code in allowed else f"FAILED ({code})"
    print(f"--- {name}: {verdict} in {time.monotonic() - begun:.0f} s", flush=True)
    return code in allowed


def _found(command: Sequence[str]) -> list[str]:
    """Return the command with the environment's own program, where it has one of the name."""
    program = PROGRAMS / command[0]
    return [str(program) if program.exists() else command[0], *command[1:]]


def _environment(more: Mapping[str, str] = NOTHING_MORE) -> dict[str, str]:
    return {**os.environ, **more, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


def _keep_compiled() -> None:
    """Let all processes begun from here share one folder of compiled code."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(COMPILED)


class Beside:
    """A look that runs beside the tests; what it says is printed when it is asked for its verdict."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._begun = time.monotonic()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the verdict
        self._process = subprocess.Popen(
            _found(command),
            cwd=HERE,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
        )

    def went_well(self) -> bool:
        """Wait for its end, print what it said, and tell whether it went well."""
        print(f"--- {self.name} (begun {time.monotonic() - self._begun:.0f} s ago)", flush=True)
        code = self._process.wait()
        with self._said:
            self._said.seek(0)
            print(self._said.read().decode(errors="replace"), end="")
        verdict = "done" if code == 0 else f"FAILED ({code})"
        print(f"--- {self.name}: {verdict}", flush=True)
        return code == 0


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
