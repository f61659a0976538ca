"""The final result against the strength of a technique: under-, over- and well regularized."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..history import PARTS
from ..statistics import interval
from . import style
from .artists import BandArtist
from .numbers import Band, band

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..result import Result


def plot_strengths(result: Result, metric: str = "score", *, test: Tensor | None = None,
                   ax: Axes | None = None, title: str | None = None,
                   xlabel: str | None = None) -> Axes:
    """The final train and validation metric of each arm against the number that names it.

    Off, the strength 0, has no place on a logarithmic axis: it stands apart on the left. Arms of
    which a run diverged get no mean but a cross.

    Args:
        result: a sweep whose arms are numbers.
        metric: ``"score"`` (accuracy or R²) or ``"loss"``.
        test: test scores of the chosen arm, one for each seed, as ``result.test()`` gives them.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` states the arm with the best validation result.
        xlabel: name of the number; ``None`` finds it in the recipes.
    """
    style.require_numeric(result, "plot_strengths")
    ax = style.axes(ax)
    arms = sorted(result.arms)
    lost = result.diverged.any(1)
    order = [result.arms.index(arm) for arm in arms]
    good = np.array([not bool(lost[i]) for i in order])
    x = place(ax, np.array(arms, dtype=float))
    detached = ax.get_xscale() == "log" and arms[0] == 0
    drawn = []
    for part in reversed(PARTS):
        values = result.final(part, metric)[order].T
        numbers = Band(*(np.where(good, v, np.nan) for v in band(values)[:3]), band(values).n)
        artist = BandArtist(ax, style.PART[part], part, hollow=part == "train")
        drawn.append(artist.set(x, numbers))
        artist.line.set_markevery(None)
        if detached:
            _detach(ax, artist, x, numbers, style.PART[part])
    limits = [end for d in drawn for end in d.limits()]
    best = result.best_arm(metric)
    where = x[arms.index(best)]
    label = xlabel or style.swept(result)
    ax.axvline(where, color=style.GRAY, linestyle=":", linewidth=1.6, zorder=1,
               label=f"chosen on validation: {best:g}")
    if test is not None:
        limits += _test_point(ax, where, test)
    _limits(ax, limits, metric)
    if not good.all():
        ax.plot(x[~good], np.full((~good).sum(), 0.03), "x", color=style.BLACK, markersize=8,
                markeredgewidth=2, transform=ax.get_xaxis_transform(), label="a run diverged")
    style.legend(ax, style.seeds_and_band(len(result.seeds)))
    word = style.metric_word(result, metric)
    if title is None:
        title = f"{style.data_name(result)}: validation {word} is best at {label} = {best:g}"
    return style.dress(ax, title, style.scaled(label, ax.get_xscale()),
                       style.metric_label(result, metric),
                       _sentence(result, arms, best, metric, word, label, test))


def place(ax: Axes, values: np.ndarray) -> np.ndarray:
    """Scale the axis for these numbers, ascending, and say where on it they stand.

    Logarithmic if they span more than a factor of 20; then 0 stands left of the smallest, apart.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    positive = values[values > 0]
    if positive[-1] / positive[0] < 20:
        pad = 0.03 * (values[-1] - values[0])
        ax.set_xlim(values[0] - pad, values[-1] + pad)
        return values
    ax.set_xscale("log")
    span = positive[-1] / positive[0]
    zero = positive[0] / span ** 0.14
    first = zero if values[0] == 0 else positive[0]
    ax.set_xlim(first / span ** 0.04, positive[-1] * span ** 0.04)
    inside = _ticks(positive, ax.get_window_extent().width / np.diff(np.log(ax.get_xlim()))[0])
    ticks = [zero, *inside] if values[0] == 0 else inside
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda t, _: "0" if t < positive[0] * 0.99
                                               and values[0] == 0 else f"{t:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_minor_locator(FixedLocator([]))
    if values[0] != 0:
        return values
    ax.text(np.sqrt(zero * positive[0]), 0, "//", transform=ax.get_xaxis_transform(), ha="center",
            va="center", fontsize=style.TEXT, backgroundcolor="white", zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    return np.where(values == 0, zero, values)


def _ticks(values: np.ndarray, pixels: float) -> list[float]:
    """The values themselves where labels have room, else powers of ten.

    ``pixels``: the length of a factor e on the axis.
    """
    from matplotlib.ticker import LogLocator

    room = 45    # pixels of a label
    if len(values) > 1 and np.diff(np.log(values)).min() * pixels >= room:
        return list(values)
    inside = LogLocator(numticks=8).tick_values(values[0], values[-1])
    inside = [t for t in inside if values[0] * 0.99 <= t <= values[-1] * 1.01]
    if len(inside) < 2:
        return [values[0], values[-1]]
    crowded = len(inside) > 3 and np.log(10) * pixels < room
    return inside[::-2][::-1] if crowded else inside


def _detach(ax: Axes, artist: BandArtist, x: np.ndarray, numbers: Band,
            look: style.Style) -> None:
    """The point of strength 0 by itself, with a bar for its interval."""
    artist.set(x[1:], Band(*(values[1:] for values in numbers)))
    artist.line.set_markevery(None)
    if np.isfinite(numbers.mean[0]):
        error = [[numbers.mean[0] - numbers.low[0]], [numbers.high[0] - numbers.mean[0]]]
        hollow = artist.line.get_markerfacecolor()
        ax.errorbar(x[:1], numbers.mean[:1], None if np.isnan(error).any() else error,
                    color=look.color, marker=look.marker, markersize=5.5, capsize=4,
                    markerfacecolor=hollow, linestyle="")


def _test_point(ax: Axes, where: float, test: Tensor) -> list[float]:
    from matplotlib.transforms import ScaledTranslation

    estimate = interval(np.asarray(test, dtype=float).tolist())
    look = style.PART["test"]
    error = None if estimate.n == 1 else [[estimate.mean - estimate.low],
                                          [estimate.high - estimate.mean]]
    beside = ScaledTranslation(10 / 72, 0, ax.figure.dpi_scale_trans)    # of the validation point
    ax.errorbar([where], [estimate.mean], error, transform=ax.transData + beside,
                color=look.color, marker=look.marker, markersize=7, markerfacecolor="white",
                capsize=5, linestyle="", zorder=4,
                label=f"test, once: {estimate.mean:.3f}")
    return [estimate.mean] if error is None else [estimate.low, estimate.high]


def _limits(ax: Axes, limits: list[float], metric: str) -> None:
    lines = [y for line in ax.lines for y in np.atleast_1d(np.asarray(line.get_ydata(), float))
             if line.get_transform() == ax.transData and np.isfinite(y)]
    limits = [*limits, *lines]
    if limits:
        low, high = min(limits), max(limits)
        pad = 0.06 * (high - low) or 0.05
        ax.set_ylim(low - pad, high + pad)


def _sentence(result: Result, arms: list, best: float, metric: str, word: str, label: str,
              test: Tensor | None) -> str:
    def cell(arm) -> str:
        if result.diverged[result.arms.index(arm)].any():    # its score may look like a number
            return "a diverged run"
        return f"{interval(result.final('validation', metric, arm).tolist()).mean:.3f}"

    estimate = interval(result.final("validation", metric, best).tolist())
    ends = f"{cell(arms[0])} at {arms[0]:g} and {cell(arms[-1])} at {arms[-1]:g}"
    tested = "" if test is None else f"; test, once: {interval(test.tolist()):.3f}"
    return (f"Chart of {word} against {label} on {style.data_name(result)}: validation {word} "
            f"is best at {best:g} with {estimate:.3f}, against {ends}{tested}.")
