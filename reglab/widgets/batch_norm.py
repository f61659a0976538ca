"""Sliders over the learning rate and the initial scale: networks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..arguments import require
from ..plotting import style
from ..plotting.artists import BandArtist
from ..plotting.numbers import Band, band
from ..statistics import interval
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..result import Result

SIZE = 8.8, 4.2    # inches, at 100 pixels each
NAMES = "learning rate", "initial weights ×"


class Frame(NamedTuple):
    """What one panel shows at one place of its slider."""

    curves: dict[str, Band]
    sentence: str


class NormalizationExplorer(Explorer):
    """Validation curves of several networks at a learning rate and at an initial scale.

    A run that diverged is drawn as guessing, which is what its predictions are worth.

    Args:
        rates: by the name of the network, sweeps over the same learning rates.
        scales: by the same names, sweeps over the same factors on the initial weights.
        start: the rate and the factor shown first; ``None`` takes the largest of both.
    """

    def __init__(self, rates: Mapping[str, Result], scales: Mapping[str, Result], *,
                 start: tuple[float, float] | None = None):
        from matplotlib.figure import Figure

        sweeps = {"rates": rates, "scales": scales}
        arms = [_arms(results, name) for name, results in sweeps.items()]
        require(list(rates) == list(scales), "NormalizationExplorer.scales",
                f"of the same networks as rates, {list(rates)}", list(scales))
        start = (arms[0][-1], arms[1][-1]) if start is None else tuple(start)
        for found, allowed in zip(start, arms, strict=True):
            require(found in allowed, "NormalizationExplorer.start", f"one of {allowed}", found)
        figure = Figure(figsize=SIZE, dpi=100, layout="constrained", facecolor="white")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.93), wspace=0.06)
        panels = [_Panel(ax, results, NAMES[i]) for i, (ax, results) in enumerate(
            zip(figure.subplots(1, 2, sharey=True), sweeps.values(), strict=True))]
        figure.legend(handles=figure.axes[0].get_legend_handles_labels()[0], ncols=4,
                      loc="outside lower center", fontsize=style.TICK, frameon=False)
        seeds = len(next(iter(rates.values())).seeds)
        figure.text(0.99, 0.985, style.seeds_and_band(seeds).replace("\n", " "), va="top",
                    ha="right", fontsize=style.TICK)
        means = f"mean of {seeds} seeds [95 % interval]" if seeds > 1 \
            else "one seed, an anecdote"

        def show(rate: float, scale: float) -> str:
            parts = [panel.show(arm) for panel, arm in zip(panels, (rate, scale), strict=True)]
            words = "; at ".join(parts)
            return style.minus(f"Validation accuracy of the weights kept, at {words}; {means}.")

        sliders = {name: slider([(f"{arm:.3g}", arm) for arm in allowed], first, words,
                                name_width="110px")
                   for name, words, allowed, first in zip(("rate", "scale"), NAMES, arms, start,
                                                          strict=True)}
        label = f"Charts of validation accuracy by epoch of {' and '.join(rates)}; in words below."
        super().__init__(sliders, show,
                         LiveFigure(figure, [a for panel in panels for a in panel.artists]), label)


def _arms(results: Mapping[str, Result], name: str) -> list[float]:
    arms = [sorted(result.arms) for result in results.values()]
    require(len(arms) > 0 and all(a == arms[0] for a in arms), f"NormalizationExplorer.{name}",
            "sweeps over the same numbers, by the name of the network", arms)
    return arms[0]


class _Panel:
    """The curves of every network at one place of a slider; the title names the place."""

    def __init__(self, ax: Axes, results: Mapping[str, Result], name: str):
        self.name = name
        first = next(iter(results.values()))
        self.epochs = first.epochs.numpy()
        self.frames = {arm: _frame(results, arm, name) for arm in first.arms}
        chance = 1 / next(iter(first.splits.values())).classes
        ax.axhline(chance, color=style.GRAY, linestyle=":", linewidth=1.4, label="guessing")
        self.lines = {net: BandArtist(ax, style.ARM[i], net)
                      for i, net in enumerate(results)}
        style.dress(ax, "", "epoch", "validation accuracy", "")
        means = np.concatenate([b.mean for frame in self.frames.values()
                                for b in frame.curves.values()])
        low, high = min(chance, means.min()) - 0.04, means.max() + 0.04
        if ax.get_autoscaley_on():    # the first of two panels that share the axis
            ax.set_ylim(low, high)
        else:
            ax.set_ylim(min(low, ax.get_ylim()[0]), max(high, ax.get_ylim()[1]))
        ax.set_xlim(0, 1.03 * self.epochs[-1])
        ax.locator_params(axis="x", integer=True)
        ax.set_title(" ", fontsize=style.TITLE, loc="left")
        self.title = ax.text(0, 1.03, "", transform=ax.transAxes, fontsize=style.TITLE)
        self.artists = [self.title, *(a for line in self.lines.values() for a in line.artists)]

    def show(self, arm: float) -> str:
        frame = self.frames[arm]
        self.title.set_text(f"{self.name} {arm:.3g}")
        for net, line in self.lines.items():
            line.set(self.epochs, frame.curves[net])
        return frame.sentence


def _frame(results: Mapping[str, Result], arm: float, name: str) -> Frame:
    curves, words = {}, []
    for net, result in results.items():
        chance = 1 / next(iter(result.splits.values())).classes
        curves[net] = band(result.curve("validation", "score", arm).nan_to_num(chance))
        lost = int(result.diverged[result.arms.index(arm)].sum())
        found = interval(result.final("validation", "score", arm).nan_to_num(chance).tolist())
        cell = f"{found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]" if found.n > 1 \
            else f"{found.mean:.2f}"
        words.append(f"{net} {cell}" + f" ({lost} of {found.n} runs diverged)" * bool(lost))
    return Frame(curves, f"{name} {arm:.3g}: {', '.join(words)}")
