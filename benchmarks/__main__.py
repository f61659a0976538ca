"""All benchmarks, one after the other: ``python -m benchmarks [--quick] [--json FILE]``."""

from __future__ import annotations

from . import gpu, memory, peers, roofline, sweep
from .measure import main


def benchmark(quick: bool = False) -> list[dict]:
    """What the engine costs, against plain PyTorch and against its peers."""
    return [row for module in (sweep, peers, roofline, memory, gpu)
            for row in module.benchmark(quick)]


if __name__ == "__main__":
    main(benchmark)
