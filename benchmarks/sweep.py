"""A sweep against a plain loop over the models: ``python -m benchmarks.sweep --json FILE``."""

from __future__ import annotations

import functools

import torch
from torch import nn

from reglab import L1, MLP, SGD, Adam, Conv1dNet, Conv2dNet, Dropout, Recipe, WeightDecay, sweep
from reglab.data import Split, Splits

from . import plain
from .measure import Contender, compare, main

EPOCHS, N, BATCH = 20, 1000, 100    # as the shortest sweeps of the chapters
STEPS = EPOCHS * N // BATCH


def random_splits(*shape: int) -> Splits:
    """Noise with labels: time does not depend on what is learned."""
    random = torch.Generator().manual_seed(0)

    def part(n):
        return Split(torch.randn(n, *shape, generator=random),
                     torch.randint(10, (n,), generator=random))

    return Splits(part(N), part(BATCH), part(BATCH), "noise", classes=10)


def with_batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), Dropout(0.0),
                         nn.Linear(128, 128), nn.BatchNorm1d(128), nn.ReLU(), Dropout(0.0),
                         nn.Linear(128, 10))


SGD_PLAIN = functools.partial(torch.optim.SGD, lr=0.01)
ADAMW_PLAIN = functools.partial(torch.optim.AdamW, lr=1e-3, weight_decay=0.01)
EXTRAS = (L1(1e-5), WeightDecay(0.01))


def case(name: str, recipe: Recipe, optimizer, splits: Splits, replicas: int,
         threads: int, rounds: int = 5) -> list[dict]:
    """One line of the table: ``replicas`` models in the plain loop and as one sweep."""
    l1 = sum(t.strength for t in recipe.techniques if isinstance(t, L1))
    some = min(replicas, 4)    # the plain loop's time per model does not depend on their number

    def loop(**options):
        for seed in range(some):
            plain.train(recipe.model, functools.partial(optimizer, **options), splits, seed,
                        recipe.epochs, BATCH, l1)

    def ours():
        sweep({"arm": recipe}, splits, range(replicas), every=recipe.epochs, workers=threads,
              device="cpu", progress=False)

    steps = recipe.epochs * N // BATCH

    return compare("sweep", f"{name}/R={replicas}/threads={threads}", [
        Contender("plain loop", loop, some * steps),
        Contender("plain loop, fused", functools.partial(loop, fused=True), some * steps),
        Contender("reglab", ours, replicas * steps)], rounds, wall=threads > 1)


def mlp_cases(sizes: tuple[int, ...]) -> dict:
    """The optimizers of the table for one MLP, by name."""
    base = {"epochs": EPOCHS, "batch_size": BATCH}
    dropout = MLP(*sizes, dropout=0.2)
    return {
        "sgd": (Recipe(MLP(*sizes), optimizer=SGD(0.01), **base), SGD_PLAIN),
        "adamw": (Recipe(MLP(*sizes), (WeightDecay(0.01),), Adam(1e-3), **base), ADAMW_PLAIN),
        "sgd+dropout+l1": (Recipe(dropout, (L1(1e-5),), SGD(0.01), **base), SGD_PLAIN),
        "adamw+dropout+l1": (Recipe(dropout, EXTRAS, Adam(1e-3), **base), ADAMW_PLAIN)}


def convolutions() -> dict:
    """Nets with convolutions or batch norm: name, model and the shape of an example."""
    return {"digits-8x8": (Conv2dNet(8, 10), (1, 8, 8)),
            "mnist1d-conv": (Conv1dNet(40, 10), (1, 40)),
            "conv-28x28": (Conv2dNet(28, 10), (1, 28, 28)),
            "mlp-batchnorm": (with_batch_norm(), (64,))}


def benchmark(quick: bool = False) -> list[dict]:
    """A sweep of R models against a plain PyTorch loop over them."""
    torch.set_num_threads(1)
    rows = []
    for sizes in ((64, 64, 10), (64, 128, 128, 10)):
        for name, (recipe, optimizer) in mlp_cases(sizes).items():
            for replicas in ([80] if quick else [1, 8, 40, 80, 320]):
                rows += case(f"mlp-{'-'.join(map(str, sizes))}/{name}", recipe, optimizer,
                             random_splits(64), replicas, threads=1)
            if not quick:
                rows += case(f"mlp-{'-'.join(map(str, sizes))}/{name}", recipe, optimizer,
                             random_splits(64), 80, threads=2)
    for name, (model, shape) in convolutions().items():
        if quick and name == "conv-28x28":
            continue
        epochs = 2 if name == "conv-28x28" else EPOCHS    # its steps are long
        recipe = Recipe(model, optimizer=SGD(0.01), epochs=epochs, batch_size=BATCH)
        for replicas in [40] if quick else [1, 40]:
            rows += case(f"{name}/sgd", recipe, SGD_PLAIN, random_splits(*shape), replicas,
                         threads=1)
    return rows


if __name__ == "__main__":
    main(benchmark)
