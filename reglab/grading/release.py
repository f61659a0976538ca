"""The assignments: nbgrader's source notebooks made from ``solutions/``, and releases read back.

Each exercise becomes an answer cell (``answer-2-1-1``) and a graded, locked check cell
(``check-2-1``, worth the exercise's points); other code is locked and read-only
(``given-1``, …). Solutions that the learner's notebook shows folded stay out.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import nbformat

from .. import checks
from ..build import BEGIN, COURSE, EXERCISE, HEADING, read_source
from ..checks import Exercise

CHECK = re.compile(r"^checks\.(chapter\d\d)\.(\w+)\.check\(", re.MULTILINE)
FOLDED = re.compile(r"The\s+hints\s+and\s+a\s+solution\s+are")


class ReleaseError(Exception):
    """A release that cannot be graded; the text says why and what to do."""


@dataclass(frozen=True)
class Place:
    """A code cell of the release: given, answer or check; ``exercise`` is its number, or ""."""

    grade_id: str
    kind: str
    source: str
    exercise: str


@dataclass(frozen=True)
class Task:
    """One exercise as graded; ``checks.<chapter>.<name>.check(<answer>)`` in the release.

    ``worth`` are its points in the release, where they were changed.
    """

    chapter: str
    name: str
    answer: str    # the expression that is handed to the check
    grade_id: str    # of the check cell
    worth: float | None = None

    @property
    def points(self) -> float:
        return self.exercise.points if self.worth is None else self.worth

    @property
    def exercise(self) -> Exercise:
        return getattr(import_module(f"{checks.__name__}.{self.chapter}"), self.name)

    @property
    def number(self) -> str:
        return self.exercise.number


@dataclass(frozen=True)
class Release:
    """A notebook as handed out."""

    assignment: str
    notebook: str    # the file's name, without .ipynb
    places: tuple[Place, ...]
    tasks: tuple[Task, ...]
    version: str

    @property
    def points(self) -> int:
        return sum(task.points for task in self.tasks)


def source_notebook(source: Path) -> nbformat.NotebookNode:
    """A notebook for nbgrader's ``source`` folder: solutions still in, roles as metadata."""
    cells, number, count = [], "", 0
    for cell in read_source(source).cells:
        heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            match = EXERCISE.match(heading.group())
            number = match[1] if match else ""
        if {"test-solution", "solution-only"} & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "code":
            role = {"grade": False, "solution": False, "locked": True, "task": False,
                    "schema_version": 3}
            check = CHECK.search(cell.source)
            if BEGIN in cell.source:
                taken = sum(c.metadata.get("nbgrader", {}).get("grade_id", "").startswith(
                    f"answer-{_dashed(number)}-") for c in cells)
                role |= {"solution": True, "locked": False,
                         "grade_id": f"answer-{_dashed(number)}-{taken + 1}"}
            elif check:
                exercise = Task(check[1], check[2], "", "").exercise
                role |= {"grade": True, "points": exercise.points,
                         "grade_id": f"check-{_dashed(exercise.number)}"}
            else:
                count += 1
                role |= {"grade_id": f"given-{count}"}
            cell.metadata["nbgrader"] = role
        else:    # a release has no folded solution
            cell.source = FOLDED.sub("The hints are", cell.source)
        cells.append(cell)
    made = nbformat.v4.new_notebook(cells=cells, metadata={
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python",
                       "name": "python3"}, "language_info": {"name": "python"}})
    return made


def course_release(course: Path = COURSE) -> dict[str, Release]:
    """The releases of all chapters, straight from ``solutions/``."""
    made = {}
    for source in sorted((course / "solutions").glob("[0-9]*.py")):
        notebook = source_notebook(source)
        for cell in notebook.cells:
            if BEGIN in cell.source:
                cell.source = "raise NotImplementedError"    # no answer of ours is ever run
        made[source.stem] = read_release(notebook, source.stem, source.stem)
    return made


def load_release(folder: Path) -> dict[str, Release]:
    """The releases in nbgrader's ``release`` folder: ``<assignment>/<notebook>.ipynb``."""
    made = {}
    for path in sorted(folder.glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if any(CHECK.search(cell.source) for cell in notebook.cells if cell.cell_type == "code"):
            made[path.parent.name] = read_release(notebook, path.parent.name, path.stem)
    if not made:
        raise ReleaseError(f"{folder} holds no release: expected <assignment>/<notebook>.ipynb "
                           "with the checks of the course, as `nbgrader generate_assignment` "
                           "writes them into its folder `release`.")
    return made


def read_release(notebook: nbformat.NotebookNode, assignment: str, name: str) -> Release:
    """The places and tasks of a release notebook."""
    places, tasks = [], []
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code":
            continue
        grade_id = role.get("grade_id", "")
        if not grade_id:
            raise ReleaseError(f"{name}: a code cell has no nbgrader metadata. Make the release "
                               "from `reglab grade release`.")
        check = CHECK.search(cell.source)
        if check:
            task = Task(check[1], check[2], _argument(cell.source), grade_id, role.get("points"))
            tasks.append(task)
            places.append(Place(grade_id, "check", cell.source, task.number))
        elif role.get("solution"):
            number = re.match(r"answer-(\d+)-(\d+)", grade_id)
            places.append(Place(grade_id, "answer", cell.source,
                                f"{number[1]}.{number[2]}" if number else ""))
        else:
            places.append(Place(grade_id, "given", cell.source, ""))
    version = hashlib.sha256(json.dumps(
        [[[p.grade_id, p.kind, p.source] for p in places if p.kind != "answer"],
         [task.points for task in tasks]]).encode())
    return Release(assignment, name, tuple(places), tuple(tasks), version.hexdigest()[:16])


def _dashed(number: str) -> str:
    """nbgrader's ids may hold no dot."""
    return number.replace(".", "-")


def _argument(source: str) -> str:
    """The expression handed to the check in a cell of the release."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
                node.func.attr == "check" and node.args):
            return ast.unparse(node.args[0])
    raise ReleaseError(f"a check without an answer: {source!r:.80}")
