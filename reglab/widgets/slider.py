"""A slider over a few values, with a name that a screen reader says (ipywidgets' have none)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def slider(options: Sequence[tuple[str, Any]], value: Any, description: str, *,
           live: bool = True, name_width: str = "auto"):
    """A widget whose ``value`` is that of one option.

    Args:
        options: pairs (what is written beside the slider, value), from left to right.
        value: the one chosen first.
        description: the name, on the left.
        live: whether each move counts while the mouse still holds the handle, or only the last.
        name_width: of the name, in CSS; equal widths align sliders below each other.

    >>> strength = slider([("off", 0.0), ("weak", 0.01)], 0.01, "strength")
    >>> strength.index
    1
    >>> strength.value = 0.0
    >>> strength.index
    0
    """
    return _slider_class()(options, value, description, live, name_width)


@cache
def _slider_class() -> type:
    import anywidget
    from traitlets import Any, Bool, Int, List, Unicode, observe, validate

    class Slider(anywidget.AnyWidget):
        _esm = HERE / "slider.js"
        _css = HERE / "slider.css"
        description = Unicode().tag(sync=True)
        labels = List(Unicode()).tag(sync=True)
        index = Int().tag(sync=True)
        live = Bool().tag(sync=True)
        name_width = Unicode().tag(sync=True)
        value = Any()

        def __init__(self, options, value, description, live, name_width):
            self.options = tuple(options)
            labels, self._values = ([pair[i] for pair in self.options] for i in (0, 1))
            super().__init__(labels=labels, value=value, description=description, live=live,
                             name_width=name_width)

        @validate("value")
        def _one_of_them(self, proposal):
            if proposal["value"] not in self._values:
                raise ValueError(f"{self.description} must be one of {self._values}; "
                                 f"got {proposal['value']!r}.")
            return proposal["value"]

        @observe("value")
        def _to_index(self, change) -> None:
            self.index = self._values.index(change["new"])

        @observe("index")
        def _to_value(self, change) -> None:
            self.value = self._values[change["new"]]

    return Slider
