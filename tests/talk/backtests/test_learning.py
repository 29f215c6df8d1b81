"""What a backtest knows of the past: which contacts count, by the rules that are asked about."""

from __future__ import annotations

import pytest

from keskio.engine.pressure import ALL, Cap, Collision, Rules
from keskio.engine.times import DAY, Calendar
from keskio.talk.backtests.history import Known
from keskio.talk.backtests.learning import NOTED, Body, Learner


@pytest.mark.parametrize(
    ("rules", "counted"),
    [
        (Rules(caps=(Cap(1, DAY),)), ["marketing"]),
        (Rules(caps=(Cap(1, DAY, pressure=ALL),)), ["marketing", "process"]),
        (Rules(caps=(Cap(1, DAY, pressure="process"),)), ["marketing", "process"]),
        (Rules(collisions=(Collision("marketing", "process", DAY),)), ["marketing", "process"]),
    ],
)
def test_every_class_that_a_rule_looks_at_counts(rules: Rules, counted: list[str]) -> None:
    learner = Learner(frozenset(), {}, Calendar(), rules)
    facts = learner.begin(1, Known())
    for at, pressure in enumerate(("marketing", "process", "answer")):
        told = Body({"channel": "sms", "pressure": pressure})
        facts = learner.learn(facts, at, NOTED, told)
    assert [pressure for _at, _channel, pressure in facts.contacts] == counted
