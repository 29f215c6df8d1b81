"""Recovery plans: how a case is put right, read from a document, and which plan fits a case.

Rule 1: a plan is data. What it asks for of a case (`When`) is a list of conditions; a plan fits when all
hold, and each is told with what was wanted and found, so that the choice explains itself.
Rule 2: of the plans that fit, the one of the highest priority is chosen; of equals the one with more
conditions, then the first by name.
Rule 3: a compensation has texts for private messages only; a plan whose public texts promise money or a
code is refused.
Rule 4: everything wrong with a document is found in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.times import Calendar, Span, add, work_done_by

KINDS = ("regular", "occasional", "made_up", "unknown")
STEP_KINDS = (
    *("acknowledge", "apologise", "explain", "neutral", "private", "compensate"),
    *("investigate", "task", "survey"),
)
ANSWERS = frozenset({"acknowledge", "apologise", "explain", "neutral", "private"})
"""Steps that are answers to the customer: an answer sent ticks the next of them."""
MONEY = re.compile(
    r"\{\{\s*code|\d[\d\s]*(?:[.,]\d+)?\s*(?:€|euro|eur\b)|(?:€|eur)\s*\d|\d+\s*(?:%|prosent|per ?cent)",
    re.IGNORECASE,
)
OFFERS = re.compile(
    r"hyvit|korvau|korvaa|lahjakort|alennu|etuseteli|maksutta|ilmaise|koodi"
    r"|compensat|refund|voucher|gift card|coupon|discount|credit|free of charge|\bcode\b",
    re.IGNORECASE,
)
Texts: TypeAlias = Mapping[str, str]


class Finding(msgspec.Struct, frozen=True):
    """Something wrong with a document: where, a code with its values, and whether it can be used."""

    place: str
    code: str
    detail: str = ""
    severity: str = "error"


class Within(msgspec.Struct, frozen=True):
    """By when: so much working time, or so much time by the calendar."""

    working: int = 0
    span: Span = Span()

    def after(self, at: int, zone: str, hours: Calendar) -> int:
        """Return the instant by which it is, counted from `at`."""
        if self.working:
            return work_done_by(at, self.working, zone, hours)
        return add(at, self.span, zone)


class Step(msgspec.Struct, frozen=True):
    """One step, with ready texts for an answer that everybody sees and for one only the customer sees."""

    key: str
    kind: str
    title: Texts
    within: Within | None = None
    public: Texts = {}
    private: Texts = {}


class When(msgspec.Struct, frozen=True):
    """What a plan asks for of a case; empty is anything. `who`: a condition on the customer."""

    customer: tuple[str, ...] = ()
    severity: tuple[int, int] = (0, 3)
    themes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("complaint",)
    who: Mapping[str, Any] | None = None

    @property
    def count(self) -> int:
        """How many conditions it has."""
        told = (self.customer, self.themes, self.channels, self.who, self.severity != (0, 3))
        return sum(bool(one) for one in told)


class Compensation(msgspec.Struct, frozen=True):
    """What may be offered, in private: an offer's code worth `cents`, or the money itself without one.

    `month`: cents that may be spent in a calendar month; `approval_above`: cents above which a second
    person must agree (none: never by the sum alone).
    """

    title: Texts
    text: Texts
    cents: int
    month: int
    offer: str = ""
    per_case: int = 1
    approval_above: int | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery plan. `compare`: the share of cases drawn to be handled without it, to compare with."""

    key: str
    title: Texts
    when: When
    steps: tuple[Step, ...]
    about: Texts = {}
    priority: int = 50
    respond_within: Within | None = None
    tone: Texts = {}
    compensation: Compensation | None = None
    follow_up: Span | None = None
    compare: float = 0.0


class About(msgspec.Struct, frozen=True):
    """What is known of a case when a plan is chosen for it."""

    customer: str
    severity: int
    kind: str = "complaint"
    themes: tuple[str, ...] = ()
    channel: str = ""


class Ground(msgspec.Struct, frozen=True):
    """One condition of a plan: what it wanted, what was found, and whether it holds."""

    condition: str
    wanted: str
    found: str
    holds: bool


def reasons_for(when: When, about: About, *, who_holds: bool = True) -> list[Ground]:
    """Return each condition of a plan with what was found; the plan fits when all of them hold."""
    low, high = when.severity
    told = [Ground("kind", ", ".join(when.kinds), about.kind, about.kind in when.kinds)]
    if when.customer:
        fits = about.customer in when.customer
        told.append(Ground("customer", ", ".join(when.customer), about.customer, fits))
    if when.severity != (0, 3):
        fits = low <= about.severity <= high
        told.append(Ground("severity", f"{low}–{high}", str(about.severity), fits))
    if when.themes:
        fits = bool(set(when.themes) & set(about.themes))
        told.append(Ground("theme", ", ".join(when.themes), ", ".join(about.themes), fits))
    if when.channels:
        fits = about.channel in when.channels
        told.append(Ground("channel", ", ".join(when.channels), about.channel, fits))
    if when.who is not None:
        told.append(Ground("who", "", "", who_holds))
    return told


def choose(
    plans: Sequence[Plan], about: About, who_holds: Callable[[Plan], bool]
) -> tuple[Plan | None, list[Ground]]:
    """Return the plan for a case, with its reasons; (None, []) when none fits.

    `who_holds` decides a plan's condition on the customer.
    """
    fitting: list[tuple[int, int, str, Plan, list[Ground]]] = []
    for plan in plans:
        holds = plan.when.who is None or who_holds(plan)
        told = reasons_for(plan.when, about, who_holds=holds)
        if all(one.holds for one in told):
            fitting.append((-plan.priority, -plan.when.count, plan.key, plan, told))
    if not fitting:
        return None, []
    *_, plan, told = min(fitting, key=lambda one: one[:3])
    return plan, told


def offers_something(text: str) -> bool:
    """Tell whether a text offers a compensation: money, a share or a code, with a word for giving it.

    >>> offers_something("Hyvitämme sinulle 20 €."), offers_something("Hyvitysasiat hoidamme viestillä.")
    (True, False)
    """
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
        if MONEY.search(sentence) and OFFERS.search(sentence):
            return True
    return False


def text_of(step: Step, language: str, *, public: bool) -> str:
    """Return the ready text of a step; "" where it has none for that."""
    texts = step.public if public else step.private or step.public
    return texts.get(language) or texts.get("fi") or next(iter(texts.values()), "")
