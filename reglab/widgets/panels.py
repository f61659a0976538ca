"""What the panels of live figures share: short titles, and legends below the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dress(ax: Axes, title: str, xlabel: str, ylabel: str) -> None:
    """A short title in normal weight, and labels."""
    style.dress(ax, "", xlabel, ylabel, "")
    ax.set_title(title, fontsize=style.TEXT, loc="left")


def legend_below(ax: Axes) -> None:
    """A legend under the axes, where no curve can hide behind it."""
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.19), fontsize=style.TICK, frameon=False,
              ncols=1, borderaxespad=0, handlelength=2.4, labelspacing=0.25)
