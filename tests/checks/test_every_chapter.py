"""The checks of every chapter, tested with right, missing and knowingly wrong answers."""

import re
import runpy
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = {name: getattr(checks, name) for name in dir(checks)
            if re.fullmatch(r"chapter\d\d", name)}
EXERCISES = [(name, exercise) for name, chapter in CHAPTERS.items()
             for exercise in chapter.EXERCISES]
WRONGS = [(name, exercise, wrong) for name, exercise in EXERCISES for wrong in exercise.wrongs]
COSTLY = {"1.5", "4.5", "7.5"}    # their checks take more than 10 ms
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
every_exercise = pytest.mark.parametrize(("chapter", "exercise"), EXERCISES,
                                         ids=[exercise.number for _, exercise in EXERCISES])


def of_wrongs(wrongs):
    return pytest.mark.parametrize(("chapter", "exercise", "wrong"), wrongs,
                                   ids=[f"{e.number} {w.name}" for _, e, w in wrongs])


def source(chapter: str) -> Path:
    found, = (COURSE / "solutions").glob(f"{chapter.removeprefix('chapter')}_*.py")
    return found


def text(chapter: str) -> str:
    return source(chapter).read_text(encoding="utf-8")


def answer_name(chapter: str, exercise) -> str:
    """The name of the function that the notebook hands to this exercise's check."""
    calls = re.findall(rf"^checks\.{chapter}\.(\w+)\.check\((\w+)\)", text(chapter), re.MULTILINE)
    found, = {answer for attribute, answer in calls
              if getattr(CHAPTERS[chapter], attribute) is exercise}
    return found


@lru_cache
def solved(chapter: str) -> dict:
    """What the solution notebook defines, after running it whole."""
    return runpy.run_path(str(source(chapter)))


@lru_cache
def stubs(chapter: str) -> dict:
    """The same with a stub in place of each solution; definitions only."""
    code = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION",
                  'raise NotImplementedError("Exercise 0.0: a stub")', text(chapter),
                  flags=re.DOTALL)
    namespace = {"torch": torch}
    for cell in code.split("\n# %%"):
        if "def " in cell and "a stub" in cell:
            exec(cell.partition("\n")[2], namespace)
    return namespace


@every_exercise
def test_solution_passes_on_a_thousand_seeds(chapter, exercise):
    answer = solved(chapter)[answer_name(chapter, exercise)]
    failed = [result for seed in range(200 if exercise.number in COSTLY else 1000)
              if not (result := exercise.check(answer, seed=seed)).correct]
    assert not failed, failed[0]


@every_exercise
def test_stub_and_nothing_are_not_attempted(chapter, exercise):
    for answer in (stubs(chapter)[answer_name(chapter, exercise)], None, ...):
        result = exercise.check(answer)
        assert result.status is checks.Status.NOT_ATTEMPTED, result


@of_wrongs(WRONGS)
def test_wrong_solution_is_diagnosed_by_its_own_name(chapter, exercise, wrong):
    for seed in range(50):
        result = exercise.check(wrong.answer, seed=seed)
        assert result.status is checks.Status.MISCONCEPTION, result
        assert result.misconception == wrong.name


@every_exercise
def test_names_are_distinct_and_there_are_three(chapter, exercise):
    assert len({wrong.name for wrong in exercise.wrongs}) == len(exercise.wrongs) >= 3


def plain(value):
    """Tensors as nested lists, so that values can be compared."""
    return value.detach().double().numpy().tolist() if isinstance(value, torch.Tensor) else value


def agree(first, second) -> bool:
    if isinstance(first, dict):
        return first == second
    a, b = (np.asarray(plain(v), dtype=float).squeeze() for v in (first, second))
    return a.shape == b.shape and np.allclose(a, b, atol=1e-5)


@of_wrongs([(c, e, w) for c, e, w in WRONGS if w.experiment])
def test_experiment_exposes_the_mistake(chapter, exercise, wrong):
    """In the notebook, the right answer gives what the message says, and the wrong one does not."""
    assert wrong.experiment.count("\n") <= 1
    setup, _, expression = wrong.experiment.rpartition("\n")
    name, values = answer_name(chapter, exercise), []
    for answer in (solved(chapter)[name], wrong.answer):
        namespace = {**solved(chapter), name: answer}
        exec(setup, namespace)
        values.append(eval(expression, namespace))
    assert agree(values[0], eval(wrong.expect))
    assert not agree(values[1], eval(wrong.expect))


@pytest.mark.parametrize("exercise", [e for _, e in EXERCISES
                                      if isinstance(e, checks.CodeExercise)],
                         ids=lambda e: e.number)
def test_code_exercises_offer_an_experiment_for_each_mistake(exercise):
    assert all(wrong.experiment and wrong.expect for wrong in exercise.wrongs)


# The notebook and the package say the same things; the notebook can be read without a kernel.

def squeezed(page: str) -> str:
    return " ".join(re.sub(r"^# ?", "", page, flags=re.MULTILINE).split())


@every_exercise
def test_header_and_hints_stand_in_the_notebook(chapter, exercise):
    page = squeezed(text(chapter))
    points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    assert f"## Exercise {exercise.number} — {exercise.title} *{exercise.kind} · difficulty " \
           f"{exercise.difficulty} of 3 · {exercise.minutes} minutes · {points}*" in page
    for hint in exercise.hints:
        assert squeezed(hint) in page


@pytest.mark.parametrize(("chapter", "quiz"), [(c, e) for c, e in EXERCISES
                                               if isinstance(e, checks.Quiz)],
                         ids=lambda v: v if isinstance(v, str) else v.number)
def test_questions_and_options_stand_in_the_notebook(chapter, quiz):
    page = squeezed(text(chapter))
    for question in quiz.questions:
        if set(question.options) == {"supported", "refuted", "not settled"}:
            assert f"- **{question.key}** — {question.text}" in page
            continue
        options = " ".join(f"- {key}: {o.text}" for key, o in question.options.items())
        assert f"**{question.key}** — {question.text} {options}" in page


@every_chapter
def test_total_of_points_and_minutes_in_the_notebook(chapter):
    exercises = CHAPTERS[chapter].EXERCISES
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"about {minutes} minutes and {points} points in all" in squeezed(text(chapter))
    assert len(exercises) >= 5
