"""How scripted phones behave: who answers what and when, drawn from the seed and the number alone.

The same seed, number and count of messages give the same behaviour, so a demo and a test can be
repeated. Rules are looked at in order; the first whose pattern is found in the text decides.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from keskio.kernel.errors import Mistake


class Choice(msgspec.Struct, frozen=True):
    """One way to answer: `says` are the messages in order, each a list of spellings; none: silence."""

    weight: float
    says: tuple[tuple[str, ...], ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """What phones do with a text in which the pattern `when` is found; `after` in seconds."""

    when: str
    choices: tuple[Choice, ...]
    after: tuple[float, float] = (15.0, 240.0)


class Script(msgspec.Struct, frozen=True):
    """The behaviour of all phones. `unreachable`: the share that no message reaches, ever."""

    seed: str = "keskio"
    pace: float = 1.0
    unreachable: float = 0.01
    report_after: tuple[float, float] = (0.5, 4.0)
    rules: tuple[Rule, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """A text that a phone will send, so many seconds after it got the message."""

    after: float
    text: str


YES = ("A", "A", "A", "a", "A.", " a ", "A!", "a.")
CODE = ("B", "B", "b", "B.", " b")
OTHER = (
    "Ahaa kiitos",
    "Kuulostaa hyvältä",
    "Mitä maksaa pelkkä huolto?",
    "ok",
    "Soittakaa iltapäivällä",
    "Thanks!",
    "Can I come on Saturday?",
)
STOP = ("STOP", "LOPETA", "lopeta", "Stop.", "Ei viestejä", "peru")

DEMO = Script(
    rules=(
        Rule(
            when=r"(vastaa|reply)\s+A\b.*\bB\b",
            choices=(
                Choice(27, (YES,)),
                Choice(22, (CODE,)),
                Choice(7, (OTHER, YES)),
                Choice(4, (OTHER, CODE)),
                Choice(5, (OTHER,)),
                Choice(2, (YES, YES)),
                Choice(4, (STOP,)),
                Choice(29),
            ),
        ),
        Rule(
            when=r"(vastaa\w*|reply\w*)\s+A\b",
            choices=(Choice(25, (YES,)), Choice(3, (OTHER,)), Choice(72)),
        ),
    )
)
SILENT = Script()


def script_from(text: str | bytes) -> Script:
    """Return a script written as JSON; raises Mistake with the place that cannot be read."""
    try:
        script = msgspec.json.decode(text, type=Script)
        for rule in script.rules:
            re.compile(rule.when)
    except (msgspec.MsgspecError, re.error) as error:
        raise Mistake(f"The script of the phones cannot be read: {error}.") from error
    return script


def is_reached(script: Script, number: str) -> bool:
    """Tell whether messages reach this phone."""
    return draw(script.seed, number, "reached") >= script.unreachable


def report_after(script: Script, number: str, count: int) -> float:
    """Return after how many seconds the delivery of the phone's message number `count` is reported."""
    return _between(script.report_after, draw(script.seed, number, "report", count)) * script.pace


def answers_to(script: Script, number: str, text: str, *, count: int) -> list[Answer]:
    """Return what the phone answers to its message number `count`; the first matching rule decides."""
    rule = next(
        (r for r in script.rules if re.search(r.when, text, re.IGNORECASE | re.DOTALL)), None
    )
    if rule is None:
        return []
    choice = _chosen(rule.choices, draw(script.seed, number, "choice", count))
    answers, after = [], 0.0
    for place, spellings in enumerate(choice.says):
        after += _between(rule.after, draw(script.seed, number, "after", count, place))
        which = draw(script.seed, number, "spelling", count, place)
        answers.append(Answer(after * script.pace, spellings[int(which * len(spellings))]))
    return answers


def draw(*words: object) -> float:
    """Return a number from 0 up to 1 that hangs on the words alone."""
    digest = hashlib.blake2b("\0".join(map(str, words)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


def _between(bounds: tuple[float, float], share: float) -> float:
    low, high = bounds
    # Most answers come early, some late.
    return low + (high - low) * share * share


def _chosen(choices: Sequence[Choice], share: float) -> Choice:
    left = share * sum(choice.weight for choice in choices)
    for choice in choices:
        left -= choice.weight
        if left < 0:
            return choice
    return choices[-1]
