"""The same 40 runs with other tools: ``python -m benchmarks.peers`` (extra ``bench``)."""

from __future__ import annotations

import functools
import importlib.util
import os
import warnings

import torch
from torch import nn

from reglab import MLP, SGD, Recipe, sweep

from . import plain
from .measure import Contender, compare, main, show
from .sweep import BATCH, EPOCHS, SGD_PLAIN, STEPS, random_splits

SIZES, RUNS = (64, 128, 128, 10), 40


def with_skorch(splits, runs: int) -> None:
    """``GridSearchCV`` over a skorch net: one fold for training, one for validation."""
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from skorch import NeuralNetClassifier

    x, y, fold = _one_table(splits)
    net = NeuralNetClassifier(MLP(*SIZES), criterion=nn.CrossEntropyLoss, lr=0.01,
                              batch_size=BATCH, max_epochs=EPOCHS, optimizer=torch.optim.SGD,
                              train_split=None, verbose=0)
    grid = {"optimizer__weight_decay": [1e-6 * i for i in range(runs)]}
    GridSearchCV(net, grid, cv=PredefinedSplit(fold), refit=False).fit(x, y)


def with_sklearn(splits, runs: int) -> None:
    """``GridSearchCV`` over scikit-learn's ``MLPClassifier``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from sklearn.neural_network import MLPClassifier

    x, y, fold = _one_table(splits)
    net = MLPClassifier(SIZES[1:-1], solver="sgd", learning_rate_init=0.01, momentum=0.0,
                        batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        GridSearchCV(net, {"alpha": [1e-6 * i for i in range(runs)]}, cv=PredefinedSplit(fold),
                     refit=False).fit(x, y)


def with_lightning(splits, runs: int) -> None:
    """A Lightning ``Trainer`` for each run."""
    import lightning

    class Net(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = MLP(*SIZES)

        def training_step(self, batch, index):
            return nn.functional.cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    data = torch.utils.data.TensorDataset(splits.train.x, splits.train.y)
    for _ in range(runs):
        loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
        lightning.Trainer(max_epochs=EPOCHS, accelerator="cpu", logger=False, barebones=True
                          ).fit(Net(), loader)


def with_keras(splits, runs: int) -> None:
    """Keras 3 on torch: ``compile`` and ``fit`` for each run."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    x, y = splits.train.x.numpy(), splits.train.y.numpy()
    for _ in range(runs):
        model = keras.Sequential([keras.layers.Dense(n, "relu") for n in SIZES[1:-1]]
                                 + [keras.layers.Dense(SIZES[-1])])
        model.compile(keras.optimizers.SGD(0.01),
                      keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)


def _one_table(splits):
    """Train and validation data below each other, and which rows are for validation."""
    x = torch.cat([splits.train.x, splits.validation.x]).numpy()
    y = torch.cat([splits.train.y, splits.validation.y]).numpy()
    return x, y, [-1] * len(splits.train) + [0] * len(splits.validation)


def benchmark(quick: bool = False) -> list[dict]:
    """40 runs of an MLP with SGD: total CPU time with other tools and with a sweep."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    splits = random_splits(64)
    recipe = Recipe(MLP(*SIZES), optimizer=SGD(0.01), epochs=EPOCHS, batch_size=BATCH)
    case = f"mlp-{'-'.join(map(str, SIZES))}/sgd/R={RUNS}/threads=1"
    some = 2 if quick else 5    # a peer's time per run does not depend on their number

    def loop():
        for seed in range(some):
            plain.train(recipe.model, SGD_PLAIN, splits, seed, EPOCHS, BATCH)

    def ours():
        sweep({"arm": recipe}, splits, range(RUNS), every=EPOCHS, workers=1, device="cpu",
              progress=False)

    contenders, missing = [Contender("plain loop", loop, some * STEPS)], []
    for module, name, run in [("skorch", "skorch GridSearchCV", with_skorch),
                              ("sklearn", "scikit-learn MLPClassifier", with_sklearn),
                              ("lightning", "Lightning", with_lightning),
                              ("keras", "Keras 3 on torch", with_keras)]:
        if importlib.util.find_spec(module) is None:
            missing.append({"benchmark": "peers", "case": case, "contender": name,
                            "ratio_vs_plain": None, "note": "not installed"})
        else:
            contenders.append(Contender(name, functools.partial(run, splits, some), some * STEPS))
    with threadpool_limits(1):    # NumPy's threads too
        rows = compare("peers", case, [*contenders, Contender("reglab", ours, RUNS * STEPS)])
    for row in missing:
        show([row])
    return rows + missing


if __name__ == "__main__":
    main(benchmark)
