"""How a learner stands: ``reglab progress``, read from the logbook.

A prediction counts once, as it was when its result was first shown: whoever has seen the result no
longer predicts. So one that was committed only after that does not count. An exercise counts its
attempts up to the first right one, and a quiz question its first answer.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from . import checks, logbook
from .build import COURSE

WIDTH = 80
ROW = "{:36} {:>4} {:>5} {:>4} {:>6} {:>5} {:>6} {:>6}"
RARE = 0.01    # a verdict: by luck alone it would come at most once in a hundred rows
FEWEST = 20    # choices below which there is no Brier score
TITLE = re.compile(r"^# # (\d\d)(?: ·)? (.+)$", re.MULTILINE)

Event = dict[str, Any]


def standing(events: list[Event]) -> dict[str, Any]:
    """All that ``reglab progress`` tells, as plain values.

    Args:
        events: those of :func:`reglab.logbook.read`, oldest first.
    """
    sources = _sources()
    by_exercise = _grouped((e for e in events if e["kind"] == "check"), "exercise")
    first = _first((e for e in events if e["kind"] in ("reveal", "seen")), "question")
    shown = {question: e for question, e in first.items() if e["kind"] == "reveal"}
    committed = {e["question"] for e in events if e["kind"] in ("commit", "reveal")}
    answers = _first((e for e in events if e["kind"] == "answer"), "chapter", "question")
    chapters = []
    for number, chapter in _chapters().items():
        title, asked = sources.get(number, ("", []))
        quiz = [(number, q.key) for q in chapter.quiz.questions] if hasattr(chapter, "quiz") else []
        chapters.append({
            "chapter": number, "title": title,
            "exercises": [_exercise(exercise, by_exercise.pop(exercise.number, []))
                          for exercise in chapter.EXERCISES],
            "quiz": {"questions": len(quiz), "answered": sum(key in answers for key in quiz),
                     "right": sum(answers[key]["right"] for key in quiz if key in answers)},
            "predictions": {"asked": len(asked), "made": sum(q in committed for q in asked),
                            "shown": sum(q in shown for q in asked),
                            "true": sum(shown[q]["hit"] for q in asked if q in shown)}})
    known = {q for _, asked in sources.values() for q in asked}
    return {"chapters": chapters, "calibration": calibration(shown.values()),
            "brier": brier(shown.values()),
            "of another version": len(by_exercise) + len(committed - known)}


def calibration(shown: Iterable[Event]) -> list[dict[str, Any]]:
    """For each confidence, how often such predictions came true, with a Wilson interval.

    The interval is for the share in the long run, at 95 % (Wilson 1927).
    """
    from scipy.stats import binomtest

    rows = []
    groups = defaultdict(list)
    for event in shown:
        kind = "interval" if isinstance(event["predicted"], list) else "choice"
        groups[kind, event["confidence"]].append(event["hit"])
    for (kind, confidence), hits in sorted(groups.items()):
        interval = binomtest(sum(hits), len(hits)).proportion_ci(0.95, method="wilson")
        rows.append({"kind": kind, "confidence": confidence, "predictions": len(hits),
                     "true": sum(hits), "low": float(interval.low), "high": float(interval.high)})
    return rows


def brier(shown: Iterable[Event]) -> dict[str, Any]:
    """The mean of (confidence − outcome)² over choices, the outcome being 1 or 0 (Brier 1950)."""
    terms = [(event["confidence"] / 100 - event["hit"]) ** 2 for event in shown
             if not isinstance(event["predicted"], list)]
    return {"predictions": len(terms), "score": sum(terms) / len(terms) if terms else None}


def judgment(row: dict[str, Any]) -> str:
    """What one row of the calibration says: seldom anything, and never that all is well.

    The test is the exact binomial one. Twenty of twenty at 90 % are no contradiction, either.

    >>> judgment({"confidence": 90, "predictions": 40, "true": 24})
    'less often than you said, more than luck explains: probably too sure'
    """
    from scipy.stats import binomtest

    said, made = row["confidence"] / 100, row["predictions"]
    if binomtest(row["true"], made, said).pvalue < RARE:
        if row["true"] < said * made:
            return "less often than you said, more than luck explains: probably too sure"
        return "more often than you said, more than luck explains: probably too modest"
    return ("no sign that you were too sure or too modest, as far as "
            f"{_counted(made, 'prediction')} can tell")


def report(found: dict[str, Any]) -> str:
    """The same for a reader, on 80 columns."""
    lines = [f"{'':36}  exercises               quiz  predictions",
             ROW.format("chapter", "done", "tried", "open", "points", "right", "made", "true")]
    lines += [_row(chapter) for chapter in found["chapters"]]
    lines += ["", *_wrapped("Quiz: right at the first choice / answered. Predictions: made / "
                            "asked, and came true / committed before the result was shown.")]
    tried = [exercise for chapter in found["chapters"] for exercise in chapter["exercises"]
             if exercise["state"] == "tried"]
    if tried:
        lines += ["", "Tried, not done yet"]
        lines += [line for exercise in tried for line in _wrapped(
            f"{exercise['exercise']} {exercise['title']}: "
            f"{_counted(exercise['attempts'], 'attempt')}, the last one: {exercise['last']}",
            "  ")]
    if found["calibration"]:
        lines += ["", "How sure you were, and how often you were right"]
        lines += _wrapped("This only counts if you had not seen the results: the chapters come "
                          "with them. A guess among three options is a prediction at 33 %.", "  ")
        lines += [line for row in found["calibration"] for line in _wrapped(_sentence(row), "  ")]
        if found["brier"]["predictions"] >= FEWEST:
            lines += _wrapped(
                f"Brier score of the choices: {found['brier']['score']:.2f}. It is the mean "
                "squared distance of what you said (0.9 for 90 %) from what came (1 or 0). Lower "
                "is better: always right at 90 %, the most that the buttons offer, gives 0.01, "
                "and saying 50 % each time gives 0.25.", "  ")
    if found["of another version"]:
        lines += ["", *_wrapped("Not in the table, as this version of the course does not have "
                                f"them: {found['of another version']} exercises or predictions.")]
    return "\n".join(lines)


def empty() -> str:
    """What to tell who has done nothing yet."""
    file = logbook.place()
    if file is None:
        return "\n".join(_wrapped(f"No progress is kept: {logbook.VARIABLE} is off."))
    return "\n".join(_wrapped(
        "Nothing noted yet. Open the course (`make lab`), commit to a prediction in a chapter, "
        f"answer its quiz, or run the check of an exercise. It will be kept in {file}, on this "
        "machine only."))


def _chapters() -> dict[str, Any]:
    """All modules of checks that have exercises, by the number of their chapter."""
    modules = (getattr(checks, name) for name in checks.__all__)
    return {f"{int(module.EXERCISES[0].number.partition('.')[0]):02}": module
            for module in modules if hasattr(module, "EXERCISES")}


def _sources() -> dict[str, tuple[str, list[str]]]:
    """For each chapter its title and the questions of its predictions, as its source has them.

    The clinic has no chapter; its source is that of its exercises.
    """
    found = {}
    for path in sorted([*COURSE.glob("notebooks/[0-9]*.py"), *COURSE.glob("solutions/[0-9]*.py")]):
        text = path.read_text(encoding="utf-8")
        if title := TITLE.search(text):
            questions = [node.args[0].value for node in ast.walk(ast.parse(text))
                         if isinstance(node, ast.Call) and node.args
                         and ast.unparse(node.func) == "checks.predict"
                         and isinstance(node.args[0], ast.Constant)]
            found[title[1]] = (title[2], questions)
    return found


def _exercise(exercise: checks.Exercise, events: list[Event]) -> dict[str, Any]:
    statuses = [event["status"] for event in events]
    right = checks.Status.CORRECT.value
    attempts = statuses.index(right) + 1 if right in statuses else len(statuses)
    last = events[attempts - 1] if events else {"status": None, "time": None}
    state = "done" if right in statuses else "tried" if events else "open"
    return {"exercise": exercise.number, "title": exercise.title, "points": exercise.points,
            "state": state, "attempts": attempts, "first": statuses[0] if events else None,
            "last": last["status"], "begun": events[0]["time"] if events else None,
            "ended": last["time"]}


def _row(chapter: dict[str, Any]) -> str:
    exercises, quiz, guesses = chapter["exercises"], chapter["quiz"], chapter["predictions"]
    count = {state: sum(e["state"] == state for e in exercises)
             for state in ("done", "tried", "open")}
    points = sum(e["points"] for e in exercises if e["state"] == "done")
    name = f"{chapter['chapter']} {chapter['title']}"
    return ROW.format(name if len(name) <= 36 else f"{name[:35].rstrip()}…", *count.values(),
                      _share(points, sum(e["points"] for e in exercises)),
                      _share(quiz["right"], quiz["answered"]),
                      _share(guesses["made"], guesses["asked"]),
                      _share(guesses["true"], guesses["shown"]))


def _sentence(row: dict[str, Any]) -> str:
    said = (f"intervals meant to hold {row['confidence']:g} %" if row["kind"] == "interval"
            else f"predictions at {row['confidence']:g} %")
    share, low, high = (round(100 * value) for value in
                        (row["true"] / row["predictions"], row["low"], row["high"]))
    return (f"Of {said}, {row['true']} of {row['predictions']} came true ({share} %, 95 % interval "
            f"{low} to {high} %): {judgment(row)}.")


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "–"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=2 * indent,
                         break_long_words=False, break_on_hyphens=False)


def _grouped(events: Iterable[Event], field: str) -> dict[str, list[Event]]:
    groups = defaultdict(list)
    for event in events:
        groups[event[field]].append(event)
    return groups


def _first(events: Iterable[Event], *fields: str) -> dict[Any, Event]:
    """The first event for each value of the fields."""
    found: dict[Any, Event] = {}
    for event in events:
        key = tuple(event[field] for field in fields)
        found.setdefault(key if len(key) > 1 else key[0], event)
    return found
