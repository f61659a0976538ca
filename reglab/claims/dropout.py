"""Chapter 04, dropout: the experiments behind the claims C18 to C24.

Each experiment takes seeds and gives back what it measured; the chapter shows and plots it, and
``settle_…`` turns it into verdicts. Settings were found on other seeds than those that settle the
claims. A difference that matters is one point of accuracy; three points count as equally good.
Arms of the convolution net and the runs were later made fewer or shorter, so that the chapter runs
in time: how short was tried on seeds 5000 to 5009, where 40 epochs left "tuned" of C18 unsettled.
The net's dropout, first right after each ReLU, went behind the pooling, where there is less of it.

Two rules were changed after a first run on seeds 0 to 9, which could not settle them: "whole
network" of C19 (one point became three) and "large" of C24 (width 16 became 8, whose gain varies
less). They were then settled alike on seeds not used before, from 200 on. A third, dropout against
an ensemble of four networks, was taken out of C19: ten seeds do not settle it. C21 first asked for
original dropout at 0.5 as well, where p and 1 − p are one number, so that its rule could not fail;
it asks for inverted dropout instead. Later the convolution net of C24 got rates that suit each
place, and C23 a rule with tuned learning rates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from statistics import fmean

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import data
from ..comparison import Comparison, compare
from ..layers import Dropout
from ..models import MLP, initialize
from ..optimizers import SGD
from ..recipe import Recipe
from ..result import Result
from ..seeding import generator, global_seed
from ..statistics import Interval, interval
from ..training import fit, sweep
from . import statements
from .chapter import Case, Chapter, Experiment
from .curves import steps_to
from .effects import Alone, Difference, Ratio, on_test_data
from .probabilities import MEASURES, accuracy
from .rules import Claim, Rule, Settled, Verdict
from .timing import gradient_step, relative_times

SEEDS = range(10)
RATES = [0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8]
USUAL = 0.5    # the rate at which the mechanism is looked at
AFTER, BEFORE = 0.05, 0.2    # the convolutions, and the dense layer behind them
# Learning rates for which seeds 5000 to 5005 need the fewest steps, of 0.02, 0.05, 0.1 and 0.2; at
# 0.3, tried later, the network without dropout needs about as many as at 0.2.
FASTEST = {0.0: 0.2, USUAL: 0.1}
LOOK = "claims C18 to C24, planned together"    # one look at each test set

# The experiments: what is trained


SIGNALS = Recipe(MLP(40, 128, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9),
                 epochs=50, batch_size=100)


@lru_cache(maxsize=64)
def signals(seed: int) -> data.Splits:
    """MNIST-1D, the same for all experiments of the chapter; test sets of 2000."""
    return data.mnist1d(seed, n_test=2000)


def rates_sweep(width: int = 128, seeds: Sequence[int] = SEEDS, every: int = 5) -> Result:
    """Dropout after both hidden layers of an MLP, at seven rates."""
    recipes = {p: SIGNALS.replace(model=MLP(40, width, width, 10, dropout=p)) for p in RATES}
    return sweep(recipes, signals, seeds, every=every)


def conv_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """A convolution net: no dropout, or some after its convolutions or before its dense layer.

    An arm is a pair: the rates in these two places. Seeds 5000 to 5019 chose both among 0.05, 0.1,
    0.2 and 0.35, on validation data.
    """
    places = [(0.0, 0.0), (AFTER, 0.0), (0.0, BEFORE)]
    recipe = SIGNALS.replace(epochs=20)
    recipes = {place: recipe.replace(model=conv_net(*place)) for place in places}
    return sweep(recipes, signals, seeds, every=20)


def conv_net(after_convolutions: float, before_dense: float) -> nn.Sequential:
    """Two stages of convolution, ReLU and pooling, then a dense layer; (B, 1, 40) → (B, 10)."""
    return nn.Sequential(
        nn.Conv1d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), Dropout(after_convolutions),
        nn.Conv1d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), Dropout(after_convolutions),
        nn.Flatten(), Dropout(before_dense), nn.Linear(160, 10))


def ensemble_members(seeds: Sequence[int] = SEEDS) -> Result:
    """Three more networks without dropout for each seed: its data, but another start and order.

    Run ``1000 k + seed`` is the k-th of them.
    """
    numbers = [1000 * k + seed for k in (1, 2, 3) for seed in seeds]
    return sweep({0.0: SIGNALS}, lambda number: signals(number % 1000), numbers,
                 every=SIGNALS.epochs)


def speed_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """None and the usual rate, each at the learning rate at which it needs the fewest steps."""
    recipes = {p: SIGNALS.replace(model=MLP(40, 128, 128, 10, dropout=p),
                                  optimizer=SGD(lr=lr, momentum=0.9), epochs=40 if p else 16)
               for p, lr in FASTEST.items()}
    return sweep(recipes, signals, seeds, every=2)


def original_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """Dropout as first published, which scales at test time, at two rates."""
    recipe = SIGNALS.replace(epochs=10)
    recipes = {p: recipe.replace(model=with_layer(OriginalDropout, p)) for p in [0.2, 0.5]}
    return sweep(recipes, signals, seeds, every=10)


def frozen_sweep(seeds: Sequence[int] = range(20)) -> Result:
    """The usual rate with fresh masks, and with the bug that every batch gets the same ones."""
    recipes = {name: SIGNALS.replace(model=with_layer(layer, USUAL))
               for name, layer in {"fresh masks": Dropout, "frozen masks": FrozenDropout}.items()}
    return sweep(recipes, signals, seeds, every=SIGNALS.epochs)


def with_layer(layer: type[Dropout], p: float) -> MLP:
    """The MLP of the chapter with another kind of dropout layer."""
    model = MLP(*(40, 128, 128, 10), dropout=p)
    for i, module in enumerate(model.layers):
        if isinstance(module, Dropout):
            model.layers[i] = layer(p)
    return model


class OriginalDropout(Dropout):
    """Dropout as in Srivastava et al. (2014): y = m x in training, y = ``scale`` · x in evaluation.

    ``scale`` is a buffer; 1 − p is right.
    """

    def __init__(self, p: float = 0.5):
        super().__init__(p)
        self.register_buffer("scale", torch.tensor(1.0 - p))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x * self.scale
        return x * (self.noise_for(x) >= self.p * 65536 - 32768).to(x.dtype)


class FrozenDropout(Dropout):
    """The bug: a generator seeded inside the forward pass gives the same masks at every call.

    Shape: input and output (100, D), a batch; where several are drawn for at once, (100 k, D).
    """

    def draw(self, shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
        words = super().draw((100, *shape[1:]), torch.Generator().manual_seed(0))
        return words.repeat(-(-shape[0] // 100), 1)[:shape[0]]


# Masks


def masks_in_training(layer: type[Dropout] = Dropout, seed: int = 0) -> Tensor:
    """The masks that training really used, (steps, B, D): two epochs of the first hidden layer."""
    seen = []

    class Watched(layer):
        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                seen.append(super().forward(torch.ones_like(x)) > 0)
            return super().forward(x)

    model = MLP(40, 128, 128, 10, dropout=USUAL)
    model.layers[2] = Watched(USUAL)
    fit(SIGNALS.replace(model=model, epochs=2), signals, seed, progress=False)
    return torch.stack(seen)


def units_alike(seeds: Sequence[int] = SEEDS) -> dict[str, list[float]]:
    """The share of units treated alike by two steps of an epoch, and for two examples of a batch.

    Independent masks treat p² + (1 − p)² of the units alike: half of them at p = 0.5.
    """
    shares: dict[str, list[float]] = {"steps": [], "examples": []}
    for seed in seeds:
        first, second, *_ = masks_in_training(seed=seed)
        shares["steps"].append(float((first == second).double().mean()))
        shares["examples"].append(float((first[1:] == first[:-1]).double().mean()))
    return shares


# Averages over sub-networks and over networks


def subnetworks(model: nn.Module, x: Tensor, passes: int, seed: int = 0) -> Iterator[Tensor]:
    """The class probabilities of random sub-networks: dropout stays on.  Each (N, K)."""
    model.train()
    with global_seed(seed, "sub-networks"), torch.no_grad():
        for _ in range(passes):
            yield F.softmax(model(x), 1)
    model.eval()


def weight_scaling(model: nn.Module, x: Tensor) -> Tensor:
    """The probabilities of the whole network, once: ordinary evaluation.  Shape: (N, K)."""
    with torch.no_grad():
        return F.softmax(model.eval()(x), 1)


def by_passes(result: Result, passes: Sequence[int] = (1, 2, 5, 10, 30)) -> dict:
    """Validation accuracy of 1 … 30 averaged sub-networks, and of the whole network, by seed."""
    accuracies: dict = {"passes": list(passes), "averaged": [], "whole": []}
    for seed in result.seeds:
        model, part = result.model(USUAL, seed), result.splits[seed].validation
        sums = torch.stack(list(subnetworks(model, part.x, max(passes), seed))).cumsum(0)
        accuracies["averaged"].append([accuracy(sums[n - 1], part.y) for n in passes])
        accuracies["whole"].append(accuracy(weight_scaling(model, part.x), part.y))
    return accuracies


def predictions(rates: Result, members: Result) -> dict[str, list[Tensor]]:
    """Class probabilities on the test data, of each seed, by who predicts."""
    found: dict[str, list[Tensor]] = {name: [] for name in (
        "one network, no dropout", "four networks, no dropout", "one sub-network",
        "fifty sub-networks", "whole network, dropout")}
    for seed in rates.seeds:
        x = rates.splits[seed].open_test(LOOK).x
        alone, dropout = rates.model(0.0, seed), rates.model(USUAL, seed)
        networks = [alone, *(members.model(0.0, 1000 * k + seed) for k in (1, 2, 3))]
        each = torch.stack(list(subnetworks(dropout, x, 50, seed)))
        for name, probabilities in zip(found, (
                weight_scaling(alone, x),
                torch.stack([weight_scaling(network, x) for network in networks]).mean(0),
                each[0], each.mean(0), weight_scaling(dropout, x)), strict=True):
            found[name].append(probabilities)
    return found


# Scores of predictions


def scores(found: dict[str, list[Tensor]], rates: Result,
           measure: Callable[[Tensor, Tensor], float]) -> dict[str, list[float]]:
    """A measure of every seed's test predictions, by who predicts."""
    targets = [rates.splits[seed].open_test(LOOK).y for seed in rates.seeds]
    return {name: [measure(p, y) for p, y in zip(each, targets, strict=True)]
            for name, each in found.items()}


def table(found: dict[str, list[Tensor]], rates: Result):
    """All measures with their 95 % intervals, as a pandas DataFrame."""
    import pandas as pd

    return pd.DataFrame({name: {who: f"{(i := interval(values)).mean:.3f} ± {i.half_width:.3f}"
                                for who, values in scores(found, rates, measure).items()}
                         for name, measure in MEASURES.items()})


# Co-adaptation


def hidden(model: nn.Module, x: Tensor) -> list[Tensor]:
    """What the units of both hidden layers give, in evaluation.  Shape: two of (N, D)."""
    first, second = (i for i, m in enumerate(model.layers) if isinstance(m, nn.ReLU))
    flat = x.flatten(1)
    return [model.layers[:first + 1](flat), model.layers[:second + 1](flat)]


def correlation(model: nn.Module, splits: data.Splits) -> float:
    """Mean |correlation| between two units of a hidden layer, over pairs and layers; test data."""
    means = []
    for units in hidden(model.eval(), splits.open_test(LOOK).x):
        units = units[:, units.std(0) > 0].double()
        matrix = torch.corrcoef(units.T).abs()
        means.append((matrix.sum() - len(matrix)) / (len(matrix) * (len(matrix) - 1)))
    return float(sum(means) / len(means))


def accuracy_without(model: nn.Module, x: Tensor, y: Tensor, share: float,
                     repeats: int = 10) -> float:
    """Accuracy when a random share of the hidden units is removed for good, the rest scaled up.

    The same units for every example and every model; the mean over ``repeats`` choices.
    """
    random, layers = generator(0, "removed units"), list(model.eval().layers)
    found = []
    for _ in range(repeats):
        h = x.flatten(1)
        for layer in layers:
            h = layer(h)
            if isinstance(layer, nn.ReLU):
                kept = torch.rand(h.shape[1], generator=random).argsort() >= share * h.shape[1]
                h = h * kept / (1 - share)
        found.append(accuracy(h, y))
    return sum(found) / repeats


def kept_accuracy(model: nn.Module, splits: data.Splits) -> float:
    """The share of its own test accuracy that a model keeps without half of its hidden units."""
    test = splits.open_test(LOOK)
    return (accuracy_without(model, test.x, test.y, 0.5)
            / accuracy_without(model, test.x, test.y, 0.0, repeats=1))


def removal_curves(result: Result, shares: Sequence[float]) -> dict[float, list[list[float]]]:
    """Validation accuracy against the share of units removed, by rate and seed."""
    with torch.no_grad():
        return {p: [[accuracy_without(result.model(p, seed), part.x, part.y, share, repeats=3)
                     for share in shares]
                    for seed in result.seeds for part in [result.splits[seed].validation]]
                for p in (0.0, USUAL)}


# Cost


def step_ratios(seeds: Sequence[int] = SEEDS, steps: int = 30) -> list[float]:
    """The time of a training step in plain PyTorch with nn.Dropout, relative to one without."""
    x, y = signals(0).train.x[:100], signals(0).train.y[:100]
    tasks = [{name: partial(gradient_step, initialize(_plain_net(p), seed), x, y)
              for name, p in {"none": 0.0, "dropout": USUAL}.items()} for seed in seeds]
    with global_seed(0, "step ratios"):
        return relative_times(tasks, steps)["dropout"]


def _plain_net(p: float) -> nn.Sequential:
    between = [nn.ReLU(), nn.Dropout(p)] if p else [nn.ReLU()]
    return nn.Sequential(nn.Flatten(), nn.Linear(40, 128), *between, nn.Linear(128, 128), *between,
                         nn.Linear(128, 10))


# The claims: the rules come first, then what applies them to an experiment

C18 = Claim(statements.C18, ("Hinton et al. 2012", "Srivastava et al. 2014"), {
    "tuned": Rule("test accuracy, tuned dropout − none", low=0.01),
    "overfitting": Rule("training − test accuracy, tuned dropout − none", high=-0.01),
    "too much": Rule("test accuracy, highest rate − tuned", high=-0.01)})

C19 = Claim(statements.C19, ("Srivastava et al. 2014", "Gal & Ghahramani 2016"), {
    "averaging helps": Rule("test accuracy, fifty averaged sub-networks − one", low=0.01),
    "whole network": Rule("test accuracy, whole network − fifty averaged sub-networks",
                          low=-0.03, high=0.03)},
    changed="for “whole network” one point became three; “averaging helps” took the whole network "
            "for the average; a rule on a real ensemble, not settled, was taken out.")

C20 = Claim(statements.C20, ("Hinton et al. 2012", "Srivastava et al. 2014, §7.1"), {
    "removal": Rule("share of test accuracy kept without half the units, p = 0.5 − none",
                    low=0.05),
    "correlation": Rule("mean |correlation| of two units of a layer, p = 0.5 − none",
                        high=-0.01)})

C21 = Claim(statements.C21, ("Srivastava et al. 2014, §4",), {
    "as first published, p = 0.2": Rule(
        "test accuracy, outputs scaled by p minus outputs scaled by 1 − p", low=-0.01),
    "inverted, p = 0.5": Rule("test accuracy, outputs scaled by p minus not scaled", low=-0.01)},
    changed="a rule on original dropout at p = 0.5, which could not fail, became one on "
            "inverted dropout.")

C22 = Claim(statements.C22, ("Srivastava et al. 2014, §4",), {
    "steps": Rule("share of units treated alike by two steps of one epoch", low=0.99),
    "examples": Rule("share of units treated alike for two examples of a batch", low=0.99)})

C23 = Claim(statements.C23, ("Srivastava et al. 2014, §9",), {
    "steps needed": Rule("steps to a training loss of 1, with p = 0.5 relative to none", low=1.1),
    "steps, tuned": Rule("the same ratio, each at the learning rate with the fewest steps",
                         low=1.1),
    "cost of a step": Rule("time of a step, with dropout relative to none", low=1.0)},
    changed="steps are counted between evaluations as well, times compared turn by turn; the "
            "rule with tuned learning rates was added.")

C24 = Claim(statements.C24, ("Srivastava et al. 2014", "Tompson et al. 2015"), {
    "large": Rule("gain in test accuracy by tuned dropout, width 128 − width 8", low=0.01),
    "fully connected": Rule("gain by tuned dropout, before the dense layer − after convolutions",
                            low=0.01)},
    changed="the narrow network had 16 units, which did not settle it; it has 8. In the "
            "convolution net the rate was 0.2 in both places; it is tuned in each of them since.")


# Two questions beside the claims: does averaging sub-networks give better probabilities, and does
# accuracy show the bug of frozen masks?

PROBABILITIES = {
    "log loss": Rule("log loss", high=-0.01),
    "calibration error": Rule("calibration error", high=-0.01),
    "AUROC": Rule("AUROC of the confidence", low=0.01)}
HIDDEN = Rule("test accuracy, frozen masks − fresh masks", low=-0.03, seeds=20)


def better_probabilities(found: dict[str, list[Tensor]], rates: Result, one: str,
                         other: str) -> dict[str, Verdict]:
    """Whether one predictor is better than another by each measure, seed by seed."""
    verdicts = {}
    for name, rule in PROBABILITIES.items():
        by = scores(found, rates, MEASURES[name])
        verdicts[name] = rule.decide(Difference(by[one], by[other]))
    return verdicts


def settle_c18(rates: Result) -> Settled:
    none, strongest = rates.only(0.0), rates.only(max(rates.arms))
    return C18.settle(**{
        "tuned": compare(rates, none, reason=LOOK),
        "overfitting": compare(rates, none, measure=gap, reason=LOOK, trivial=0.0),
        "too much": compare(strongest, rates, reason=LOOK)})


def gap(model: nn.Module, splits: data.Splits) -> float:
    """Accuracy on the training data minus accuracy on the test data."""
    test = splits.open_test(LOOK)
    return (accuracy(model(splits.train.x), splits.train.y) - accuracy(model(test.x), test.y))


def settle_c19(found: dict[str, list[Tensor]], rates: Result) -> Settled:
    by = scores(found, rates, accuracy)
    whole = by["whole network, dropout"]
    trivial = rates.trivial(reason=LOOK)
    return C19.settle(**{
        "averaging helps": Difference(by["fifty sub-networks"], by["one sub-network"], trivial),
        "whole network": Difference(whole, by["fifty sub-networks"], trivial)})


def against_ensemble(found: dict[str, list[Tensor]], rates: Result) -> Interval:
    """Test accuracy, one network with dropout − four without it, trained apart and averaged."""
    by = scores(found, rates, accuracy)
    return interval(Difference(by["whole network, dropout"], by["four networks, no dropout"]))


def settle_c20(rates: Result) -> Settled:
    """Who answers the same whatever comes keeps all of the little that it has."""
    usual, none = rates.only(USUAL), rates.only(0.0)
    with torch.no_grad():
        untrained = [correlation(initialize(MLP(40, 128, 128, 10), seed), rates.splits[seed])
                     for seed in rates.seeds]
    return C20.settle(removal=compare(usual, none, measure=kept_accuracy, reason=LOOK, trivial=1.0),
                      correlation=compare(usual, none, measure=correlation, reason=LOOK,
                                          trivial=fmean(untrained)))


def settle_c21(original: Result, rates: Result) -> Settled:
    return C21.settle(**{
        "as first published, p = 0.2": by_p_instead(original, 0.2),
        "inverted, p = 0.5": Difference(rates.measure(scaled_by(0.5), 0.5, reason=LOOK),
                                        rates.test(0.5, reason=LOOK),
                                        trivial=rates.trivial(reason=LOOK))})


def by_p_instead(original: Result, p: float) -> Difference:
    """What scaling by p, not by 1 − p, does to the test accuracy of original dropout, by seed."""
    return Difference(*(original.measure(scaled_by(scale), p, reason=LOOK)
                        for scale in (p, 1 - p)), trivial=original.trivial(reason=LOOK))


def scaled_by(scale: float) -> Callable[[nn.Module, data.Splits], float]:
    """Test accuracy of a model whose dropout layers scale their outputs by this in evaluation."""
    def measure(model: nn.Module, splits: data.Splits) -> float:
        scaled = with_layer(OriginalDropout, USUAL)
        scaled.load_state_dict(model.state_dict(), strict=False)    # it may have no scale
        for module in scaled.modules():
            if isinstance(module, OriginalDropout):
                module.scale.fill_(scale)
        test = splits.open_test(LOOK)
        return accuracy(scaled.eval()(test.x), test.y)

    return measure


def correlations(rates: Result) -> dict[str, Interval]:
    """What dropout changes in the mean |correlation| of two units, by rate."""
    none = rates.measure(correlation, 0.0, reason=LOOK)
    return {f"p = {p:g}": interval((rates.measure(correlation, p, reason=LOOK) - none).tolist())
            for p in rates.arms if 0 < p <= USUAL}


def settle_c22(alike: dict[str, list[float]]) -> Settled:
    by_luck = USUAL**2 + (1 - USUAL)**2    # of masks that have nothing to do with each other
    return C22.settle(**{name: Alone(shares, trivial=by_luck) for name, shares in alike.items()})


def settle_c23(rates: Result, tuned: Result, ratios: Sequence[float]) -> Settled:
    def steps(result: Result) -> Ratio:
        return Ratio(steps_to(result, USUAL, 1.0), steps_to(result, 0.0, 1.0))

    return C23.settle(**{"steps needed": steps(rates), "steps, tuned": steps(tuned),
                         "cost of a step": ratios})


def settle_c24(rates: Result, narrow: Result, conv: Result) -> Settled:
    def gain(result: Result) -> Comparison:
        return compare(result, result.only(0.0), reason=LOOK)

    return C24.settle(**{"large": Difference(gain(rates), gain(narrow), trivial=0.0),
                         "fully connected": on_test_data(conv, (0.0, BEFORE), (AFTER, 0.0), LOOK)})


_RATES = Experiment(rates_sweep)
_NARROW = Experiment(rates_sweep, {"width": 8, "every": SIGNALS.epochs})

CHAPTER = Chapter(4, "Dropout", "04_dropout", (
    Case(C18, settle_c18, (_RATES,)),
    Case(C19, lambda rates, members: settle_c19(predictions(rates, members), rates),
         (_RATES, Experiment(ensemble_members))),
    Case(C20, settle_c20, (_RATES,)),
    Case(C21, settle_c21, (Experiment(original_sweep), _RATES)),
    Case(C22, settle_c22, (Experiment(units_alike),)),
    Case(C23, settle_c23, (_RATES, Experiment(speed_sweep), Experiment(step_ratios))),
    Case(C24, settle_c24, (_RATES, _NARROW, Experiment(conv_sweep)))))
