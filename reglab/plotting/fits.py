"""The function that was learned, where x is one number."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..arguments import require
from . import style
from .artists import BandArtist
from .numbers import band, features_of_line, predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from ..result import Result

POINTS = 200


def plot_fit(result: Result, arm: Hashable | None = None, *,
             truth: Callable[[np.ndarray], np.ndarray] | None = None,
             features: Callable[[Tensor], Tensor] | None = None, seed: int | None = None,
             ax: Axes | None = None, title: str | None = None) -> Axes:
    """The prediction of a regression on one number x: mean over seeds with a 95 % band.

    A thin line is the prediction of the one seed whose training points are shown.

    Args:
        result: of a regression, such as on ``data.noisy_sine``.
        arm: which arm; ``None`` takes the best on validation data.
        truth: the true function of x in the units of the data, drawn in black.
        features: from x, (N, 1), to the model's inputs, (N, D); ``None`` takes x, x², …, x^D.
        seed: whose training points are shown; ``None`` takes the first.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` states the validation R².
    """
    features = features_of_line(result, features, "plot_fit")
    arm = result.best_arm() if arm is None else arm
    seed = result.seeds[0] if seed is None else seed
    ax = style.axes(ax)
    grid = line_grid(result)
    values = predictions(result, arm, grid, features)
    outputs = band(values)
    n = len(result.seeds)
    static_parts(ax, result, seed, truth, grid)
    x = grid.squeeze(1).numpy()
    if n > 1:
        one_seed(ax, seed).set_data(x, values[result.seeds.index(seed)])
    label = "mean prediction" if n > 1 else "prediction"
    BandArtist(ax, style.PART["validation"], label, markers=False, opacity=0.3).set(
        x, outputs)
    style.legend(ax, style.seeds_and_band(n))
    score = band(result.final("validation", "score", arm)[:, None])
    mean = f"{score.mean[0]:.2f}"
    name = style.data_name(result)
    who = f"{style.arm_label(result, arm)}: " if len(result.arms) > 1 else ""
    width = float(np.nanmean(outputs.high - outputs.low)) if n > 1 else float("nan")
    spread = f"the 95 % band of the mean is {width:.2f} wide on average" if n > 1 else \
        "a single seed, an anecdote"
    sentence = (f"Fitted function on {name}, {who}the mean prediction runs from "
                f"{np.nanmin(outputs.mean):.2f} to {np.nanmax(outputs.mean):.2f}, {spread}; "
                f"validation R² {mean}.")
    return style.dress(ax, title or f"{name}: {who}validation R² {mean}", x_label(result), "y",
                       sentence)


def line_grid(result: Result) -> Tensor:
    """Places x between the smallest and the largest of the training data.  Shape: (G, 1)."""
    x = torch.cat([splits.train.x[:, 0] for splits in result.splits.values()])
    return torch.linspace(float(x.min()), float(x.max()), POINTS).unsqueeze(1)


def static_parts(ax: Axes, result: Result, seed: int, truth: Callable | None,
                 grid: Tensor) -> None:
    """What is the same for all arms: training points, the true function and the limits."""
    require(seed in result.splits, "plot_fit.seed", f"one of {result.seeds}", seed)
    train = result.splits[seed].train
    ax.plot(train.x[:, 0], train.y[:, 0], "o", color=style.BLUE, markersize=5,
            markerfacecolor="white", label=f"training points, seed {seed}")
    every = torch.cat([splits.train.y for splits in result.splits.values()])
    low, high = float(every.min()), float(every.max())
    if truth is not None:
        x = grid.squeeze(1).numpy()
        y = np.asarray(truth(x))
        ax.plot(x, y, color=style.BLACK, linestyle=(0, (2, 1.5)), linewidth=1.6,
                label="true function")
        low, high = min(low, y.min()), max(high, y.max())
    pad = 0.08 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    ax.set_xlim(float(grid[0]), float(grid[-1]))


def one_seed(ax: Axes, seed: int) -> Line2D:
    """The thin line for one seed's own prediction, still empty."""
    return ax.plot([], [], color=style.GRAY, linewidth=1.1,
                   label=f"prediction of seed {seed}")[0]


def x_label(result: Result) -> str:
    """Says when x is in the own units of each seed's training data."""
    first = [splits.train.x[:, 0] for splits in result.splits.values()]
    own = all(abs(float(x.mean())) < 1e-4 and abs(float(x.std(correction=0)) - 1) < 1e-4
              for x in first)
    return "x (standardized for each seed)" if own else "x"
