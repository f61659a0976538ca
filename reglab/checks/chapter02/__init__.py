"""Checks of chapter 02, L2 and weight decay.

>>> penalty
Exercise 2.1 — Write the penalty (code · difficulty 1 of 3 · 5 minutes · 2 points)
"""

from .decouple_the_decay import adamw
from .design_a_comparison import comparison
from .fix_the_validation_loss import validation_loss
from .predict_a_strength import strength
from .questions import quiz
from .read_a_result import verdicts
from .standardize_the_features import standardize
from .write_the_penalty import penalty

EXERCISES = (penalty, strength, validation_loss, adamw, comparison, verdicts, standardize)

__all__ = ["EXERCISES", "adamw", "comparison", "penalty", "quiz", "standardize", "strength",
           "validation_loss", "verdicts"]
