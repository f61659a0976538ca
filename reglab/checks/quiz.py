"""Multiple choice with a rationale for each option."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .exercise import Exercise, Wrong
from .faults import describe
from .isolation import isolated
from .result import Result, Status


@dataclass(frozen=True)
class Option:
    """One option of a question: its text and why it is right, or what is wrong with it."""

    text: str
    rationale: str


@dataclass(frozen=True)
class Question:
    """A question with its options, of which one is right.

    >>> q = Question("sign", "Is 2 > 1?", {"a": Option("yes", "It is."), "b": Option("no", "No.")},
    ...              right="a")
    >>> q.options[q.right].text
    'yes'
    """

    key: str
    text: str
    options: Mapping[str, Option]
    right: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Quiz(Exercise):
    """Questions answered together by ``{question: option}``, or by a function that returns it."""

    questions: tuple[Question, ...]

    def _judge(self, answer: Any, seed: int) -> Result:
        if callable(answer):
            try:
                with isolated():
                    answer = answer()
            except NotImplementedError:
                return self._not_attempted()
            except (Exception, SystemExit) as error:
                return Result(self.label, Status.ERROR, describe(error))
        if answer is None or answer is ...:
            return self._not_attempted()
        problem = self._malformed(answer)
        if problem:
            return Result(self.label, Status.WRONG, problem)
        given = {q.key: _tidy(answer[q.key]) for q in self.questions}
        missed = [q for q in self.questions if given[q.key] != q.right]
        if not missed:
            reasons = [f"{q.key}: {q.options[q.right].rationale}" for q in self.questions]
            return Result(self.label, Status.CORRECT, "\n".join(["All right.", *reasons]))
        count = f"{len(self.questions) - len(missed)} of {len(self.questions)} right."
        reasons = [f"{q.key}: {q.options[given[q.key]].rationale}" for q in missed]
        names = [wrong_name(q, given[q.key]) for q in missed]
        return Result(self.label, Status.MISCONCEPTION, "\n".join([count, *reasons]),
                      "; ".join(names))

    def _malformed(self, answer: Any) -> str:
        keys = [q.key for q in self.questions]
        if not isinstance(answer, Mapping) or set(answer) != set(keys):
            return "Answer with a dict that has exactly these keys: " + ", ".join(keys) + "."
        for q in self.questions:
            if _tidy(answer[q.key]) not in q.options:
                return f"{q.key}: choose one of {', '.join(q.options)}; got {answer[q.key]!r:.60}."
        return ""


def wrong_name(question: Question, option: str) -> str:
    return f"{question.key} = {option}"


def wrongs_of(questions: tuple[Question, ...]) -> tuple[Wrong, ...]:
    """Each wrong option as a named wrong solution: all else right."""
    return tuple(Wrong(wrong_name(q, option), _answering(questions, q, option),
                       q.options[option].rationale)
                 for q in questions for option in q.options if option != q.right)


def _answering(questions: tuple[Question, ...], changed: Question, option: str) -> Callable:
    chosen = {q.key: q.right for q in questions} | {changed.key: option}
    return lambda: dict(chosen)


def _tidy(option: Any) -> str:
    return str(option).strip().lower()
