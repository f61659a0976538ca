"""A learner's logbook: checks, predictions and quiz answers, in one small file of their own.

The file stands outside the course (:func:`place`), so no update and no cleaning touches it. It is
plain JSON: a version and a list of events. A new event takes three steps under a lock: read the
file, write all of it to a new one beside it, put that in its place. So two kernels may write at
once, a kernel that dies in between leaves the last complete file, and a reader needs no lock.

Nothing is lost: events of another reglab stay in the file, a logbook that is damaged is set aside,
and a file that is no logbook, or a newer one, is left alone.

Only the kernel of a learner's notebook writes (:func:`note`). Tests, builds and grading do not.
"""

from __future__ import annotations

import json
import os
import re
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
ASIDE = r"-aside-\d{4}-\d\d-\d\d-\d+"    # in the names of the logbooks that were set aside

# What an event of each kind holds, beside its time.
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "check": {"exercise": str, "status": str},
    "commit": {"question": str, "predicted": (str, list), "confidence": (int, float)},
    "reveal": {"question": str, "predicted": (str, list), "confidence": (int, float),
               "measured": (str, int, float), "hit": bool},
    "seen": {"question": str},    # a result, by someone who had not committed to a prediction
    "answer": {"chapter": str, "question": str, "option": str, "right": bool},
}

_unsaved: list[dict[str, Any]] = []
_told: set[str] = set()
_patience = PATIENCE


class LogbookError(Exception):
    """A logbook that cannot be used; the text says where it is and what to do."""


class DamagedLogbook(LogbookError):
    """One that the next event sets aside."""


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
        why = error if isinstance(error, LogbookError) else f"{type(error).__name__}: {error}."
        _tell(f"reglab: your progress could not be noted. {why} All else works. To write "
              f"elsewhere, or not at all, set {VARIABLE} to a file or to `off` before you start "
              "JupyterLab.")


def read() -> list[dict[str, Any]]:
    """All events that this reglab knows, oldest first; changes nothing.

    Raises:
        LogbookError: the file is there but cannot be read.
    """
    file = place()
    if file is None:
        return []
    try:
        events = filter(_is_valid, _load(file))
    except DamagedLogbook as error:
        raise LogbookError(
            f"{error} Nothing was changed. The next check in a notebook will set it aside under "
            "another name and begin a new one.") from None
    except OSError as error:
        raise LogbookError(f"{file} cannot be read: {error}.") from None
    return sorted(events, key=lambda event: event["time"])


def kept() -> list[Path]:
    """What :func:`forget` deletes: the logbook, and those that were set aside."""
    file = place()
    if file is None or not file.parent.is_dir():
        return []
    aside = re.compile(re.escape(file.stem) + ASIDE + re.escape(file.suffix))
    others = sorted(path for path in file.parent.iterdir() if aside.fullmatch(path.name))
    return [path for path in (file, *others, _part(file))
            if path.is_file() and _may_be_ours(path.read_bytes())]


def forget() -> list[Path]:
    """Delete the logbook and those that were set aside; return what was deleted."""
    if not kept():
        return []
    with _locked(place()):
        found = kept()
        for path in found:
            path.unlink()
    _unsaved.clear()
    return found


def _save(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file):
        try:
            events = _load(file)
        except DamagedLogbook as error:
            events, other = [], _set_aside(file)
            _tell(f"reglab: the file with your progress: {error} It was kept as {other.name}, and "
                  "a new one was begun.")
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
    from filelock import FileLock, Timeout

    global _patience
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    try:
        lock.acquire(timeout=_patience)
    except Timeout:
        _patience = 0    # it is stuck: let not every check wait for it
        raise
    _patience = PATIENCE
    try:
        yield
    finally:
        lock.release()


def _load(file: Path) -> list[Any]:
    """The events in a file, those of another reglab too; none if there is no file."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    if not _may_be_ours(content):
        raise LogbookError(f"{file} is not a logbook: it is left as it is.")
    try:
        book = json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedLogbook(f"{file} is not whole.") from None
    version = book.get("version")
    if isinstance(version, int) and version > VERSION:
        raise LogbookError(f"{file} is of version {version}, written by a newer reglab; this one "
                           f"writes {VERSION}. It is left as it is. Restart the kernel.")
    if version != VERSION or not isinstance(book.get("events"), list):
        raise DamagedLogbook(f"{file} is not a logbook of version {VERSION}.")
    return book["events"]


def _may_be_ours(content: bytes) -> bool:
    """Whether this is a logbook, or was one before it was damaged."""
    return content[:1] in (b"", b"{")


def _is_valid(event: Any) -> bool:
    kind = event.get("kind") if isinstance(event, dict) else None
    if not isinstance(kind, str) or kind not in FIELDS:
        return False
    fields = {"time": str, **FIELDS[kind]}
    return all(isinstance(event.get(name), types) for name, types in fields.items())


def _set_aside(file: Path) -> Path:
    """Give a file that cannot be read another name, which nothing has yet."""
    day = datetime.now(UTC).date().isoformat()
    number = 1
    while (other := file.with_name(f"{file.stem}-aside-{day}-{number}{file.suffix}")).exists():
        number += 1
    return file.replace(other)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _tell(message: str) -> None:
    """Once in each kernel, beside the output."""
    if message not in _told:
        _told.add(message)
        print(message, file=sys.stderr)
