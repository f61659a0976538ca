"""What can be drawn once and then given new numbers: a line with its band, a histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numbers import Band, Histogram
from .style import Style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


class BandArtist:
    """A line for the mean and an area for its interval."""

    def __init__(self, ax: Axes, style: Style, label: str | None = None, *, width: float = 2.0,
                 hollow: bool = False, opacity: float = 0.2, markers: bool = True,
                 offset: float = 0.0):
        from matplotlib.collections import PolyCollection

        self.markers, self.offset = markers, offset
        self.line, = ax.plot([], [], color=style.color, linestyle=style.line, linewidth=width,
                             marker=style.marker if markers else "", markersize=5.5,
                             markerfacecolor="white" if hollow else style.color, label=label)
        self.area = PolyCollection([], facecolor=style.color, alpha=opacity, linewidth=0,
                                   zorder=self.line.get_zorder() - 0.5)
        ax.add_collection(self.area, autolim=False)

    @property
    def artists(self) -> list[Artist]:
        """In the order in which they are painted."""
        return [self.area, self.line]

    def set(self, x: np.ndarray, band: Band) -> BandArtist:
        """Show other numbers."""
        self.line.set_data(x, band.mean)
        if self.markers:
            step = max(1, round(len(x) / 8))
            self.line.set_markevery((int(self.offset * step), step))
        known = np.isfinite(band.low) & np.isfinite(band.high)
        edge = np.concatenate([np.column_stack([x, band.low])[known],
                               np.column_stack([x, band.high])[known][::-1]])
        self.area.set_verts([edge] if len(edge) else [])
        return self

    def limits(self) -> list[float]:
        """Lowest and highest y drawn, the band included."""
        y = [np.asarray(self.line.get_ydata(), dtype=float)]
        y += [path.vertices[:, 1] for path in self.area.get_paths()]
        y = np.concatenate(y)
        y = y[np.isfinite(y)]
        return [float(y.min()), float(y.max())] if len(y) else []


class HistogramArtist:
    """The outline of a histogram, filled or not."""

    def __init__(self, ax: Axes, style: Style, histogram: Histogram, label: str | None = None, *,
                 fill: bool = True):
        self.patch = ax.stairs(histogram.counts, histogram.edges, baseline=0.5, fill=fill,
                               facecolor=(style.color, 0.3) if fill else None,
                               edgecolor=style.color, linestyle=style.line,
                               linewidth=1.8, label=label)

    @property
    def artists(self) -> list[Artist]:
        return [self.patch]

    def set(self, histogram: Histogram) -> HistogramArtist:
        """Show other numbers."""
        self.patch.set_data(histogram.counts, histogram.edges)
        return self
