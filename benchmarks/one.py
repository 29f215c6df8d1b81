"""One measured run in this process: `python -m benchmarks.one MODULE N FOLDER`.

Prints one line of JSON: what was counted on disk, and the CPU seconds and wall seconds of the run.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.flow import Contestant
from benchmarks.machine import cpu_seconds


def main() -> None:
    """Prepare, run under the clock, count, print."""
    module, n, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    contestant: Contestant = import_module(module).CONTESTANT(n, folder)
    contestant.prepare()
    gc.collect()
    server = getattr(contestant, "server_cpu_seconds", lambda: 0.0)
    cpu, wall = cpu_seconds() + server(), time.monotonic()
    contestant.run()
    wall, cpu = time.monotonic() - wall, cpu_seconds() + server() - cpu
    print(json.dumps({"cpu": cpu, "wall": wall, **asdict(contestant.count())}), flush=True)


if __name__ == "__main__":
    main()
