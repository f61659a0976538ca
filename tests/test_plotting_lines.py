"""Lines of measurements: what is drawn is the mean over seeds with its interval."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot

from reglab.plotting import describe, plot_lines
from reglab.statistics import interval

X = [1, 10, 100]
WORDS = {"xlabel": "passes", "ylabel": "accuracy", "title": "More is better"}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    return {"one": random.normal(size=(5, 3)), "other": random.normal(size=(5, 3))}


def test_lines_and_bands_are_means_and_intervals(rows):
    ax = plot_lines(X, rows, **WORDS)
    for line, area, values in zip(ax.lines, ax.collections, rows.values(), strict=True):
        expected = [interval(column.tolist()) for column in values.T]
        assert line.get_ydata() == pytest.approx([e.mean for e in expected])
        edges = area.get_paths()[0].vertices[:-1, 1]
        assert edges == pytest.approx([e.low for e in expected]
                                      + [e.high for e in expected][::-1])


def test_names_seeds_and_sentence(rows):
    ax = plot_lines(X, {"one": torch.tensor(rows["one"])}, log=True, **WORDS)
    assert ax.get_legend().get_title().get_text() == "mean of 5 seeds,\n95 % interval"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["one"]
    assert ax.get_xscale() == "log" and [t.get_text() for t in ax.get_xticklabels()] == [
        "1", "10", "100"]
    assert ax.get_xlabel() == "passes (log)"
    first = f"{rows['one'][:, 0].mean():.3f}".replace("-", "−")
    assert f"one: {first} at 1" in describe(ax)


@pytest.mark.parametrize("log", [False, True])
def test_all_places_are_inside_the_axes(rows, log):
    ax = plot_lines(X, rows, log=log, **WORDS)
    low, high = ax.get_xlim()
    assert low < X[0] and high > X[-1] and high < 2 * X[-1]
    bottom, top = ax.get_ylim()
    assert all(bottom < edge < top for area in ax.collections
               for edge in area.get_paths()[0].vertices[:, 1])


def test_draws_into_the_axes_given_and_none_else(rows):
    ax = pyplot.figure().add_subplot()
    before = pyplot.get_fignums()
    assert plot_lines(X, rows, ax=ax, **WORDS) is ax
    assert pyplot.get_fignums() == before


def test_one_seed_is_called_an_anecdote():
    ax = plot_lines(X, {"one": [[1.0, 2.0, 3.0]]}, **WORDS)
    assert "an anecdote" in describe(ax) and ax.lines[0].get_ydata().tolist() == [1, 2, 3]


def test_refuses_rows_of_another_shape(rows, refused):
    with refused("plot_lines.lines['one']"):
        plot_lines(X[:2], {"one": rows["one"]}, **WORDS)
    with refused("plot_lines.x"):
        plot_lines([1, 100, 10], rows, **WORDS)
    with refused("plot_lines.lines"):
        plot_lines(X, {**rows, "less": rows["one"][:3]}, **WORDS)


def test_a_place_of_zero_stands_apart_on_a_logarithmic_axis():
    ax = plot_lines([0.0, 0.001, 0.1], {"a": [[1, 2, 3], [2, 3, 4]]}, xlabel="strength",
                    ylabel="y", title="t", log=True)
    x = ax.lines[0].get_xdata()
    assert x[1:] == pytest.approx([0.001, 0.1]) and 0 < x[0] < 0.001
    assert "1.500 at 0, 3.500 at 0.1" in describe(ax)


def test_whole_places_have_whole_ticks():
    def ticks(x):
        ax = plot_lines(x, {"a": [[1, 2, 3], [2, 3, 4]]}, **WORDS)
        return ax.get_xticks()

    assert (ticks([1, 2, 3]) % 1 == 0).all() and (ticks([1, 2, 2.5]) % 1 != 0).any()


def test_the_sentence_tells_extremes_that_lie_inside():
    ax = plot_lines([1, 2, 4], {"hill": [[1, 3, 2]] * 2, "valley": [[3, 0, 1]] * 2,
                                "slope": [[1, 2, 3]] * 2}, **WORDS)
    assert "hill: 1.000 at 1, 2.000 at 4, highest 3.000 at 2;" in describe(ax)
    assert "valley: 3.000 at 1, 1.000 at 4, lowest 0.000 at 2;" in describe(ax)
    assert "slope: 1.000 at 1, 3.000 at 4." in describe(ax)


def test_rows_that_are_not_seeds_are_called_what_they_are():
    ax = plot_lines([1, 2], {"a": [[1, 2], [2, 3]]}, xlabel="x", ylabel="y", title="t",
                    rows_are="pairs of seeds")
    assert ax.get_legend().get_title().get_text() == "mean of 2 pairs of seeds,\n95 % interval"
    assert "mean of 2 pairs of seeds with 95 % interval" in describe(ax)
