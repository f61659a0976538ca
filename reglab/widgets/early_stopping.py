"""A slider over patience: where each run stops, what it keeps, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from torch import Tensor

from ..arguments import require
from ..history import Stop
from ..plotting import style
from ..result import Result
from ..statistics import Interval, interval
from . import panels
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 8.8, 4.2    # inches, at 100 pixels each
KEPT, END = style.VERMILLION, style.BLUE


class Frame(NamedTuple):
    """All that the figure shows at one place of the controls; indices are those of evaluations.

    Shape: curves (S, E), stop, kept, test, end (S,).
    """

    curves: np.ndarray
    stop: np.ndarray
    kept: np.ndarray
    test: np.ndarray
    end: np.ndarray
    sentence: str


class PatienceExplorer(Explorer):
    """Validation curves of all seeds, where a patience stops them, and the test score of what
    is kept.

    Args:
        results: by name, such as ``"40 % wrong labels"``; sweeps with the same arms, each a pair:
            the patience of its ``stopping``, and whether it restores the best weights. The
            largest patience never ends, and its run without restoring is trained to the end.
        reason: what the test data are opened for, see :meth:`Result.test`.
        name: what the names of ``results`` are, for the control.
        start: the patience shown first; ``None`` takes the smallest.
    """

    def __init__(self, results: Mapping[str, Result], *, reason: str, name: str = "data",
                 start: int | None = None):
        import ipywidgets
        from matplotlib.figure import Figure

        patiences = _patiences(results)
        start = patiences[0] if start is None else start
        require(start in patiences, "PatienceExplorer.start", f"one of {patiences}", start)
        self.frames = {(which, *arm): frame for which, result in results.items()
                       for arm, frame in _frames(result, (patiences[-1], False), which, reason)}
        limits = {which: _limits([f for key, f in self.frames.items() if key[0] == which])
                  for which in results}
        figure = Figure(figsize=SIZE, dpi=100, layout="constrained", facecolor="white")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.925), wspace=0.07)
        left, right = figure.subplots(1, 2, width_ratios=[2.0, 1.0])
        first = next(iter(results.values()))
        panels = (_CurvesPanel(left, first), _TestPanel(right, first))
        title = figure.text(0.008, 0.985, "", va="top", fontsize=13, fontweight="bold")
        figure.text(0.99, 0.982, f"{len(first.seeds)} seeds, one line or dot each",
                    va="top", ha="right", fontsize=style.TICK)

        live = LiveFigure(figure, [*(a for panel in panels for a in panel.artists), title])
        shown = ""

        def show(patience: int, which: str, restore: bool) -> str:
            nonlocal shown
            title.set_text(f"patience {patience}, {which}")
            frame = self.frames[which, patience, restore]
            for panel in panels:
                panel.show(frame)
            if which != shown:
                left.set_ylim(*limits[which][0])
                right.set_ylim(*limits[which][1])
                live.paint_background()
                shown = which
            return frame.sentence

        controls = {
            "patience": slider([(f"{p}", p) for p in patiences], start, "patience (epochs)"),
            "which": ipywidgets.Dropdown(options=list(results), value=list(results)[-1],
                                         description=name, style={"description_width": "initial"}),
            "restore": ipywidgets.Checkbox(value=True, indent=False,
                                           description="restore the best weights")}
        label = ("Chart of validation curves with the place where each stops, and of test scores; "
                 "in words below it.")
        super().__init__(controls, show, live, label)


def _patiences(results: Mapping[str, Result]) -> list[int]:
    require(len(results) > 0 and all(isinstance(r, Result) for r in results.values()),
            "PatienceExplorer.results", "a dict {name: Result} with at least one entry", results,
            error=TypeError)
    arms = next(iter(results.values())).arms
    pairs = all(isinstance(arm, tuple) and len(arm) == 2 for arm in arms)
    patiences = sorted({arm[0] for arm in arms}) if pairs else []
    require(pairs and len(patiences) > 1
            and all(set(r.arms) == {(p, k) for p in patiences for k in (True, False)}
                    for r in results.values()), "PatienceExplorer.results",
            "sweeps over the same arms (patience, restore), two patiences or more, with and "
            "without restoring", arms)
    return patiences


def _frames(result: Result, end: tuple[int, bool], which: str,
            reason: str) -> Iterator[tuple[tuple[int, bool], Frame]]:
    to_the_end, full = result.only(end), result.test(end, reason=reason)
    for arm in result.arms:
        stop = Stop(*(field[0] for field in to_the_end.stopped_at(result.recipes[arm].stopping)))
        yield arm, _frame(result, arm, end, stop, result.test(arm, reason=reason), full, which)


def _frame(result: Result, arm: tuple[int, bool], end: tuple[int, bool], stop: Stop, test: Tensor,
           full: Tensor, which: str) -> Frame:
    kept, last = (stop.best if arm[1] else stop.last).numpy(), stop.last.numpy()
    test, full = (np.asarray(scores.tolist()) for scores in (test, full))
    epochs = result.epochs.numpy()

    def cell(values, digits: int = 2) -> str:
        found: Interval = interval(np.asarray(values, dtype=float).tolist())
        if found.n == 1:
            return f"{found.mean:.{digits}f}"
        return style.minus(f"{found.mean:.{digits}f} [{found.low:.{digits}f}, "
                           f"{found.high:.{digits}f}]")

    means = (f"mean of {len(result.seeds)} seeds [95 % interval]" if len(result.seeds) > 1
             else "one seed, an anecdote")
    sentence = (f"patience {arm[0]}, {which}: stops after epoch {cell(epochs[last], 1)} of "
                f"{epochs[-1]} and keeps the {'best' if arm[1] else 'last'} weights, of epoch "
                f"{cell(epochs[kept], 1)}; test {result.metric} {cell(test)}, trained to the end "
                f"{cell(full)}; {means}.")
    return Frame(result.curve("validation", "score", end).numpy(), last, kept, test, full, sentence)


class _CurvesPanel:
    """Every seed's validation curve: drawn strongly as far as it was trained."""

    def __init__(self, ax: Axes, result: Result):
        from matplotlib.collections import LineCollection

        self.epochs = result.epochs.numpy()
        self.rest = LineCollection([], colors="#bdbdbd", linewidths=0.9, label="not run")
        self.run = LineCollection([], colors=END, linewidths=1.1, alpha=0.75, label="run")
        ax.add_collection(self.rest, autolim=False)
        ax.add_collection(self.run, autolim=False)
        self.stop, = ax.plot([], [], "x", color=style.BLACK, markersize=6.5, markeredgewidth=1.8,
                             label="stops")
        self.kept, = ax.plot([], [], "s", color=KEPT, markersize=6.5, markeredgecolor="white",
                             label="weights kept")
        ax.set_xlim(0, 1.02 * self.epochs[-1])
        panels.dress(ax, f"validation {result.metric} ({style.data_name(result)})", "epoch",
               style.metric_label(result, "score"))
        ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.17), fontsize=style.TICK, ncols=4,
                  frameon=False, borderaxespad=0, columnspacing=1.4, handlelength=1.8)
        self.artists = [self.rest, self.run, self.kept, self.stop]

    def show(self, frame: Frame) -> None:
        seeds = np.arange(len(frame.curves))
        self.rest.set_segments([np.column_stack([self.epochs[s:], curve[s:]])
                                for s, curve in zip(frame.stop, frame.curves, strict=True)])
        self.run.set_segments([np.column_stack([self.epochs[:s + 1], curve[:s + 1]])
                               for s, curve in zip(frame.stop, frame.curves, strict=True)])
        self.stop.set_data(self.epochs[frame.stop], frame.curves[seeds, frame.stop])
        self.kept.set_data(self.epochs[frame.kept], frame.curves[seeds, frame.kept])


class _TestPanel:
    """Test scores of the kept weights beside those of training to the end, joined by seed."""

    def __init__(self, ax: Axes, result: Result):
        from matplotlib.collections import LineCollection

        self.pairs = LineCollection([], colors="#bdbdbd", linewidths=0.9)
        ax.add_collection(self.pairs, autolim=False)
        self.dots = [ax.plot([], [], marker, color=color, markersize=5, alpha=0.7)[0]
                     for marker, color in (("s", KEPT), ("o", END))]
        self.bars = [ax.plot([], [], "-", color=style.BLACK, linewidth=2.2)[0] for _ in range(2)]
        ax.set_xlim(-0.5, 1.5)
        panels.dress(ax, f"test {result.metric}", "", "")
        ax.set_xticks([0, 1], ["kept", "to the end"], fontsize=style.TICK)
        ax.grid(False, axis="x")
        ax.text(0.5, -0.17, "bar: mean with 95 % interval", transform=ax.transAxes, ha="center",
                va="top", fontsize=style.TICK)
        self.artists = [self.pairs, *self.dots, *self.bars]

    def show(self, frame: Frame) -> None:
        both = np.stack([frame.test, frame.end])
        self.pairs.set_segments([[(0, a), (1, b)] for a, b in both.T])
        for x, (dots, bar, values) in enumerate(zip(self.dots, self.bars, both, strict=True)):
            dots.set_data(np.full(len(values), float(x)), values)
            found = interval(values.tolist())
            low, high = ((found.low, found.high) if found.n > 1 else (found.mean, found.mean))
            middle = x + (-0.22 if x == 0 else 0.22)
            left, right = middle - 0.07, middle + 0.07
            bar.set_data([left, right, middle, middle, left, right, middle, middle, left, right],
                         [low] * 3 + [found.mean] * 4 + [high] * 3)


def _limits(frames: list[Frame]) -> list[tuple[float, float]]:
    """Limits of both panels that hold all frames, so that moving the slider moves no axis."""
    limits = []
    for values in (np.stack([f.curves for f in frames]), np.stack([f.test for f in frames])):
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        pad = 0.06 * (high - low) or 0.05
        limits.append((low - pad, high + pad))
    return limits
