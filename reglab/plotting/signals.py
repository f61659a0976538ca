"""What signals of each class look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arguments import require, require_integer
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..data import Split


def plot_signals(split: Split, per_class: int = 3, *, ax: Axes | None = None,
                 title: str | None = None) -> Axes:
    """The first signals of each class, the classes one above the other.

    Args:
        split: of labeled signals, x (N, 1, L).
        per_class: how many of each class, ≥ 1.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` counts them.
    """
    require(split.x.ndim == 3 and not split.y.is_floating_point(), "plot_signals.split",
            "labeled signals, x (N, 1, L)", split.x, "Such as data.mnist1d(0).train.")
    require_integer(per_class, "plot_signals.per_class", 1)
    ax = style.axes(ax)
    labels = split.y.unique().tolist()
    step = 0.4 * float(split.x.max() - split.x.min())    # few signals reach that far
    for row, label in enumerate(labels):
        chosen = split.x[split.y == label][:per_class, 0]
        arm = style.ARM[row % len(style.ARM)]
        ax.plot(chosen.T.numpy() + row * step, color=arm.color, linewidth=1.2)
    sentence = (f"{per_class} signals of each of {len(labels)} classes, {split.x.shape[-1]} "
                "numbers each, one class above the other.")
    style.dress(ax, title or f"{per_class} signals of each class", "position in the signal",
                "class", sentence)
    ax.set_yticks([row * step for row in range(len(labels))], labels)
    return ax
