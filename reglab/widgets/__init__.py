"""Live figures: controls → a pure function of a finished sweep → the figure.

Nothing is trained while a control moves: everything that can be chosen was computed before, so the
answer is there at once. :class:`Explorer` is what the widgets share. The exception is the
:class:`Playground`, which trains as it is played with.
"""

from .augmentation import TransformExplorer
from .batch_norm import NormalizationExplorer
from .early_stopping import PatienceExplorer
from .explorer import Explorer
from .interactions import InteractionExplorer
from .overfitting import OverfittingExplorer
from .paths import PathExplorer
from .playground import Playground
from .strength import StrengthExplorer

__all__ = ["Explorer", "InteractionExplorer", "NormalizationExplorer", "OverfittingExplorer",
           "PathExplorer", "PatienceExplorer", "Playground", "StrengthExplorer",
           "TransformExplorer"]
