"""The explorer of chapter 01: what its sliders set is what the picture holds."""

import io

import numpy as np
import pytest
from PIL import Image

from reglab.claims import polynomials
from reglab.claims.polynomials import Fits
from reglab.widgets import OverfittingExplorer
from reglab.widgets.overfitting import ERROR_LIMITS, geometric

COUNTS, POINTS, STRENGTHS, SEEDS = [1, 5, 20], [10, 50], [0.0, 0.1], 4
NOISES = [0.1, 1.0]


@pytest.fixture(scope="module")
def fits():
    random = np.random.default_rng(0)

    def made(points):
        shape = len(COUNTS), SEEDS
        return Fits(random.normal(size=(*shape, len(polynomials.GRID))),
                    np.exp(random.normal(size=shape)), np.exp(random.normal(size=shape)) * 100,
                    random.random(points), random.normal(size=points))

    return {(n, noise, s): made(n) for n in POINTS for noise in NOISES for s in STRENGTHS}


@pytest.fixture
def explorer(fits, monkeypatch):
    monkeypatch.setattr(polynomials, "COUNTS", COUNTS)
    return OverfittingExplorer(fits, start=(5, 10, 0.1, 0.0))


def lines(explorer):
    return {line.get_label(): line for line in explorer._live.moving
            if type(line).__name__ == "Line2D"}


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


def move(explorer, coefficients, points, noise, strength):
    for name, value in (("coefficients", coefficients), ("points", points), ("noise", noise),
                        ("strength", strength)):
        explorer.controls[name].value = value


@pytest.mark.parametrize(("points", "noise"), [(10, 0.1), (10, 1.0), (50, 1.0)])
@pytest.mark.parametrize("coefficients", [1, 20])
def test_shows_the_numbers_of_its_sliders(explorer, fits, coefficients, points, noise):
    move(explorer, coefficients, points, noise, 0.1)
    found, place, drawn = fits[points, noise, 0.1], COUNTS.index(coefficients), lines(explorer)
    assert drawn["median fit"].get_ydata() == pytest.approx(
        np.median(found.predictions[place], axis=0))
    assert drawn["fit of seed 0"].get_ydata() == pytest.approx(found.predictions[place, 0])
    assert drawn["points of seed 0"].get_xdata() == pytest.approx(found.x)
    for part in ("train", "validation"):
        expected = np.exp(np.log(getattr(found, part)).mean(1))
        assert drawn[part].get_ydata() == pytest.approx(expected)
    assert set(drawn["the slider"].get_xdata()) == {coefficients}
    assert set(drawn["as many coefficients as points"].get_xdata()) == {points}
    start = (f"{coefficients} coefficients, {points} points, noise {noise:g}, "
             "L2 with strength 0.1: training error ")
    assert explorer.sentence.startswith(start) and explorer.sentence in explorer.text.value
    middle = np.exp(np.log(found.validation[place]).mean())
    assert f"validation error {float(f'{middle:.2g}'):,.0f} [" in explorer.sentence
    assert f"of {SEEDS} seeds" in explorer.sentence


def test_each_slider_changes_the_picture_and_back_again(explorer):
    first = pixels(explorer)
    for name, other in (("coefficients", 20), ("points", 50), ("noise", 1.0), ("strength", 0.1)):
        before = explorer.controls[name].value
        explorer.controls[name].value = other
        assert (pixels(explorer) != first).any()
        explorer.controls[name].value = before
        assert (pixels(explorer) == first).all(), "traces of another position"


def test_picture_has_the_size_of_the_others(explorer):
    assert pixels(explorer).shape == (420, 880, 3)


def test_errors_beyond_the_axis_are_drawn_at_its_edge():
    drawn = geometric(np.array([[0.0, 0.0], [1e9, 1e9], [1.0, 4.0]]))
    assert drawn.mean[:2].tolist() == list(ERROR_LIMITS)
    assert drawn.mean[2] == pytest.approx(2.0)
    assert np.isfinite([*drawn.low, *drawn.high]).all()


def test_an_error_of_zero_is_said_in_words(explorer, fits):
    fits[10, 0.1, 0.0].train[2] = 1e-28
    move(explorer, 20, 10, 0.1, 0.0)
    assert "training error zero," in explorer.sentence
