"""Capacity, points, noise and strength of L2: the learned function, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..claims import polynomials
from ..claims.polynomials import Fits
from ..plotting import style
from ..plotting.artists import BandArtist
from ..plotting.numbers import Band, band
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ERROR_LIMITS = 3e-4, 1e7    # errors beyond are drawn at the edge


class OverfittingExplorer(Explorer):
    """Sliders over polynomials of a noisy sine: coefficients, training points, noise, strength.

    On the left is the learned function: its median over seeds, the band in which the middle 80 %
    of the seeds lie, and one seed with its points. On the right are the errors of all sizes, with
    a cursor where the slider stands. As some errors are thousands of times larger than others,
    these are geometric means, with the 95 % interval of the mean logarithm.

    Args:
        fits: by (points, noise, strength), as ``claims.polynomials.polynomial_fits`` gives them.
        start: coefficients, points, noise and strength shown first.
    """

    def __init__(self, fits: Mapping[tuple[int, float, float], Fits],
                 start: tuple[int, int, float, float] = (20, 20, 0.3, 0.0)):
        from matplotlib.figure import Figure

        self.fits, self.counts = fits, polynomials.COUNTS
        figure = Figure(figsize=style.SIZE, dpi=100, layout="constrained", facecolor="white")
        left, right = figure.subplots(1, 2)
        seeds = next(iter(fits.values())).train.shape[1]
        function, errors = _FunctionPanel(left), _ErrorsPanel(right, self.counts, seeds)

        def show(coefficients: int, points: int, noise: float, strength: float) -> str:
            found, place = fits[points, noise, strength], self.counts.index(coefficients)
            function.show(found, place)
            errors.show(found, place)
            return (f"{coefficients} coefficients, {points} points, noise {noise:g}, L2 with "
                    f"strength {strength:g}: {_scores(found, place)}")

        moving = [*function.artists, *errors.artists]
        _legend_below(left)
        _legend_below(right)
        points, noises, strengths = (sorted(set(values)) for values in zip(*fits, strict=True))
        controls = {
            "coefficients": _slider("coefficients", self.counts, start[0]),
            "points": _slider("training points", points, start[1]),
            "noise": _slider("noise (deviation)", noises, start[2]),
            "strength": _slider("strength of L2", strengths, start[3])}
        super().__init__(controls, show, LiveFigure(figure, moving),
                         "Chart of a learned function and of its errors; in words below it.")


def _slider(name: str, values: Sequence[float], start: float):
    return slider([(f"{value:g}", value) for value in values], start, name, name_width="120px")


class _FunctionPanel:
    """The median prediction, the spread over seeds, and one seed with its training points."""

    def __init__(self, ax: Axes):
        look = style.PART["validation"]
        self.x = polynomials.GRID.numpy()
        ax.plot(self.x, polynomials.truth(self.x), color=style.BLACK, linestyle=(0, (2, 1.5)),
                linewidth=1.6, label="true function")
        self.points, = ax.plot([], [], "o", color=style.BLUE, markersize=5,
                               markerfacecolor="white", label="points of seed 0")
        self.one, = ax.plot([], [], color=style.GRAY, linewidth=1.1, label="fit of seed 0")
        self.median = BandArtist(ax, look, "median fit", markers=False, opacity=0.3)
        self.artists = [self.median.area, self.points, self.one, self.median.line]
        style.dress(ax, "", "x", "y", "")
        ax.set_title("learned function (band: middle 80 % of seeds)", fontsize=style.TEXT,
                     loc="left")
        ax.set_ylim(-3, 3)
        ax.set_xlim(0, 1)

    def show(self, found: Fits, place: int) -> None:
        curves = found.predictions[place]
        low, middle, high = np.quantile(curves, [0.1, 0.5, 0.9], axis=0).clip(-100, 100)
        self.median.set(self.x, Band(middle, low, high, np.full(len(low), len(curves))))
        self.one.set_data(self.x, curves[0].clip(-100, 100))
        self.points.set_data(found.x, found.y)


class _ErrorsPanel:
    """Training and validation error against the number of coefficients."""

    def __init__(self, ax: Axes, counts: Sequence[int], seeds: int):
        self.counts = np.array(counts)
        self.lines = {part: BandArtist(ax, style.PART[part], part, hollow=part == "train")
                      for part in ("validation", "train")}
        self.cursor = ax.axvline(1, color=style.BLACK, linewidth=2, label="the slider")
        self.full = ax.axvline(1, color=style.GRAY, linewidth=1.6, linestyle=":",
                               label="as many coefficients as points")
        self.artists = [self.full, *(a for line in self.lines.values() for a in line.artists),
                        self.cursor]
        style.dress(ax, "", "coefficients of the polynomial", "mean squared error (log)", "")
        ax.set_title(f"errors (geometric mean of {seeds} seeds, 95 % interval)",
                     fontsize=style.TEXT, loc="left")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlim(counts[0] / 1.15, counts[-1] * 1.15)
        ax.set_ylim(ERROR_LIMITS[0] / 1.5, ERROR_LIMITS[1] * 1.5)
        ax.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], [1, 2, 5, 10, 20, 50, 100, 200])

    def show(self, found: Fits, place: int) -> None:
        for part, line in self.lines.items():
            line.set(self.counts, geometric(getattr(found, part)))
            line.line.set_markevery(None)
        self.cursor.set_xdata([self.counts[place]] * 2)
        self.full.set_xdata([len(found.x)] * 2)


def geometric(errors: np.ndarray) -> Band:
    """Geometric means with their 95 % intervals, within the limits of the axis.

    Shape: (places, S) → (places,).
    """
    logs = band(np.log(errors.clip(ERROR_LIMITS[0] / 100, None)).T)
    return Band(*(np.exp(values).clip(*ERROR_LIMITS) for values in logs[:3]), logs.n)


def _scores(found: Fits, place: int) -> str:
    def cell(errors: np.ndarray) -> str:
        if np.median(errors) < 1e-6:
            return "zero"
        low, middle, high = (_short(float(v[0])) for v in _ends(errors))
        return f"{middle} [{low}, {high}]"

    return (f"training error {cell(found.train[place])}, validation error "
            f"{cell(found.validation[place])}; geometric mean of {found.train.shape[1]} seeds "
            "[95 % interval].")


def _short(number: float) -> str:
    """Two digits that count, without powers of ten.

    >>> _short(284_612.0), _short(0.1249)
    ('280,000', '0.12')
    """
    if number < 1:
        return f"{number:.2g}" if number >= 1e-4 else "0.0000"
    digits = len(str(int(number)))
    return f"{round(number, 2 - digits):,.{max(0, 2 - digits)}f}"


def _ends(errors: np.ndarray) -> list[np.ndarray]:
    logs = band(np.log(errors.clip(ERROR_LIMITS[0] / 100, None))[:, None])    # as in the picture
    return [np.exp(values) for values in (logs.low, logs.mean, logs.high)]


def _legend_below(ax: Axes) -> None:
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.17), fontsize=style.TICK, frameon=False,
              ncols=2, borderaxespad=0, handlelength=2.4, labelspacing=0.25)
