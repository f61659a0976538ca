"""A fair comparison of two arms, or a refusal that names the difference and the cure.

    compare(l2_sweep, l2_sweep.only(0.0))      # the strength that validation data choose, and none
    compare(dropout_sweep, l2_sweep)           # each at its own best strength
    compare(result.only("a"), result.only("b"))

What must be equal: the seeds, the training and validation examples, the test set, the number of
steps, the measure, the tries that tuning had, and everything about a shared technique that is not
the question. A difference that is meant is allowed in words, which are printed beside the number.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .arguments import require
from .data import Splits
from .data.sealed import confidence_after, same_examples, same_values
from .history import METRICS
from .hyperparameters import kind, numbers
from .recipe import Recipe
from .replicas import model_kind
from .result import Result
from .statistics import Interval, interval

Measure = Callable[[nn.Module, Splits], float | Tensor]


class Levels(NamedTuple):
    """What lies behind an effect: the mean of either side, and the trivial baseline's score.

    A measure of the treatment alone has no control.
    """

    treatment: float
    control: float | None = None
    trivial: float | None = None


class UnfairComparison(ValueError):
    """Two arms differ in something that is not the question."""


@dataclass(frozen=True)
class Allowance:
    """Differences that are meant, each with the reason why: made by :func:`allow`."""

    examples: str | None = None
    split: str | None = None
    evaluation: str | None = None
    steps: str | None = None
    budget: str | None = None
    strengths: str | None = None

    def __post_init__(self):
        for field in fields(self):
            why = getattr(self, field.name)
            require(why is None or (isinstance(why, str) and bool(why.strip())),
                    f"allow.{field.name}", "a few words that say why", why)


def allow(*, examples: str | None = None, split: str | None = None, evaluation: str | None = None,
          steps: str | None = None, budget: str | None = None,
          strengths: str | None = None) -> Allowance:
    """Allow differences between two arms, each for a reason that is printed in the caption.

    Unpaired seeds, two measures, two losses and a choice made on test data cannot be allowed.

    >>> allow(steps="twice the data: twice the steps per epoch").steps
    'twice the data: twice the steps per epoch'
    """
    return Allowance(examples, split, evaluation, steps, budget, strengths)


@dataclass(frozen=True)
class Comparison:
    """What a treatment changes, seed by seed.

    Iterating gives the differences, so a comparison is the evidence that a claim's rule asks for.

    Attributes:
        treatment, control: the arms in words.
        measure: what was compared, in words.
        seeds: the seeds, in order.
        differences: treatment − control, one for each seed.
        looks: looks at the test data so far, this one included; 0 if they were not needed.
        levels: the means of treatment and control, and what a predictor scores that looks at no
            input (the most frequent class, or the mean target, of the training data; the loss of
            the shares of its classes).
        allowed: differences that were allowed, in words.
        notes: what else a reader should know.
    """

    treatment: str
    control: str
    measure: str
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    looks: int
    levels: Levels
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[float]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    @property
    def interval(self) -> Interval:
        """The mean difference with its interval: 95 %, and wider after a second look."""
        return interval(self.differences, confidence_after(max(1, self.looks)))

    @property
    def caption(self) -> str:
        """Everything a number needs beside it."""
        found = self.interval
        words = [f"{self.measure}: {self.treatment} − {self.control}, paired over seeds",
                 format_levels(self.levels)]
        if found.n > 1:
            widened = f", widened for {self.looks} looks at the test data" * (self.looks > 1)
            words.append(f"{100 * found.confidence:.3g} % interval{widened}")
        words += [f"allowed: {why}" for why in self.allowed]
        return "; ".join([*words, *self.notes]) + "."

    def plot(self, **options):
        """The difference beside zero: :func:`reglab.plotting.plot_effects`."""
        from .plotting import plot_effects

        name = f"{self.treatment} − {self.control}"
        return plot_effects({name: self.interval}, **{"xlabel": self.measure, **options})

    def __repr__(self) -> str:
        return f"{self.interval:+.3f}\n{self.caption}"

    def _repr_html_(self) -> str:
        return (f"<p><b>{html.escape(format(self.interval, '+.3f'))}</b><br>"
                f"{html.escape(self.caption)}</p>")


def compare(treatment: Result, control: Result, *, part: str = "test", metric: str = "score",
            measure: Measure | None = None, allow: Allowance | None = None,
            reason: str | None = None, trivial: float | None = None) -> Comparison:
    """Treatment − control, seed by seed, if the comparison is fair.

    Of a result with several arms, the one that is best on validation data is compared.

    Args:
        treatment, control: results of a fit or a sweep; ``result.only(arm)`` is one arm of it.
        part: ``"test"``, a look that is counted, or ``"validation"``.
        metric: ``"score"`` or ``"loss"``, both without penalties.
        measure: a function of model and splits to compare instead of the metric.
        allow: differences that are meant: :func:`allow`.
        reason: what the test data are opened for; comparisons that were planned together share
            a reason and are one look. ``None``: this comparison alone.
        trivial: what the measure gives for a predictor that looks at no input, where that is
            known, such as 0 for the gap between training and test score.

    Raises:
        UnfairComparison: names what differs and what to do about it.

    >>> from reglab import L2, MLP, Recipe, data, sweep
    >>> recipe = Recipe(MLP(2, 2), epochs=2)
    >>> arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.1)}
    >>> result = sweep(arms, data.two_moons, seeds=range(3), progress=False)
    >>> compare(result.only(0.1), result.only(0.0)).looks
    1
    """
    for name, side in {"treatment": treatment, "control": control}.items():
        require(isinstance(side, Result), f"compare.{name}", "a Result", side,
                "One arm of a sweep is result.only(arm).", TypeError)
    require(part in ("validation", "test"), "compare.part", "'test' or 'validation'", part)
    require(metric in METRICS, "compare.metric", f"one of {METRICS}", metric)
    require(allow is None or isinstance(allow, Allowance), "compare.allow",
            "comparison.allow(…) or None", allow, error=TypeError)
    require(trivial is None or measure is not None, "compare.trivial",
            "given with measure=", trivial, "What is trivial by score and loss is computed.")
    first, second = _Side(treatment), _Side(control)
    allowed, notes = _check(first, second, part, metric if measure is None else None,
                            allow or Allowance(), reason)
    if reason is None:
        reason = f"{first.question} against {second.question}"
    values = [side.values(part, metric, measure, reason) for side in (first, second)]
    looks = 0 if part == "validation" else max(len(treatment.looks), len(control.looks))
    words = (f"{part} {first.result.metric if metric == 'score' else metric}" if measure is None
             else getattr(measure, "__name__", "measure"))
    if measure is None and (metric == "score" or first.recipe.loss is None):
        trivial = control.trivial(part, metric, reason=reason)
    levels = Levels(*(float(v.mean()) for v in values), trivial)
    return Comparison(str(first), str(second), words, tuple(treatment.seeds),
                      tuple((values[0] - values[1]).tolist()), looks, levels, tuple(allowed),
                      tuple(notes))


def format_levels(levels: Levels) -> str:
    """In words: "0.523 against 0.484; trivial 0.100"; whole numbers if one of them is large."""
    spec = "z.3f" if max(abs(level) for level in levels if level is not None) < 100 else ".0f"
    control = "" if levels.control is None else f" against {levels.control:{spec}}"
    trivial = "" if levels.trivial is None else f"; trivial {levels.trivial:{spec}}"
    return f"{levels.treatment:{spec}}{control}{trivial}"


class _Side:
    """One side of a comparison: a result, the arm of it that is compared and how it was chosen."""

    def __init__(self, result: Result):
        self.result = result
        self.tries = list(result.recipes.values())
        self.tuned = len(result.arms) > 1
        self.arm: Hashable = result.best_arm() if self.tuned else result.arms[0]
        self.recipe: Recipe = result.recipes[self.arm]
        self.examples = [len(splits.train) for splits in result.splits.values()]
        self.question = result.question(self.arm)

    def __str__(self) -> str:
        return f"{self.arm} (best of {len(self.tries)} on validation)" if self.tuned \
            else str(self.arm)

    @property
    def steps(self) -> list[int]:
        return sorted({self.recipe.epochs * -(-n // self.recipe.batch_size)
                       for n in self.examples})

    @property
    def epochs_run(self) -> float:
        """The mean number of epochs over the seeds, smaller than planned after early stopping."""
        place = self.result.arms.index(self.arm)
        return float(self.result.epochs[self.result._stop.last[place]].float().mean())

    def values(self, part: str, metric: str, measure: Measure | None, reason: str) -> Tensor:
        if measure is not None:
            opened = reason if part == "test" else None
            return self.result.measure(measure, self.arm, reason=opened)
        if part == "test":
            return self.result.test(self.arm, metric=metric, reason=reason)
        return self.result.final(part, metric, self.arm)


# The checks, in the order in which they are made


def _check(treatment: _Side, control: _Side, part: str, metric: str | None, allowance: Allowance,
           reason: str | None) -> tuple[list[str], list[str]]:
    """Raise at the first unfair difference; give back those allowed, and notes."""
    _check_seeds(treatment, control)
    if metric is not None:
        _check_measure(treatment, control, metric)
    _check_selection(treatment, control, part, reason)
    allowed = []
    for name, find in {"examples": _examples, "split": _split, "evaluation": _evaluation,
                       "steps": _steps, "budget": _budget, "strengths": _strengths}.items():
        found = find(treatment, control, part)
        if found is None:
            continue
        expected, got, cure = found
        why = getattr(allowance, name)
        if why is None:
            cure += f" If it is meant: allow=comparison.allow({name}=\"why\")."
            _refuse(name, expected, got, cure)
        allowed.append(f"{name} {got} ({why})")
    notes = []
    stopping = [side.recipe.stopping for side in (treatment, control)]
    if stopping[0] != stopping[1]:
        epochs = " and ".join(f"{side.epochs_run:.0f}" for side in (treatment, control))
        notes.append(f"early stopping: {epochs} epochs on average of at most "
                     f"{treatment.recipe.epochs}")
    return allowed, notes


def _refuse(name: str, expected: str, got, cure: str) -> None:
    require(False, f"compare.{name}", expected, got, cure, UnfairComparison)


def _check_seeds(treatment: _Side, control: _Side) -> None:
    seeds = treatment.result.seeds, control.result.seeds
    if seeds[0] != seeds[1]:
        _refuse("seeds", "the same, in the same order, in treatment and control", seeds,
                "Without pairs, differences are due to luck as well: sweep both with the same "
                "seeds=.")


def _check_measure(treatment: _Side, control: _Side, metric: str) -> None:
    metrics = treatment.result.metric, control.result.metric
    if metrics[0] != metrics[1]:
        _refuse("metric", "the same measure on both sides", metrics,
                "Compare on one task: accuracy and R² have no difference.")
    losses = treatment.recipe.loss, control.recipe.loss
    if metric == "loss" and losses[0] is not losses[1]:
        _refuse("metric", "a loss without penalties, the same on both sides",
                tuple(getattr(loss, "__name__", loss) for loss in losses),
                "A penalty inside one loss makes it larger whatever the model does: put it into "
                "techniques=, which no curve and no test contains, or compare metric=\"score\".")


def _check_selection(treatment: _Side, control: _Side, part: str, reason: str | None) -> None:
    for side in (treatment, control):
        whole = side.result.whole
        if part == "validation" and side.tuned:
            _refuse("selection", "on other data than the comparison", "validation, for both",
                    "The validation score of the chosen arm contains its luck: compare with "
                    "part=\"test\", or name the arm with result.only(arm).")
        if side.tuned or len(whole.arms) == 1:
            continue
        earlier = {why: arms for why, arms in whole.tested.items() if why != reason}
        seen = list(dict.fromkeys(arm for arms in earlier.values() for arm in arms))
        if side.arm not in seen or len(seen) < 2 or side.arm == whole.best_arm():
            continue
        why = {arm: next(w for w, arms in earlier.items() if arm in arms) for arm in seen}
        scores = {arm: float(whole.test(arm, reason=why[arm]).mean()) for arm in seen}
        if scores[side.arm] >= max(scores.values()):
            _refuse("selection", "on validation data", f"{side.arm}, the best of {seen} on test",
                    f"Validation data choose {whole.best_arm()}. Choosing by the test score "
                    "reports luck as gain: pass the whole sweep, from which the arm is chosen on "
                    "validation data; if the arm was planned, give all looks one reason=.")


def _examples(treatment: _Side, control: _Side, part: str):
    if treatment.examples != control.examples:
        return ("the same number of training examples in both arms",
                (treatment.examples[0], control.examples[0]),
                "More data help by themselves: train both with the same n_train.")


def _split(treatment: _Side, control: _Side, part: str):
    names = ["train", "validation"][treatment.examples != control.examples:]
    for seed, mine in treatment.result.splits.items():
        theirs = control.result.splits[seed]
        for name in names:
            if not _same_examples(mine, theirs, name):
                return (f"the same {name} examples in both arms",
                        f"others at seed {seed} ({mine.name}, {theirs.name})",
                        "Sweep both on one data function, with the same seeds and sizes.")


def _evaluation(treatment: _Side, control: _Side, part: str):
    for seed, mine in treatment.result.splits.items():
        theirs = control.result.splits[seed]
        if not _same_examples(mine, theirs, "test"):
            return ("the same test examples in both arms",
                    f"others at seed {seed} ({len(mine.test)} and {len(theirs.test)})",
                    "Scores on different test sets differ by the difficulty of the sets: keep "
                    "n_test and the data function the same.")


def _same_examples(one: Splits, other: Splits, part: str) -> bool:
    """The same rows of a table, or, for fresh draws, the same values in whatever units."""
    mine, theirs = getattr(one, part), getattr(other, part)
    if one.indices is not None and other.indices is not None:
        place = list(one.parts()).index(part)
        rows = one.name == other.name and torch.equal(one.indices[place], other.indices[place])
        return rows and (part == "test" or same_values(mine.y, theirs.y))
    return mine.same_as(theirs) if part == "test" else same_examples(mine, theirs)


def _steps(treatment: _Side, control: _Side, part: str):
    if treatment.steps != control.steps:
        return ("the same number of optimizer steps (epochs × batches) in both arms",
                (treatment.steps[0], control.steps[0]),
                "Part of the difference would be training longer: set epochs so that the steps "
                "agree.")


def _budget(treatment: _Side, control: _Side, part: str):
    mine, theirs = treatment.tries, control.tries
    if len(mine) == len(theirs):
        return None
    few, many = sorted((mine, theirs), key=len)
    if len(few) == 1 and any(_same_recipe(few[0], recipe) for recipe in many):
        return None    # the other side could have chosen it, and did not: what tuning buys
    return ("the same number of strengths tried in both arms", (len(mine), len(theirs)),
            "Whoever tries more finds more: tune both with as many tries, or put the control "
            "among the arms of the sweep.")


def _strengths(treatment: _Side, control: _Side, part: str):
    """A technique that both use is as strong in both, unless its strength is the only question."""
    if _differ_in_one_technique(treatment.recipe, control.recipe):
        return None
    for technique in treatment.recipe.techniques:
        for other in control.recipe.techniques:
            if kind(technique) != kind(other):
                continue
            grids = [sorted({tuple(numbers(t).values()) for recipe in side.tries
                             for t in recipe.techniques if kind(t) == kind(other)})
                     for side in (treatment, control)]
            if grids[0] != grids[1]:
                return (f"the same strengths of {type(other).__name__} in both arms",
                        tuple(_flat(grid) for grid in grids),
                        "The arms differ in something else too, and two changes cannot be told "
                        "apart: give both the same strength, or tune both over the same ones.")


def _flat(grid: list[tuple]) -> list:
    return [values[0] if len(values) == 1 else values for values in grid]


def _differ_in_one_technique(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes are the same but for the numbers of one technique."""
    if [kind(t) for t in one.techniques] != [kind(t) for t in other.techniques]:
        return False
    changed = sum(a != b for a, b in zip(one.techniques, other.techniques, strict=True))
    return changed <= 1 and _same_recipe(one.replace(techniques=()), other.replace(techniques=()))


def _same_recipe(one: Recipe, other: Recipe) -> bool:
    same_model = one.model is other.model or (
        model_kind(one.model) == model_kind(other.model) and repr(one.model) == repr(other.model))
    return same_model and one.replace(model=other.model) == other
