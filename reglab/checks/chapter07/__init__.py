"""Checks of chapter 07, batch normalization.

>>> forward
Exercise 7.1 — Write batch norm (code · difficulty 1 of 3 · 10 minutes · 3 points)
"""

from .examine_a_norm import planted, soundness
from .predict_a_norm import behavior
from .questions import quiz
from .read_a_result import verdicts
from .recompute_statistics import statistics
from .replace_the_decay import growth
from .write_batch_norm import forward

EXERCISES = (forward, behavior, statistics, growth, soundness, verdicts)

__all__ = ["EXERCISES", "behavior", "forward", "growth", "planted", "quiz", "soundness",
           "statistics", "verdicts"]
