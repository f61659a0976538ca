"""The loss of two weights, and its best point in a diamond and in a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arguments import require
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_constraints(gram: np.ndarray, target: np.ndarray, diamond: np.ndarray, disk: np.ndarray,
                     *, names: tuple[str, str] = ("first weight", "second weight"),
                     ax: Axes | None = None, title: str | None = None) -> Axes:
    """Contours of ½ wᵀGw − bᵀw with the diamond and the disk that touch them, and where.

    Args:
        gram: G, positive definite.
        target: b.
        diamond: the best point of a diamond around 0, whose size is its ‖w‖₁.
        disk: the best point of a disk around 0, whose size is its ‖w‖₂.
        names: of the weights.
        ax: where to draw; ``None`` makes a figure.
        title: what the figure shows; ``None`` says where the diamond's best point is.

    Shape: gram (2, 2), the others (2,).
    """
    gram, target, diamond, disk = (np.asarray(a, float) for a in (gram, target, diamond, disk))
    require(gram.shape == (2, 2) and target.shape == diamond.shape == disk.shape == (2,),
            "plot_constraints.gram", "of shape (2, 2), and the others of shape (2,)", gram)
    ax = style.axes(ax)
    free = np.linalg.solve(gram, target)
    size, radius = np.abs(diamond).sum(), np.linalg.norm(disk)
    reach = max(0.9 * np.abs(free).sum(), 1.1 * size, 1.1 * radius)    # the same for all sizes
    side = np.linspace(-reach, reach, 161)
    grid = np.stack(np.meshgrid(side, side), -1)

    def loss(w: np.ndarray) -> np.ndarray:
        return np.einsum("...i,ij,...j->...", w - free, gram, w - free)

    levels = {*(loss(np.zeros(2)) * np.array([0.02, 0.2, 1, 2.5, 5])), loss(diamond)} - {0.0}
    ax.contour(side, side, loss(grid), sorted(levels), colors=style.GRAY, linewidths=0.9)
    ax.fill([size, 0, -size, 0], [0, size, 0, -size], facecolor=(style.BLUE, 0.15),
            edgecolor=style.BLUE, linewidth=1.8, label="diamond: ‖w‖₁ at most a size")
    turn = np.linspace(0, 2 * np.pi, 200)
    ax.plot(radius * np.cos(turn), radius * np.sin(turn), color=style.VERMILLION, linewidth=1.8,
            linestyle=(0, (5, 2)), label="circle: ‖w‖₂ at most a size")
    for point, look, name in ((diamond, style.ARM[0], "best point of the diamond"),
                              (disk, style.ARM[1], "best point of the circle")):
        ax.plot(*point, look.marker, color=look.color, markersize=9, label=name)
    ax.plot(*free, "+", color=style.BLACK, markersize=11, markeredgewidth=2,
            label="best point without a limit")
    ax.plot([], [], color=style.GRAY, linewidth=0.9, label="lines of equal loss")
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.locator_params(nbins=5)
    ax.set_aspect("equal")
    style.legend(ax)
    where = "at a corner" if (diamond == 0).any() else "on an edge"
    points = "; ".join(f"{name} at ({style.minus(f'{w[0]:.2f}, {w[1]:.2f}')})" for name, w in
                       {"diamond": diamond, "circle": disk, "no limit": free}.items())
    return style.dress(ax, title or f"Best point of the diamond: {where}", *names,
                       f"Contours of the loss of two weights with a diamond and a circle; the best "
                       f"point of the diamond is {where}: {points}.")
