"""Live figures: controls → a pure function of a finished sweep → the figure.

Nothing is trained while a control moves: everything that can be chosen was computed before, so the
answer is there at once. :class:`Explorer` is what the widgets share.
"""

from .explorer import Explorer
from .strength import StrengthExplorer

__all__ = ["Explorer", "StrengthExplorer"]
