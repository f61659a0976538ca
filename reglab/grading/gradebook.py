"""Verdicts into nbgrader: its gradebook, and the notebooks that its pages are made from.

nbgrader executes nothing. It gets the points, and for each submission a notebook in
``autograded/`` that holds the student's code in the release's places, with the verdict as the
output of each check. From these it makes its feedback, and shows them for grading by hand.
"""

from __future__ import annotations

import contextlib
import warnings
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import nbformat

from . import intake
from .intake import Submission
from .judge import UNREADABLE, Verdict
from .pages import file_name
from .release import Release, ReleaseError
from .transplant import Transplant, transplant


def database_of(course: Path) -> Path:
    """The gradebook of a course folder; an error with its cure if it cannot be written to."""
    if find_spec("nbgrader") is None:
        raise ReleaseError("nbgrader is not installed. Cure: make instructor")
    database = course / "gradebook.db"
    if not database.exists():
        raise ReleaseError(f"{database} does not exist. Make the release first, in {course}: "
                           "nbgrader generate_assignment 02_l2_and_weight_decay --create")
    return database


def push(course: Path, submissions: Path, releases: dict[str, Release],
         verdicts: list[Verdict]) -> list[str]:
    """Write all verdicts to the course's ``gradebook.db`` and ``autograded/``; can be repeated.

    A score that a person gave stays; if the automatic one beside it changed, the exercise is
    marked for another look.

    Args:
        course: nbgrader's course folder, with ``gradebook.db`` and ``release/``.
        submissions, releases, verdicts: as graded.

    Returns:
        What a person should know, line by line.
    """
    database = database_of(course)
    from nbgrader.api import Gradebook, MissingEntry

    said = []
    with warnings.catch_warnings(), Gradebook(f"sqlite:///{database.resolve()}") as book:
        warnings.simplefilter("ignore")    # SQLAlchemy's, about nbgrader's own code
        for (assignment, student), group in groupby(verdicts, lambda v: (v.assignment, v.student)):
            release, rows = releases[assignment], list(group)
            if all(row.status == intake.ABSENT for row in rows):
                continue
            if file_name(student) != student:
                said.append(f"{student!r} is no name for nbgrader; see the pages and the table")
                continue
            try:
                book.find_notebook(release.notebook, assignment)
            except MissingEntry:
                raise ReleaseError(f"the gradebook does not know {assignment}. In {course}: "
                                   f"nbgrader generate_assignment {assignment}") from None
            stamp = _beside(submissions / student / assignment / "timestamp.txt")
            _points(book, release, student, rows, stamp.strip())
            submission = intake.read(submissions, student, assignment, release.notebook,
                                     sole=len(releases) == 1)
            _notebook(course, submissions, release, submission, rows)
    return said


def _points(book, release: Release, student: str, rows: list[Verdict], stamp: str) -> None:
    """One submission's points, and when it was handed in, into the gradebook."""
    book.update_or_create_student(student)
    book.update_or_create_submission(release.assignment, student)
    with contextlib.suppress(ValueError, OverflowError):    # no time, or none that can be read
        book.update_or_create_submission(release.assignment, student, timestamp=stamp or None)
    ids = {task.number: task.grade_id for task in release.tasks}
    for row in rows:
        grade = book.find_grade(ids[row.exercise], release.notebook, release.assignment, student)
        changed = grade.auto_score != row.points
        grade.auto_score = row.points
        if row.points is None:
            grade.needs_manual_grade = grade.manual_score is None
        elif grade.manual_score is None:
            grade.needs_manual_grade = False
        elif changed:
            grade.needs_manual_grade = True
    book.db.commit()


def _notebook(course: Path, submissions: Path, release: Release, submission: Submission,
              rows: list[Verdict]) -> None:
    """One submission's notebook for nbgrader's pages."""
    page = nbformat.read(course / "release" / release.assignment / f"{release.notebook}.ipynb",
                         as_version=4)
    fill(page, transplant(submission, release), {task.grade_id: row for task in release.tasks
                                                 for row in rows if row.exercise == task.number})
    folder = course / "autograded" / submission.student / release.assignment
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{release.notebook}.part"
    part.write_text(nbformat.writes(page) + "\n", encoding="utf-8")
    part.replace(folder / f"{release.notebook}.ipynb")
    for name in intake.NOT_HANDED_IN:
        if text := _beside(submissions / submission.student / release.assignment / name):
            (folder / name).write_text(text, encoding="utf-8")


def _beside(path: Path) -> str:
    """A small plain file that nbgrader put beside the notebook; "" if there is none."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def fill(page: nbformat.NotebookNode, planted: Transplant, rows: dict[str, Verdict]) -> None:
    """Put a student's code and the verdicts into a release notebook.

    Only code is taken over, as text: outputs and text cells of a submission could hold scripts
    that run in the grader's browser.
    """
    answers = {exercise: [source for kind, number, source in planted.cells
                          if kind == "answer" and number == exercise]
               for _, exercise, _ in planted.cells}
    extras = [source for kind, _, source in planted.cells if kind in ("extra", "answers")]
    unread = next((row.message for row in rows.values() if row.status == UNREADABLE), "")
    for cell in page.cells:
        role = cell.metadata.get("nbgrader", {})
        grade_id = role.get("grade_id", "")
        if cell.cell_type == "code" and grade_id.startswith("answer-"):
            number = ".".join(grade_id.split("-")[1:3])
            if unread:
                cell.source = f"# {unread}"
            elif number in answers:
                first = grade_id.endswith("-1")
                cell.source = "\n\n".join(answers[number]) if first else "# see above"
        elif grade_id in rows:
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout",
                                                   text=verdict_text(rows[grade_id]))]
    if extras:
        page.cells.append(nbformat.v4.new_markdown_cell("## Cells that the student added"))
        page.cells += [nbformat.v4.new_code_cell(source) for source in extras]


def verdict_text(row: Verdict) -> str:
    """A verdict as the output of its check."""
    name = f" ({row.misconception})" if row.misconception else ""
    points = "no points yet" if row.points is None else f"{row.points:g} of {row.maximum:g} points"
    lines = [f"Exercise {row.exercise}: {row.status}{name}, {points}", row.message]
    if row.experiment:
        lines += ["A 30-second experiment:", row.experiment, f"# a right answer gives {row.expect}"]
    if row.printed:
        lines += ["Your code printed:", row.printed]
    return "\n".join(lines) + "\n"
