"""All benchmarks, one after the other: ``python -m benchmarks [--quick] [--json FILE]``."""

from __future__ import annotations

from . import augmentation, gpu, latency, memory, peers, roofline, sweep
from .measure import main


def benchmark(quick: bool = False) -> list[dict]:
    """What the engine, augmentation and the live figures cost."""
    return [row for module in (sweep, peers, roofline, memory, augmentation, latency, gpu)
            for row in module.benchmark(quick)]


if __name__ == "__main__":
    main(benchmark)
