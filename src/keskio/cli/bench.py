"""`keskio bench`: the benchmarks that stand beside the source in a checkout."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from keskio.kernel.errors import Mistake

# The figures of a benchmark are no use without its peers, and those are development dependencies.
ROOT = Path(__file__).resolve().parents[3]
NAMES = {
    "clv": "a million purchase histories fitted, beside lifetimes",
    "import": "a CSV of people into an empty installation, and again, beside bulk_create",
    "runner": "durable dialogue steps per CPU second, beside Django, huey and DBOS",
    "play": "customer-steps per second in virtual time, beside the engine alone",
    "backtest": "ten million events of history replayed through a draft",
    "latency": "from an event at the door to a claimed message, beside huey",
    "segments": "who belongs, beside SQL and Polars written by hand over the log",
    "lake": "pairs and funnels over events, beside DuckDB and Polars on the plain log",
    "inbox": "the list and a case among a million, beside the plain way to ask",
    "listen": "messages read per CPU second through the whole pipeline of listening",
    "intake": "events per CPU second at the door, beside Litestar, FastAPI and Django",
}
# What cannot be called in Python as it is on the command line.
MODULES = {"import": "importing"}


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    epilog="\n\n".join(f"{name}: {what}." for name, what in NAMES.items()),
)
@click.argument("name", type=click.Choice(sorted(NAMES)))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, options: tuple[str, ...]) -> None:
    """Run the benchmark NAME with its own OPTIONS (--help lists them) and print its table.

    Exits with an error when counts are wrong, never because something took long.
    """
    if not (ROOT / "benchmarks").is_dir():
        raise Mistake("Benchmarks are run from a checkout of the source, where `benchmarks/` is.")
    sys.path.insert(0, str(ROOT))
    try:
        module = importlib.import_module(f"benchmarks.{MODULES.get(name, name)}")
    except ModuleNotFoundError as missing:
        raise Mistake(
            f"The benchmark {name} needs {missing.name}: install the packages of"
            " requirements/bench.txt."
        ) from None
    module.main(options)
