"""Outside: one exercise of one submission, from its cells to a verdict.

The course's own check decides. It calls the student's function as if it were here; each call
goes into the sandbox and comes back as numbers. What the sandbox says is never believed to be
more than that: the check compares the numbers with those of known solutions, on inputs that
nobody can predict without the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass

from ..checks import Result, Status
from .intake import ABSENT
from .peer import Peer, Remote
from .release import Release, Task
from .sandbox import Sandbox
from .transplant import Transplant
from .wire import Closed, Refused, TimeIsUp

# Statuses beside those of the checks.
MISSING = "no answer"
TIME = "took too long"
STOPPED = "stopped the program"
MEMORY = "used too much memory"
PROTOCOL = "sent something that is no answer"
UNREADABLE = "could not be read"
NOT_JUDGED = "not judged"

INPUT = " (Input: "    # behind it, a message of a check shows a hidden input
HIDDEN = re.compile(r": expected .*, got |: expected shape")
DIFFERENT = ("On fresh random inputs your function gives other numbers than a right answer does. "
             "The check in the notebook shows you for which.")


@dataclass(frozen=True)
class Verdict:
    """What is known about one exercise of one submission.

    Args:
        status: in words: of the checks, of this module, or ABSENT.
        points: reached; None where a person must decide.
        maximum: what the exercise counts for.
        misconception: the name of the wrong solution that behaves alike, or "".
        message: for the student; holds no hidden input and no expected number.
        experiment, expect: code that exposes the mistake, and what a right answer gives there.
        printed: what the student's code printed.
        notes: for the grader.
    """

    student: str
    assignment: str
    exercise: str
    title: str
    status: str
    points: float | None
    maximum: float
    misconception: str = ""
    message: str = ""
    experiment: str = ""
    expect: str = ""
    printed: str = ""
    notes: str = ""

    @property
    def to_decide(self) -> bool:
        """Whether a person must give the points."""
        return self.points is None and self.status != ABSENT

    def as_dict(self) -> dict:
        return asdict(self)


def seed_for(secret: bytes, student: str, exercise: str, digest: str) -> int:
    """The seed of the inputs: HMAC-SHA256 of student, exercise and submission, 31 bits of it.

    The submission is in it because its code sees the inputs and may print them: for the next
    submission they are others.

    >>> seed_for(b"secret", "ada", "2.1", "0a") == seed_for(b"secret", "ada", "2.1", "0a")
    True
    >>> seed_for(b"secret", "ada", "2.1", "0a") == seed_for(b"secret", "bob", "2.1", "0a")
    False
    """
    message = json.dumps([student, exercise, digest]).encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def judge(sandbox: Sandbox, planted: Transplant, release: Release, task: Task, student: str,
          seed: int) -> Verdict:
    """Run one exercise in the sandbox and let its check decide, on inputs of this seed."""
    outcome = _outcome(sandbox, planted, task, seed)
    notes = planted.notes_on(task)
    return Verdict(student, release.assignment, task.number, task.exercise.title,
                   maximum=task.points, notes=notes, **outcome)


def unreadable(student: str, release: Release, task: Task, problem: str) -> Verdict:
    """The verdict where there is nothing to judge: no points are given or taken."""
    if problem == ABSENT:
        return Verdict(student, release.assignment, task.number, task.exercise.title, ABSENT,
                       None, task.points, message="There is no notebook of yours.")
    return Verdict(student, release.assignment, task.number, task.exercise.title, UNREADABLE,
                   None, task.points, message=f"Not graded: {problem}.",
                   notes="a person must decide")


def _outcome(sandbox: Sandbox, planted: Transplant, task: Task, seed: int) -> dict:
    """Status, points and texts; ends the sandbox's process in any case."""
    import scipy.special  # noqa: F401    checks need it; loading it is not to cost a student's time

    lost, result, printed = "", None, ""
    try:
        with sandbox.job() as channel:
            try:
                peer = Peer(channel, forward_random=True)
                opened = _opened(peer.call(0, (planted.program(task), task.answer), {}))
                if opened["state"] == "missing":
                    return _missing(opened["errors"])
                result = task.exercise.check(opened["answer"], seed=seed)
                if not result.correct:
                    printed = _line(peer.call(1, (), {}), 2000)
            except TimeIsUp:
                lost = TIME
            except Closed:
                lost = STOPPED
            except Refused as error:
                lost, printed = PROTOCOL, str(error)
    finally:
        over = sandbox.over_memory or (lost == STOPPED and sandbox.status == 128 + 9)
    if result is not None and not lost:
        return _told(result, task, printed)
    if over:
        lost = MEMORY
    return {"status": lost, "points": 0.0, "message": _LOST[lost].format(
        seconds=sandbox.limits.seconds, memory=sandbox.limits.total_memory // 2**20,
        what=printed)}


_LOST = {
    TIME: "Your code for this exercise was stopped after {seconds:g} seconds. Does a loop never "
          "end, or does a cell wait or train?",
    STOPPED: "Your code ended the program instead of returning an answer (exit, a signal, or a "
             "crash).",
    MEMORY: "Your code for this exercise was stopped because it used more than {memory} MB of "
            "memory.",
    PROTOCOL: "Your code did not return an answer that can be read: {what}.",
}


def _opened(reply: object) -> dict:
    """The reply to the program, with nothing taken for granted."""
    if not isinstance(reply, dict) or reply.get("state") not in ("there", "missing"):
        raise Refused("no reply to the program")
    errors = reply.get("errors")
    errors = [error for error in errors if isinstance(error, list) and len(error) == 2] if (
        isinstance(errors, list)) else []
    return {"state": reply["state"], "answer": reply.get("answer"),
            "errors": [[_line(part, 600) for part in error] for error in errors[:5]]}


def _missing(errors: list) -> dict:
    if errors:
        return {"status": Status.ERROR.value, "points": 0.0, "message": errors[-1][1]}
    return {"status": MISSING, "points": 0.0,
            "message": "The notebook holds no answer to this exercise: its function is not "
                       "defined. Was the cell deleted, or the function renamed?"}


def _told(result: Result, task: Task, printed: str) -> dict:
    """A result as the student and the grader may see it: without seed, inputs and numbers."""
    message, _, hidden = result.message.partition(INPUT)
    if HIDDEN.search(message) or (hidden and not message.strip()):
        message = DIFFERENT
    if result.status is Status.NOT_ATTEMPTED:
        message = "This exercise still holds its stub."
    return {"status": result.status.value, "message": _line(message, 3000),
            "points": float(task.points) if result.correct else 0.0,
            "misconception": result.misconception, "experiment": result.experiment,
            "expect": result.expect, "printed": printed}


def _line(value: object, limit: int) -> str:
    """Text of the sandbox, as text and nothing else."""
    if isinstance(value, Remote) or not isinstance(value, str):
        return ""
    clean = "".join(c for c in value[:limit] if c in "\n\t" or c.isprintable())
    return clean.encode("utf-8", "replace").decode()
