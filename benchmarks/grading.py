"""Grading 200 submissions of one chapter that uses torch: ``python -m benchmarks.grading``.

The submissions are right, wrong in every named way, and not attempted, in turns. They are graded
in one process, in two, and on a Dask cluster of two workers; the three must agree. Then a run is
killed at random moments and started again.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .measure import main

COURSE = Path(__file__).resolve().parents[1]
ASSIGNMENT = "02_l2_and_weight_decay"


def benchmark(quick: bool = False) -> list[dict]:
    """Grading 200 submissions with one worker, with two, and on Dask."""
    from reglab.grading import batch, sandbox

    if not sandbox.available():
        print("bubblewrap is not installed: nothing was measured.")
        return []
    count, rows, tables = 10 if quick else 200, [], {}
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "submitted"
        hand_in(folder, count)
        for name in ("1 worker", "2 workers", "Dask, 2 workers"):
            out = Path(home) / name.replace(" ", "-")
            out.mkdir()
            own = batch.clean(out / "sandbox")
            start = time.perf_counter()
            if name.startswith("Dask"):
                tables[name] = on_cluster(folder, out)
            else:
                run = (batch.in_this_process((), own) if name.startswith("1")
                       else batch.in_processes(2, (), own))
                tables[name] = grade(folder, out, run)
            seconds = time.perf_counter() - start
            rows.append({"benchmark": "grading", "case": f"{ASSIGNMENT}, {count} submissions",
                         "contender": name, "clock": "wall", "seconds": round(seconds, 1),
                         "load_average": os.getloadavg()[0]})
            print(rows[-1], flush=True)
        first = tables["1 worker"]
        if any(table != first for table in tables.values()):
            raise SystemExit("the verdicts differ between the ways to run")
        print(f"{len(first)} verdicts, the same in all three")
    return rows


def grade(folder: Path, out: Path, run) -> list:
    from reglab.grading import batch
    from reglab.grading.ledger import Ledger
    from reglab.grading.limits import Limits
    from reglab.grading.release import course_release

    releases = course_release()
    with Ledger(out / "ledger.sqlite") as ledger:
        batch.grade(folder, {ASSIGNMENT: releases[ASSIGNMENT]}, ledger, b"a secret for this test",
                    limits=Limits(), run=run)
        return ledger.verdicts()


def on_cluster(folder: Path, out: Path) -> list:
    from distributed import LocalCluster

    from reglab.grading.cluster import on_dask

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                      host="127.0.0.1") as cluster:
        return grade(folder, out, on_dask(cluster.scheduler_address))


def hand_in(folder: Path, count: int) -> None:
    """Notebooks of ``count`` students: the course's solution, changed in some of its answers."""
    from reglab.build import BEGIN, END
    from reglab.checks import chapter02
    from reglab.grading.release import source_notebook

    solved = source_notebook(COURSE / "solutions" / f"{ASSIGNMENT}.py")
    stub = "    raise NotImplementedError('Exercise not answered yet')"
    quiz = [inspect.getsource(wrong.answer) for wrong in chapter02.penalty.wrongs
            if "def " in inspect.getsource(wrong.answer)]
    helper = "def _weights(params): return [p for p in params.values() if p.ndim >= 2]\n"
    for number in range(count):
        notebook = json.loads(json.dumps(solved))
        for cell in notebook["cells"]:
            if "def l2_penalty" in cell["source"] and number % 3 == 1:
                wrong = quiz[number // 3 % len(quiz)]
                name = re.search(r"def (\w+)", wrong)[1]
                cell["source"] = helper + wrong + f"\nl2_penalty = {name}\n"
            elif BEGIN in cell["source"] and number % 3 == 2:
                cell["source"] = re.sub(rf" *{BEGIN}.*?{END}", stub, cell["source"], flags=re.S)
        path = folder / f"student{number:03}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")


def kills(moments: int = 20) -> int:
    """The test that kills a run, at 20 moments instead of 3."""
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "tests/grading/test_batch.py",
                           "-k", "kill_9"], cwd=COURSE,
                          env={**os.environ, "REGLAB_KILLS": str(moments)}).returncode


if __name__ == "__main__":
    main(benchmark)
    if "--quick" not in sys.argv:
        raise SystemExit(kills())
