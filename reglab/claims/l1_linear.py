"""Chapter 03, L1 in linear models: selection, corners, correlated features and outliers.

All models are scikit-learn's. Its strengths are on different scales: ``Lasso`` minimizes
‖y − Xw‖²/2n + α‖w‖₁, ``Ridge`` ‖y − Xw‖² + α‖w‖². So each technique has a list of its own, of
which validation data choose one for all seeds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from .. import data
from ..devices import on_all_cores
from ..seeding import numpy_generator
from .scikit import without_checks

SEEDS = range(10)
LOOK = "claims C12 to C17, planned together"    # one look at each test set
Scores = dict[str, dict[str, list[float]]]


class Technique(NamedTuple):
    """A model of scikit-learn as a function of its strength, and the strengths to try."""

    make: Callable
    strengths: list[float]


def lasso(strength: float):
    """Mean squared error and an L1 penalty."""
    from sklearn.linear_model import Lasso

    return Lasso(strength, max_iter=5000, tol=1e-3)


def ridge(strength: float):
    """Mean squared error and an L2 penalty."""
    from sklearn.linear_model import Ridge

    return Ridge(strength)


def elastic_net(strength: float, l1_ratio: float = 0.5):
    """Mean squared error and an L1 penalty for a share ρ of the strength, L2 for the rest."""
    from sklearn.linear_model import ElasticNet

    return ElasticNet(strength, l1_ratio=l1_ratio, max_iter=5000, tol=1e-3)


@dataclasses.dataclass
class RescaledElasticNet:
    """The elastic net with its coefficients times 1 + λ₂, as Zou & Hastie (2005) have it.

    Their λ₂ is α(1 − ρ) where the mean square of a feature is 1.
    """

    strength: float

    def fit(self, x: np.ndarray, y: np.ndarray):
        model = elastic_net(self.strength).fit(x, y)
        model.coef_ = model.coef_ * (1 + model.alpha * (1 - model.l1_ratio))
        model.intercept_ = y.mean() - x.mean(0) @ model.coef_
        return model


def absolute_loss(strength: float):
    """Mean absolute error (the L1 loss) and an L1 penalty: regression to the median."""
    from sklearn.linear_model import QuantileRegressor

    return QuantileRegressor(quantile=0.5, alpha=strength, solver="highs")


def huber_loss(strength: float):
    """Huber's loss, squared for small errors and absolute for large ones, and an L2 penalty."""
    from sklearn.linear_model import HuberRegressor

    return HuberRegressor(alpha=strength, max_iter=1000)


def powers(low: int, high: int, each: int = 2) -> list[float]:
    """10^(low/each) … 10^(high/each)."""
    return [10.0 ** (k / each) for k in range(low, high + 1)]


LASSO = Technique(lasso, powers(-8, -1, 4))
RIDGE = Technique(ridge, powers(0, 7))
ELASTIC_NET = Technique(elastic_net, powers(-8, -1, 4))


def table(split: data.Split) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets as scikit-learn wants them.  Shape: (N, D), (N,)."""
    return split.x.numpy().astype(float), split.y.numpy().ravel().astype(float)


def tuned(techniques: dict[str, Technique], splits: Sequence[data.Splits]) -> dict[str, list]:
    """Fitted models, one for each seed, at the strength with the best mean validation score."""
    train = [table(s.train) for s in splits]
    validation = [table(s.validation) for s in splits]

    def fitted(trial: tuple[str, float]) -> tuple[float, list]:
        name, strength = trial
        with without_checks():
            models = [techniques[name].make(strength).fit(*part) for part in train]
            scores = [m.score(*part) for m, part in zip(models, validation, strict=True)]
        return float(np.mean(scores)), models

    trials = [(name, strength) for name, t in techniques.items() for strength in t.strengths]
    found = dict(zip(trials, on_all_cores(fitted, trials), strict=True))
    return {name: max((found[name, strength] for strength in technique.strengths),
                      key=lambda trial: trial[0])[1] for name, technique in techniques.items()}


def scores_on_test(models: Sequence, splits: Sequence[data.Splits]) -> list[float]:
    """R² on the test data of each seed."""
    return [m.score(*table(s.open_test(LOOK))) for m, s in zip(models, splits, strict=True)]


def trivial_scores(splits: Sequence[data.Splits]) -> list[float]:
    """R² on the test data of each seed of a model that gives everyone the training mean."""
    from sklearn.dummy import DummyRegressor

    return scores_on_test([DummyRegressor().fit(*table(s.train)) for s in splits], splits)


def recall(selected: np.ndarray, true: np.ndarray) -> float:
    """The share of the features that matter which are among those selected."""
    return float((selected & true).sum() / true.sum())


def precision(selected: np.ndarray, true: np.ndarray) -> float:
    """The share of those selected which matter; 1 where nothing is selected."""
    return float((selected & true).sum() / selected.sum()) if selected.any() else 1.0


# Selection


def sparse_truth(n_nonzero: int = 10, seeds: Sequence[int] = SEEDS) -> Scores:
    """Lasso and ridge, each tuned, where ``n_nonzero`` of 200 features matter; 100 examples."""
    splits = [data.sparse_linear(seed, n_nonzero=n_nonzero) for seed in seeds]
    found: Scores = {}
    for name, models in tuned({"lasso": LASSO, "ridge": RIDGE}, splits).items():
        pairs = [(m.coef_ != 0, s.truth.numpy() != 0) for m, s in zip(models, splits, strict=True)]
        found[name] = {"test": scores_on_test(models, splits),
                       "used": [float(selected.mean()) for selected, _ in pairs],
                       "recall": [recall(*pair) for pair in pairs],
                       "precision": [precision(*pair) for pair in pairs]}
    return found


def noise_features(n_noise: int = 50, seeds: Sequence[int] = range(20)) -> Scores:
    """Lasso and ridge, each tuned, on 150 diabetes patients with columns of noise added.

    ``used``: the share of all features in use; ``noise``: the share of noise among those.
    """
    splits = [patients(seed, n_noise) for seed in seeds]
    found: Scores = {}
    for name, models in tuned({"lasso": LASSO, "ridge": RIDGE}, splits).items():
        used = [m.coef_ != 0 for m in models]
        found[name] = {"test": scores_on_test(models, splits),
                       "used": [float(u.mean()) for u in used],
                       "noise": [float(u[10:].sum() / max(1, u.sum())) for u in used]}
    found["trivial"] = {"test": trivial_scores(splits)}
    return found


def patients(seed: int, n_noise: int = 0) -> data.Splits:
    """Diabetes: 150 patients to learn from, 100 to choose with."""
    return data.diabetes(seed, n_train=150, n_validation=100, n_test=192, noise_features=n_noise)


def sparse(seed: int) -> data.Splits:
    """60 features, of which six matter; 60 examples to learn from."""
    return data.sparse_linear(seed, n_train=60, n_features=60, n_nonzero=6)


class Paths(NamedTuple):
    """The lasso at every strength, not only the chosen one.

    Shape: strengths (L,), coefficients (S, L, D), truth (S, D), train and validation R² (S, L).
    """

    strengths: np.ndarray
    coefficients: np.ndarray
    truth: np.ndarray
    train: np.ndarray
    validation: np.ndarray

    @property
    def chosen(self) -> int:
        """The place of the strength with the best mean validation R²."""
        return int(self.validation.mean(0).argmax())

    def measure(self, function: Callable[[np.ndarray, np.ndarray], float]) -> np.ndarray:
        """``function(selected, true)`` of each seed and strength.  Shape: (S, L)."""
        return np.array([[function(w != 0, true != 0) for w in path]
                         for path, true in zip(self.coefficients, self.truth, strict=True)])


def lasso_paths(seeds: Sequence[int] = SEEDS) -> Paths:
    """The lasso at 17 strengths where 6 of 60 features matter; 60 examples, a fresh draw each."""
    strengths = powers(-16, 0, 8)
    splits = [sparse(seed) for seed in seeds]
    models = on_all_cores(lambda s: [lasso(a).fit(*table(s.train)) for a in strengths], splits)
    train, validation = (np.array([[m.score(*part) for m in row] for row, part in zip(
        models, parts, strict=True)]) for parts in (
            [table(s.train) for s in splits], [table(s.validation) for s in splits]))
    return Paths(np.array(strengths), np.array([[m.coef_ for m in row] for row in models]),
                 np.array([s.truth.numpy() for s in splits]), train, validation)


# Corners: the least squared error under a constraint, for two weights


def corners(sizes: Sequence[float] = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95),
            seeds: Sequence[int] = SEEDS) -> dict[str, list[list[float]]]:
    """How often the best point of a diamond, and of a disk, has a weight of exactly zero.

    Over all 45 pairs of the ten measurements of 150 patients; the size is ‖w‖₁ (diamond) or ‖w‖₂
    (disk), relative to that of the least-squares solution.
    """
    def shares(seed: int) -> list[list[float]]:
        losses = pair_losses(patients(seed))
        return [[float((solve(*losses, size) == 0).any(1).mean()) for size in sizes]
                for solve in (in_diamond, in_disk)]

    found = zip(*on_all_cores(shares, seeds), strict=True)
    return dict(zip(("diamond (L1)", "disk (L2)"), map(list, found), strict=True))


def pair_losses(splits: data.Splits) -> tuple[np.ndarray, np.ndarray]:
    """The loss ½ wᵀGw − bᵀw + constant of each pair of features.  Shape: (P, 2, 2), (P, 2)."""
    x, y = table(splits.train)
    gram, target = np.corrcoef(x.T), x.T @ (y - y.mean()) / len(y)
    i, j = np.triu_indices(len(gram), 1)
    pairs = np.stack([i, j], 1)
    return gram[pairs[:, :, None], pairs[:, None, :]], target[pairs]


def in_diamond(gram: np.ndarray, target: np.ndarray, size: float) -> np.ndarray:
    """The least loss where ‖w‖₁ ≤ size · ‖w*‖₁ for the free minimum w*.  Shape: (P, 2).

    Size ≤ 1, so the minimum is on one of the four edges: a parabola, cut off at the corners.
    """
    free = np.linalg.solve(gram, target[..., None])[..., 0]
    limit = size * np.abs(free).sum(1)
    best, lowest = np.zeros_like(free), np.full(len(free), np.inf)
    for signs in np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=float):
        start, step = np.outer(limit, (0, signs[1])), np.outer(limit, (signs[0], -signs[1]))
        slope = np.einsum("pi,pi->p", step, target - np.einsum("pij,pj->pi", gram, start))
        along = np.clip(slope / np.einsum("pi,pij,pj->p", step, gram, step), 0, 1)[:, None]
        w = np.where(along == 1, np.outer(limit, (signs[0], 0)), start + along * step)
        loss = (np.einsum("pi,pij,pj->p", w, gram, w) / 2 - (target * w).sum(1))
        best, lowest = np.where((loss < lowest)[:, None], w, best), np.minimum(loss, lowest)
    return best


def in_disk(gram: np.ndarray, target: np.ndarray, size: float) -> np.ndarray:
    """The least loss where ‖w‖₂ ≤ size · ‖w*‖₂: ridge, its strength found by bisection."""
    eye = np.eye(gram.shape[-1])

    def solve(strength: np.ndarray) -> np.ndarray:
        return np.linalg.solve(gram + strength[:, None, None] * eye, target[..., None])[..., 0]

    limit = size * np.linalg.norm(solve(np.zeros(len(gram))), axis=1)
    low, high = np.zeros(len(gram)), np.full(len(gram), 1e6)
    for _ in range(80):
        middle = (low + high) / 2
        long = np.linalg.norm(solve(middle), axis=1) > limit
        low, high = np.where(long, middle, low), np.where(long, high, middle)
    return solve(high)


# Correlated features


def grouped(correlation: float = 0.95, seeds: Sequence[int] = range(40)) -> Scores:
    """Lasso, elastic net and ridge, each tuned, on 16 groups of five correlated features.

    As in the fourth example of Zou & Hastie (2005): four of the groups matter, with all their
    members alike. 50 examples, 80 features; half of the variance of y is noise.
    """
    splits = [groups(seed, correlation) for seed in seeds]
    found: Scores = {}
    techniques = {"lasso": LASSO, "elastic net": ELASTIC_NET, "ridge": RIDGE}
    for name, models in tuned(techniques, splits).items():
        pairs = [(m.coef_ != 0, s.truth.numpy() != 0) for m, s in zip(models, splits, strict=True)]
        found[name] = {"test": scores_on_test(models, splits),
                       "recall": [recall(*pair) for pair in pairs],
                       "precision": [precision(*pair) for pair in pairs],
                       "used": [float(selected.mean()) for selected, _ in pairs]}
    found["trivial"] = {"test": trivial_scores(splits)}
    return found


def elastic_nets(correlation: float = 0.95, seeds: Sequence[int] = range(20)) -> dict[str, list]:
    """Validation R² of the lasso and of other elastic nets, each tuned, on the same groups."""
    splits = [groups(seed, correlation) for seed in seeds]
    strengths = ELASTIC_NET.strengths
    found = tuned({"lasso": LASSO, "ρ = 0.5": ELASTIC_NET,
                   "ρ = 0.2": Technique(partial(elastic_net, l1_ratio=0.2), strengths),
                   "ρ = 0.5, rescaled": Technique(RescaledElasticNet, strengths)}, splits)
    return {name: [m.score(*table(s.validation)) for m, s in zip(models, splits, strict=True)]
            for name, models in found.items()}


def groups(seed: int, correlation: float = 0.95, count: int = 16, size: int = 5,
           relevant: int = 4) -> data.Splits:
    """Features that come in groups; all members of the first groups have the same coefficient."""
    import torch

    truth = np.repeat(np.arange(count) < relevant, size).astype(float)
    truth /= np.sqrt(relevant * size * (1 + (size - 1) * correlation))    # signal of variance 1

    def draw(part: str, n: int) -> data.Split:
        random = numpy_generator(seed, f"grouped features, {part}")
        common = np.repeat(random.standard_normal((n, count)), size, axis=1)
        own = random.standard_normal((n, count * size))
        x = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        y = x @ truth + random.standard_normal(n)
        return data.Split(torch.from_numpy(x).float(), torch.from_numpy(y[:, None]).float())

    return data.Splits(draw("train", 50), draw("validation", 200), draw("test", 1000),
                       "grouped features", None, truth=torch.from_numpy(truth).float())


# Outliers


OUTLIER_MODELS = {
    "squared loss, L1 penalty": Technique(lasso, powers(-4, 2)),
    "squared loss, L2 penalty": Technique(ridge, powers(0, 6)),
    "absolute (L1) loss, L1 penalty": Technique(absolute_loss, powers(-6, 0)),
    "Huber's loss, L2 penalty": Technique(huber_loss, powers(0, 2, 1))}


def outliers(share: float = 0.1, seeds: Sequence[int] = SEEDS) -> dict[str, list[float]]:
    """Test R² of two losses with two penalties, each tuned, with a share of wild targets.

    Three of 20 features matter: a sparse truth, so that the L1 penalty is at home. The outliers
    are in the training data alone: tuning sees clean validation data.
    """
    splits = [with_outliers(data.sparse_linear(seed, n_features=20, n_nonzero=3), seed, share)
              for seed in seeds]
    found = {name: scores_on_test(models, splits)
             for name, models in tuned(OUTLIER_MODELS, splits).items()}
    return found | {"trivial": trivial_scores(splits)}


def with_outliers(splits: data.Splits, seed: int, share: float) -> data.Splits:
    """The same data, with ±10 (ten standard deviations) added to some training targets."""
    random, n = numpy_generator(seed, "outliers"), len(splits.train)
    rows = random.permutation(n)[:round(share * n)]
    y = splits.train.y.clone()
    y[rows] += 10 * y.new_tensor(random.choice([-1.0, 1.0], (n, 1)))[rows]
    return dataclasses.replace(splits, train=data.Split(splits.train.x, y))


