"""Effects, a number for each seed, that remember what they were made of: ``levels``."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from statistics import fmean

from ..comparison import Comparison, Levels, allow, compare
from ..result import Result


class Effects(list):
    """Numbers, one for each seed, and the means behind them.

    Args:
        effects: the numbers.
        levels: what they were made of, and what a trivial predictor or choice would give.
        looks: how often test data had been opened for them, where that was counted.
    """

    def __init__(self, effects: Iterable[float], levels: Levels, looks: int = 0):
        super().__init__(float(effect) for effect in effects)
        self.levels, self.looks = levels, looks


class Difference(Effects):
    """One − other.

    Args:
        one, other: scores, one for each seed, in the same order, or comparisons of scores.
        trivial: the score of a predictor that looks at no input.

    >>> Difference([0.5, 0.7], [0.4, 0.4], trivial=0.1).levels
    Levels(treatment=0.6, control=0.4, trivial=0.1)
    """

    def __init__(self, one: Iterable[float], other: Iterable[float], trivial: float | None = None):
        looks = max(getattr(side, "looks", 0) for side in (one, other))
        one, other = _floats(one), _floats(other)
        super().__init__((a - b for a, b in zip(one, other, strict=True)),
                         Levels(fmean(one), fmean(other), trivial), looks)


class Ratio(Effects):
    """One / other, or its logarithm.

    >>> Ratio([300.0, 500.0], [100.0, 100.0])
    [3.0, 5.0]
    """

    def __init__(self, one: Iterable[float], other: Iterable[float], log: bool = False,
                 trivial: float | None = None):
        one, other = _floats(one), _floats(other)
        ratios = [a / b for a, b in zip(one, other, strict=True)]
        super().__init__(map(math.log, ratios) if log else ratios,
                         Levels(fmean(one), fmean(other), trivial))


class Alone(Effects):
    """A measure of the treatment itself, beside that of a control or a trivial choice.

    >>> Alone([0.9, 1.0], trivial=0.1).levels
    Levels(treatment=0.95, control=None, trivial=0.1)
    """

    def __init__(self, values: Iterable[float], control: Iterable[float] | None = None,
                 trivial: float | None = None):
        values = _floats(values)
        beside = None if control is None else fmean(_floats(control))
        super().__init__(values, Levels(fmean(values), beside, trivial))


def on_test_data(result: Result, arm: Hashable, against: Hashable, reason: str,
                 **options) -> Comparison:
    """The test score of an arm − that of another of the same sweep, each chosen before."""
    return compare(result.only(arm), result.only(against), reason=reason, **options,
                   allow=allow(strengths="the arms are whole recipes, chosen before"))


def _floats(values: Iterable[float]) -> list[float]:
    return [float(value) for value in values]
