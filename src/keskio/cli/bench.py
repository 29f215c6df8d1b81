"""`keskio bench NAME`: the benchmarks of the checkout, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from keskio.kernel.errors import Mistake

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = CHECKOUT / "benchmarks"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, arguments: tuple[str, ...]) -> None:
    """Run the benchmark NAME, such as intake, runner or latency, and print its table."""
    if not (FOLDER / f"{name}.py").exists():
        known = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
        raise Mistake(
            f"There is no benchmark {name}. Here are: {', '.join(known)}."
            if known
            else "Benchmarks are part of a checkout, not of the installed package."
        )
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    sys.exit(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
