"""Figures of results: ``plot_x(result, *, ax=None) -> ax``.

They draw what was trained and nothing else: they never train and never show. Lines are means over
seeds with a 95 % band, which the legend names; a single seed is called an anecdote. Every figure
has a sentence that says what it shows, for those who cannot see it: :func:`describe`.
"""

from .constraints import plot_constraints
from .curves import plot_curves
from .effects import plot_effects
from .fits import plot_fit
from .images import plot_images
from .lines import plot_lines
from .scores import plot_scores
from .signals import plot_signals
from .strengths import plot_strengths
from .style import describe
from .weights import plot_weights

__all__ = [
    "describe",
    "plot_constraints",
    "plot_curves",
    "plot_effects",
    "plot_fit",
    "plot_images",
    "plot_scores",
    "plot_signals",
    "plot_lines",
    "plot_strengths",
    "plot_weights",
]
