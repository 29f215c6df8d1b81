"""Measure how long the server takes for each page: `python scripts/page_times.py [FOLDER]`.

On the story of a thousand customers (as for the pictures). Prints the median and the worst of seven in
milliseconds with the number of queries; exit code 1 when a median is over 300 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.browser.places import PAGES  # noqa: E402 - the path comes first
from tests.browser.story import ADMIN, settings_for, tell  # noqa: E402 - the same

MOST = 300.0
ROUNDS = 7


def _noting(asked: list[str]) -> Any:
    """Return a wrapper of queries that notes each."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    return note


def measure() -> int:
    """Print the table; return the exit code."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - Django is set up by then
    from django.db import connection  # noqa: PLC0415 - the same
    from django.test import Client  # noqa: PLC0415 - the same

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        User.objects.get(username=ADMIN[0]), backend="django.contrib.auth.backends.ModelBackend"
    )
    slow = 0
    print(f"{'page':<20}{'median ms':>10}{'worst ms':>10}{'queries':>9}{'kB':>7}")
    for name, path in PAGES.items():
        asked: list[str] = []
        with connection.execute_wrapper(_noting(asked)):
            answer = client.get(path)
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - began) * 1000)
        median = statistics.median(times)
        slow += median > MOST
        size = len(answer.content) / 1024
        print(f"{name:<20}{median:>10.1f}{max(times):>10.1f}{len(asked):>9}{size:>7.0f}")
    return 1 if slow else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        settings_for(Path(sys.argv[1]))
        sys.exit(measure())
    with tempfile.TemporaryDirectory() as made:
        tell(Path(made))
        sys.exit(measure())
