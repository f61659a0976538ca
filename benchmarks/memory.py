"""Memory of a sweep at each R: ``python -m benchmarks.memory``."""

from __future__ import annotations

import json
import subprocess
import sys

from .measure import main, show

SCRIPT = """
import json, resource, sys
from benchmarks.sweep import mlp_cases, random_splits
from reglab import sweep
recipe, _ = mlp_cases((64, 128, 128, 10))["adamw+dropout+l1"]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if int(sys.argv[1]):
    sweep({"arm": recipe.replace(epochs=2)}, random_splits(64), range(int(sys.argv[1])), workers=1,
          every=2, device="cpu", progress=False)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([before / 1024, after / 1024]))
"""


def benchmark(quick: bool = False) -> list[dict]:
    """Peak memory of the process, in MiB, above what the imports take."""
    rows = []
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
