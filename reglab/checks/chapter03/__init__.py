"""Checks of chapter 03, L1 and sparsity.

>>> threshold
Exercise 3.1 — Write the soft threshold (code · difficulty 1 of 3 · 5 minutes · 2 points)
"""

from .choose_reliable_features import reliable
from .predict_sparsity import sparsity
from .questions import quiz
from .read_a_result import verdicts
from .repair_the_step import step
from .score_a_selection import scores
from .write_the_threshold import threshold

EXERCISES = (threshold, sparsity, step, scores, reliable, verdicts)

__all__ = ["EXERCISES", "quiz", "reliable", "scores", "sparsity", "step", "threshold", "verdicts"]
