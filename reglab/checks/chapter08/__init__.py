"""Checks of chapter 08, combining and choosing.

>>> interacting
Exercise 8.1 — Measure an interaction (code · difficulty 1 of 3 · 10 minutes · 2 points)
"""

from .fold_batch_norm import folding
from .measure_an_interaction import interacting
from .plan_a_factorial import planning
from .predict_combinations import behavior
from .questions import quiz
from .read_a_result import verdicts
from .repair_a_search import searching

EXERCISES = (interacting, behavior, searching, folding, planning, verdicts)

__all__ = ["EXERCISES", "behavior", "folding", "interacting", "planning", "quiz", "searching",
           "verdicts"]
