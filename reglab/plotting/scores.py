"""Single scores, one dot for each run: what a mean hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..arguments import require
from ..statistics import interval
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_scores(rows: Mapping[str, Sequence[float] | Tensor], *, xlabel: str, title: str,
                ax: Axes | None = None) -> Axes:
    """A dot for each run, and beside the dots the mean with its 95 % interval.

    Args:
        rows: the scores of the runs by name, from top to bottom.
        xlabel: what the scores are, with their unit.
        title: what the figure shows.
        ax: where to draw; ``None`` makes a figure.

    Shape: each row (S,), S ≥ 2.
    """
    values = {name: np.asarray(row, dtype=float) for name, row in rows.items()}
    require(len(values) > 0 and all(v.ndim == 1 and v.size > 1 for v in values.values()),
            "plot_scores.rows", "a dict {name: scores} of two or more runs each", rows)
    new = ax is None
    ax = style.axes(ax)
    if new:
        ax.figure.set_size_inches(style.SIZE[0], 1.5 + 0.8 * max(2, len(rows)))
    for y, (name, row) in enumerate(values.items()):
        look, mean = style.ARM[y % len(style.ARM)], interval(row.tolist())
        heights = y + 0.11 - 0.3 * _stacked(row)
        ax.plot(row, heights, look.marker, color=look.color, markersize=5.5, alpha=0.75,
                label=f"{name}: {len(row)} runs")
        ax.plot([mean.low, mean.high], [y + 0.28] * 2, color=style.BLACK, linewidth=2.2,
                label="their mean, 95 % interval" if y == len(values) - 1 else None)
        ax.plot([mean.mean], [y + 0.28], "|", color=style.BLACK, markersize=11)
    ax.set_yticks(range(len(values)), values, fontsize=style.TEXT)
    ax.set_ylim(len(values) - 0.45, -0.55)
    style.legend(ax)
    listed = "; ".join(f"{name}: {len(row)} runs from {row.min():.3f} to {row.max():.3f}, "
                       f"mean {interval(row.tolist()):.3f}" for name, row in values.items())
    style.dress(ax, title, xlabel, "", style.minus(f"Dots of {xlabel}, one for each run: "
                                                   f"{listed}."))
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelsize=style.TEXT)
    return ax


def _stacked(row: np.ndarray, bins: int = 40) -> np.ndarray:
    """A height in [0, 1] for each dot, so that near ones do not cover each other."""
    spread = np.ptp(row) or 1.0
    place = ((row - row.min()) / spread * (bins - 1)).round().astype(int)
    order = np.zeros(len(row))
    for where in np.unique(place):
        order[place == where] = np.arange((place == where).sum())
    return order / max(1.0, order.max())
