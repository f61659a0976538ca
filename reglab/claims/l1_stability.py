"""Chapter 03, L1: how much changes when the same study is done again, by several measures.

A bootstrap (Efron 1979) draws as many examples from the training data, with repetition. Every seed
is a study that chooses its strengths with its own validation data, and fits each technique again to
15 such draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from .. import data
from ..devices import on_all_cores
from ..seeding import numpy_generator
from ..statistics import Interval, interval
from .effects import Ratio
from .l1_linear import (
    Technique,
    elastic_net,
    groups,
    lasso,
    patients,
    powers,
    ridge,
    scores_on_test,
    sparse,
    table,
    trivial_scores,
    tuned,
)
from .scikit import without_checks

SEEDS = range(20)
TECHNIQUES = {"lasso": Technique(lasso, powers(-7, -1, 3)),
              "elastic net": Technique(elastic_net, powers(-7, -1, 3)),
              "ridge": Technique(ridge, powers(0, 9, 3))}
DRAWS = 15
Measured = dict[str, dict[str, list[float]]]


def correlated(seeds: Sequence[int] = range(30)) -> Measured:
    """16 groups of five features that are nearly copies of each other; four groups matter."""
    return resampled(groups, seeds)


def independent(seeds: Sequence[int] = SEEDS) -> Measured:
    """60 independent features, of which six matter."""
    return resampled(sparse, seeds, ("lasso", "ridge"))


def with_noise(seeds: Sequence[int] = SEEDS) -> Measured:
    """Ten measurements of 150 diabetes patients, and fifty columns of noise."""
    return resampled(lambda seed: patients(seed, 50), seeds, ("lasso", "ridge"))


def biopsies(seeds: Sequence[int] = SEEDS) -> Measured:
    """Thirty strongly correlated measurements of 150 biopsies; the labels are the numbers ±1."""
    return resampled(_biopsies, seeds)


def _biopsies(seed: int) -> data.Splits:
    splits = data.breast_cancer(seed, n_train=150, n_validation=100, n_test=319)
    parts = [data.Split(part.x, 2.0 * part.y[:, None].float() - 1)
             for part in (splits.train, splits.validation, splits.open_test("a change of units"))]
    return data.Splits(*parts, "breast_cancer", None, indices=splits.indices)    # sealed anew


def resampled(task: Callable[[int], data.Splits], seeds: Sequence[int],
              names: Sequence[str] = tuple(TECHNIQUES)) -> Measured:
    """Measures of stability of each tuned technique over bootstrap draws, by seed; and test R².

    - ``coefficients``: their variance over draws, relative to the squared length of their mean;
    - ``top five``: the Jaccard similarity (shared ones / all) of the five largest of two draws;
    - ``selected``: the same of all features that are not exactly zero;
    - ``selected by lot``: what that would be if as many were drawn by lot;
    - ``predictions``: their variance over draws, relative to their variance over patients.
    """
    splits = [task(seed) for seed in seeds]

    def study(i: int) -> list[tuple]:
        models = tuned({name: TECHNIQUES[name] for name in names}, [splits[i]])
        return [(model, _stability(model, splits[i], seeds[i])) for model, in models.values()]

    found: Measured = {}
    for name, studies in zip(names, zip(*on_all_cores(study, range(len(seeds))), strict=True),
                             strict=True):
        models, rows = zip(*studies, strict=True)
        found[name] = {measure: [row[measure] for row in rows] for measure in rows[0]}
        found[name]["test"] = scores_on_test(models, splits)
    found["trivial"] = {"test": trivial_scores(splits)}
    return found


def log_interval(found: Measured, measure: str) -> Interval:
    """log(lasso / ridge) of a measure, with its 95 % interval: 0.7 for twice as much."""
    return interval(Ratio(found["lasso"][measure], found["ridge"][measure], log=True))


def _stability(model, splits: data.Splits, seed: int) -> dict[str, float]:
    from sklearn.base import clone

    x, y = table(splits.train)
    others, random = table(splits.validation)[0], numpy_generator(seed, "bootstrap")
    weights, predictions = [], []
    for _ in range(DRAWS):
        rows = random.integers(len(x), size=len(x))
        with without_checks():
            again = clone(model).fit(x[rows], y[rows])
            predictions.append(again.predict(others))
        weights.append(again.coef_)
    return {"coefficients": relative_variance(np.array(weights)),
            "top five": similarity([set(np.argsort(-np.abs(w))[:5]) for w in weights]),
            "selected": similarity([set(np.flatnonzero(w)) for w in weights]),
            "selected by lot": float(np.mean([by_luck(a, b, x.shape[1]) for a, b in combinations(
                [int(np.count_nonzero(w)) for w in weights], 2)])),
            "predictions": float(np.var(predictions, 0).mean() / np.mean(predictions, 0).var())}


def relative_variance(weights: np.ndarray) -> float:
    """The variance of vectors around their mean, relative to its squared length.  Shape: (T, D).

    >>> relative_variance(np.array([[1.0, 1.0], [1.0, 3.0]]))
    0.2
    """
    mean = weights.mean(0)
    return float(((weights - mean) ** 2).sum(1).mean() / (mean**2).sum())


def similarity(sets: Sequence[set]) -> float:
    """Mean Jaccard similarity of two of these sets: 1 if all are the same, 0 if all differ.

    >>> similarity([{1, 2}, {2, 3}])
    0.3333333333333333
    """
    return float(np.mean([len(a & b) / len(a | b) if a | b else 1.0
                          for a, b in combinations(sets, 2)]))


@lru_cache(maxsize=10_000)
def by_luck(one: int, other: int, features: int) -> float:
    """The Jaccard similarity to expect of two sets of these sizes, each drawn by lot.

    >>> by_luck(1, 1, 4)    # the same one in a quarter of the cases
    0.25
    """
    if not one and not other:
        return 1.0
    ways = [math.comb(one, k) * math.comb(features - one, other - k) * k / (one + other - k)
            for k in range(1, min(one, other) + 1)]
    return sum(ways) / math.comb(features, other)
