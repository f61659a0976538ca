"""Checks of chapter 05, early stopping.

>>> rule
Exercise 5.1 — Write the stopping rule (code · difficulty 1 of 3 · 10 minutes · 3 points)
"""

from .match_ridge import matching
from .predict_stopping import behavior
from .questions import quiz
from .read_a_result import verdicts
from .repair_the_loop import recorded, repaired
from .report_honestly import honesty
from .write_the_rule import rule

EXERCISES = (rule, behavior, repaired, matching, honesty, verdicts)

__all__ = ["EXERCISES", "behavior", "honesty", "matching", "quiz", "recorded", "repaired", "rule",
           "verdicts"]
