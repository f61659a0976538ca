"""Checks of chapter 01, measuring generalization and overfitting.

>>> paired
Exercise 1.1 — Compare two arms (code · difficulty 1 of 3 · 10 minutes · 2 points)
"""

from .choose_and_report import choosing, right_answers
from .compare_two_arms import paired
from .predict_a_measurement import luck
from .questions import quiz
from .read_a_result import verdicts
from .repair_a_report import report
from .split_the_error import decomposition

EXERCISES = (paired, luck, report, decomposition, choosing, verdicts)

__all__ = ["EXERCISES", "choosing", "decomposition", "luck", "paired", "quiz", "report",
           "right_answers", "verdicts"]
