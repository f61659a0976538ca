"""Means, paired differences and their intervals. The numbers come from SciPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .arguments import require, require_number


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes:
        mean: the estimate.
        low, high: the ends of the interval; ±inf for a single value, about which nothing is known.
        n: independent values (seeds) behind it.
        confidence: coverage, 0.95 unless said.
        method: ``"t"`` or ``"bootstrap"``.
    """

    mean: float
    low: float
    high: float
    n: int
    confidence: float = 0.95
    method: str = "t"

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def __format__(self, spec: str) -> str:
        spec = spec or "z.3f"    # z: no zero with a minus sign
        if self.n == 1:
            return f"{self.mean:{spec}}, an anecdote (1 seed)"
        return f"{self.mean:{spec}} [{self.low:{spec}}, {self.high:{spec}}] ({self.n} seeds)"

    def __str__(self) -> str:
        return format(self)


def interval(values: Sequence[float], confidence: float = 0.95, method: str = "t") -> Interval:
    """The mean of independent values with its confidence interval.

    ``"t"`` assumes that the mean is about normal (Student 1908); ``"bootstrap"`` is the
    bias-corrected and accelerated bootstrap (Efron 1987), with a fixed stream of resamples.

    Args:
        values: one number per seed, all finite.
        confidence: coverage in (0, 1).

    >>> print(interval([0.1, 0.2, 0.3]))
    0.200 [-0.048, 0.448] (3 seeds)
    >>> print(interval([0.1]))
    0.100, an anecdote (1 seed)
    """
    array = np.asarray(values, dtype=float)
    require(array.ndim == 1 and array.size > 0, "interval.values", "one number per seed", array)
    require(bool(np.isfinite(array).all()), "interval.values", "finite", array,
            "A run that diverged has no result: leave it out and say so, or lower its rate.")
    require_number(confidence, "interval.confidence", 0, 1, open_low=True, open_high=True)
    require(method in ("t", "bootstrap"), "interval.method", "'t' or 'bootstrap'", method)
    mean = float(array.mean())
    if array.size == 1:
        return Interval(mean, -math.inf, math.inf, 1, confidence, method)
    if np.ptp(array) == 0:
        return Interval(mean, mean, mean, array.size, confidence, method)
    if method == "t":
        from scipy import special  # loads in a third of the time that scipy.stats takes

        quantile = float(special.stdtrit(array.size - 1, (1 + confidence) / 2))
        half = quantile * float(array.std(ddof=1)) / math.sqrt(array.size)
        return Interval(mean, mean - half, mean + half, array.size, confidence, method)
    from scipy import stats

    result = stats.bootstrap((array,), np.mean, confidence_level=confidence, method="BCa",
                             rng=np.random.default_rng(0)).confidence_interval
    return Interval(mean, float(result.low), float(result.high), array.size, confidence, method)


def paired_difference(treatment: Sequence[float], control: Sequence[float],
                      confidence: float = 0.95, method: str = "t") -> Interval:
    """The mean of ``treatment − control``, seed by seed, with its confidence interval.

    Pairing takes what the two share (the data, the initialization, the batch order) out of the
    comparison; the interval is that of a paired t test.

    >>> print(paired_difference([0.5, 0.7, 0.6], [0.4, 0.5, 0.5]))
    0.133 [-0.010, 0.277] (3 seeds)
    """
    first, second = np.asarray(treatment, dtype=float), np.asarray(control, dtype=float)
    require(first.shape == second.shape, "paired_difference.control",
            f"of the treatment's shape {first.shape}", second,
            "Both arms need the same seeds, in the same order.")
    return interval(first - second, confidence, method)


def resplit(found: Interval, rows: int, n_test: int) -> Interval:
    """An interval of test scores over new splits of one table, as Nadeau & Bengio (2003) widen it.

    Test sets of different splits overlap, and so do training sets, so S of them are worth less than
    S. Their estimate multiplies the variance of the mean, s²/S, by 1 + S · n_test / n_train, for
    tables of n_train + n_test rows: the share of test rows stands for the correlation of two
    scores. Here validation data, and rows left over, count as training rows. It is a rough guide.

    Args:
        found: the interval to widen.
        rows: of the table.
        n_test: those that each split tests on.

    >>> print(resplit(interval([0.1, 0.2, 0.3]), rows=600, n_test=300))
    0.200 [-0.297, 0.697] (3 seeds)
    """
    require(0 < n_test < rows, "resplit.n_test", f"between 0 and rows={rows}", n_test)
    factor = math.sqrt(1 + found.n * n_test / (rows - n_test))
    return replace(found, low=found.mean - factor * (found.mean - found.low),
                   high=found.mean + factor * (found.high - found.mean))
