"""Rows of pictures, such as one image under several draws of a transform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..arguments import require
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_images(rows: Mapping[str, Tensor], *, title: str, columns: Sequence[object] = (),
                ax: Axes | None = None) -> Axes:
    """Named rows of images, in color or in gray: from the first row's smallest value, white, to
    its largest, black.

    Args:
        rows: images by name, from top to bottom, the same number and size in each row.
        title: what the figure shows.
        columns: what stands below each column, if anything.
        ax: where to draw; ``None`` makes a figure.

    Shape: each row (N, C, H, W); C = 1 is gray, C = 3 is color with values in [0, 1].
    """
    shapes = {tuple(images.shape) for images in rows.values()}
    require(len(shapes) == 1, "plot_images.rows", "at least one row, all of one shape",
            sorted(shapes))
    n, channels, height, width = next(iter(shapes))
    require(channels in (1, 3), "plot_images.rows", "gray (C = 1) or in color (C = 3)", channels)
    require(len(columns) in (0, n), "plot_images.columns", f"one for each of {n} pictures, or none",
            len(columns))
    new = ax is None
    ax = style.axes(ax)
    if new:
        ax.figure.set_size_inches(style.SIZE[0], 0.75 + len(rows) * style.SIZE[0] * 0.78 / n
                                  * height / width)
    picture = mosaic(list(rows.values()))
    if channels == 1:
        first = next(iter(rows.values()))
        ax.imshow(picture, cmap="gray_r", vmin=float(first.min()), vmax=float(first.max()),
                  interpolation="nearest")
    else:
        ax.imshow(picture, interpolation="nearest")
    sentence = (f"{len(rows)} rows of {n} pictures of {height} × {width} pixels: "
                f"{'; '.join(rows)}.")
    style.dress(ax, title, "", "", sentence)
    gap = _gap(height)
    places = [number * (width + gap) + width / 2 - 0.5 for number in range(len(columns))]
    ax.set_xticks(places, [str(column) for column in columns], fontsize=style.TEXT)
    ax.set_yticks([row * (height + gap) + height / 2 - 0.5 for row in range(len(rows))], list(rows),
                  fontsize=style.TEXT)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
    return ax


def mosaic(rows: list[Tensor]) -> np.ndarray:
    """One picture of all images, with gaps: (rows H, N W) gray, NaN between, or (…, 3) in color."""
    n, channels, height, width = rows[0].shape
    gap = _gap(height)
    shape = (len(rows) * (height + gap) - gap, n * (width + gap) - gap)
    picture = np.full((*shape, channels), np.nan if channels == 1 else 1.0)
    for i, images in enumerate(rows):
        for j, image in enumerate(images.detach().cpu().numpy()):
            y, x = i * (height + gap), j * (width + gap)
            picture[y:y + height, x:x + width] = image.transpose(1, 2, 0)
    return picture.squeeze(2) if channels == 1 else picture.clip(0, 1)


def _gap(height: int) -> int:
    return max(1, height // 12)
