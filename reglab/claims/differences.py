"""Differences of scores, seed by seed, that remember the scores themselves."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ..comparison import Levels, trivial_score
from ..result import Result


class Difference(list):
    """One − other, a number for each seed; ``levels`` are the means of both.

    Args:
        one, other: scores, one for each seed, in the same order.
        trivial: the score of a predictor that looks at no input; 0 for R², whose zero is that of
            the mean.

    >>> Difference([0.5, 0.7], [0.4, 0.4], trivial=0.1).levels
    Levels(treatment=0.6, control=0.4, trivial=0.1)
    """

    def __init__(self, one: Iterable[float], other: Iterable[float], trivial: float | None = None):
        one, other = [float(a) for a in one], [float(b) for b in other]
        super().__init__(a - b for a, b in zip(one, other, strict=True))
        self.levels = Levels(sum(one) / len(one), sum(other) / len(other), trivial)


def on_test_data(result: Result, arm: Hashable, against: Hashable, reason: str) -> Difference:
    """The test score of an arm − that of another, each chosen before, by seed."""
    return Difference(result.test(arm, reason=reason).tolist(),
                      result.test(against, reason=reason).tolist(),
                      trivial_score(result.splits.values(), "test", reason))
