"""Effects with their intervals, for verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import require, require_number
from ..statistics import Interval
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_effects(rows: Mapping[str, Interval], *, smallest: float | None = None,
                 xlabel: str = "difference in accuracy", rows_are: str = "seeds",
                 ax: Axes | None = None, title: str | None = None) -> Axes:
    """A forest plot: each effect with its interval, beside zero and what would matter.

    Filled markers: the interval lies on one side of zero; hollow: it does not.

    Args:
        rows: effects by name, from top to bottom, such as of ``paired_difference``.
        smallest: the smallest effect that matters, ≥ 0; the stripe within ± it is shaded.
        xlabel: what the effects are, with their unit.
        rows_are: what the intervals are over, in the plural, where it is not seeds.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` counts the effects whose interval excludes zero.
    """
    require(len(rows) > 0 and all(isinstance(r, Interval) for r in rows.values()),
            "plot_effects.rows", "a dict {name: Interval} with at least one entry", rows,
            "Intervals come from reglab.statistics.paired_difference.", TypeError)
    if smallest is not None:
        require_number(smallest, "plot_effects.smallest", 0)
    new = ax is None
    ax = style.axes(ax)
    if new:
        ax.figure.set_size_inches(style.SIZE[0], 1.8 + 0.42 * max(3, len(rows)))
    if smallest:
        ax.axvspan(-smallest, smallest, color="#e4e4e4", zorder=0, linewidth=0)
    ax.axvline(0, color=style.BLACK, linewidth=1.2, zorder=1)
    clear = 0
    for y, effect in enumerate(rows.values()):
        beyond = effect.low > 0 or effect.high < 0    # never for one seed: its ends are infinite
        clear += beyond
        if effect.n > 1:
            ax.plot([effect.low, effect.high], [y, y], color=style.BLUE, linewidth=2.2,
                    solid_capstyle="butt")
        ax.plot([effect.mean], [y], "o", color=style.BLUE, markersize=7.5, markeredgewidth=1.8,
                markerfacecolor=style.BLUE if beyond else "white")
        ax.text(1.02, y, _cell(effect), transform=ax.get_yaxis_transform(), va="center",
                fontsize=style.TICK)
    ax.set_yticks(range(len(rows)), rows, fontsize=style.TEXT)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ends = [e for r in rows.values() for e in (r.low, r.high, r.mean) if np.isfinite(e)]
    ends += [0.0, *([-smallest, smallest] if smallest else [])]
    pad = 0.06 * (max(ends) - min(ends)) or 0.1
    ax.set_xlim(min(ends) - pad, max(ends) + pad)
    ax.locator_params(axis="x", nbins=6)
    over = _over(rows, rows_are)
    if title is None:
        title = f"{clear} of {len(rows)} effects exclude zero ({over})"
    listed = "; ".join(f"{name}: {_cell(effect)}" for name, effect in rows.items())
    shaded = f"; shaded: smaller than {smallest:g}, too small to matter" if smallest else ""
    style.dress(ax, title, f"{xlabel}\n(bars: {over}; hollow: 0 is inside{shaded})", "",
                f"Forest plot of {xlabel}, {over}: {listed}.")
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelsize=style.TEXT)
    return ax


def _over(rows: Mapping[str, Interval], rows_are: str) -> str:
    """What the bars are, such as ``"95 % intervals over 10 to 20 seeds"``."""
    n = sorted({effect.n for effect in rows.values()})
    if n == [1]:
        return "none, one seed is an anecdote"
    many = f"{n[0]}" if len(n) == 1 else f"{n[0]} to {n[-1]}"
    return f"{100 * next(iter(rows.values())).confidence:g} % intervals over {many} {rows_are}"


def _cell(effect: Interval) -> str:
    if effect.n == 1:
        return style.minus(f"{effect.mean:+.3f} (1 seed, an anecdote)")
    return style.minus(f"{effect.mean:+.3f} [{effect.low:+.3f}, {effect.high:+.3f}]")
