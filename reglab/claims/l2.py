"""Chapter 02, L2 and weight decay: the experiments behind the claims C06 to C11.

Each experiment takes seeds and gives back what it measured; the chapter shows and plots it, and
``settle_…`` turns it into verdicts. Grids were thinned and some settings made smaller later, so
that the chapter runs in time. The networks for the signals stayed as they were: in trials on the
seeds 5000 to 5019, narrower ones and shorter trainings gained less, and C07 was mostly not settled.
Its control, digits with right labels, was added after all the other rules had been settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean

import torch
from torch import Tensor, nn

from .. import data
from ..comparison import compare
from ..devices import on_all_cores
from ..models import MLP
from ..optimizers import SGD, Adam
from ..parameters import weights
from ..recipe import Recipe
from ..regularizers import L2, WeightDecay
from ..result import Result
from ..training import sweep
from . import statements
from .chapter import Case, Chapter, Experiment
from .effects import Alone, Difference, Ratio
from .rules import OF_DIGITS, Claim, Rule, Settled
from .scikit import without_checks

SEEDS = range(10)
SIGNAL_SEEDS = range(20)    # the gain there is small: ten seeds would not settle it
LOOK = "claims C06 to C11, planned together"    # one look at each test set

# The experiments: what is trained


SIGNALS = Recipe(MLP(40, 128, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9),
                 epochs=60, batch_size=100)
DIGITS = Recipe(MLP(64, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9),
                epochs=60, batch_size=50)


def signals_sweep(seeds: Sequence[int] = SIGNAL_SEEDS) -> Result:
    """L2 at four strengths on MNIST-1D: 1000 clean examples, a fresh draw for every seed."""
    strengths = [0.0, 0.003, 0.01, 0.1]
    recipes = {s: SIGNALS.replace(techniques=(L2(s),)) for s in strengths}
    return sweep(recipes, data.mnist1d, seeds, every=6)


def digits_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """L2 at six strengths on 500 digits, a fifth of them with a wrong label."""
    strengths = [0.0, 0.01, 0.02, 0.04, 0.1, 0.2]
    recipes = {s: DIGITS.replace(techniques=(L2(s),)) for s in strengths}
    task = partial(data.digits, n_train=500, label_noise=0.2)
    return sweep(recipes, task, seeds, every=10)


def clean_digits_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """The control: the same digits with all labels right, and strengths around the best.

    Seeds 5000 to 5009 chose 0.003 among six from 0 to 0.04, by validation accuracy.
    """
    recipes = {s: DIGITS.replace(techniques=(L2(s),)) for s in [0.0, 0.001, 0.003, 0.01]}
    return sweep(recipes, partial(data.digits, n_train=500), seeds, every=60)


def sine_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """L2 at six strengths on twenty points of a noisy sine: a function that can be seen."""
    task = partial(data.noisy_sine, standardize=False)
    recipe = Recipe(MLP(1, 64, 64, 1), optimizer=Adam(lr=0.01), epochs=500, batch_size=20)
    strengths = [0.0, 0.0001, 0.001, 0.01, 0.1, 0.3]
    recipes = {s: recipe.replace(techniques=(L2(s),)) for s in strengths}
    return sweep(recipes, task, seeds, every=20)


def adam_sweeps(seeds: Sequence[int] = SEEDS) -> tuple[Result, Result]:
    """Adam on the digits with an L2 penalty, and with decoupled decay: none and four strengths."""
    adam = DIGITS.replace(optimizer=Adam(lr=0.001))
    penalty = {s: adam.replace(techniques=(L2(s),)) for s in [0.0, 0.003, 0.01, 0.03, 0.1]}
    decay = {s: adam.replace(techniques=(WeightDecay(s),)) for s in [0.0, 0.3, 1.0, 3.0, 10.0]}
    task = partial(data.digits, n_train=500, label_noise=0.2)
    return sweep(penalty, task, seeds, every=60), sweep(decay, task, seeds, every=60)


def penalty_against_decay(seeds: Sequence[int] = SEEDS) -> dict[str, list[float]]:
    """How far apart penalty L2(0.01) and decay end, relative to the length of the weights."""
    momentum = SGD(lr=0.05, momentum=0.9)
    settings = {"plain SGD": (SGD(lr=0.05), 0.01), "momentum": (momentum, 0.01),
                "momentum, λ/(1−μ)": (momentum, 0.1), "Adam": (Adam(lr=0.001), 0.01),
                "Adam, decay 1.5": (Adam(lr=0.001), 1.5)}    # the nearest of seven that were tried
    distances, splits = {}, {seed: data.mnist1d(seed) for seed in seeds}
    for name, (optimizer, decay) in settings.items():
        recipe = SIGNALS.replace(model=MLP(40, 64, 10).double(), optimizer=optimizer, epochs=10)
        recipes = {t: recipe.replace(techniques=(t,)) for t in (L2(0.01), WeightDecay(decay))}
        result = sweep(recipes, splits.get, seeds, every=10)
        distances[name] = [_relative_distance(*(result.model(t, s) for t in recipes))
                           for s in seeds]
    return distances


def _relative_distance(one: nn.Module, other: nn.Module) -> float:
    first, second = weight_vector(one), weight_vector(other)
    return float((first - second).norm() / first.norm())


# Linear models: scikit-learn's closed form (ridge) and Newton solver (logistic regression)


def ridge_scores(standardize: bool, noise_features: int = 0,
                 seeds: Sequence[int] = range(40)) -> dict[str, list[float]]:
    """Test R² of ridge regression on 40 patients, tuned on validation data and unregularized."""
    from sklearn.linear_model import Ridge

    task = partial(data.diabetes, n_train=40, standardize=standardize,
                   noise_features=noise_features)
    strengths = [1e-8, *(10.0 ** k for k in range(-3, 5))]
    return _tuned_and_none(lambda s: Ridge(alpha=s), task, strengths, seeds)


def logistic_scores(seeds: Sequence[int] = range(20)) -> dict[str, list[float]]:
    """Test accuracy of logistic regression on 60 biopsies, tuned and (nearly) unregularized."""
    from sklearn.linear_model import LogisticRegression

    task = partial(data.breast_cancer, n_train=60)
    strengths = [1e-6, *(10.0 ** k for k in range(-2, 3))]
    return _tuned_and_none(lambda s: LogisticRegression(C=1 / s, solver="newton-cholesky"),
                           task, strengths, seeds)


def _tuned_and_none(make: Callable, task: Callable[[int], data.Splits],
                    strengths: Sequence[float], seeds: Sequence[int]) -> dict[str, list[float]]:
    """One strength for all seeds, by the mean validation score; then each test set once.

    "Trivial" gives everyone the most frequent class, or the mean, of the training data.
    """
    from sklearn.dummy import DummyClassifier, DummyRegressor

    splits = [task(seed) for seed in seeds]

    def scores(model, parts: list[data.Split]) -> list[float]:
        with without_checks():
            return [model.fit(*_table(s.train)).score(*_table(part))
                    for s, part in zip(splits, parts, strict=True)]

    validation = [s.validation for s in splits]
    totals = on_all_cores(lambda strength: sum(scores(make(strength), validation)), strengths)
    tuned = strengths[totals.index(max(totals))]
    test = [s.open_test(LOOK) for s in splits]
    models = {"tuned": make(tuned), "none": make(strengths[0]),
              "trivial": DummyClassifier() if splits[0].classes else DummyRegressor()}
    return {name: scores(model, test) for name, model in models.items()}


def _table(split: data.Split):
    return split.x.numpy(), split.y.numpy().ravel()


# Measures of one trained model


def weight_vector(model: nn.Module) -> Tensor:
    """All weights, biases left out, as one vector."""
    return torch.cat([w.detach().flatten() for w in weights(dict(model.named_parameters()))])


def share_of_zeros(model: nn.Module, splits: data.Splits | None = None) -> float:
    """The share of weights that are exactly zero."""
    return float((weight_vector(model) == 0).double().mean())


def flips(model: nn.Module, splits: data.Splits, sigma: float = 0.3, draws: int = 4) -> float:
    """The share of test predictions that Gaussian input noise of this deviation changes."""
    x, random = splits.open_test(LOOK).x, torch.Generator().manual_seed(0)
    clean = model(x).argmax(1)
    noisy = [model(x + sigma * torch.randn(x.shape, generator=random)) for _ in range(draws)]
    return float(torch.stack([y.argmax(1) != clean for y in noisy]).double().mean())


# The claims: the rules come first, then what applies them to an experiment

C06 = Claim(
    statements.C06, ("Krogh & Hertz 1991", "Goodfellow et al. 2016, §7.1"), {
        "length": Rule("‖w‖ with tuned L2, relative to none", high=0.9),
        "zeros": Rule("share of exactly zero weights with tuned L2", high=0.0),
        "every weight": Rule("share of weights smaller than their twin without L2", low=0.99)})

C07 = Claim(
    statements.C07, ("Krogh & Hertz 1991", "Zhang et al. 2017"), {
        "signals, tuned": Rule("test accuracy, tuned L2 − none", low=0.01),
        "digits, tuned": Rule("test accuracy, tuned L2 − none", low=0.01, split=OF_DIGITS),
        "digits, all labels right": Rule("test accuracy, tuned L2 − none", low=0.01,
                                         split=OF_DIGITS),
        "signals, too much": Rule("test accuracy, strongest − tuned", high=-0.01),
        "digits, too much": Rule("test accuracy, strongest − tuned", high=-0.01, split=OF_DIGITS)},
    changed="the rule on digits with right labels was added, as a control.")

C08 = Claim(
    statements.C08, ("Bishop 1995", "Goodfellow et al. 2016, §7.5"), {
        "signals": Rule("share of predictions that noise flips, λ = 0.01 − none", high=-0.01),
        "digits": Rule("share of predictions that noise flips, λ = 0.02 − none", high=-0.01,
                       split=OF_DIGITS)})

C09 = Claim(
    statements.C09, ("Hastie et al. 2009, §3.4.1",), {
        "as they are": Rule("test R² of tuned ridge, standardized − raw", low=0.02,
                            split=(442, 252)),
        "with 20 noise features": Rule("test R² of tuned ridge, standardized − raw", low=0.02,
                                       split=(442, 252))})

C10 = Claim(
    statements.C10, ("Loshchilov & Hutter 2019",), {
        "plain SGD": Rule("distance of the weights at the same λ, relative", high=1e-6),
        "momentum": Rule("distance of the weights at the same λ, relative", high=0.01),
        "Adam": Rule("distance of the weights at the same λ, relative", high=0.01),
        "momentum, λ/(1−μ)": Rule("distance when decay gets λ/(1−μ), relative", high=0.1),
        "Adam, each tuned": Rule("test accuracy, tuned decay − tuned L2", low=-0.02, high=0.02,
                                 split=OF_DIGITS)})

C11 = Claim(
    statements.C11, ("Hoerl & Kennard 1970", "Ng 2004"), {
        "ridge regression": Rule("test R², tuned − none", low=0.01, seeds=20, split=(442, 252)),
        "logistic regression": Rule("test accuracy, tuned − none", low=0.01, seeds=20,
                                    split=(569, 309)),
        "deep net": Rule("test accuracy, tuned − none", low=0.01)})


def settle_c06(result: Result) -> Settled:
    best = result.best_arm()
    pairs = [(weight_vector(result.model(best, s)), weight_vector(result.model(0.0, s)))
             for s in result.seeds]
    return C06.settle(**{
        "length": Ratio((w.norm() for w, _ in pairs), (none.norm() for _, none in pairs)),
        "zeros": Alone(result.measure(share_of_zeros, best),
                       control=result.measure(share_of_zeros, 0.0)),
        "every weight": Alone(((w.abs() < none.abs()).double().mean() for w, none in pairs),
                              trivial=0.5)})    # of two networks alike


def settle_c07(signals: Result, digits: Result, clean: Result) -> Settled:
    effects = {"digits, all labels right": compare(clean, clean.only(0.0), reason=LOOK)}
    for name, result in {"signals": signals, "digits": digits}.items():
        none, strongest = result.only(0.0), result.only(result.arms[-1])
        effects[f"{name}, tuned"] = compare(result, none, reason=LOOK)
        effects[f"{name}, too much"] = compare(strongest, result, reason=LOOK)
    return C07.settle(**effects)


def settle_c08(signals: Result, digits: Result) -> Settled:
    """At the strengths that seeds 5000 to 5009 chose: good ones, the same for all who repeat it.

    On the signals two strengths tie on validation data, and flips tell them apart.
    """
    return C08.settle(
        signals=compare(signals.only(0.01), signals.only(0.0), measure=flips, reason=LOOK,
                        trivial=0.0),
        digits=compare(digits.only(0.02), digits.only(0.0), measure=flips, reason=LOOK,
                       trivial=0.0))


def settle_c09(standardized: dict, raw: dict, noisy_standardized: dict, noisy_raw: dict) -> Settled:
    def against_raw(scaled: dict, unscaled: dict) -> Difference:
        return Difference(scaled["tuned"], unscaled["tuned"], mean(scaled["trivial"]))

    return C09.settle(**{"as they are": against_raw(standardized, raw),
                         "with 20 noise features": against_raw(noisy_standardized, noisy_raw)})


def settle_c10(distances: dict[str, list[float]], penalty: Result, decay: Result) -> Settled:
    ruled = {name: values for name, values in distances.items() if name in C10.rules}
    return C10.settle(**ruled, **{"Adam, each tuned": compare(decay, penalty, reason=LOOK)})


def settle_c11(ridge: dict, logistic: dict, signals: Result) -> Settled:
    def gain(scores: dict) -> Difference:
        return Difference(scores["tuned"], scores["none"], mean(scores["trivial"]))

    return C11.settle(**{"ridge regression": gain(ridge), "logistic regression": gain(logistic),
                         "deep net": compare(signals, signals.only(0.0), reason=LOOK)})


# For the ledger: which experiments each claim rests on

SIGNALS_SWEEP, DIGITS_SWEEP = Experiment(signals_sweep, times=2), Experiment(digits_sweep)
RIDGE = {(standardize, noise): Experiment(
    ridge_scores, {"standardize": standardize, "noise_features": noise}, times=4)
    for noise in (0, 20) for standardize in (True, False)}

CHAPTER = Chapter(2, "L2 and weight decay", "02_l2_and_weight_decay", (
    Case(C06, settle_c06, (SIGNALS_SWEEP,)),
    Case(C07, settle_c07, (SIGNALS_SWEEP, DIGITS_SWEEP, Experiment(clean_digits_sweep))),
    Case(C08, settle_c08, (SIGNALS_SWEEP, DIGITS_SWEEP)),
    Case(C09, settle_c09, tuple(RIDGE.values())),
    Case(C10, lambda distances, sweeps: settle_c10(distances, *sweeps),
         (Experiment(penalty_against_decay), Experiment(adam_sweeps))),
    Case(C11, settle_c11, (RIDGE[True, 0], Experiment(logistic_scores, times=2), SIGNALS_SWEEP)),
))
