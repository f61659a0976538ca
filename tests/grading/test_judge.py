"""Whole submissions: solutions get all points, stubs none, and nothing is a bare zero."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from reglab.build import BEGIN, END
from reglab.grading import batch, intake
from reglab.grading.judge import seed_for
from reglab.grading.limits import Limits
from reglab.grading.release import course_release, source_notebook

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(course_release())
STUB = 'raise NotImplementedError("Exercise not answered yet")'


def handed_in(assignment: str, answered: bool) -> bytes:
    """The chapter's notebook as a student hands it in: all solved, or as it was released."""
    notebook = source_notebook(COURSE / "solutions" / f"{assignment}.py")
    for cell in notebook.cells:
        if not answered:
            cell.source = re.sub(rf"( *){BEGIN}.*?{END}", rf"\1{STUB}", cell.source, flags=re.S)
    return json.dumps(notebook).encode()


def judged(sandbox, release, data):
    cells, notes = intake._cells(data)
    submission = intake.Submission("ada", release.assignment, cells, notes=tuple(notes))
    numbers = tuple(task.number for task in release.tasks)
    seeds = tuple(seed_for(b"secret", "ada", number, "") for number in numbers)
    work = batch.Work(submission, release, numbers, numbers, seeds, Limits())
    return [verdict for _, verdict in batch.judge_work(sandbox, work)]


@pytest.mark.parametrize("assignment", CHAPTERS)
def test_solutions_get_all_points(assignment, releases, sandbox):
    release = releases[assignment]
    verdicts = judged(sandbox, release, handed_in(assignment, True))
    assert [v.status for v in verdicts] == ["correct"] * len(verdicts), verdicts
    assert sum(v.points for v in verdicts) == release.points
    assert not any(v.notes for v in verdicts)


@pytest.mark.parametrize("assignment", CHAPTERS)
def test_stubs_are_not_attempted(assignment, releases, sandbox):
    verdicts = judged(sandbox, releases[assignment], handed_in(assignment, False))
    assert {(v.status, v.points) for v in verdicts} == {("not attempted", 0.0)}, verdicts


@pytest.mark.parametrize("assignment", CHAPTERS)
def test_every_exercise_of_the_checks_is_in_the_release(assignment, releases):
    release = releases[assignment]
    chapter = import_module(f"reglab.checks.chapter{assignment[:2]}")
    assert [task.exercise for task in release.tasks] == list(chapter.EXERCISES)


def test_a_release_holds_no_solution(releases):
    for release in releases.values():
        for place in release.places:
            assert BEGIN not in place.source
            if place.kind == "answer":
                assert place.source == "raise NotImplementedError"


def test_seeds_differ_by_secret_student_exercise_and_submission():
    seeds = {seed_for(secret, student, exercise, digest) for secret in (b"a" * 16, b"b" * 16)
             for student in ("ada", "bob", "ada:2") for exercise in ("2.1", ".1", "2.2")
             for digest in ("1", "2")}
    assert len(seeds) == 36
