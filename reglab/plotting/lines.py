"""Lines with bands for whatever was measured seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..arguments import require
from . import style
from .artists import BandArtist
from .numbers import Band, band
from .strengths import place

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_lines(x: Sequence[float], lines: Mapping[str, Sequence[Sequence[float]] | Tensor], *,
               xlabel: str, ylabel: str, title: str, log: bool = False,
               rows_are: str = "seeds", ax: Axes | None = None) -> Axes:
    """Measurements against x: for each line the mean over seeds with its 95 % band.

    Args:
        x: X places, ascending.
        lines: by name, one row of X numbers for each seed.
        xlabel, ylabel: what the axes show, with units.
        title: what the figure shows.
        log: a logarithmic x axis; if the first place is 0, it stands apart on the left.
        rows_are: what the rows of a line are, in the plural, where they are not seeds.
        ax: where to draw; ``None`` makes a figure.

    Shape: x (X,), each line (S, X).
    """
    places = np.asarray(x, dtype=float)
    require(len(places) > 1 and bool((np.diff(places) > 0).all()), "plot_lines.x",
            "two or more numbers, ascending", x)
    rows = {name: np.asarray(values, dtype=float) for name, values in lines.items()}
    for name, values in rows.items():
        require(values.ndim == 2 and values.shape[1] == len(places), f"plot_lines.lines[{name!r}]",
                f"of shape (seeds, {len(places)}), one row for each seed", values)
    require(len({len(values) for values in rows.values()}) == 1, "plot_lines.lines",
            "at least one line, all of the same number of seeds",
            [len(values) for values in rows.values()])
    ax = style.axes(ax)
    bands = {name: band(values) for name, values in rows.items()}
    apart = log and places[0] == 0
    drawn = place(ax, places) if apart else places
    for look, (name, numbers) in zip(style.ARM, bands.items(), strict=False):
        BandArtist(ax, look, name).set(drawn, numbers)
    if not log:
        if (places == places.round()).all():    # steps, epochs, units
            ax.locator_params(axis="x", integer=True)
        pad = 0.03 * (places[-1] - places[0])
        ax.set_xlim(places[0] - pad, places[-1] + pad)
    elif not apart:
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        ax.set_xscale("log")
        pad = (places[-1] / places[0]) ** 0.03
        ax.set_xlim(places[0] / pad, places[-1] * pad)
        ax.xaxis.set_major_locator(FixedLocator(places))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    ends = np.concatenate([np.concatenate(numbers[:3]) for numbers in bands.values()])
    low, high = np.nanmin(ends), np.nanmax(ends)
    ax.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    seeds = len(next(iter(rows.values())))
    style.legend(ax, style.seeds_and_band(seeds).replace("seeds", rows_are))
    sentence = _sentence(places, bands, xlabel, ylabel, seeds)
    return style.dress(ax, title, style.scaled(xlabel, ax.get_xscale()), ylabel,
                       sentence.replace(" seeds ", f" {rows_are} "))


def _sentence(x: np.ndarray, bands: Mapping[str, Band], xlabel: str, ylabel: str,
              seeds: int) -> str:
    def at(numbers: Band, i: int) -> str:
        return f"{style.minus(f'{numbers.mean[i]:.3f}')} at {x[i]:g}"

    def between(numbers: Band) -> str:
        extremes = {"lowest": np.nanargmin(numbers.mean), "highest": np.nanargmax(numbers.mean)}
        return "".join(f", {word} {at(numbers, int(i))}" for word, i in extremes.items()
                       if 0 < i < len(x) - 1)

    ends = "; ".join(f"{name}: {at(numbers, 0)}, {at(numbers, -1)}{between(numbers)}"
                     for name, numbers in bands.items())
    means = f"mean of {seeds} seeds with 95 % interval" if seeds > 1 else "one seed, an anecdote"
    return f"Line chart of {ylabel} against {xlabel}, {means}: {ends}."
