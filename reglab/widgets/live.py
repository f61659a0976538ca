"""A figure that is painted once; afterwards only its moving parts are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure


class LiveFigure:
    """Pictures of a figure whose artists get new numbers.

    All but ``moving`` is laid out and painted once; each picture is that background with the
    moving artists over it. (Matplotlib calls it blitting.)

    Args:
        figure: made without pyplot, ``matplotlib.figure.Figure(…)``.
        moving: the artists that change, in the order in which they are painted.
    """

    def __init__(self, figure: Figure, moving: Sequence[Artist]):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.figure, self.moving = figure, list(moving)
        self.canvas = FigureCanvasAgg(figure)
        for artist in self.moving:
            artist.set_animated(True)    # left out by draw()
        self.paint_background()

    def paint_background(self) -> None:
        """Paint all that does not move anew: slow, for when the axes have changed."""
        self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def jpeg(self) -> bytes:
        """The picture as it is now: encoded sooner than a PNG, and hardly to be told from it."""
        return self._encoded("jpeg", quality=95, subsampling=0)

    def png(self) -> bytes:
        """The picture as it is now, exact: to be kept."""
        return self._encoded("png")

    def _encoded(self, kind: str, **options: int) -> bytes:
        from PIL import Image

        self.canvas.restore_region(self.background)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        size, buffer = self.canvas.get_width_height(), io.BytesIO()
        picture = Image.frombuffer("RGBA", size, self.canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        picture.convert("RGB").save(buffer, kind, **options)
        return buffer.getvalue()
