"""Chapter 08: four techniques, each on or off, in all sixteen combinations.

Each is on at the strength that suited it best *alone*, which other seeds chose (5000 to 5009), as
someone would combine what three papers recommend. An arm is the tuple of what is on, in the order
of ``FACTORS``; ``()`` is no technique at all.

As the sixteen arms were fixed before, nothing is chosen on their validation data, and the curves
over epochs serve as measurements: one sweep holds every shorter budget, since the learning rate is
constant. The longest budget was 1000 steps first; it was cut to 800, and then to 600, after test
data had been seen, so that the chapter runs in time. Seeds 5000 to 5009 chose the 600, and no
verdict changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from .. import data
from ..augmentation import Shift1d
from ..models import MLP
from ..optimizers import SGD
from ..recipe import Recipe
from ..regularizers import L2
from ..result import Result
from ..statistics import Interval, interval
from ..training import sweep
from .rules import Rule

SEEDS = range(10)
FACTORS = ("dropout", "L2", "shift", "batch norm")
STRENGTHS = {"dropout": 0.35, "L2": 0.01, "shift": 6.0}
STEPS = 10    # of an epoch: 500 examples in batches of 50
LOOK = "claims C32 to C35, planned together"    # one look at each test set

Arm = tuple[str, ...]


@lru_cache(maxsize=64)
def signals(seed: int) -> data.Splits:
    """500 signals of MNIST-1D to learn from, a fresh draw for every seed."""
    return data.mnist1d(seed, n_train=500)


def recipe(*factors: str, epochs: int = 60, **strengths: float) -> Recipe:
    """An MLP with these techniques on, at the strengths of ``STRENGTHS`` unless told otherwise."""
    on = {name: (STRENGTHS | strengths)[name] * (name in factors) for name in STRENGTHS}
    norm = nn.BatchNorm1d if "batch norm" in factors else None
    return Recipe(MLP(40, 64, 64, 10, dropout=on["dropout"], norm=norm),
                  techniques=(L2(on["L2"]), Shift1d(on["shift"])),
                  optimizer=SGD(lr=0.05, momentum=0.9), epochs=epochs, batch_size=50)


def combinations(factors: Sequence[str] = FACTORS) -> list[Arm]:
    """All subsets, the empty one first.

    >>> combinations(("a", "b"))
    [(), ('a',), ('b',), ('a', 'b')]
    """
    return [subset for size in range(len(factors) + 1)
            for subset in itertools.combinations(factors, size)]


def factorial_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """All sixteen combinations of dropout, L2, shift and batch norm; 600 steps."""
    return sweep({arm: recipe(*arm) for arm in combinations()}, signals, seeds, every=5)


def early_sweep(seeds: Sequence[int] = range(20)) -> Result:
    """Shift, batch norm and both after 250 steps."""
    arms = [("shift",), ("batch norm",), ("shift", "batch norm")]
    return sweep({arm: recipe(*arm, epochs=25) for arm in arms}, signals, seeds, every=25)


def further_runs(seeds: Sequence[int] = range(10, 30)) -> Result:
    """No technique and dropout for 600 steps, on seeds that the factorial does not have."""
    return sweep({arm: recipe(*arm) for arm in ((), ("dropout",))}, signals, seeds, every=60)


def first_steps(seeds: Sequence[int] = range(40)) -> Result:
    """No technique and dropout after 100 steps, where the difference is small: 40 seeds."""
    return sweep({arm: recipe(*arm, epochs=10) for arm in ((), ("dropout",))}, signals, seeds,
                 every=10)


# Contrasts: values are (A, S, …), the arms of a factorial × seeds × whatever was measured


def simple_effect(result: Result, values: Tensor, factor: str,
                  company: Sequence[str] = ()) -> Tensor:
    """What a factor changes when exactly ``company`` is on beside it.  Shape: (S, …)."""
    return (values[_place(result, {*company, factor})]
            - values[_place(result, set(company) - {factor})])


def main_effect(result: Result, values: Tensor, factor: str) -> Tensor:
    """What a factor changes on average over all settings of the others.  Shape: (S, …)."""
    return values[_where(result, {factor: True})].mean(0) - values[
        _where(result, {factor: False})].mean(0)


def interaction(result: Result, values: Tensor, one: str, other: str, **given: bool) -> Tensor:
    """How much more (or less) a factor changes when another one is on.  Shape: (S, …).

    (both − other) − (one − neither), on average over the settings of the rest, but for those
    ``given``, such as ``shift=False``. It is the same whichever of the two comes first; 0 means
    that the two add up.
    """
    def mean(first: bool, second: bool) -> Tensor:
        return values[_where(result, {one: first, other: second, **given})].mean(0)

    return mean(True, True) - mean(False, True) - mean(True, False) + mean(False, False)


def _where(result: Result, settings: dict[str, bool]) -> list[int]:
    return [i for i, arm in enumerate(result.arms)
            if all((factor in arm) == on for factor, on in settings.items())]


def _place(result: Result, factors: set[str]) -> int:
    return next(i for i, arm in enumerate(result.arms) if set(arm) == factors)


def accuracies(result: Result) -> Tensor:
    """The test accuracy of all sixteen arms at the end.  Shape: (A, S)."""
    return torch.stack([result.test(arm, reason=LOOK) for arm in result.arms])


def gains(result: Result) -> dict[str, Tensor]:
    """Test accuracy beyond that of no technique: alone, in sum, the best arm, all four; by seed."""
    test = accuracies(result)
    alone = {factor: simple_effect(result, test, factor) for factor in FACTORS}
    none, best = test[_place(result, set())], result.best_arm()
    return {**alone, "sum of the four": sum(alone.values()),
            f"best of 16 on validation: {name(best)}": test[_place(result, set(best))] - none,
            "all four": test[_place(result, set(FACTORS))] - none}


def alone_and_in_company(result: Result) -> dict[str, Tensor]:
    """What each factor changes alone, and on average over all company; test accuracy by seed."""
    test = accuracies(result)
    return {f"{factor}, {where}": found for factor in FACTORS for where, found in (
        ("alone", simple_effect(result, test, factor)),
        ("on average", main_effect(result, test, factor)))}


def interactions(result: Result) -> dict[str, Tensor]:
    """The interactions of all pairs, of the test accuracy, by seed; one of them by company too."""
    test = accuracies(result)
    pairs = {f"{one} × {other}": interaction(result, test, one, other)
             for one, other in itertools.combinations(FACTORS, 2)}
    return pairs | {f"dropout × L2, {word} shift":
                    interaction(result, test, "dropout", "L2", shift=word == "with")
                    for word in ("without", "with")}


def by_budget(result: Result) -> dict[str, Tensor]:
    """What some techniques change in validation accuracy, over the budget.  Shape: each (S, E)."""
    curves = result.curve("validation", "score")
    none, three = _place(result, set()), _place(result, set(FACTORS[:3]))
    return {"dropout, alone": simple_effect(result, curves, "dropout"),
            "batch norm, beside shift": simple_effect(result, curves, "batch norm", ("shift",)),
            "dropout, beside shift": simple_effect(result, curves, "dropout", ("shift",)),
            "dropout + L2 + shift": curves[three] - curves[none]}


def after(result: Result, effects: Tensor, steps: int) -> list[float]:
    """One number for each seed: an effect over the budgets, (S, E), at one of them."""
    return effects[:, (STEPS * result.epochs).tolist().index(steps)].tolist()


def intervals(effects: dict[str, Tensor]) -> dict[str, Interval]:
    """Their 95 % intervals, by name."""
    return {name: interval(values.tolist()) for name, values in effects.items()}


def name(arm: Arm) -> str:
    """An arm in words.

    >>> name(()), name(("L2", "shift"))
    ('none', 'L2 + shift')
    """
    return " + ".join(arm) or "none"


def table(result: Result, budgets: Sequence[int] = (100, 250, 600)):
    """Validation accuracy (mean over seeds) of all arms by budget, as a pandas DataFrame."""
    import pandas as pd

    columns = [(result.epochs * STEPS).tolist().index(steps) for steps in budgets]
    means = result.curve("validation", "score").mean(1)[:, columns]
    return pd.DataFrame(means.numpy(), index=[name(arm) for arm in result.arms],
                        columns=[f"{steps} steps" for steps in budgets]).round(2)


# Questions beside the claims, with their rules

ADD_UP = Rule("test accuracy, all four − the sum of what each gains alone", low=-0.01, high=0.01)
HELPS_ON_AVERAGE = Rule("test accuracy, dropout on − off, on average over all company", low=0.0)
EARLY = Rule("validation accuracy after 100 steps, dropout − none", low=0.0)
LATE = Rule("validation accuracy after 600 steps, dropout − none", low=0.0)
