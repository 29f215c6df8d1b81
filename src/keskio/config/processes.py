"""The processes of an installation, as `keskio up` starts them: `web`, `worker`; `phones` in the demo.

    python -m keskio.config.processes web --lifeline 3 --socket 4
    python -m keskio.config.processes worker --lifeline 3
    python -m keskio.config.processes phones --lifeline 3
    python -m keskio.config.processes runner

Each stops on SIGTERM, on SIGINT, and when its parent is gone: the parent holds the writing end of
the pipe `--lifeline` and never writes, so that the end of the file is the message.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence

import django

# The parent waits 4.5 seconds in all.
PATIENCE_AT_END = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the processes until it is asked to stop."""
    parser = argparse.ArgumentParser(prog="keskio.config.processes")
    parser.add_argument("process", choices=("web", "worker", "phones", "runner"))
    parser.add_argument("--lifeline", type=int)
    parser.add_argument("--socket", type=int)
    asked = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()
    if asked.lifeline is not None:
        follow(asked.lifeline)
    if asked.process == "web":
        run_web(asked.socket)
    elif asked.process == "worker":
        run_work()
        leave()
    elif asked.process == "runner":
        run_runner()
        leave()
    else:
        run_phones()


def leave() -> None:
    """End this process at once: everything is written, and taking its memory apart would take a second.

    Threads that have not come home in time are cut off, as they would be at any end.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def follow(lifeline: int) -> None:
    """Ask this process to stop, as SIGTERM does, as soon as the pipe `lifeline` ends."""

    def watch() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def run_web(listening: int) -> None:
    """Serve on the bound socket `listening` until asked to stop."""
    import uvicorn  # noqa: PLC0415 - only this process needs it

    from keskio.config.asgi import build_application  # noqa: PLC0415 - Django is set up only now
    from keskio.jobs.api import leave_checkpoints_to_the_worker  # noqa: PLC0415 - the same

    leave_checkpoints_to_the_worker()
    config = uvicorn.Config(
        build_application(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE_AT_END,
        timeout_keep_alive=30,
        backlog=2048,
    )
    ease_collection()
    with socket.socket(fileno=listening) as bound:
        uvicorn.Server(config).run(sockets=[bound])


def run_work() -> None:
    """Give the jobs their turns until asked to stop."""
    stop = asked_to_stop(longest=PATIENCE_AT_END)
    from keskio.config import wiring  # noqa: PLC0415 - Django is set up only now
    from keskio.jobs.api import (  # noqa: PLC0415 - the same
        leave_checkpoints_to_the_worker,
        run_worker,
    )

    leave_checkpoints_to_the_worker()
    spool = wiring.open_installation_spool()
    ease_collection()
    try:
        run_worker(wiring.worker_jobs(), wiring.backgrounds(spool), stop)
    finally:
        spool.stop()


def run_runner() -> None:
    """Take a share of the customers through their dialogues until asked to stop, beside a whole worker."""
    stop = asked_to_stop(longest=PATIENCE_AT_END)
    from keskio.config import wiring  # noqa: PLC0415 - Django is set up only now
    from keskio.jobs.api import (  # noqa: PLC0415 - the same
        leave_checkpoints_to_the_worker,
        run_worker,
    )

    leave_checkpoints_to_the_worker()
    ease_collection()
    run_worker(wiring.runner_jobs(), [], stop, bell=f"wake-{os.getpid()}")


def run_phones() -> None:
    """Run the demo's simulated phones and mailboxes until asked to stop.

    They are on the ports after the server's own, as the demo's accounts expect.
    """
    from django.conf import settings  # noqa: PLC0415 - Django is set up only now

    from keskio.channels.simulator.pages import Receiver  # noqa: PLC0415 - the same
    from keskio.channels.simulator.server import Simulation, Simulator  # noqa: PLC0415 - the same

    simulation = Simulation(
        file=settings.DATA_DIR / "simulator.sqlite3",
        host=settings.HOST,
        port=settings.PORT + 1,
        mail_port=settings.PORT + 2,
        receiver=Receiver(port=settings.PORT + 3),
        language=settings.LANGUAGE_CODE,
    )
    stop = asked_to_stop()
    # At Ctrl-C everybody hears it. Phones stay until the parent has seen the worker end: a message
    # on its way should arrive.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Simulator(simulation).run(stop)


def ease_collection() -> None:
    """Let the garbage collector leave alone what stays for good, and come more rarely.

    A batch makes tens of thousands of objects that die with it; Python's own thresholds would look
    through all of them many times over, which cost the intake a seventh of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    # At the end it must come once more: extensions complain of objects that nobody took away.
    atexit.register(gc.unfreeze)


def asked_to_stop(*, longest: float | None = None) -> threading.Event:
    """Return what SIGTERM and SIGINT set from now on.

    With `longest`, the process leaves that many seconds after it was asked, done or not: a turn that
    loads a library or runs a long query is cut off. Its transaction is undone and its work is done
    at the next start, as after any crash.
    """
    stop = threading.Event()

    def hear(*_: object) -> None:
        if longest is not None and not stop.is_set():
            at_last = threading.Timer(longest, leave)
            at_last.daemon = True
            at_last.start()
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, hear)
    return stop


if __name__ == "__main__":
    main()
