"""Put a student's cells into the places of the release.

Given cells and checks always come from the release, whatever became of them. A student's cell
goes to the place with its nbgrader id; one without an id, to the place whose function it defines,
or behind the cell that it stood behind. A cell without an id that defines several answers goes
behind the place of the last, and counts for each. So a notebook is the same whether cells were
moved, edited, doubled, joined or deleted, as long as the answers are in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .intake import Cell, Submission
from .release import Release, Task

DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)",
                     re.MULTILINE)


@dataclass(frozen=True)
class Transplant:
    """A submission in the release's order.

    Args:
        cells: ``(kind, exercise, source)``; kind is "given", "answer", "answers" (to several
            exercises) or "extra", exercise the number of the exercise that a cell belongs to
            ("" for the top of the notebook, and for several).
        notes: what was found on the way, ``(exercise, text)``; exercise is "" for all.
    """

    cells: tuple[tuple[str, str, str], ...]
    notes: tuple[tuple[str, str], ...]

    def notes_on(self, task: Task) -> str:
        """What a grader of this exercise should know."""
        return "; ".join(text for exercise, text in self.notes if exercise in ("", task.number))

    def program(self, task: Task) -> list[dict]:
        """The cells as seen from one exercise, for :func:`reglab.grading.planning.plan`."""
        made = []
        for number, (kind, exercise, source) in enumerate(self.cells):
            if kind == "answer":
                role = "own" if exercise == task.number else "other"
            elif kind == "answers":
                role = "own" if task.answer in _defined(source) else "other"
            elif kind == "extra":
                role = "beside" if exercise in ("", task.number) else "other"
            else:
                role = "given"
            made.append({"name": f"{number + 1}", "source": source, "kind": role})
        return made


def transplant(submission: Submission, release: Release) -> Transplant:
    """Sort a submission's cells into the release."""
    places = {place.grade_id: number for number, place in enumerate(release.places)}
    sources = {_squeezed(place.source): number for number, place in enumerate(release.places)
               if place.kind != "answer"}
    names = {task.answer: _answer_place(release, task) for task in release.tasks}
    regions = _regions(release)
    there: dict[int, list[tuple[str, str]]] = {}    # place -> (kind, source), in order
    joined: dict[int, list[str]] = {}    # place -> sources of cells with several answers
    notes, changed, place = [], [], -1
    for cell in submission.cells:
        several = [] if cell.grade_id in places else _answers_in(cell, release)
        if len(several) > 1:
            joined.setdefault(max(names[task.answer] for task in several), []).append(cell.source)
            notes += [(task.number, "the answer is in one cell with others") for task in several]
            continue
        found = _place(cell, places, sources, names)
        if found is None:
            if cell.source.strip():
                there.setdefault(place, []).append(("extra", cell.source))
            continue
        place = found
        kind = release.places[place].kind
        if kind == "answer":
            there.setdefault(place, []).append(("answer", cell.source))
        elif _squeezed(cell.source) != _squeezed(release.places[place].source):
            changed.append(release.places[place].grade_id)
    if changed:
        notes.append(("", "changed cells that are not the student's, restored: "
                      + ", ".join(dict.fromkeys(changed))))
    cells = [("extra", "", source) for _, source in there.get(-1, [])]
    for number, place in enumerate(release.places):
        region = regions[number]
        if place.kind == "given":
            cells.append(("given", "", place.source))
        own = there.get(number, [])
        answers = sum(kind == "answer" for kind, _ in own)
        if place.kind == "answer" and answers == 0:
            notes.append((place.exercise, f"the cell {place.grade_id} was deleted"))
        if answers > 1:
            notes.append((place.exercise, f"the cell {place.grade_id} is there {answers} times; "
                                          "all were run"))
        cells += [(kind, place.exercise if kind == "answer" else region, source)
                  for kind, source in own]
        cells += [("answers", "", source) for source in joined.get(number, [])]
    return Transplant(tuple(cells), tuple(notes))


def _place(cell: Cell, places: dict[str, int], sources: dict[str, int],
           names: dict[str, int]) -> int | None:
    if cell.grade_id in places:
        return places[cell.grade_id]
    if (number := sources.get(_squeezed(cell.source))) is not None:
        return number
    defined = _defined(cell.source)
    return next((number for name, number in names.items() if name in defined), None)


def holds_an_answer(submission: Submission, release: Release) -> bool:
    """Whether any cell is an answer cell of the release, by its id or by what it defines."""
    ids = {place.grade_id for place in release.places if place.kind == "answer"}
    return any(cell.grade_id in ids or _answers_in(cell, release) for cell in submission.cells)


def _answers_in(cell: Cell, release: Release) -> list[Task]:
    """The tasks whose answers a cell defines."""
    defined = _defined(cell.source)
    return [task for task in release.tasks if task.answer in defined]


def _defined(source: str) -> set[str]:
    return {a or b for a, b in DEFINED.findall(source)}


def _answer_place(release: Release, task: Task) -> int:
    """The place where an answer belongs: the exercise's last answer cell, else its check."""
    own = [number for number, place in enumerate(release.places)
           if place.exercise == task.number]
    answers = [number for number in own if release.places[number].kind == "answer"]
    return (answers or own)[-1]


def _regions(release: Release) -> list[str]:
    """For each place the exercise it belongs to: of the next answer or check, or the last one."""
    regions, following = [], ""
    for place in reversed(release.places):
        following = place.exercise or following
        regions.append(following)
    regions.reverse()
    last = ""
    for number, place in enumerate(release.places):
        last = place.exercise or last
        if place.kind == "check":
            regions[number] = place.exercise
        regions[number] = regions[number] or last
    return regions


def _squeezed(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())
