"""Sweeps on a GPU, for R up to 4096: ``python -m benchmarks.gpu``."""

from __future__ import annotations

import torch

from reglab import sweep

from .measure import Contender, compare, main
from .sweep import EPOCHS, STEPS, mlp_cases, random_splits


def benchmark(quick: bool = False) -> list[dict]:
    """One sweep on the CPU and on CUDA, by the clock; all replicas in one group on CUDA."""
    if not torch.cuda.is_available():
        print("There is no CUDA device here: nothing was measured.")
        return []
    recipe, _ = mlp_cases((64, 128, 128, 10))["adamw+dropout+l1"]
    splits, rows = random_splits(64), []

    def run(device: str, replicas: int) -> None:
        sweep({"arm": recipe}, splits, range(replicas), every=EPOCHS, workers=1, device=device,
              progress=False)

    for replicas in [80] if quick else [1, 80, 320, 1024, 4096]:
        some = min(replicas, 80)
        rows += compare("gpu", f"mlp-64-128-128-10/adamw+dropout+l1/R={replicas}", [
            Contender("reglab on the CPU", lambda n=some: run("cpu", n), some * STEPS),
            Contender("reglab", lambda n=replicas: run("cuda", n), replicas * STEPS)], wall=True)
    return rows


if __name__ == "__main__":
    main(benchmark)
