"""The look of every figure: colors, lines, markers, words, and the sentence beside it.

The colors are those of Okabe & Ito (2008), which people with any color vision tell apart. What has
a color also has a line style and a marker of its own, so that it can be told apart in print.
"""

from __future__ import annotations

import textwrap
from collections.abc import Hashable
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

from ..arguments import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import nn

    from ..result import Result

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, GRAY = "#E69F00", "#56B4E9", "#000000", "#767676"
SIZE = 8.8, 4.2    # inches, at 100 pixels each: the width of a notebook's page
TITLE, TEXT, TICK = 12.5, 11, 10    # points


class Style(NamedTuple):
    """How one technique, or one part of the data, is drawn."""

    color: str
    line: str | tuple
    marker: str


PART = {"train": Style(BLUE, (0, (5, 2)), "o"), "validation": Style(VERMILLION, "-", "s"),
        "test": Style(BLACK, "-", "D")}
ARM = (Style(BLUE, "-", "o"), Style(VERMILLION, (0, (5, 2)), "s"),
       Style(GREEN, (0, (5, 1.5, 1, 1.5)), "^"), Style(PURPLE, (0, (1.2, 1.2)), "v"),
       Style(BLACK, (0, (8, 2)), "D"), Style(ORANGE, (0, (5, 1.5, 1, 1.5, 1, 1.5)), "P"),
       Style(SKY, (0, (3, 3)), "X"))


def axes(ax: Axes | None) -> Axes:
    """The axes to draw into: those given, or those of a new figure."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots(figsize=SIZE, dpi=100, layout="constrained")[1]
    ax.figure.set_facecolor("white")
    ax.set_facecolor("white")
    return ax


def dress(ax: Axes, title: str, xlabel: str, ylabel: str, sentence: str) -> Axes:
    """Give the axes their words."""
    width = ax.get_window_extent().width * 72 / ax.figure.dpi    # points; a letter is half its size
    ax.set_title(textwrap.fill(title, max(24, int(width / (0.53 * TITLE)))), fontsize=TITLE,
                 loc="left")
    ax.set_xlabel(xlabel, fontsize=TEXT)
    ax.set_ylabel(ylabel, fontsize=TEXT)
    ax.tick_params(labelsize=TICK)
    ax.grid(True, color="#e6e6e6", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_label(sentence)
    return ax


def legend(ax: Axes, title: str | None = None, handles=None) -> None:
    """A legend to the right of the axes, where it covers nothing."""
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    ax.legend(handles=handles, title=title, loc="upper left", bbox_to_anchor=(1.0, 1.0),
              fontsize=TICK, title_fontsize=TICK, frameon=False, alignment="left",
              handlelength=2.6, borderaxespad=0.2)


def describe(figure: Axes | Figure) -> str:
    """One sentence with what a figure shows and its main numbers: its alternative text.

    Print it under the figure: notebooks cannot attach it to the picture itself.

    Args:
        figure: what ``plot_x`` returned, or a whole figure, whose sentences are joined.
    """
    parts = getattr(figure, "axes", [figure])
    parts = parts if isinstance(parts, list) else [figure]
    return " ".join(ax.get_label() for ax in parts
                    if ax.get_label() and not ax.get_label().startswith("<"))


def seeds_and_band(n: int) -> str:
    """What a line and its band are."""
    return f"mean of {n} seeds,\n95 % interval" if n > 1 else "one seed:\nan anecdote"


def metric_label(result: Result, metric: str) -> str:
    """The axis label of a metric, with its unit."""
    if metric == "loss":
        losses = {recipe.loss for recipe in result.recipes.values()}
        if losses != {None}:
            return "loss"
        return "mean squared error" if result.metric == "R²" else "cross-entropy (nats)"
    return "R² (1 = perfect)" if result.metric == "R²" else "accuracy (share correct)"


def metric_word(result: Result, metric: str) -> str:
    return "loss" if metric == "loss" else result.metric


def data_name(result: Result) -> str:
    return next(iter(result.splits.values())).name


def arm_name(arm: Hashable) -> str:
    """An arm's name as a person writes it: numbers short, tuples with commas."""
    if isinstance(arm, tuple):
        return ", ".join(arm_name(part) for part in arm)
    return f"{arm:g}" if is_number(arm) else str(arm)


def arm_label(result: Result, arm: Hashable) -> str:
    """An arm's name for a legend: a number with what it is, such as ``"strength 0.01"``."""
    word = swept(result).partition(" of ")[0] if is_number(arm) else ""
    return f"{word} {arm_name(arm)}".strip()


def scaled(label: str, scale: str) -> str:
    """An axis label that says so if its axis is logarithmic."""
    return f"{label} (log)" if scale == "log" and "(log)" not in label else label


def minus(text: str) -> str:
    """Numbers with a true minus sign."""
    return text.replace("-", "\N{MINUS SIGN}")


def is_number(arm: Hashable) -> bool:
    return isinstance(arm, Real) and not isinstance(arm, bool)


def swept(result: Result) -> str:
    """What a number that names an arm means, such as ``"strength of L2"`` or ``"p of Dropout"``.

    It is a field of a technique, or a buffer of a layer, that equals the arm in every recipe.
    """
    names = set()
    for position, technique in enumerate(result.recipes[result.arms[0]].techniques):
        for field in getattr(type(technique), "__dataclass_fields__", {}):
            if all(len(recipe.techniques) > position
                   and getattr(recipe.techniques[position], field, None) == arm
                   for arm, recipe in result.recipes.items()):
                names.add(f"{field} of {type(technique).__name__}")
    for path, layer in result.recipes[result.arms[0]].model.named_modules():
        for name, _ in layer.named_buffers(recurse=False):
            if all(_holds(recipe.model, path, name, arm) for arm, recipe in result.recipes.items()):
                names.add(f"{name} of {type(layer).__name__}")
    return names.pop() if len(names) == 1 else "arm"


def _holds(model: nn.Module, path: str, name: str, arm: Hashable) -> bool:
    """Whether a model has this buffer, and its one number is the arm, up to rounding."""
    modules = dict(model.named_modules())
    buffer = dict(modules[path].named_buffers(recurse=False)).get(name) if path in modules else None
    return (buffer is not None and buffer.numel() == 1 and is_number(arm)
            and buffer.item() == buffer.new_tensor(arm).item())


def require_numeric(result: Result, owner: str) -> None:
    require(all(is_number(arm) and arm >= 0 for arm in result.arms) and len(result.arms) > 1,
            f"{owner}.result", "a sweep whose arms are different numbers >= 0", result.arms,
            "Name the arms after the strength: sweep({s: … for s in strengths}, …).")
