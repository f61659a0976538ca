"""Exercises with checks that name the misconception, and predictions to commit to.

``checks.chapter02.penalty.check(my_function)`` judges an answer, ``.hint()`` and ``.hint(2)``
help; ``checks.predict(...)`` asks before a cell measures.
"""

from . import (
    chapter01,
    chapter02,
    chapter03,
    chapter04,
    chapter05,
    chapter06,
    chapter07,
    chapter08,
    chapter10,
)
from .chapter_quiz import ChapterQuiz
from .exercise import Case, CodeExercise, Exercise, Wrong
from .prediction import Prediction, predict, record
from .quiz import Option, Question, Quiz
from .result import Result, Status

__all__ = ["Case", "ChapterQuiz", "CodeExercise", "Exercise", "Option", "Prediction", "Question",
           "Quiz", "Result", "Status", "Wrong", "chapter01", "chapter02", "chapter03", "chapter04",
           "chapter05", "chapter06", "chapter07", "chapter08", "chapter10", "predict", "record"]
