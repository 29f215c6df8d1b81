"""How the company's customers have answered until now: the defaults of what a backtest assumes.

From the tallies of all versions: of those to whom a question was sent, how many gave which answer. A
question that has been asked often enough speaks for itself; another one takes the share of its
channel, spread evenly over its choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from keskio.engine.dialogue.program import Ask, Program, Task
from keskio.kernel.sql import fetch
from keskio.talk.backtests.asked import Assumed

ENOUGH = 30  # times asked, before a share says anything
TALLIES = "SELECT version_id, step, outcome, count FROM talk_tally WHERE step <> ''"


class Rates(msgspec.Struct):
    """Counts of the past: (asked, by answer) of each "dialogue/step", (asked, answered) by channel.

    `tasks`: how many were given, and how many got each result.
    """

    steps: dict[str, tuple[int, dict[str, int]]] = {}
    channels: dict[str, tuple[int, int]] = {}
    given: int = 0
    results: dict[str, int] = {}


def past_rates(programs: Mapping[int, Program]) -> Rates:
    """Return the counts of the past of all versions, given by their numbers. One query."""
    by_place: dict[tuple[int, str], dict[str, int]] = {}
    for version, step, outcome, count in fetch(TALLIES):
        by_place.setdefault((version, step), {})[outcome] = count
    rates = Rates()
    for (version, key), outcomes in by_place.items():
        program = programs.get(version)
        step = program.steps.get(key) if program else None
        if isinstance(step, Ask) and program is not None:
            _add_question(rates, f"{program.key}/{key}", step, outcomes)
        elif isinstance(step, Task):
            _add_tasks(rates, outcomes)
    return rates


def _add_question(rates: Rates, place: str, step: Ask, outcomes: Mapping[str, int]) -> None:
    asked = outcomes.get("claimed", 0)
    answers = {name: outcomes.get(name, 0) for name in _answers_of(step)}
    before, known = rates.steps.get(place, (0, {}))
    joined = {name: known.get(name, 0) + n for name, n in answers.items()}
    rates.steps[place] = (before + asked, {**known, **joined})
    channel = step.message.channels[0]
    asked_there, answered = rates.channels.get(channel, (0, 0))
    rates.channels[channel] = (asked_there + asked, answered + sum(answers.values()))


def _add_tasks(rates: Rates, outcomes: Mapping[str, int]) -> None:
    rates.given += sum(outcomes.values())
    for name, times in outcomes.items():
        if name != "overdue":
            rates.results[name] = rates.results.get(name, 0) + times


def assumed_from(rates: Rates, programs: Iterable[Program]) -> Assumed:
    """Return what the past lets assume of the questions and tasks of `programs`."""
    answers = {}
    for program in programs:
        for key, step in program.steps.items():
            if isinstance(step, Ask):
                shares = _shares(rates, f"{program.key}/{key}", step)
                if shares:
                    answers[f"{program.key}/{key}"] = shares
    tasks = {}
    if rates.given >= ENOUGH:
        tasks = {name: n / rates.given for name, n in sorted(rates.results.items()) if n}
    return Assumed(answers, tasks)


def everywhere(share: float, programs: Iterable[Program], tasks: float | None) -> Assumed:
    """Return that this share of those asked answers, evenly over the choices, and does its tasks."""
    answers = {
        f"{program.key}/{key}": _evenly(share, step)
        for program in programs
        for key, step in program.steps.items()
        if isinstance(step, Ask)
    }
    return Assumed(answers, {} if tasks is None else {"done": tasks})


def _shares(rates: Rates, place: str, step: Ask) -> dict[str, float]:
    asked, answers = rates.steps.get(place, (0, {}))
    if asked >= ENOUGH:
        return {name: min(n / asked, 1.0) for name, n in answers.items() if n}
    there, answered = rates.channels.get(step.message.channels[0], (0, 0))
    return _evenly(min(answered / there, 1.0), step) if there >= ENOUGH and answered else {}


def _evenly(share: float, step: Ask) -> dict[str, float]:
    answers = [name for name in _answers_of(step) if name != "other"]
    return {name: share / len(answers) for name in answers} if answers else {}


def _answers_of(step: Ask) -> list[str]:
    typed = ["answer"] if step.expects is not None else []
    return [*step.choices, *typed, "other"]
