"""Where the weights lie, and how many are exactly zero."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import style
from .artists import HistogramArtist
from .numbers import histograms, norms

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..result import Result


def plot_weights(result: Result, arms: Hashable | Sequence[Hashable] | None = None, *,
                 ax: Axes | None = None, title: str | None = None) -> Axes:
    """Histogram of all weights (biases and gains apart) of all seeds, on shared bins.

    Args:
        result: of a fit or a sweep.
        arms: an arm or a list of arms; ``None`` takes the first and the best on validation data.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` states the norms.
    """
    if arms is None:
        chosen = {result.arms[0], result.best_arm()}
        arms = [arm for arm in result.arms if arm in chosen]
    arms = arms if isinstance(arms, list) else [arms]
    ax = style.axes(ax)
    made = histograms(result, arms)
    for i, (arm, histogram) in enumerate(zip(arms, made, strict=True)):
        label = f"{style.arm_label(result, arm)}:\n{zeros_text(histogram.zeros)} exactly zero"
        HistogramArtist(ax, style.ARM[i % len(style.ARM)], histogram, label)
    count_axis(ax, made)
    n = len(result.seeds)
    style.legend(ax, f"weights of {n} seeds" if n > 1 else "one seed:\nan anecdote")
    size = {arm: float(norms(result, arm).mean()) for arm in arms}
    name = style.data_name(result)
    stated = ", ".join(f"{size[arm]:.2f} ({style.arm_label(result, arm)})" for arm in arms)
    shares = "; ".join(
        f"{style.arm_label(result, arm)}: norm {size[arm]:.2f}, {zeros_text(h.zeros)} exactly zero"
        for arm, h in zip(arms, made, strict=True))
    sentence = (f"Histogram of the weights of {n} trained model{'s' * (n > 1)} on {name} with "
                f"logarithmic counts: {shares}.")
    return style.dress(ax, title or f"{name}: mean norm of the weights {stated}",
                       "value of a weight", "weights in a bin (log)", sentence)


def count_axis(ax: Axes, made: Sequence) -> None:
    """A logarithmic axis from below one weight to above the fullest bin of these histograms."""
    edges = made[0].edges
    ax.set_yscale("log")
    ax.set_ylim(0.7, 2 * max(h.counts.max() for h in made))
    ax.set_xlim(edges[0], edges[-1])


def zeros_text(share: float) -> str:
    """A share in percent, which says 0 and 100 only of none and all."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return f"{np.clip(100 * share, 0.1, 99.9):.1f} %"
