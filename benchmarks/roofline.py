"""Share of the matrix multiplication's speed: ``python -m benchmarks.roofline``."""

from __future__ import annotations

import torch

from reglab import MLP, SGD, Recipe, sweep

from .measure import Contender, compare, main
from .sweep import BATCH, EPOCHS, STEPS, random_splits


def products(sizes: tuple[int, ...], replicas: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The matrices that a step of an MLP must multiply: forward, for weights, for inputs."""
    pairs = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        x, grad = torch.randn(replicas, BATCH, inputs), torch.randn(replicas, BATCH, outputs)
        weight = torch.randn(replicas, outputs, inputs)
        pairs += [(x, weight.mT), (grad.mT, x)] + ([(grad, weight)] if i else [])
    return pairs


def benchmark(quick: bool = False) -> list[dict]:
    """Matrix products alone against a whole sweep: the ratio is the share of the roofline."""
    torch.set_num_threads(1)
    rows = []
    for sizes in ((64, 64, 10), (64, 128, 128, 10)):
        recipe = Recipe(MLP(*sizes), optimizer=SGD(0.01), epochs=EPOCHS, batch_size=BATCH)
        splits, pairs = random_splits(64), products(sizes, 16)

        def multiply(pairs=pairs):
            for _ in range(STEPS):
                for a, b in pairs:
                    torch.bmm(a, b)

        def ours(recipe=recipe, splits=splits):
            sweep({"arm": recipe}, splits, range(80), every=EPOCHS, workers=1, device="cpu",
                  progress=False)

        rows += compare("roofline", f"mlp-{'-'.join(map(str, sizes))}/sgd/R=80/threads=1", [
            Contender("matrix products", multiply, 16 * STEPS),
            Contender("reglab", ours, 80 * STEPS)])
    return rows


if __name__ == "__main__":
    main(benchmark)
