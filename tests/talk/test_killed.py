"""Processes are killed at any moment under load: nothing is lost, and nothing is received twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.postgres import PostgresServer

ROUNDS = 50
LONGEST = 900  # seconds


def killed(folder: Path, *, rounds: int, runners: int, seed: int = 85, url: str = "") -> Any:
    """Run the rounds in an installation of their own and return its books."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    environ = {**clean, "KESKIO_DATA": str(folder), **({"KESKIO_DATABASE_URL": url} if url else {})}
    asked = ("--rounds", str(rounds), "--runners", str(runners), "--seed", str(seed))
    run = subprocess.run(
        [sys.executable, "-m", "tests.talk.killing", *asked],
        cwd=Path(__file__).parents[2],
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def prove(books: Any) -> None:
    """Nothing lost, nothing doubled, the unknown listed, everybody accounted for."""
    print(books)
    assert books["rested"]
    assert (books["doubled"], books["lost"], books["denied"]) == ([], [], [])
    assert (books["left over"], books["stuck"], books["in error"]) == (0, 0, 0)
    assert books["taken"] == books["asked"] > 0
    assert books["balanced"]
    assert books["messages"] >= books["received"] > 0


def test_killed_three_times(tmp_path: Path) -> None:
    prove(killed(tmp_path, rounds=3, runners=2))


@pytest.mark.nightly
@pytest.mark.parametrize("runners", [1, 3])
def test_killed_fifty_times(tmp_path: Path, runners: int) -> None:
    books = killed(tmp_path, rounds=ROUNDS, runners=runners)
    prove(books)
    assert books["unknown"] > 0


@pytest.mark.nightly
@pytest.mark.postgres
def test_killed_fifty_times_on_postgres(tmp_path: Path, postgres: PostgresServer) -> None:
    books = killed(tmp_path, rounds=ROUNDS, runners=3, url=postgres.new_database())
    prove(books)
    assert books["unknown"] > 0
