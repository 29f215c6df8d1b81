"""Kannel from its Debian package: bearerbox and smsbox with a private configuration on this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

USER, PASSWORD = "keskio", "pass word"


def find_kannel() -> tuple[str, str] | None:
    """Return the two programs, or None where Kannel is not installed."""
    folder = "/usr/sbin:/usr/bin:/usr/local/sbin"
    found = [shutil.which(name, path=folder) for name in ("bearerbox", "smsbox")]
    return (found[0], found[1]) if found[0] and found[1] else None


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [bound.getsockname()[1] for bound in sockets]


@contextmanager
def kannel(folder: Path, *, smpp_port: int, get_url: str) -> Iterator[str]:
    """Run Kannel until the end and give the address of its `sendsms`."""
    programs = find_kannel()
    assert programs is not None
    admin, box, sendsms = free_ports(3)
    configuration = folder / "kannel.conf"
    configuration.write_text(f"""
group = core
admin-port = {admin}
admin-password = admin
admin-interface = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = "127.0.0.1"
dlr-storage = internal
log-file = "{folder}/bearerbox.log"
log-level = 0

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {smpp_port}
transceiver-mode = true
smsc-username = keskio
smsc-password = secret
system-type = ""
address-range = ""
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = "127.0.0.1"
http-request-retry = 20
http-queue-delay = 1
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = {USER}
password = "{PASSWORD}"
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
get-url = "{get_url}"
max-messages = 0
""")
    with ExitStack() as stack:
        for program, port in ((programs[0], box), (programs[1], sendsms)):
            process = subprocess.Popen(
                [program, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(_end, process)
            _wait_for(port)
        _wait_until_bound(admin)
        yield f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on {port}"
            time.sleep(0.05)
        else:
            return


def _wait_until_bound(admin: int) -> None:
    deadline = time.monotonic() + 120
    while "(online" not in httpx.get(f"http://127.0.0.1:{admin}/status?password=admin").text:
        assert time.monotonic() < deadline, "Kannel does not reach the centre"
        time.sleep(0.1)
