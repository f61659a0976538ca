"""A learner's logbook: checks, predictions and quiz answers, in one small file of their own.

The file stands outside the course (:func:`place`), so no update and no cleaning touches it. It is
plain JSON: a version and a list of events, oldest first. A new event takes three steps under a
lock: read the file, write all of it to a new one beside it, put that in its place. So two kernels
may write at once, and a kernel that dies in between leaves the last complete file.

Only the kernel of a learner's notebook writes (:func:`note`). Tests, builds and grading do not.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .kernel import in_notebook

VARIABLE = "REGLAB_PROGRESS"
OFF = ("off", "no", "false", "0")
VERSION = 1
PATIENCE = 3    # seconds to wait for the lock, which is held for milliseconds

# What an event of each kind holds, beside its time.
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "check": {"exercise": str, "status": str},
    "commit": {"question": str, "predicted": (str, list), "confidence": (int, float)},
    "reveal": {"question": str, "predicted": (str, list), "confidence": (int, float),
               "measured": (str, int, float), "hit": bool},
    "answer": {"chapter": str, "question": str, "option": str, "right": bool},
}

_unsaved: list[dict[str, Any]] = []
_told: set[str] = set()


class LogbookError(Exception):
    """A logbook that cannot be read; the text says where it is and what to do."""


def place() -> Path | None:
    """Where the logbook is: ``$REGLAB_PROGRESS``, or the place for a user's data.

    A relative path counts from the home folder, so that all kernels mean the same file.

    Returns:
        The file, there or not; None if the variable says ``off``.
    """
    import platformdirs

    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen.lower() in OFF:
        return None
    if chosen:
        return Path.home() / Path(chosen).expanduser()    # not where a kernel happens to run
    return platformdirs.user_data_path("reglab", appauthor=False) / "progress.json"


def note(kind: str, **fields: Any) -> None:
    """Write one event into the logbook, if this is the kernel of a learner's notebook.

    Never raises: what cannot be written is told once and kept for the next try. In the folder
    ``solutions`` nothing is noted: to run a solution is not to find it.

    Args:
        kind: one of ``FIELDS``, which names the fields that go with it.
        fields: plain values.
    """
    try:
        if not in_notebook() or Path.cwd().name == "solutions" or (file := place()) is None:
            return
        event = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "kind": kind, **fields}
        event = json.loads(json.dumps(event, default=float))    # numpy's numbers become plain
        if not _is_valid(event):
            raise ValueError(f"not an event: {event}")
        _unsaved.append(event)
        _save(file)
    except Exception as error:
        _tell(f"reglab: your progress could not be noted ({type(error).__name__}: {error}). "
              f"All else works. To write elsewhere, or not at all, set {VARIABLE} to a file or to "
              "`off` before you start JupyterLab.")


def read() -> list[dict[str, Any]]:
    """All events, oldest first; changes nothing.

    Raises:
        LogbookError: the file is there but cannot be read.
    """
    file = place()
    if file is None or not file.exists():
        return []
    try:
        with _locked(file):
            events, problem = _load(file)
    except OSError as error:
        raise LogbookError(f"{file} cannot be read: {error}.") from None
    if problem:
        raise LogbookError(
            f"{file} {problem}. Nothing was changed. The next check in a notebook will set it "
            "aside under another name and begin a new one.")
    return events


def forget() -> list[Path]:
    """Delete the logbook and those that were set aside; return what was deleted."""
    file = place()
    if file is None or not file.parent.exists():
        return []
    with _locked(file):
        found = [path for path in (file, *_aside(file), _part(file)) if path.exists()]
        for path in found:
            path.unlink()
    _unsaved.clear()
    return found


def _save(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file):
        events, problem = _load(file)
        if problem:
            kept = _set_aside(file)
            _tell(f"reglab: the file with your progress, {file}, {problem}. It was kept as "
                  f"{kept.name}, and a new one was begun.")
        book = json.dumps({"version": VERSION, "events": events + _unsaved}, ensure_ascii=False,
                          indent=0)
        with _part(file).open("w", encoding="utf-8") as part:
            part.write(book + "\n")
            part.flush()
            os.fsync(part.fileno())
        _part(file).replace(file)
    _unsaved.clear()


@contextmanager
def _locked(file: Path):
    """One process at a time; the lock of a process that dies is released by the system."""
    from filelock import FileLock

    with FileLock(file.with_name(f"{file.name}.lock"), timeout=PATIENCE):
        yield


def _load(file: Path) -> tuple[list[dict[str, Any]], str]:
    """The events in a file, and what is wrong with it, if anything."""
    try:
        book = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], ""
    except (ValueError, RecursionError):
        return [], "is not whole"
    if not isinstance(book, dict) or not isinstance(book.get("events"), list):
        return [], "is not a logbook"
    if book.get("version") != VERSION:
        return [], f"is of version {book.get('version')!r:.20}; this reglab writes {VERSION}"
    if not all(map(_is_valid, book["events"])):
        return [], "holds something else than checks, predictions and answers"
    return book["events"], ""


def _is_valid(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("kind") not in FIELDS:
        return False
    fields = {"time": str, **FIELDS[event["kind"]]}
    return all(isinstance(event.get(name), types) for name, types in fields.items())


def _set_aside(file: Path) -> Path:
    """Give a file that cannot be read another name, which nothing has yet."""
    day = datetime.now(UTC).date().isoformat()
    number = 1
    while (kept := file.with_name(f"{file.stem}-aside-{day}-{number}{file.suffix}")).exists():
        number += 1
    return file.replace(kept)


def _aside(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.stem}-aside-*{file.suffix}"))


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _tell(message: str) -> None:
    """Once in each kernel, beside the output."""
    if message not in _told:
        _told.add(message)
        print(message, file=sys.stderr)
