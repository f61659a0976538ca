"""Intervals against SciPy, and against what they promise."""

import math

import numpy as np
import pytest
from scipy import stats

from reglab.statistics import interval, paired_difference, resplit


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_paired_difference_is_scipys_paired_t(confidence):
    random = np.random.default_rng(0)
    a, b = random.normal(0.5, 0.2, 12), random.normal(0.4, 0.2, 12)
    ours = paired_difference(a, b, confidence)
    theirs = stats.ttest_rel(a, b).confidence_interval(confidence)
    assert ours.mean == pytest.approx((a - b).mean(), abs=1e-15)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-14)
    assert (ours.n, ours.confidence) == (12, confidence)


def test_interval_covers_as_often_as_it_says():
    draws, n = 1000, 10
    values = np.random.default_rng(1).normal(3.0, 2.0, (draws, n))
    covered = sum(i.low <= 3.0 <= i.high for i in map(interval, values))
    # Binomial(1000, 0.95) has mean 950 and standard deviation sqrt(1000 · 0.95 · 0.05) = 6.9;
    # four of them are 28.
    assert abs(covered - 950) <= 28


def test_bootstrap_agrees_with_t_on_many_normal_values():
    values = np.random.default_rng(2).normal(0, 1, 400)
    t, boot = interval(values), interval(values, method="bootstrap")
    # Both half widths are 1.96 s/√n to leading order; 9999 resamples add 1 to 2 %.
    assert boot.half_width == pytest.approx(t.half_width, rel=0.06)
    assert boot.mean == t.mean and boot.low < boot.mean < boot.high
    assert boot.method == "bootstrap"


def test_bootstrap_follows_a_skew():
    values = np.random.default_rng(3).exponential(1, 60)
    boot = interval(values, method="bootstrap")
    assert boot.high - boot.mean > 1.05 * (boot.mean - boot.low)


def test_bootstrap_repeats_itself():
    values = [0.1, 0.4, 0.2, 0.9]
    assert interval(values, method="bootstrap") == interval(values, method="bootstrap")


def test_pairing_takes_out_what_is_shared():
    shared = np.random.default_rng(4).normal(0, 10, 20)
    noise = np.random.default_rng(5).normal(0, 0.1, 20)
    paired = paired_difference(shared + 1 + noise, shared)
    assert paired.low > 0.9 and paired.high < 1.1


def test_one_value_is_an_anecdote():
    one = interval([0.7])
    assert (one.low, one.high) == (-math.inf, math.inf)
    assert "anecdote" in str(one) and "1 seed" in str(one)


def test_equal_values_have_no_width():
    same = interval([0.5, 0.5, 0.5])
    assert same.low == same.high == same.mean == 0.5


def test_prints_with_a_format():
    assert f"{interval([0.0, 2.0]):.1f}" == "1.0 [-11.7, 13.7] (2 seeds)"


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], [0.1, math.nan], [0.1, math.inf]])
def test_bad_values(values, refused):
    with refused("interval.values"):
        interval(values)


def test_bad_options(refused):
    for confidence in (0, 1, 95):
        with refused("interval.confidence"):
            interval([1.0, 2.0], confidence)
    with refused("interval.method"):
        interval([1.0, 2.0], method="z")
    with refused("paired_difference.control"):
        paired_difference([1.0, 2.0], [1.0])


def test_an_interval_over_splits_is_widened_by_the_estimate_of_nadeau_and_bengio():
    found = interval([0.1, 0.2, 0.3, 0.2] * 2 + [0.1, 0.3])
    wide = resplit(found, rows=1097, n_test=797)
    factor = math.sqrt((1 / 10 + 797 / 300) / (1 / 10))    # of the standard error
    assert wide.half_width == pytest.approx(factor * found.half_width)
    assert (wide.low + wide.high) / 2 == pytest.approx(found.mean) and wide.mean == found.mean
    with pytest.raises(ValueError, match="resplit.n_test must be between 0 and rows=797"):
        resplit(found, rows=797, n_test=797)
