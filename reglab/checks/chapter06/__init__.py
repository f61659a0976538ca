"""Checks of chapter 06, augmentation and label-space methods.

>>> shifting
Exercise 6.1 — Shift each signal (code · difficulty 1 of 3 · 5 minutes · 2 points)
"""

from .predict_augmentation import behavior
from .questions import quiz
from .read_a_result import verdicts
from .repair_mixup import mixing
from .shift_signals import shifting
from .smooth_labels import smoothing
from .split_first import splitting

EXERCISES = (shifting, behavior, mixing, smoothing, splitting, verdicts)

__all__ = ["EXERCISES", "behavior", "mixing", "quiz", "shifting", "smoothing", "splitting",
           "verdicts"]
