"""A slider over the strengths of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ..arguments import require
from ..history import PARTS
from ..layers import Dropout
from ..plotting import curves, fits, numbers, strengths, style, weights
from ..plotting.artists import BandArtist, HistogramArtist
from ..plotting.numbers import Band, Histogram
from ..seeding import generator
from ..statistics import interval
from . import panels
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..result import Result

SIZE = 8.8, 4.2    # inches, at 100 pixels each
FIT = style.PART["validation"]


class Frame(NamedTuple):
    """All that the figure shows at one strength."""

    curves: dict[str, Band]
    weights: Histogram
    fit: Band | None
    one: np.ndarray | None    # the prediction of the first seed
    sentence: str


class StrengthExplorer(Explorer):
    """A slider over the arms of a sweep, and three panels that follow it.

    The panels: the learned function (of a regression on one number x; otherwise the final scores
    of all strengths with a cursor), the weights beside those of the first strength (or, if the
    numbers are rates of dropout, masks drawn at the rate), and the curves of train and validation.

    Args:
        result: a sweep whose arms are numbers, best eight to thirteen of them; or several with
            the same arms by their names, such as ``"width 32"``, to choose from.
        fit: a sweep over the same numbers on a regression on one number x, for the first panel;
            ``None`` takes ``result`` if it is one.
        truth: the true function of x, in the units of the data of ``fit``.
        features: from x, (N, 1), to the inputs of ``fit``'s models; ``None`` takes powers of x.
        metric: of the curves, ``"loss"`` or ``"score"``.
        start: the strength shown first; ``None`` takes the best on validation data. Of several
            sweeps, the last is shown first.
    """

    def __init__(self, result: Result | Mapping[str, Result], fit: Result | None = None, *,
                 truth: Callable | None = None, features: Callable | None = None,
                 metric: str = "loss", start: float | None = None):
        import ipywidgets

        results = dict(result) if isinstance(result, Mapping) else {"": result}
        require(len(results) > 0, "StrengthExplorer.result", "at least one sweep", result)
        for one in results.values():
            style.require_numeric(one, "StrengthExplorer")
        chosen, arms = list(results)[-1], sorted(list(results.values())[-1].arms)
        require(all(sorted(one.arms) == arms for one in results.values()),
                "StrengthExplorer.result", "sweeps over the same numbers",
                [one.arms for one in results.values()])
        require(fit is None or sorted(fit.arms) == arms, "StrengthExplorer.fit",
                "a sweep over the same numbers as result", fit and fit.arms)
        start = results[chosen].best_arm() if start is None else start
        require(start in arms, "StrengthExplorer.start", f"one of {arms}", start)

        @cache
        def page(which: str) -> _Page:    # made when it is first looked at
            return _Page(results[which], fit, truth, features, metric, which)

        def show(strength: float, which: str = chosen) -> str:
            self._live = page(which).live
            return page(which).show(strength)

        name = page(chosen).name
        controls = {"strength": slider([(f"{arm:g}", arm) for arm in arms], start, name)}
        if len(results) > 1:
            controls["which"] = ipywidgets.Dropdown(
                options=list(results), value=chosen, description="network",
                style={"description_width": "initial"})
        titles = [ax.get_title("left") for ax in page(chosen).live.figure.axes]
        super().__init__(controls, show, page(chosen).live,
                         f"Chart of {', '.join(titles)}; in words below it.")


class _Page:
    """The figure of one sweep, and what it shows at each strength."""

    def __init__(self, result: Result, fit: Result | None, truth: Callable | None,
                 features: Callable | None, metric: str, which: str):
        if fit is None and result.metric == "R²" and (truth or result.splits[
                result.seeds[0]].shape == (1,)):
            fit = result
        arms = sorted(result.arms)
        figure, axes = _three_panels()
        self.name, self.which = style.swept(result), which
        first = _FitPanel(axes[0], fit, truth, features) if fit else _CursorPanel(axes[0], result)
        self.frames = _frames(result, fit, first, arms, metric, self.name)
        second = (_MasksPanel(axes[1], arms) if self.name == "p of Dropout"
                  else _WeightsPanel(axes[1], result, self.frames))
        self.panels = (first, second, _CurvesPanel(axes[2], result, metric, self.frames))
        self.title = figure.text(0.008, 0.985, "", va="top", fontsize=13, fontweight="bold")
        figure.text(0.99, 0.982, style.seeds_and_band(len(result.seeds)).replace("\n", " "),
                    va="top", ha="right", fontsize=style.TICK)
        moving = [artist for panel in self.panels for artist in panel.artists]
        self.live = LiveFigure(figure, [*moving, self.title])

    def show(self, strength: float) -> str:
        frame = self.frames[strength]
        self.title.set_text(f"{self.name}: {strength:g}" + (f", {self.which}" * bool(self.which)))
        for panel in self.panels:
            panel.show(strength, frame)
        return (f"{self.which}, " * bool(self.which)) + frame.sentence


def _three_panels() -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=100, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(rect=(0, 0, 1, 0.925), wspace=0.07)    # the title is above
    return figure, list(figure.subplots(1, 3))


def _frames(result: Result, fit: Result | None, panel, arms: list, metric: str,
            name: str) -> dict[Hashable, Frame]:
    made = numbers.histograms(result, arms, bins=41)
    frames = {}
    for arm, histogram in zip(arms, made, strict=True):
        bands = {part: curves.of_most_seeds(numbers.band(result.curve(part, metric, arm)),
                                            len(result.seeds)) for part in PARTS}
        outputs = panel.predictions(arm) if fit else None
        frames[arm] = Frame(bands, histogram, numbers.band(outputs) if fit else None,
                            outputs[0] if fit else None, _sentence(result, arm, name))
    return frames


def _sentence(result: Result, arm: Hashable, name: str) -> str:
    n, lost = len(result.seeds), int(result.diverged[result.arms.index(arm)].sum())
    if lost:
        return f"{name} = {arm:g}: {lost} of {n} runs diverged, so there is no mean."

    def cell(values) -> str:
        estimate = interval(np.asarray(values, dtype=float).tolist())
        if n == 1:
            return f"{estimate.mean:.2f}"
        return style.minus(f"{estimate.mean:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]")

    scores = ", ".join(f"{part} {cell(result.final(part, 'score', arm))}" for part in PARTS)
    means = f"mean of {n} seeds [95 % interval]" if n > 1 else "one seed, an anecdote"
    return (f"{name} = {arm:g}: {result.metric} {scores}; norm of the weights "
            f"{cell(numbers.norms(result, arm))}; {means}.")


class _FitPanel:
    """The learned function: mean over seeds with its band, and one seed with its data."""

    def __init__(self, ax: Axes, fit: Result, truth: Callable | None, features: Callable | None):
        self.fit, self.grid = fit, fits.line_grid(fit)
        self.features = numbers.features_of_line(fit, features, "StrengthExplorer")
        self.x = self.grid.squeeze(1).numpy()
        seed = fit.seeds[0]
        fits.static_parts(ax, fit, seed, truth, self.grid)
        self.one = fits.one_seed(ax, seed)
        self.mean = BandArtist(ax, FIT, "mean prediction", markers=False, opacity=0.3)
        self.artists = [self.mean.area, self.one, self.mean.line]
        panels.dress(ax, f"learned function ({style.data_name(fit)})", fits.x_label(fit), "y")
        panels.legend_below(ax)

    def predictions(self, arm: Hashable) -> np.ndarray:
        return numbers.predictions(self.fit, arm, self.grid, self.features)

    def show(self, strength: float, frame: Frame) -> None:
        self.mean.set(self.x, frame.fit)
        self.one.set_data(self.x, frame.one)


class _CursorPanel:
    """The final scores of all strengths, and where the slider stands."""

    def __init__(self, ax: Axes, result: Result):
        strengths.plot_strengths(result, ax=ax)
        ax.get_legend().remove()
        for line in ax.lines:    # a narrow panel has narrow words
            if line.get_label().startswith("chosen"):
                line.set_label(f"chosen: {result.best_arm():g}")
        arms = sorted(result.arms)
        self.places = dict(zip(arms, strengths.place(ax, np.array(arms, float)), strict=True))
        self.line = ax.axvline(1, color=style.BLACK, linewidth=2, label="the slider")
        self.artists = [self.line]
        panels.dress(ax, f"final {result.metric} ({style.data_name(result)})", ax.get_xlabel(),
               ax.get_ylabel())
        panels.legend_below(ax)

    def show(self, strength: float, frame: Frame) -> None:
        self.line.set_xdata([self.places[strength]] * 2)


class _WeightsPanel:
    """Histogram of the weights beside that of the smallest strength."""

    def __init__(self, ax: Axes, result: Result, frames: dict[Hashable, Frame]):
        first = min(frames)
        HistogramArtist(ax, style.Style(style.GRAY, (0, (3, 1.5)), ""), frames[first].weights,
                        f"at {first:g}, to compare", fill=False)
        self.bars = HistogramArtist(ax, style.Style(style.GREEN, "-", ""), frames[first].weights,
                                    "at the slider")
        self.artists = self.bars.artists
        weights.count_axis(ax, [frame.weights for frame in frames.values()])
        panels.dress(ax, f"weights ({style.data_name(result)})", "value of a weight",
               f"weights of {len(result.seeds)} models (log)")
        panels.legend_below(ax)

    def show(self, strength: float, frame: Frame) -> None:
        self.bars.set(frame.weights)


class _MasksPanel:
    """The masks of one layer for a few examples, at the rate of the slider.

    The words behind the masks are the same at every rate, as in paired runs: a unit that is
    dropped stays dropped when the rate rises.
    """

    EXAMPLES, UNITS = 16, 20

    def __init__(self, ax: Axes, rates: list[float]):
        from matplotlib.colors import ListedColormap

        shape = self.EXAMPLES, self.UNITS
        words = Dropout().draw(shape, generator(0, "masks of the explorer"))
        self.kept = {}
        for rate in rates:
            layer = Dropout(rate).train()
            layer.noise = words
            self.kept[rate] = (layer(torch.ones(shape)) > 0).numpy()
        self.image = ax.imshow(self.kept[rates[0]], vmin=0, vmax=1, aspect="auto",
                               cmap=ListedColormap(["white", style.SKY]), interpolation="nearest")
        self.artists = [self.image]
        panels.dress(ax, "masks (blue: kept)", "unit of a layer", "example of a batch")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(False)

    def show(self, strength: float, frame: Frame) -> None:
        self.image.set_data(self.kept[strength])


class _CurvesPanel:
    """Train and validation curves, on axes that hold those of all strengths."""

    def __init__(self, ax: Axes, result: Result, metric: str, frames: dict[Hashable, Frame]):
        self.epochs = result.epochs.numpy()
        self.lines = {part: BandArtist(ax, style.PART[part], part, hollow=part == "train",
                                       offset=0.4 * (part == "train"))
                      for part in reversed(PARTS)}
        self.artists = [a for line in self.lines.values() for a in line.artists]
        _limits_of_all(ax, self.epochs, frames, metric)
        panels.dress(ax, f"{style.metric_word(result, metric)} ({style.data_name(result)})",
                     "epoch", style.metric_label(result, metric))
        panels.legend_below(ax)

    def show(self, strength: float, frame: Frame) -> None:
        for part, line in self.lines.items():
            line.set(self.epochs, frame.curves[part])


def _limits_of_all(ax: Axes, epochs: np.ndarray, frames: dict[Hashable, Frame],
                   metric: str) -> None:
    values = np.concatenate([band.mean for frame in frames.values()
                             for band in frame.curves.values()])
    values = values[np.isfinite(values)]
    if not len(values):
        return
    low, high = np.quantile(values, [0.01, 0.99])
    if metric == "loss" and low > 0 and high > 30 * low:
        ax.set_yscale("log")
        ax.set_ylim(low / 1.5, high * 1.5)
    else:
        pad = 0.1 * (high - low) or 0.1
        ax.set_ylim(low - pad, high + pad)
    ax.set_xlim(0, 1.02 * epochs[-1])
