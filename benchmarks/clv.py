"""`keskio bench clv`: BG/NBD fitted to a million customers, beside lifetimes.

Customers are made to buy and leave as BG/NBD says with the published parameters of CDNOW, to the day, over a
year and a half. Both get the same three columns, in weeks that nobody rounds, and each run is a process of
its own; only the fit is under the clock, not imports. A run counts only if the parameters agree
within a thousandth.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import cpu_seconds, describe, median_of

ROOT = Path(__file__).resolve().parent.parent
TRUTH = (0.243, 4.414, 0.793, 2.426)
SPAN = 78 * 7
ENGINES = ("keskio", "lifetimes")
TITLES = {"keskio": "**Keskiö**", "lifetimes": "lifetimes"}
MOST_APART = 0.001


class WrongParameters(Exception):
    """The two came to different parameters; the figures are worth nothing."""


def make(count: int, file: Path, *, seed: int = 1) -> None:
    """Write the histories of `count` made customers."""
    dice = np.random.default_rng(seed)
    r, alpha, a, b = TRUTH
    births = dice.integers(0, SPAN // 2, count)
    rate, leaves = dice.gamma(r, 1 / alpha, count), dice.beta(a, b, count)
    last, x = births.astype(np.float64), np.zeros(count, dtype=np.int64)
    exact, is_in = births.astype(np.float64), np.ones(count, dtype=bool)
    while is_in.any():
        who = np.flatnonzero(is_in)
        exact[who] += dice.exponential(7 / np.maximum(rate[who], 1e-300))
        bought = who[exact[who] < SPAN]
        is_in[who] = False
        day = np.floor(exact[bought])
        new = bought[day > last[bought]]  # purchases of one day are one
        x[new] += 1
        last[bought] = day
        is_in[bought[dice.random(len(bought)) >= leaves[bought]]] = True
    np.savez(file, x=x, t_x=(last - births) / 7, age=(SPAN - births) / 7)


def run(engine: str, file: Path) -> None:
    """Fit in this process and print parameters, CPU and wall seconds."""
    columns = np.load(file)
    x, t_x, age = columns["x"], columns["t_x"], columns["age"]
    if engine == "keskio":
        from keskio.know.profiles.fitting import fit_purchasing  # noqa: PLC0415 - only who runs

        begun, wall = cpu_seconds(), time.perf_counter()
        fit = fit_purchasing(x, t_x, age)
        parameters = fit.values.tolist()
    else:
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter  # noqa: PLC0415 - the same

        begun, wall = cpu_seconds(), time.perf_counter()
        fitter = BetaGeoFitter()
        fitter.fit(x, t_x, age)
        parameters = fitter.params_.tolist()
    print(
        json.dumps(
            {
                "parameters": parameters,
                "cpu": cpu_seconds() - begun,
                "wall": time.perf_counter() - wall,
            }
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both in turns, check that they agree, print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench clv", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        run(asked.one[0], Path(asked.one[1]))
        return
    print(describe("numpy", "scipy", "lifetimes", "autograd"))
    print("", f"`keskio bench clv --customers {asked.customers} --rounds {asked.rounds}`", sep="\n")
    found: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    parameters: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="keskio-bench-") as folder:
        file = Path(folder) / "histories.npz"
        make(asked.customers, file)
        for _ in range(asked.rounds):
            for engine in ENGINES:
                parameters[engine], cpu = _one(engine, file)
                found[engine].append(cpu)
    _check(parameters)
    _tell(found, parameters)


def _one(engine: str, file: Path) -> tuple[list[float], float]:
    command = [sys.executable, "-m", "benchmarks.clv", "--one", engine, str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["parameters"], told["cpu"]


def _check(parameters: dict[str, list[float]]) -> None:
    ours, theirs = np.array(parameters["keskio"]), np.array(parameters["lifetimes"])
    apart = float(np.abs(ours / theirs - 1).max())
    if apart > MOST_APART:
        raise WrongParameters(f"{ours.tolist()} and {theirs.tolist()} differ by {apart:.2%}")
    print("", f"Greatest difference of a parameter: {apart:.4%}.", sep="\n")


def _tell(found: dict[str, list[float]], parameters: dict[str, list[float]]) -> None:
    print("", "| fit | CPU seconds, median [range] | Keskiö is | r, alpha, a, b |", sep="\n")
    print("|---|--:|--:|---|")
    ours = median_of(found["keskio"])
    for engine in ENGINES:
        cpus = found[engine]
        ratio = "" if engine == "keskio" else f"{median_of(cpus) / ours:.1f} ×"
        shown = ", ".join(f"{value:.4f}" for value in parameters[engine])
        span = f"**{median_of(cpus):.2f}** [{min(cpus):.2f}–{max(cpus):.2f}]"
        print(f"| {TITLES[engine]} | {span} | {ratio} | {shown} |")


if __name__ == "__main__":
    main()
