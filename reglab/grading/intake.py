"""Read what students handed in: folders with anything in them.

Nothing here runs, unpickles or parses a student's code. What cannot be read gets a status in
words, never a grade of zero.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOTEBOOK_LIMIT = 16 * 2**20    # bytes; a notebook with figures has one or two million
CODE_LIMIT = 2 * 2**20    # characters of code in all
CELLS_LIMIT = 2000
ABSENT = "nothing handed in"
NOT_STUDENTS = (".ipynb_checkpoints", ".git", "__MACOSX")    # nor folders of theirs
NOT_HANDED_IN = ("timestamp.txt", "submission_secret.txt")    # nbgrader's, for its exchange
FILES_LIMIT = 200    # of one student


@dataclass(frozen=True)
class Cell:
    """A code cell as handed in."""

    grade_id: str
    source: str


@dataclass(frozen=True)
class Submission:
    """One student's notebook of one assignment, or the reason why there is none.

    Args:
        student: the name of the folder.
        assignment: as in the release.
        cells: the code cells, in order.
        digest: of what was handed in.
        problem: why it cannot be graded, "" if it can.
        notes: what a person should know.
        beside: names of other notebooks that could have been meant.
    """

    student: str
    assignment: str
    cells: tuple[Cell, ...] = ()
    digest: str = ""
    problem: str = ""
    notes: tuple[str, ...] = field(default=())
    beside: tuple[str, ...] = field(default=())


def students(folder: Path) -> list[str]:
    """The names of all students: every folder, also a link or an unreadable one."""
    return sorted(entry.name for entry in os.scandir(folder)
                  if entry.name not in NOT_STUDENTS and (
                      entry.is_symlink() or entry.is_dir(follow_symlinks=False)))


def text_of(name: str) -> str:
    """A folder's name as text that can be written, also where its bytes are none."""
    return name.encode("utf-8", "backslashreplace").decode()


def read(folder: Path, student: str, assignment: str, notebook: str,
         sole: bool = False) -> Submission:
    """Read one submission; never raises for what a student can cause.

    Args:
        folder: with ``<student>/<assignment>/<notebook>.ipynb`` or
            ``<student>/<notebook>.ipynb``; else any one notebook whose path holds that name.
        student, assignment, notebook: names; the notebook's without ending.
        sole: whether no other assignment is graded, so that a notebook of any name is meant.
    """
    try:
        path, notes, beside = _find(folder / student, assignment, notebook, sole)
        data = _bytes(path)
        cells, more = _cells(data)
        digest = hashlib.sha256(data).hexdigest()
        return Submission(student, assignment, cells, digest, notes=(*notes, *more),
                          beside=beside)
    except Problem as problem:
        return unread(student, assignment, str(problem))
    except OSError as error:
        text = f"cannot be read ({error.strerror or type(error).__name__})"
        return Submission(student, assignment, digest=text, problem=text)


def unread(student: str, assignment: str, problem: str) -> Submission:
    """A submission that cannot be graded, and why."""
    return Submission(student, assignment, digest=f"problem: {problem}", problem=problem)


class Problem(Exception):
    """Why a submission cannot be graded, in words."""


def files(home: Path) -> list[Path]:
    """What a student handed in, under any name: plain files, without nbgrader's own."""
    found: list[Path] = []
    for at, folders, names in os.walk(home):
        folders[:] = sorted(name for name in folders if name not in NOT_STUDENTS)
        found += (Path(at, name) for name in sorted(names)
                  if name not in NOT_HANDED_IN and not name.startswith("."))
        if len(found) > FILES_LIMIT:
            break
    return found[:FILES_LIMIT]


def _find(home: Path, assignment: str, notebook: str,
          sole: bool) -> tuple[Path, list[str], tuple[str, ...]]:
    """The notebook, notes on it, and the names of others that could have been meant."""
    if home.is_symlink():
        raise Problem("the student's folder is a link; links are not followed")
    place = home / assignment
    if place.is_symlink():
        raise Problem("the assignment's folder is a link; links are not followed")
    wanted = (place if place.is_dir() else home) / f"{notebook}.ipynb"
    found = [path for path in files(home) if path.suffix.lower() == ".ipynb" and path != wanted]
    inside = [path for path in found if path.parent == place]
    alike = inside or [path for path in found
                       if notebook.lower() in path.relative_to(home).as_posix().lower()]
    if os.path.lexists(wanted):
        return wanted, [], tuple(path.name[:80] for path in alike)
    if not alike and sole and not place.is_dir():
        alike = found
    if len(alike) == 1:
        name = alike[0].relative_to(place if inside else home).as_posix()
        return alike[0], [f"the notebook was found as {name[:120]}"], ()
    if alike:
        raise Problem(f"{len(alike)} notebooks, none of them called {notebook}.ipynb")
    if place.is_dir():
        raise Problem(f"the folder holds no notebook {notebook}.ipynb")
    raise Problem(ABSENT)


def _bytes(path: Path) -> bytes:
    """The content of a plain file of bearable size; follows no link and waits for no pipe."""
    if path.is_symlink():
        raise Problem("the notebook is a link; links are not followed")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Problem("the notebook is not a file")
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        data = file.read(NOTEBOOK_LIMIT + 1)
    if len(data) > NOTEBOOK_LIMIT:
        raise Problem(f"the notebook is larger than {NOTEBOOK_LIMIT // 2**20} MB; clear its "
                      "outputs and hand it in again")
    return data


def _cells(data: bytes) -> tuple[tuple[Cell, ...], list[str]]:
    if not data.strip():
        raise Problem("the notebook is empty")
    try:
        content = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise Problem("the notebook is not valid JSON in UTF-8: it was damaged, or is not a "
                      "notebook") from None
    if not isinstance(content, dict):
        raise Problem("the file is not a notebook")
    raw = content.get("cells")
    if raw is None and isinstance(content.get("worksheets"), list):    # format 3
        raw = [cell for sheet in content["worksheets"] if isinstance(sheet, dict)
               for cell in _list(sheet.get("cells"))]
    if not isinstance(raw, list):
        raise Problem("the notebook has no list of cells")
    cells = tuple(_cell(cell) for cell in raw[:CELLS_LIMIT]
                  if isinstance(cell, dict) and cell.get("cell_type") == "code")
    if len(raw) > CELLS_LIMIT:
        raise Problem(f"the notebook has more than {CELLS_LIMIT} cells")
    if sum(len(cell.source) for cell in cells) > CODE_LIMIT:
        raise Problem(f"the notebook holds more than {CODE_LIMIT} characters of code")
    notes = []
    kernel = _dict(_dict(content.get("metadata")).get("kernelspec"))
    language = kernel.get("language") or kernel.get("name") or "python"
    if isinstance(language, str) and "py" not in language.lower() and "conda" not in language:
        notes.append(f"the notebook was written for another kernel: {language[:40]}")
    return cells, notes


def _cell(cell: dict) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    grade_id = _dict(_dict(cell.get("metadata")).get("nbgrader")).get("grade_id")
    return Cell(grade_id if isinstance(grade_id, str) else "",
                source.encode("utf-8", "replace").decode() if isinstance(source, str) else "")


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []
