"""An installation of its own whose collectors live and are killed: a line on its input starts a life.

    python -m tests.listen.sources.lives MASTODON JETSTREAM      (in an installation named by KESKIO_DATA)

Each life is a process forked from this one, which has everything loaded and no threads; its number is
printed. Whoever reads it kills it with SIGKILL. A dead holder's lease is not waited for: it is set to be
over.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

import django


def main() -> None:
    """Make the installation, then start a life for each line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command
    from django.db import connections

    from keskio.kernel.sql import run
    from keskio.listen.sources.actions import add_source
    from keskio.listen.sources.collecting import Collectors

    mastodon, jetstream = sys.argv[1:]
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0)
    add_source(kind="mastodon", name="M", settings={"url": mastodon, "what": "local"})
    add_source(kind="bluesky", name="B", settings={"url": jetstream, "words": "pyörä"})
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for life, _line in enumerate(sys.stdin):
        run("UPDATE jobs_lease SET until = 0")
        connections.close_all()
        child = os.fork()
        if child == 0:
            collectors = Collectors(
                owner=f"life-{life}", dice=lambda: 0.0, look=0.02, first_pause=0.02
            )
            collectors.run(threading.Event())
        print(child, flush=True)


if __name__ == "__main__":
    main()
