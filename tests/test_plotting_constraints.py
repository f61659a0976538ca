"""The picture of the corner: regions of the size of their best points, and words that say where."""

import numpy as np
import pytest
from matplotlib import pyplot

from reglab.plotting import describe, plot_constraints

GRAM, TARGET = np.array([[1.0, 0.3], [0.3, 1.0]]), np.array([0.6, 0.4])
CORNER, EDGE, DISK = np.array([0.3, 0.0]), np.array([0.2, 0.1]), np.array([0.25, 0.15])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def test_regions_have_the_size_of_their_best_points():
    ax = plot_constraints(GRAM, TARGET, EDGE, DISK)
    diamond = ax.patches[0].get_xy()
    assert np.abs(diamond).sum(1) == pytest.approx(0.3)
    circle = next(li for li in ax.lines if li.get_label().startswith("circle"))
    assert np.hypot(*circle.get_data()) == pytest.approx(np.linalg.norm(DISK))
    points = {li.get_label(): [float(v[0]) for v in li.get_data()] for li in ax.lines
              if len(li.get_xdata()) == 1}
    assert points["best point of the diamond"] == pytest.approx(EDGE.tolist())
    assert points["best point of the circle"] == pytest.approx(DISK.tolist())
    free = np.linalg.solve(GRAM, TARGET)
    assert points["best point without a limit"] == pytest.approx(free.tolist())
    low, high = ax.get_xlim()
    assert low < -0.3 and high > free[0]


@pytest.mark.parametrize("best, where", [(CORNER, "at a corner"), (EDGE, "on an edge")])
def test_title_and_words_say_where_the_best_point_is(best, where):
    ax = plot_constraints(GRAM, TARGET, best, DISK, names=("age", "weight"))
    assert ax.get_title("left") == f"Best point of the diamond: {where}"
    assert where in describe(ax) and f"diamond at ({best[0]:.2f}, {best[1]:.2f})" in describe(ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "weight")


def test_draws_into_the_axes_given_and_refuses_other_shapes():
    ax = pyplot.figure().add_subplot()
    assert plot_constraints(GRAM, TARGET, EDGE, DISK, ax=ax, title="Mine") is ax
    assert ax.get_title("left") == "Mine"
    with pytest.raises(ValueError, match="plot_constraints.gram must be of shape"):
        plot_constraints(np.eye(3), TARGET, EDGE, DISK)
