"""Training and validation curves."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..history import PARTS
from . import style
from .artists import BandArtist
from .numbers import Band, band

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..result import Result

MANY = 4    # more arms than this and only three are shown


def plot_curves(result: Result, arms: Sequence[Hashable] | None = None, metric: str = "score", *,
                ax: Axes | None = None, title: str | None = None) -> Axes:
    """Train and validation curves against epochs, mean over seeds with a 95 % band.

    One arm: the parts differ in color. Several: each arm has its color, line and marker; train
    lines are thin with hollow markers. After early stopping has ended some runs, the mean is over
    those still training, and the line ends where less than half are left.

    Args:
        result: of a fit or a sweep.
        arms: which arms; ``None`` takes all, or of more than four the first, the best on
            validation data and the last.
        metric: ``"score"`` (accuracy or R²) or ``"loss"``.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` states the best arm's validation result.
    """
    shown = default_arms(result, metric) if arms is None else list(arms)
    epochs = result.epochs.numpy()
    ax = style.axes(ax)
    best = result.best_arm(metric, arms=shown) if len(shown) > 1 else shown[0]
    drawn, still = [], False
    for i, arm in enumerate(shown):
        look = style.ARM[i % len(style.ARM)]
        for part in reversed(PARTS):
            numbers = of_most_seeds(band(result.curve(part, metric, arm)), len(result.seeds))
            still |= bool((numbers.n < len(result.seeds)).any())
            alone, train = len(shown) == 1, part == "train"
            label = part if alone else style.arm_label(result, arm) if not train else None
            drawn.append(BandArtist(
                ax, style.PART[part] if alone else look, label, width=1.2 if train else 2.2,
                hollow=train, opacity=0.1 if train and not alone else 0.2,
                offset=i / len(shown) + (0.4 if train else 0)).set(epochs, numbers))
    _scale(ax, drawn, metric, result)
    _legend(ax, result, shown, still)
    word = style.metric_word(result, metric)
    final = band(result.final("validation", metric, best)[:, None])
    sentence = _sentence(result, shown, best, metric)
    if title is None:
        who = "" if len(result.arms) == 1 else f"{style.arm_label(result, best)}, "
        who = who.replace(",", " does best,") if len(shown) > 1 else who
        title = f"{style.data_name(result)}: {who}validation {word} {_text(final)}"
    return style.dress(ax, title, "epoch", style.metric_label(result, metric), sentence)


def default_arms(result: Result, metric: str) -> list[Hashable]:
    """All arms, or of many the first, the best and the last."""
    if len(result.arms) <= MANY:
        return list(result.arms)
    chosen = {result.arms[0], result.best_arm(metric), result.arms[-1]}
    return [arm for arm in result.arms if arm in chosen]


def of_most_seeds(numbers: Band, seeds: int) -> Band:
    """Without the places where less than half of the runs still train: no mean of the arm."""
    enough = numbers.n >= min(seeds, max(2, seeds / 2))
    return Band(*(np.where(enough, values, np.nan) for values in numbers[:3]), numbers.n)


def _scale(ax: Axes, drawn: list[BandArtist], metric: str, result: Result) -> None:
    """Limits that hold all lines; what lies far outside (a run that diverged) does not set them."""
    means = np.concatenate([np.asarray(d.line.get_ydata(), dtype=float) for d in drawn])
    means = means[np.isfinite(means)]
    ends = np.array([end for d in drawn for end in d.limits()])
    if not len(means):
        return
    low, high = ends.min(), ends.max()
    if metric == "loss":
        high = min(high, 3 * np.quantile(means, 0.95))
        low = max(low, 0.0)
    elif result.metric == "R²":
        low, high = max(low, min(-0.2, np.quantile(means, 0.05))), min(high, 1.0)
    else:
        low, high = max(low, 0.0), min(high, 1.0)
    pad = 0.04 * (high - low) or 0.05
    ax.set_ylim(low - pad, high + pad)
    ax.set_xlim(0, result.epochs[-1].item() * 1.02)


def _legend(ax: Axes, result: Result, shown: list, still: bool) -> None:
    from matplotlib.lines import Line2D

    handles = ax.get_legend_handles_labels()[0]
    if len(shown) > 1:
        plain = {"color": style.GRAY, "marker": "o", "markersize": 5.5}
        handles += [Line2D([], [], linewidth=2.2, label="thick: validation", **plain),
                    Line2D([], [], linewidth=1.2, markerfacecolor="white", label="thin: train",
                           **plain)]
    if 1 < len(shown) < len(result.arms):
        handles.append(Line2D([], [], linestyle="",
                              label=f"({len(shown)} of {len(result.arms)} arms)"))
    if still:
        handles.append(Line2D([], [], linestyle="", label="(of runs still training)"))
    style.legend(ax, style.seeds_and_band(len(result.seeds)), handles)


def _turn(result: Result, arm: Hashable, metric: str) -> str:
    """Where the validation curve was best, if that was before its end."""
    mean = result.curve("validation", metric, arm).nanmean(0)
    best = int(mean.nan_to_num(float("inf")).argmin() if metric == "loss"
               else mean.nan_to_num(-float("inf")).argmax())
    if best == len(mean) - 1:
        return ""
    return f", where its best mean was {mean[best]:.3f}, at epoch {result.epochs[best]}"


def _text(final: Band) -> str:
    if final.n[0] < 2:
        return f"{final.mean[0]:.3f}"
    return f"{final.mean[0]:.3f} [{final.low[0]:.3f}, {final.high[0]:.3f}]"


def _sentence(result: Result, shown: list, best: Hashable, metric: str) -> str:
    word = style.metric_word(result, metric)
    ends = []
    for arm in shown:
        train, validation = (_text(band(result.final(part, metric, arm)[:, None]))
                             for part in PARTS)
        many = len(result.arms) > 1
        who = f"{style.arm_label(result, arm)} ends at" if many else f"{word} ends at"
        ends.append(f"{who} {train} on train and {validation} on validation data"
                    f"{_turn(result, arm, metric)}")
    n = len(result.seeds)
    means = f"mean of {n} seeds with 95 % interval" if n > 1 else "one seed, an anecdote"
    return (f"Line chart of {word} against epochs on {style.data_name(result)}, {means}: "
            f"{'; '.join(ends)}.")
