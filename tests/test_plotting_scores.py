"""Dots of single runs."""

import numpy as np
import pytest
from matplotlib import pyplot

from reglab import plotting
from reglab.statistics import interval


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def test_every_run_is_a_dot_and_the_mean_has_its_interval():
    rows = {"a": [0.5, 0.6, 0.6, 0.7], "b": [0.1, 0.1]}
    ax = plotting.plot_scores(rows, xlabel="test accuracy", title="Two recipes")
    dots, mean, tick, *second = ax.lines
    assert sorted(dots.get_xdata()) == rows["a"]
    assert len(set(zip(*dots.get_data(), strict=True))) == 4    # equal scores do not cover
    expected = interval(rows["a"])
    assert mean.get_xdata() == pytest.approx([expected.low, expected.high])
    assert tick.get_xdata() == pytest.approx([expected.mean])
    assert sorted(second[0].get_xdata()) == rows["b"]
    text = plotting.describe(ax)
    assert "a: 4 runs from 0.500 to 0.700, mean 0.600 [" in text
    assert ax.get_title("left") == "Two recipes"


def test_dots_of_a_row_stay_in_it():
    values = np.random.default_rng(0).normal(size=200)
    ax = plotting.plot_scores({"many": values, "same": [1.0] * 30}, xlabel="x", title="t")
    for row, line in enumerate((ax.lines[0], ax.lines[3])):
        assert (np.abs(np.asarray(line.get_ydata()) - row) < 0.4).all()


def test_one_run_has_no_spread(refused):
    with refused("plot_scores.rows"):
        plotting.plot_scores({"a": [0.5]}, xlabel="x", title="t")
