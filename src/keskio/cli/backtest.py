"""`keskio dialogue backtest`: the company's own history through a draft, for people and for CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from keskio.cli.installation import data_option, use_installation
from keskio.engine.times import parse_moment

if TYPE_CHECKING:
    from keskio.talk.backtests.installation import Wish
    from keskio.talk.backtests.report import Report

ZONE = "Europe/Helsinki"


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option("--from", "since", required=True, metavar="D", help="The first day that is replayed.")
@click.option("--to", "until", required=True, metavar="D", help="The first day that is not.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option(
    "--fail-if",
    "limits",
    multiple=True,
    metavar="CONDITION",
    help='Exit 1 when a figure is so: "messages_per_person_week>3", "dropped_share>20%".',
)
@click.option(
    "--answers",
    default="past",
    show_default=True,
    metavar="past|silence|SHARE",
    help="How many answer questions: as in the past, nobody, or a share such as 10%.",
)
@click.option(
    "--tasks-done", metavar="SHARE", help="The share of tasks done; as in the past without."
)
@click.option("--capacity", type=click.IntRange(min=0), help="Tasks that can be done in a day.")
@click.option("--stock", "stocks", multiple=True, metavar="OFFER=N", help="Another stock than now.")
@click.option("--alone", is_flag=True, help="Without the other live dialogues.")
@click.option("--seed", type=int, default=0, show_default=True, help="What answers are drawn from.")
@data_option
def backtest(file: Path, *, data: Path | None, **options: Any) -> None:
    """Replay the company's own history through the definition FILE.

    With consents as they were, pressure, quiet hours, stock, control groups and the other live
    dialogues; beside the live version of the same key, if there is one. Nothing is sent and nothing
    changes. Exits 1 when a --fail-if holds.
    """
    use_installation(data=data)
    from keskio.talk.backtests.report import read_limit, told

    conditions = [read_limit(text) for text in options["limits"]]
    report = replayed(_wish(file, options))
    if options["as_json"]:
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    else:
        click.echo(told(report))
    figures = report.versions["draft"].figures
    failed = [condition.text for condition in conditions if condition.fails(figures)]
    for text in failed:
        click.echo(f"Failed: {text}", err=True)
    sys.exit(1 if failed else 0)


def replayed(wish: Wish) -> Report:
    """Return the report of a backtest, carried out here and now."""
    from keskio.engine.pressure import longest_window
    from keskio.lake import api as lake
    from keskio.talk.backtests.installation import asked_by, noted_between
    from keskio.talk.backtests.report import report_of
    from keskio.talk.backtests.running import Backtest, Progress

    asked = asked_by(wish)
    noted = noted_between(asked.since - longest_window(asked.rules), asked.until)
    with lake.engine() as engine:
        replay = Backtest(asked, engine, noted)
        progress = Progress()
        for _ in replay.run(progress):
            pass
        return report_of(asked, progress.counts, replay.plays(progress))


def _wish(file: Path, options: dict[str, Any]) -> Wish:
    from keskio.talk.backtests.installation import Wish

    answers: str | float = options["answers"]
    if answers not in ("past", "silence"):
        answers = _share(str(answers), "--answers")
    done = options["tasks_done"]
    return Wish(
        text=file.read_text(encoding="utf-8-sig"),
        since=_moment(options["since"], "--from"),
        until=_moment(options["until"], "--to"),
        answers=answers,
        tasks=None if done is None else _share(done, "--tasks-done"),
        alone=options["alone"],
        stocks=dict(_stock(said) for said in options["stocks"]),
        capacity=options["capacity"],
        seed=options["seed"],
    )


def _moment(said: str, hint: str) -> int:
    try:
        return parse_moment(said, ZONE)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint=hint) from fault


def _share(said: str, hint: str) -> float:
    try:
        share = float(said.removesuffix("%")) / (100 if said.endswith("%") else 1)
    except ValueError as fault:
        raise click.BadParameter("a share is such as 10% or 0.1", param_hint=hint) from fault
    if not 0 <= share <= 1:
        raise click.BadParameter("a share is from 0 to 100%", param_hint=hint)
    return share


def _stock(said: str) -> tuple[str, int]:
    offer, _, number = said.partition("=")
    if not number.isdigit():
        raise click.BadParameter("a stock is said as OFFER=N", param_hint="--stock")
    return offer, int(number)
