"""What the figures were measured on, and with: processor, versions, disk, CPU seconds."""

from __future__ import annotations

import os
import platform
import resource
import sqlite3
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path


def cpu_seconds() -> float:
    """Return user and system CPU seconds of this process and of its children that have ended."""
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    return used


def cpu_seconds_of(pid: int) -> float:
    """Return CPU seconds of a living process, of its living descendants, and of those it waited for."""
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(_ticks_of(process) for process in _family(pid)) / ticks


def _ticks_of(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) if fields else 0


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def processor() -> str:
    """Return the processor's model as the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except FileNotFoundError:
        pass
    return platform.processor() or platform.machine()


def describe(*packages: str) -> str:
    """Return one paragraph: machine, versions of what took part, date, load when it began."""
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    versions += [f"{package} {metadata.version(package)}" for package in packages]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {processor()}, {os.cpu_count()} cores,"
        f" {memory:.0f} GB, {platform.system()} {platform.release()}"
        f" · {', '.join(versions)} · load average {os.getloadavg()[0]:.1f} at the start"
    )


def fsync_milliseconds(folder: Path, *, rounds: int = 300, pause: float = 0.005) -> list[float]:
    """Return how long `fdatasync` of 4 kB appended to a file in `folder` took, each time, sorted."""
    file = folder / "fsync"
    taken = []
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        for _ in range(rounds):
            os.write(descriptor, b"\0" * 4096)
            begun = time.perf_counter()
            os.fdatasync(descriptor)
            taken.append(1000 * (time.perf_counter() - begun))
            time.sleep(pause)
    finally:
        os.close(descriptor)
        file.unlink()
    return sorted(taken)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of values in ascending order."""
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def median_of(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)
