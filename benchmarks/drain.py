"""Takes all that is spooled in FOLDER into the log, as the worker does, and prints what it cost.

python -m benchmarks.drain FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path


def main() -> None:
    """Drain under the clock; the checkpointer runs beside it, as in an installation."""
    os.environ["KESKIO_DATA"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "keskio.config.settings"
    import django  # noqa: PLC0415 - settings first

    django.setup()
    from keskio.config import wiring  # noqa: PLC0415 - the same
    from keskio.config.processes import ease_collection  # noqa: PLC0415 - the same
    from keskio.events import api as events  # noqa: PLC0415 - the same
    from keskio.jobs.api import (  # noqa: PLC0415 - the same
        Checkpointer,
        leave_checkpoints_to_the_worker,
    )
    from keskio.kernel.clock import now_micros  # noqa: PLC0415 - the same

    leave_checkpoints_to_the_worker()
    stop = threading.Event()
    files = [Path(sys.argv[1]) / name for name in ("keskio.sqlite3", "spool.sqlite3")]
    checkpointer = threading.Thread(target=Checkpointer(files).run, args=(stop,))
    intake = wiring.make_intake()
    checkpointer.start()
    ease_collection()
    begun, cpu = time.perf_counter(), time.process_time()
    while intake.turn(now_micros()):
        pass
    told = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - begun}
    stop.set()
    checkpointer.join()
    print(json.dumps({**told, "events": events.last_position()}))


if __name__ == "__main__":
    main()
