"""Checks of chapter 04, dropout.

>>> inverted
Exercise 4.1 — Write dropout (code · difficulty 1 of 3 · 5 minutes · 2 points)
"""

from .average_subnetworks import averaging
from .examine_a_layer import planted, soundness
from .predict_dropout import behavior
from .questions import quiz
from .read_a_result import verdicts
from .repair_the_original import original
from .write_dropout import inverted

EXERCISES = (inverted, behavior, original, averaging, soundness, verdicts)

__all__ = ["EXERCISES", "averaging", "behavior", "inverted", "original", "planted", "quiz",
           "soundness", "verdicts"]
