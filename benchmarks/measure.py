"""Measuring: contenders take turns in one process, medians are compared."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Contender(NamedTuple):
    """A name, what to run, and how many steps of one model that is."""

    name: str
    run: Callable[[], object]
    steps: int


def compare(benchmark: str, case: str, contenders: list[Contender], rounds: int = 5, *,
            wall: bool = False) -> list[dict]:
    """One row for each contender; the first is what ``ratio_vs_plain`` refers to.

    Times are CPU seconds of this process (all threads), or seconds by the clock with ``wall``.
    """
    clock = time.perf_counter if wall else time.process_time
    seconds: dict[str, list[float]] = {c.name: [] for c in contenders}
    for contender in contenders:
        contender.run()    # warm up
    for _ in range(rounds):
        for contender in contenders:
            gc.collect()
            start = clock()
            contender.run()
            seconds[contender.name].append((clock() - start) / contender.steps)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    plain = medians[contenders[0].name]
    rows = [{"benchmark": benchmark, "case": case, "contender": name,
             "clock": "wall" if wall else "cpu", "microseconds_per_step": round(1e6 * median, 1),
             "spread": round((max(seconds[name]) - min(seconds[name])) / median, 3),
             "ratio_vs_plain": round(plain / median, 2)} for name, median in medians.items()]
    show(rows)
    return rows


def show(rows: list[dict]) -> None:
    """Print rows; the case only once."""
    print(rows[0]["case"])
    for row in rows:
        values = [f"{key} {value}" for key, value in row.items()
                  if key not in ("benchmark", "case", "contender") and value is not None]
        print(f"    {row['contender']:<28}" + "   ".join(values), flush=True)


def main(benchmark: Callable[[bool], list[dict]], arguments: list[str] | None = None) -> None:
    """The command line that every benchmark has: ``--json FILE`` and ``--quick``."""
    parser = argparse.ArgumentParser(description=benchmark.__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file")
    parser.add_argument("--quick", action="store_true", help="a few cases only")
    options = parser.parse_args(arguments)
    rows = benchmark(options.quick)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
