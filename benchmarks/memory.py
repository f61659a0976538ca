"""Memory of a sweep at each R: ``python -m benchmarks.memory``."""

from __future__ import annotations

import json
import subprocess
import sys

from .measure import main, show

SCRIPT = """
import json, sys
from pathlib import Path
from benchmarks.sweep import mlp_cases, random_splits
from reglab import sweep

def peak():    # of this process alone, unlike getrusage, which begins with the parent's
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

recipe, _ = mlp_cases((64, 128, 128, 10))["adamw+dropout+l1"]
before = peak()
if int(sys.argv[1]):
    sweep({"arm": recipe.replace(epochs=2)}, random_splits(64), range(int(sys.argv[1])), workers=1,
          every=2, device="cpu", progress=False)
print(json.dumps([before, peak()]))
"""


def benchmark(quick: bool = False) -> list[dict]:
    """Peak memory of the process, in MiB, above what the imports take."""
    rows = []
    if not sys.platform.startswith("linux"):
        print("The peak of a process is read from /proc, as Linux has it: nothing was measured.")
        return []
    for replicas in [1, 80] if quick else [1, 8, 40, 80, 320]:
        output = subprocess.run([sys.executable, "-c", SCRIPT, str(replicas)], check=True,
                                capture_output=True, text=True).stdout
        before, after = json.loads(output)
        rows.append({"benchmark": "memory", "contender": "reglab", "ratio_vs_plain": None,
                     "case": f"mlp-64-128-128-10/adamw+dropout+l1/R={replicas}/threads=1",
                     "imports_mib": round(before), "sweep_mib": round(after - before)})
        show(rows[-1:])
    return rows


if __name__ == "__main__":
    main(benchmark)
