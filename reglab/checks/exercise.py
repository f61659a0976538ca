"""An exercise and its check: the answer's behavior on fresh inputs, compared with known ones.

An answer is right if it behaves as a reference does, and shows a misconception if it behaves as
a **named wrong solution** does, on the same fresh inputs. Each wrong solution is a function that
runs, so the check itself is tested by handing them in.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import logbook
from ..arguments import require
from .faults import describe
from .isolation import isolated, shorten
from .observation import Malformed, Observation, difference, same, unchanged
from .result import Result, Status

Observe = Callable[[Callable, tuple], Observation]


@dataclass(frozen=True)
class Wrong:
    """A mistake people make, as an answer that makes it.

    Args:
        name: the mistake in a few words.
        answer: a runnable answer with this mistake.
        message: what the learner sees; names the mistake and asks or says why.
        experiment: one or two lines; the last is an expression that a right answer and this
            one give different values.
        expect: the value that a right answer gives there, as Python.
    """

    name: str
    answer: Any
    message: str
    experiment: str = ""
    expect: str = ""


@dataclass(frozen=True)
class Case:
    """One fresh input: the arguments, and how to speak of them."""

    label: str
    args: tuple


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every exercise has: a header, two hints, named wrong solutions and a check.

    Args:
        number: chapter and place, ``"2.1"``.
        title: begins with a verb, ``"Write the penalty"``.
        kind: what the learner does: code, predict, spot the bug, design, read a result.
        difficulty: 1 (a few lines you have seen), 2, or 3 (needs a new thought).
        minutes: the time it takes.
        points: what it counts for.
        hints: two, the second says more.
        wrongs: at least three.
    """

    number: str
    title: str
    kind: str
    difficulty: int
    minutes: int
    points: int
    hints: tuple[str, str]
    wrongs: tuple[Wrong, ...]

    @property
    def label(self) -> str:
        return f"Exercise {self.number}"

    def __repr__(self) -> str:
        points = "1 point" if self.points == 1 else f"{self.points} points"
        return (f"{self.label} — {self.title} ({self.kind} · difficulty {self.difficulty} of 3 · "
                f"{self.minutes} minutes · {points})")

    def hint(self, which: int = 1) -> None:
        """Print the first hint, or the second, which says more."""
        require(which in (1, 2), f"{self.label}: hint", "1 or 2", which)
        print(f"Hint {which} of 2: {self.hints[which - 1]}")

    def check(self, answer: Any, seed: int | None = None) -> Result:
        """Judge an answer and say what to do next.

        Args:
            answer: the learner's answer.
            seed: of the inputs; fresh entropy by default. A failing check names its seed.
        """
        if answer is None or answer is ...:
            return self._not_attempted()
        result = self._judge(answer, secrets.randbits(31) if seed is None else seed)
        if result.status is not Status.NOT_ATTEMPTED:
            logbook.note("check", exercise=self.number, status=result.status.value)
        return result

    def _judge(self, answer: Any, seed: int) -> Result:
        raise NotImplementedError

    def _not_attempted(self) -> Result:
        return Result(self.label, Status.NOT_ATTEMPTED,
                      "Write your answer in the cell above, run it, then run this cell again. "
                      "Stuck? Two hints are folded below.")


@dataclass(frozen=True, kw_only=True, repr=False)
class CodeExercise(Exercise):
    """An exercise whose answer is a function.

    Args:
        cases: ``seed -> list of Case``, fresh inputs.
        observe: ``(answer, args) -> Observation``: calls the answer and reads what it did;
            raises :class:`Malformed` where the form is wrong.
        references: right behaviors; the answer must follow one of them on all inputs.
        note: ``(answer, args) -> str``, a remark on a correct answer; "" for none.
    """

    cases: Callable[[int], list[Case]]
    observe: Observe
    references: tuple[Callable, ...]
    note: Callable[[Callable, tuple], str] | None = None

    def _judge(self, answer: Any, seed: int) -> Result:
        if not callable(answer):
            return Result(self.label, Status.WRONG,
                          "Hand in the function itself, without parentheses: "
                          f"`.check(my_function)`. This is of type {type(answer).__name__}.")
        cases = self.cases(seed)
        with isolated() as printed:
            result = self._compare(answer, cases, seed)
        first_call = printed.getvalue()
        if result.correct or not first_call:
            return result
        return Result(**{**vars(result), "printed": shorten(first_call)})

    def _compare(self, answer: Callable, cases: list[Case], seed: int) -> Result:
        seen = []
        for case in cases:
            args = copy.deepcopy(case.args)
            try:
                seen.append(self.observe(answer, args))
            except Malformed as problem:
                return self._wrong(f"{problem} (Input: {case.label}.)", seed)
            except (Exception, SystemExit) as error:
                if _is_stub(error):
                    return self._not_attempted()
                return Result(self.label, Status.ERROR, describe(error), seed=seed)
            if not unchanged(case.args, args):
                return self._wrong("Your function changes its inputs: whoever called it finds "
                                   "other numbers there afterwards. Work on a copy (`.clone()`, "
                                   "`dict(...)`), or use operations that return a new tensor.",
                                   seed)

        for reference in self.references:
            if self._behaves_as(reference, cases, seen):
                note = self.note(answer, copy.deepcopy(cases[0].args)) if self.note else ""
                return Result(self.label, Status.CORRECT,
                              f"Right on {len(cases)} fresh random inputs. {note}".rstrip())
        for wrong in self.wrongs:
            if self._behaves_as(wrong.answer, cases, seen):
                return Result(self.label, Status.MISCONCEPTION, wrong.message, wrong.name,
                              wrong.experiment, wrong.expect, seed=seed)
        return self._wrong(self._first_difference(cases, seen), seed)

    def _behaves_as(self, known: Callable, cases: list[Case], seen: list[Observation]) -> bool:
        return all(same(observed, self.observe(known, copy.deepcopy(case.args)))
                   for case, observed in zip(cases, seen, strict=True))

    def _first_difference(self, cases: list[Case], seen: list[Observation]) -> str:
        for case, observed in zip(cases, seen, strict=True):
            expected = self.observe(self.references[0], copy.deepcopy(case.args))
            if not same(observed, expected):
                return f"{difference(observed, expected)}. (Input: {case.label}.)"
        return "Right on each input, but not in the same way on all of them."

    def _wrong(self, message: str, seed: int) -> Result:
        return Result(self.label, Status.WRONG, message, seed=seed)


def _is_stub(error: BaseException) -> bool:
    """torch raises NotImplementedError too, so only a stub's text, or none, means not attempted."""
    return (isinstance(error, NotImplementedError)
            and (not str(error) or str(error).startswith("Exercise ")))
