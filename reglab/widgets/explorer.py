"""What all live figures share: controls above a picture, and a line that says it in words."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from typing import Any

from .live import LiveFigure


class Explorer:
    """Controls → ``show(**values)`` → picture and sentence.

    The last line of a cell shows it. Without a kernel, on a page or in print, the picture and the
    sentence of the controls' first values stand in its place.

    Args:
        controls: ipywidgets by the name of the argument of ``show`` that they set.
        show: gives the moving artists their numbers and returns a sentence with the main ones;
            it looks up what was computed before, or when a page was first chosen.
        live: the figure that holds these artists.
        label: what the picture is, for those who cannot see it; the sentence follows it.
    """

    def __init__(self, controls: Mapping[str, Any], show: Callable[..., str], live: LiveFigure,
                 label: str):
        import ipywidgets

        self.controls, self._show, self._live = dict(controls), show, live
        self.image = _picture(label, live.canvas.get_width_height()[0])
        self.text = ipywidgets.HTML(layout={"max_width": "100%"})
        self.box = ipywidgets.VBox([*self.controls.values(), self.image, self.text],
                                   layout={"max_width": "100%"})
        self.update()
        for control in self.controls.values():
            control.observe(self.update, "value")

    @property
    def sentence(self) -> str:
        """What the figure shows now."""
        return self._sentence

    def update(self, change: object = None) -> None:
        """Show what the controls say."""
        self._sentence = self._show(**{name: c.value for name, c in self.controls.items()})
        self.image.value = self._live.jpeg()
        self.text.value = ('<p role="status" aria-live="polite" style="line-height:1.5;margin:0">'
                           f"{html.escape(self._sentence)}</p>")

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self._sentence}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        live = self.box._repr_mimebundle_()
        return {**live, "image/png": base64.b64encode(self._live.png()).decode(),
                "text/plain": repr(self)}


def _picture(label: str, width: int):
    """An ipywidgets Image with an accessible name.

    The name is its tooltip, which ipywidgets 8.1 can only show where a description is: without
    that one the picture does not appear at all.
    """
    import ipywidgets
    from traitlets import Unicode

    class Picture(ipywidgets.Image):
        description = Unicode("").tag(sync=True)

    return Picture(format="jpeg", tooltip=label, layout={
        "max_width": f"min(100%, {width}px)", "height": "auto", "object_fit": "contain"})
