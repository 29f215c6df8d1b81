"""One measured run in this process: `python -m benchmarks.one MODULE N FOLDER`.

Prints one line of JSON: what was counted on disk, the CPU seconds and wall seconds of the steps,
and the CPU seconds of bringing in what happened.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.flow import Contestant
from benchmarks.stopwatch import Stopwatch


def main() -> None:
    """Prepare, run under the clock, count, print."""
    module, n, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    os.environ["KESKIO_DATA"] = str(folder)
    contestant: Contestant = import_module(module).CONTESTANT(n, folder)
    contestant.prepare()
    gc.collect()
    gc.set_threshold(50_000, 20, 100)
    gc.freeze()  # as Keskiö's worker does; the same for everybody
    watch, arriving = Stopwatch(), Stopwatch()
    contestant.run(watch, arriving)
    count = asdict(contestant.count())
    noted = getattr(contestant, "noted", {})
    told = {"noted": noted, "cpu": watch.cpu, "arriving": arriving.cpu, "wall": watch.wall}
    print(json.dumps({**told, **count}), flush=True)


if __name__ == "__main__":
    main()
