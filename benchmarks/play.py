"""`keskio bench play`: customer-steps per second through `play`, beside a bare event loop without gates.

A customer-step is a step left by an outcome. Everybody is asked a question; half answer, and get a
message, a wait and another message; the others are reminded. Consent, caps, quiet hours and texts in
Liquid are on. The bare loop calls the engine for each signal and nothing else: no gate, no routing, no
texts, no lines; it says what the rest costs.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

import benchmarks.installation  # noqa: F401 - before what needs tables
from benchmarks.machine import describe
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.step import step
from keskio.engine.times import MINUTE, parse_moment
from keskio.talk.documents import compile_text
from keskio.talk.play import Play
from keskio.talk.scripts import ScriptLine

DEFINITION = """
keskio: dialogue/1
key: bench
title: {fi: Kutsu}
purpose: marketing
languages: [fi]
trigger: {event: Service Due}
steps:
  invite:
    kind: ask
    channel: sms
    text: {fi: "Hei {{ customer.first_name }}! Vastaa A. Ei enää viestejä: LOPETA"}
    for: 7 days
    choices: {A: {title: {fi: Huolto}}}
    outcomes: {A: known, other: known, none: remind}
  known:
    kind: branch
    branches: {old: {trait: earlier_customer, is: true}}
    outcomes: {old: mark, else: mark}
  mark: {kind: update, traits: {wants_service: true}}
  thank: {kind: send, channel: sms, text: {fi: "Kiitos {{ customer.first_name }}!"}}
  rest: {kind: wait, for: 10 days}
  arm: {kind: split, arms: {a: 50, b: 50}, outcomes: {a: last, b: last}}
  last: {kind: send, channel: sms, text: {fi: "Miten meni?"}, outcomes: {sent: end}}
  remind: {kind: send, channel: sms, text: {fi: "Vielä ehtii."}, outcomes: {sent: end}}
"""
# Steps left: invite, known, mark, thank, rest, arm, last; or invite, remind.
STEPS = (7, 2)
BEGINS = parse_moment("2026-03-02T12:00", "Europe/Helsinki")


def script(customers: int) -> list[ScriptLine]:
    """Return what happens: everybody is due within an hour, every second one answers an hour later."""
    lines = [ScriptLine(BEGINS + n * 1000, f"c{n}", "Service Due", {}) for n in range(customers)]
    later = BEGINS + 90 * MINUTE
    lines += [
        ScriptLine(later + n * 1000, f"c{n}", "message.received", {"channel": "sms", "text": "A"})
        for n in range(0, customers, 2)
    ]
    return lines


def steps_of(customers: int) -> int:
    """Return how many customer-steps the script leads to."""
    answering = (customers + 1) // 2
    return answering * STEPS[0] + (customers - answering) * STEPS[1]


class WrongCount(Exception):
    """A play counted something else than the script says."""


def played(program: Program, lines: Sequence[ScriptLine], out: Path | None) -> int:
    """Play and print to `out`, or only count; return the customer-steps."""
    stage = Play([program], quiet=out is None)
    encode = msgspec.json.Encoder().encode
    if out is None:
        for _ in stage.run(lines):
            pass
    else:
        with out.open("wb") as file:
            for line in stage.run(lines):
                file.write(encode(line))
                file.write(b"\n")
    return sum(
        times
        for (_, key, outcome), times in stage.teller.counts.items()
        if key in program.steps and not outcome.startswith(("message:", "held", "dropped"))
    )


def bare(program: Program, lines: Sequence[ScriptLine]) -> int:
    """Call the engine for each signal in the order of time, and nothing else."""
    facts = Facts({"earlier_customer": True, "first_name": "C"})
    states: dict[str, Enrolment] = {}
    timers: list[tuple[int, str]] = []
    taken = 0

    def take(name: str, signal: s.Signal, now: int) -> None:
        nonlocal taken
        waiting = [signal]
        while waiting:
            done = step(program, states[name], waiting.pop(0), facts, now)
            states[name] = done.enrolment
            taken += len(done.passed)
            for effect in done.effects:
                if isinstance(effect, SendMessage):
                    waiting += [
                        s.Judged(now, effect.visit, "send", channel="sms"),
                        s.Reported(now, effect.visit, "sent"),
                    ]
        if states[name].due is not None:
            heapq.heappush(timers, (states[name].due or 0, name))

    for line in _with_timers(lines, timers, states):
        name, now, signal = line
        if isinstance(signal, s.Entered):
            states[name] = Enrolment()
        take(name, signal, now)
    return taken


def _with_timers(
    lines: Sequence[ScriptLine], timers: list[tuple[int, str]], states: dict[str, Enrolment]
) -> Iterator[tuple[str, int, s.Signal]]:
    ahead = iter(lines)
    line = next(ahead, None)
    while line is not None or timers:
        if timers and (line is None or timers[0][0] <= (line.at or 0)):
            due, name = heapq.heappop(timers)
            if states[name].due == due:
                timer = min(states[name].timers)
                yield name, due, s.Due(timer.due, timer.kind, timer.visit)
            continue
        assert line is not None
        at = line.at or 0
        if line.event == "Service Due":
            yield line.customer, at, s.Entered(at)
        else:
            yield line.customer, at, s.Replied(at, "sms", "A")
        line = next(ahead, None)


def main(options: Sequence[str]) -> None:
    """Play and print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench play", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000, help="customer-steps in all")
    parser.add_argument("--out", type=Path, default=Path("/dev/null"), help="where lines go")
    given = parser.parse_args(options)
    program, _ = compile_text(DEFINITION)
    assert program is not None
    customers = max(2, given.steps * 2 // sum(STEPS))
    lines = script(customers)
    wanted = steps_of(customers)
    print(describe())
    print(f"\n{customers:,} customers, {wanted:,} customer-steps\n")
    print("| | seconds | CPU | steps/CPU-s | peak MB |\n|---|---:|---:|---:|---:|")
    ways: list[tuple[str, Callable[[], int]]] = [
        ("`play --summary`", lambda: played(program, lines, None)),
        ("`play`, every line printed", lambda: played(program, lines, given.out)),
        ("the engine alone in a bare loop, no gate", lambda: bare(program, lines)),
    ]
    gc.disable()  # as `play` does
    for title, run in ways:
        began, cpu = time.perf_counter(), time.process_time()
        found = run()
        wall, spent = time.perf_counter() - began, time.process_time() - cpu
        if found != wanted:
            raise WrongCount(f"{title}: {found} customer-steps instead of {wanted}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {title} | {wall:.1f} | {spent:.1f} | {found / spent:,.0f} | {peak:,.0f} |")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
