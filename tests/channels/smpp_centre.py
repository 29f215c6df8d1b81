"""A small SMS centre that speaks SMPP 3.4, with simulated phones behind it.

It takes a bind as transceiver, puts long messages together, sends a delivery receipt for each
message that asks for one, and lets the phones answer. Enough of the protocol for a real gateway.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec

from tests.channels import gsm
from tests.channels.loops import call, loop_in_thread

BIND_TRANSCEIVER, UNBIND, ENQUIRE_LINK = 0x09, 0x06, 0x15
SUBMIT, DELIVER, RESPONSE = 0x04, 0x05, 0x80000000
UDH, RECEIPT = 0x40, 0x04
UCS2 = 0x08
HEADER = struct.Struct(">IIII")


class Received(msgspec.Struct, frozen=True):
    """One whole message at a phone."""

    phone: str
    sender: str
    text: str
    alphabet: str
    parts: int


Behaviour: TypeAlias = Callable[[Received], tuple[str, list[str]]]


class Centre(asyncio.Protocol):
    """One connection of a gateway; `behaviour` says how a message ends and what the phone answers."""

    def __init__(
        self, behaviour: Behaviour, received: list[Received], arrived: threading.Condition
    ) -> None:
        self._behaviour = behaviour
        self._received = received
        self._arrived = arrived
        self._buffer = b""
        self._sequence = 0
        self._messages = 0
        self._parts: dict[tuple[str, int], dict[int, str]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 4:
            (size,) = struct.unpack_from(">I", self._buffer)
            if len(self._buffer) < size:
                return
            unit, self._buffer = self._buffer[:size], self._buffer[size:]
            self._take(unit)

    def _take(self, unit: bytes) -> None:
        _, command, _, sequence = HEADER.unpack_from(unit)
        body = unit[HEADER.size :]
        if command == BIND_TRANSCEIVER:
            self._answer(command, sequence, b"centre\0")
        elif command == SUBMIT:
            self._messages += 1
            name = f"m{self._messages}"
            self._answer(command, sequence, name.encode() + b"\0")
            self._submit(body, name)
        elif command in (ENQUIRE_LINK, UNBIND):
            self._answer(command, sequence, b"")

    def _answer(self, command: int, sequence: int, body: bytes) -> None:
        self._write(command | RESPONSE, sequence, body)

    def _write(self, command: int, sequence: int, body: bytes) -> None:
        self._transport.write(HEADER.pack(HEADER.size + len(body), command, 0, sequence) + body)

    def _submit(self, body: bytes, name: str) -> None:
        _service, rest = _text(body)
        sender, rest = _text(rest[2:])
        phone, rest = _text(rest[2:])
        esm_class = rest[0]
        _, rest = _text(rest[3:])  # protocol, priority, then the schedule
        _, rest = _text(rest)  # the validity
        wants_receipt, coding = rest[0], rest[2]
        size = rest[4]
        message = rest[5 : 5 + size]
        place, total = 1, 1
        key = (phone, -self._messages)
        if esm_class & UDH:
            header, message = message[1 : 1 + message[0]], message[1 + message[0] :]
            # Information element 0: reference, how many, which.
            key, total, place = (phone, header[2]), header[3], header[4]
        text = (
            message.decode("utf-16-be", "surrogatepass") if coding == UCS2 else gsm.decode(message)
        )
        parts = self._parts.setdefault(key, {})
        parts[place] = text
        state = "DELIVRD"
        if len(parts) == total:
            whole = "".join(parts[n] for n in sorted(parts))
            whole = whole.encode("utf-16", "surrogatepass").decode("utf-16")
            found = Received(phone, sender, whole, "ucs2" if coding == UCS2 else "gsm", total)
            state, answers = self._behaviour(found)
            with self._arrived:
                self._received.append(found)
                self._arrived.notify_all()
            for answer in answers:
                self._deliver(phone, sender, answer)
        if wants_receipt & 1:
            self._receipt(phone, sender, name, state)

    def _receipt(self, phone: str, to: str, name: str, state: str) -> None:
        now = "2611221437"
        said = (
            f"id:{name} sub:001 dlvrd:{'001' if state == 'DELIVRD' else '000'} submit date:{now}"
            f" done date:{now} stat:{state} err:000 text:"
        )
        self._send_up(phone, to, said.encode(), esm_class=RECEIPT, coding=0)

    def _deliver(self, phone: str, to: str, text: str) -> None:
        octets = gsm.encode(text)
        if octets is None:
            self._send_up(phone, to, text.encode("utf-16-be"), esm_class=0, coding=UCS2)
        else:
            self._send_up(phone, to, octets, esm_class=0, coding=0)

    def _send_up(self, phone: str, to: str, message: bytes, *, esm_class: int, coding: int) -> None:
        self._sequence += 1
        body = b"\0" + b"\1\1" + phone.encode() + b"\0" + b"\0\1" + to.encode() + b"\0"
        body += (
            bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(message))) + message
        )
        self._write(DELIVER, self._sequence, body)


class Running(msgspec.Struct):
    """A running centre: its port, and what has reached the phones."""

    port: int
    received: list[Received]
    arrived: threading.Condition

    def wait_for(self, count: int) -> list[Received]:
        with self.arrived:
            enough = self.arrived.wait_for(lambda: len(self.received) >= count, 30)
            assert enough, f"{len(self.received)} of {count} messages reached phones"
            return list(self.received)


@contextmanager
def smpp_centre(behaviour: Behaviour) -> Iterator[Running]:
    """Run a centre on a free port of this machine."""
    received: list[Received] = []
    arrived = threading.Condition()
    with loop_in_thread() as loop:

        async def start() -> asyncio.Server:
            return await loop.create_server(
                lambda: Centre(behaviour, received, arrived), "127.0.0.1", 0
            )

        server = call(loop, start)
        try:
            yield Running(server.sockets[0].getsockname()[1], received, arrived)
        finally:
            loop.call_soon_threadsafe(server.close)


def _text(octets: bytes) -> tuple[str, bytes]:
    text, _, rest = octets.partition(b"\0")
    return text.decode("latin-1"), rest
