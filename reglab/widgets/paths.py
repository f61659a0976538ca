"""A slider over the strengths of the lasso: its coefficients, how many are zero, and the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import require
from ..plotting import style
from ..plotting.artists import BandArtist
from ..plotting.numbers import band
from ..statistics import interval
from . import panels
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 8.8, 4.2    # inches, at 100 pixels each


class PathExplorer(Explorer):
    """A slider over α, the strength of scikit-learn's ``Lasso``, and three panels that follow it.

    The panels: the paths of all coefficients of the first seed against α, with a cursor; these
    coefficients at the slider, beside the truth; and the R² of train and validation data against
    α, mean over seeds.

    Args:
        strengths: L values of α, ascending, > 0.
        coefficients: what was fitted; exact zeros count as not selected.
        truth: what generated the data.
        train, validation: R² at each strength.
        start: the strength shown first; ``None`` takes the best mean on validation data.

    Shape: strengths (L,), coefficients (S, L, D), truth (S, D), train and validation (S, L).
    """

    def __init__(self, strengths: Sequence[float], coefficients: np.ndarray, truth: np.ndarray,
                 train: np.ndarray, validation: np.ndarray, *, start: float | None = None):
        from matplotlib.figure import Figure

        self.strengths = [float(s) for s in strengths]
        self.coefficients, self.truth = np.asarray(coefficients, float), np.asarray(truth, float)
        self.scores = {"train": np.asarray(train, float),
                       "validation": np.asarray(validation, float)}
        shape = self.coefficients.shape[:2]
        require(sorted(self.strengths) == self.strengths and self.strengths[0] > 0
                and shape[1] == len(self.strengths), "PathExplorer.strengths",
                f"{shape[1]} numbers > 0, ascending", strengths)
        require(all(s.shape == shape for s in self.scores.values()), "PathExplorer.train",
                f"of shape {shape}, and validation too", train)
        best = self.strengths[int(self.scores["validation"].mean(0).argmax())]
        start = best if start is None else start
        require(start in self.strengths, "PathExplorer.start", f"one of {self.strengths}", start)

        figure = Figure(figsize=SIZE, dpi=100, layout="constrained", facecolor="white")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.925), wspace=0.07)    # the title is above
        axes = list(figure.subplots(1, 3))
        cursors = [self._draw_paths(axes[0]), self._draw_scores(axes[2], best)]
        bars = self._draw_bars(axes[1])
        title = figure.text(0.008, 0.985, "", va="top", fontsize=13, fontweight="bold")
        averaged = style.seeds_and_band(shape[0]).replace("\n", " ")
        figure.text(0.99, 0.982, f"R²: {averaged}", va="top", ha="right", fontsize=style.TICK)

        def show(strength: float) -> str:
            i = self.strengths.index(strength)
            title.set_text(f"strength of the L1 penalty, α: {strength:.3g}")
            for cursor in cursors:
                cursor.set_xdata([strength] * 2)
            for bar, values in zip(bars, self.bars(i), strict=True):
                bar.set_data(values)
            return self._words(i)

        control = slider([(f"{s:.3g}", s) for s in self.strengths], start,
                         "strength of the L1 penalty")
        label = f"Chart of {', '.join(ax.get_title('left') for ax in axes)}; in words below it."
        super().__init__({"strength": control}, show,
                         LiveFigure(figure, [*cursors, *bars, title]), label)

    def _draw_paths(self, ax: Axes):
        matters = self.truth[0] != 0
        for chosen, look, width in ((~matters, style.Style(style.ORANGE, "-", ""), 0.8),
                                    (matters, style.Style(style.BLUE, "-", ""), 1.8)):
            ax.plot(self.strengths, self.coefficients[0][:, chosen], color=look.color,
                    linewidth=width)
        panels.dress(ax, "paths (first seed)", "strength α (log)", "coefficient")
        return self._cursor(ax)

    def _draw_bars(self, ax: Axes) -> list:
        order, limit = self._order(), 1.1 * np.abs([*self.coefficients[0].ravel(),
                                                    *self.truth[0]]).max()
        edges = np.arange(len(order) + 1) + 0.5
        ax.stairs(self.truth[0][order], edges, baseline=0, color=style.GRAY, linewidth=1,
                  label="truth")
        bars = [ax.stairs(np.zeros(len(order)), edges, baseline=0, fill=True, color=color,
                          label=name) for color, name in
                ((style.BLUE, "a feature that matters"), (style.ORANGE, "one that does not"))]
        ax.set_ylim(-limit, limit)
        ax.set_xlim(0, len(order) + 1)
        panels.dress(ax, "coefficients (first seed)", "feature (those that matter first)",
                     "coefficient")
        panels.legend_below(ax)
        return bars

    def _draw_scores(self, ax: Axes, best: float):
        for part, scores in self.scores.items():
            BandArtist(ax, style.PART[part], part, hollow=part == "train").set(
                np.array(self.strengths), band(scores))
        ax.axvline(best, color=style.GRAY, linestyle=(0, (0.4, 0.6)), linewidth=7, alpha=0.7,
                   label=f"best on validation: {best:.3g}")    # wider than the cursor on it
        ax.set_ylim(min(-0.1, self.scores["validation"].mean(0).min() - 0.05), 1.03)
        panels.dress(ax, "R²", "strength α (log)", "R² (1 = perfect)")
        panels.legend_below(ax)
        return self._cursor(ax)

    def _cursor(self, ax: Axes):
        ax.set_xscale("log")
        ax.set_xlim(self.strengths[0] / 1.15, self.strengths[-1] * 1.15)
        return ax.axvline(self.strengths[0], color=style.BLACK, linewidth=2)

    def _order(self) -> np.ndarray:
        return np.argsort(-np.abs(self.truth[0]), kind="stable")

    def bars(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients that matter and the others, each (D,) with zeros for the rest."""
        order = self._order()
        values, matters = self.coefficients[0, i][order], self.truth[0][order] != 0
        return np.where(matters, values, 0), np.where(matters, 0, values)

    def _words(self, i: int) -> str:
        kept = self.coefficients[:, i] != 0
        matters, n = self.truth != 0, len(kept)

        def cell(values: np.ndarray, spec: str) -> str:
            found = interval(values.astype(float).tolist())
            if n == 1:
                return f"{found.mean:{spec}}"
            return style.minus(f"{found.mean:{spec}} [{found.low:{spec}}, {found.high:{spec}}]")

        scores = ", ".join(f"{part} {cell(s[:, i], '.2f')}" for part, s in self.scores.items())
        means = (f"mean of {n} seeds [95 % interval], of which paths and bars show the first"
                 if n > 1 else "one seed, an anecdote")
        return (f"strength = {self.strengths[i]:.3g}: of {kept.shape[1]} coefficients "
                f"{cell((~kept).sum(1), '.1f')} are exactly zero; of the {matters[0].sum()} that "
                f"matter {cell((kept & matters).sum(1), '.1f')} are kept, of the others "
                f"{cell((kept & ~matters).sum(1), '.1f')}; R² {scores}; {means}.")
