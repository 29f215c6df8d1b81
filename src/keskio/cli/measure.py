"""`keskio measure`: scores of a file, without an installation: CLV, RFM, NPS."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from keskio.engine.scores.nps import nps_of
from keskio.engine.scores.rfm import make_cuts, scores_of
from keskio.kernel.errors import Mistake

ORDER_COLUMNS = ("customer", "date", "value")
EPOCH_DAY = date(1970, 1, 1).toordinal()
file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)
until_option = click.option(
    "--until",
    metavar="DATE",
    help="The last day looked at (YYYY-MM-DD); else that of the last order.",
)


@click.group()
def measure() -> None:
    """Scores of files: the value of customers, RFM, NPS."""


@measure.command()
@click.argument("orders", type=file_argument)
@click.option("--unit", type=click.Choice(["day", "week", "month"]), default="week")
@until_option
@click.option("--model", type=click.Choice(["bg", "mbg"]), default="bg", help="BG/NBD or MBG/NBD.")
def clv(orders: Path, unit: str, until: str | None, model: str) -> None:
    """Fit BG/NBD and gamma-gamma to ORDERS, a CSV file with columns customer, date, value.

    Prints one line of JSON: the parameters by the names of the papers (r alpha a b, p q v), the
    log-likelihoods, 95 % intervals, and what makes the figures doubtful.
    """
    import numpy as np

    from keskio.know.profiles.fitting import fit_purchasing, fit_spending
    from keskio.know.profiles.guards import correlation_of, doubts_of
    from keskio.know.profiles.histories import histories_of, purchases_of

    names, days, values = _columns(orders)
    codes = {name: number for number, name in enumerate(dict.fromkeys(names))}
    bought = purchases_of([codes[name] for name in names], days, values)
    last = _day(until) if until else int(np.max(bought.day, initial=0))
    histories = histories_of(bought, until=last, unit=unit)

    buying = fit_purchasing(
        histories.x, histories.t_x, histories.age, leaves_at_first=model == "mbg"
    )
    spending = fit_spending(histories.x, histories.mean)
    _print(
        {
            **buying.as_dict(),
            "log_likelihood": buying.log_likelihood,
            **spending.as_dict(),
            "log_likelihood_spending": spending.log_likelihood,
            "intervals": {**buying.intervals(), **spending.intervals()},
            "customers": len(histories),
            "repeaters": int((histories.x > 0).sum()),
            "repeat_purchases": int(histories.x.sum()),
            "correlation": correlation_of(histories),
            "doubts": doubts_of(histories),
        }
    )


@measure.command()
@click.argument("orders", type=file_argument)
@until_option
def rfm(orders: Path, until: str | None) -> None:
    """Score the customers of ORDERS, a CSV file with columns customer, date, value.

    Prints a line of JSON for each customer, with r, f and m from 1 to 5 (5 is best), then one with
    the cut points: recency in days, frequency in days with a purchase, monetary in all value.
    """
    names, days, values = _columns(orders)
    end = _day(until) if until else max(days, default=0)
    bought: dict[str, tuple[int, set[int], float]] = {}
    for name, day, value in zip(names, days, values, strict=True):
        if day <= end:
            last, on, total = bought.get(name, (day, set(), 0.0))
            bought[name] = (max(last, day), on | {day}, total + value)
    if not bought:
        raise Mistake("There are no orders by that day: nothing can be scored.")
    columns = {name: (end - last, len(on), total) for name, (last, on, total) in bought.items()}
    cuts = make_cuts(*(list(column) for column in zip(*columns.values(), strict=True)))
    for name, (recency, frequency, monetary) in columns.items():
        r, f, m = scores_of(recency, frequency, monetary, cuts=cuts)
        _print({"customer": name, "r": r, "f": f, "m": m})
    _print({"cuts": cuts})


@measure.command()
@click.argument("answers", type=file_argument)
def nps(answers: Path) -> None:
    """Print the net promoter score of ANSWERS, a CSV file with a column score.

    One line of JSON: nps, its 95 % interval low and high, n, promoters, passives, detractors.
    """
    scores = []
    for number, row in _rows(answers, ("score",)):
        try:
            scores.append(int(row["score"]))
        except ValueError:
            raise Mistake(f"Line {number}: {row['score']!r} is not a whole number.") from None
    try:
        found = nps_of(scores)
    except ValueError as wrong:
        raise Mistake(f"{answers.name}: {wrong}.") from None
    _print(found)


def _print(told: Any) -> None:
    click.echo(msgspec.json.encode(told).decode())


def _columns(file: Path) -> tuple[list[str], list[int], list[float]]:
    """Return customers, days since 1970 and values of a file of orders."""
    names, days, values = [], [], []
    for number, row in _rows(file, ORDER_COLUMNS):
        try:
            days.append(_day(row["date"]))
            values.append(float(row["value"] or 0))
        except (ValueError, Mistake) as wrong:
            raise Mistake(f"Line {number} of {file.name}: {wrong}.") from None
        names.append(row["customer"])
    return names, days, values


def _rows(file: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in needed if name not in (rows.fieldnames or ())]
        if missing:
            raise Mistake(
                f"{file.name} has no column {', '.join(missing)}:"
                f" its first line must name {', '.join(needed)}."
            )
        yield from enumerate(rows, start=2)


def _day(text: str) -> int:
    """Return the day of a date or an instant, as days since 1970."""
    try:
        return datetime.fromisoformat(text.strip()).date().toordinal() - EPOCH_DAY
    except ValueError:
        raise Mistake(f"{text!r} is not a date like 1997-09-30") from None
