"""All submissions: what is left to judge, on one or several cores, into the ledger."""

from __future__ import annotations

import hashlib
import hmac
import os
import resource
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from ..checks import Status
from . import intake
from .intake import Submission
from .judge import NOT_JUDGED, Verdict, judge, seed_for, unreadable
from .ledger import Ledger, key_of
from .limits import Limits
from .release import Release
from .sandbox import Sandbox, SandboxError
from .transplant import holds_an_answer, transplant

LATER = "Not graded yet: a person will look at it."
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Work:
    """One submission and the exercises of it that are to be judged; can be sent anywhere."""

    submission: Submission
    release: Release
    numbers: tuple[str, ...]
    keys: tuple[str, ...]
    seeds: tuple[int, ...]
    limits: Limits


Judged = list[tuple[str, Verdict]]
Run = Callable[[list[Work]], Iterable[Judged]]


def grade(submissions: Path, releases: dict[str, Release], ledger: Ledger, secret: bytes, *,
          limits: Limits, run: Run, prune: bool = False,
          say: Callable[[str], None] = lambda text: None) -> int:
    """Judge what the ledger does not know yet; return how many verdicts are new.

    Args:
        submissions: the folder with a folder for each student.
        releases: by assignment; those that nobody handed in are left out.
        run: takes the work, returns verdicts as they come, in any order.
        prune: whether to drop verdicts on work that is no longer in the folder; else that is an
            error, and nothing changes.
        say: is told about progress.
    """
    version = checks_version()
    wanted, unreadables, todo = set(), [], []
    for group in handed_in(submissions, releases):
        for submission in group:
            release = releases[submission.assignment]
            pieces = [(task.number, key_of(submission.digest, task.number, release.version,
                                           version, _secret_id(secret)))
                      for task in release.tasks]
            name = intake.text_of(submission.student)
            wanted |= {(name, release.assignment, number) for number, _ in pieces}
            left = [(n, k) for n, k in pieces
                    if not ledger.knows(name, release.assignment, n, k)]
            if left and submission.problem:
                keys = dict(left)
                unreadables += [(keys[t.number], unreadable(name, release, t, submission.problem))
                                for t in release.tasks if t.number in keys]
            elif left:
                seeds = tuple(seed_for(secret, submission.student, n, submission.digest)
                              for n, _ in left)
                todo.append(Work(submission, release, tuple(n for n, _ in left),
                                 tuple(k for _, k in left), seeds, limits))
    gone = ledger.pairs() - {(student, assignment) for student, assignment, _ in wanted}
    students = sorted({student for student, _ in gone})
    if gone and not prune:
        raise ValueError(
            f"there are verdicts on work that is not in {submissions}: of {len(students)} students "
            f"({_few(students)}), on {_few(sorted({assignment for _, assignment in gone}))}. Is it "
            "the folder with everybody's work? Put the work back, or give --prune to drop these "
            "verdicts. Nothing was changed.")
    if gone:
        say(f"dropped the verdicts of {_few(students)}")
    ledger.keep_only(wanted)
    ledger.write(unreadables)
    done = len(unreadables)
    for count, judged in enumerate(run(todo), start=1):
        ledger.write(judged)
        done += len(judged)
        first = judged[0][1]
        name = first.student if first.student.isprintable() else ascii(first.student)
        say(f"{count} of {len(todo)}: {name}, {first.assignment}")
    return done


def handed_in(submissions: Path, releases: dict[str, Release]) -> list[list[Submission]]:
    """What lies in the folder, by assignment; without those that nobody handed in.

    A notebook that is none of the assignment, and files of which none is a notebook by its name,
    are a person's to decide.
    """
    names = intake.students(submissions)
    if not names:
        raise ValueError(f"{submissions} holds no folders of students: expected "
                         "<student>/<assignment>/<assignment>.ipynb.")
    if inside := sorted({*names} & {*releases}):
        raise ValueError(f"{submissions} seems to be the folder of one student, as it holds "
                         f"{_few(inside)}: give the folder above it.")
    found = []
    for release in releases.values():
        group = [intake.read(submissions, name, release.assignment, release.notebook,
                             sole=len(releases) == 1) for name in names]
        if len(releases) == 1 or any(s.problem != intake.ABSENT for s in group):
            found.append([_belonging(s, release, releases) for s in group])
    if not found:
        raise ValueError(f"no folder in {submissions} holds a notebook of {_few([*releases])}: "
                         "expected <student>/<assignment>/<assignment>.ipynb.")
    for number, name in enumerate(names):
        if all(group[number].problem == intake.ABSENT for group in found):
            if files := intake.files(submissions / name):
                problem = ("no notebook of this assignment was found, but "
                           + _few([path.name[:80] for path in files]))
                for group in found:
                    group[number] = intake.unread(name, group[number].assignment, problem)
    return found


def _belonging(submission: Submission, release: Release,
               releases: dict[str, Release]) -> Submission:
    """The same submission, or a problem if it holds no answer cell of this assignment."""
    if submission.problem or holds_an_answer(submission, release):
        return submission
    like = [other.assignment for other in releases.values() if holds_an_answer(submission, other)]
    looks = _few(like) if like else "the chapter or another notebook, not its exercises"
    return intake.unread(submission.student, submission.assignment,
                         "no cell of the notebook is an answer to this assignment; it looks like "
                         f"{looks}")


def _few(names: Sequence[str], most: int = 5) -> str:
    """Some names, and how many more there are."""
    shown = [name if name.isprintable() else ascii(name) for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def judge_work(sandbox: Sandbox, work: Work) -> Judged:
    """The verdicts of one submission. What goes wrong here is never the student's loss."""
    verdicts = []
    planted = transplant(work.submission, work.release)
    tasks = {task.number: task for task in work.release.tasks}
    for number, key, seed in zip(work.numbers, work.keys, work.seeds, strict=True):
        task, student = tasks[number], intake.text_of(work.submission.student)
        try:
            verdict = judge(sandbox, planted, work.release, task, student, seed)
            if beside := work.submission.beside:
                verdict = _with_others(verdict, beside)
            noted = "; ".join(filter(None, [*work.submission.notes, verdict.notes]))
            verdict = replace(verdict, notes=noted)
        except SandboxError:
            raise
        except Exception as error:
            verdict = Verdict(student, work.release.assignment, number, task.exercise.title,
                              NOT_JUDGED, None, task.points,
                              message=LATER,
                              notes=f"the judge failed: {type(error).__name__}: {error!s:.200}")
        verdicts.append((key, verdict))
    return verdicts


def _with_others(verdict: Verdict, beside: tuple[str, ...]) -> Verdict:
    """A stub is not a grade where the answer may be in another notebook."""
    noted = "; ".join(filter(None, [verdict.notes, f"other notebooks lie beside it: "
                                                   f"{_few(beside)}"]))
    if verdict.status != Status.NOT_ATTEMPTED.value:
        return replace(verdict, notes=noted)
    return replace(verdict, status=NOT_JUDGED, points=None, notes=noted,
                   message=LATER)


def in_this_process(hidden: tuple[Path, ...], folder: Path) -> Run:
    """One worker, here."""
    def run(todo: list[Work]) -> Iterator[Judged]:
        if not todo:
            return
        quiet_torch()
        with Sandbox(todo[0].limits, hidden, folder) as sandbox:
            for work in todo:
                yield judge_work(sandbox, work)
    return run


def in_processes(workers: int, hidden: tuple[Path, ...], folder: Path) -> Run:
    """Several workers, each a process with a sandbox of its own."""
    def run(todo: list[Work]) -> Iterator[Judged]:
        if not todo:
            return
        with ProcessPoolExecutor(min(workers, len(todo)), get_context("spawn"), _start_worker,
                                 (os.getpid(), todo[0].limits, hidden, folder)) as pool:
            futures = [pool.submit(_in_worker, work) for work in todo]
            for future in as_completed(futures):
                yield future.result()
    return run


_sandbox: Sandbox | None = None    # of a worker process


def _start_worker(parent: int, limits: Limits, hidden: tuple[Path, ...], folder: Path) -> None:
    global _sandbox
    from . import kernel

    kernel.die_with_parent()
    if os.getppid() != parent:    # it died before the line above
        os._exit(1)
    quiet_torch()
    bound_memory()
    _sandbox = Sandbox(limits, hidden, folder)


def _in_worker(work: Work) -> Judged:
    return judge_work(_sandbox, work)


def quiet_torch() -> None:
    """One thread for each judge: the workers are as many as the cores."""
    import torch

    torch.set_num_threads(1)


def bound_memory(extra: int = 4 * 2**30) -> None:
    """Let this process allocate so much more and no more: a failed call instead of a dead judge."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + extra, hard))


def clean(folder: Path) -> Path:
    """An empty folder for the sandboxes' own files; those of a killed run go."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def checks_version() -> str:
    """A hash of the code that judges, so that a repaired check judges again."""
    found = hashlib.sha256()
    for path in sorted([*(PACKAGE / "checks").rglob("*.py"), *(PACKAGE / "grading").glob("*.py")]):
        found.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


def read_secret(path: Path) -> bytes:
    """The secret in a file, made once: 32 random bytes in hexadecimal, for its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.part")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        new.replace(path)
    secret = path.read_bytes().strip()
    if len(secret) < 16:
        raise ValueError(f"{path} must hold a secret of 16 characters or more; got {len(secret)}. "
                         "Delete the file, and a new one is made.")
    return secret


def _secret_id(secret: bytes) -> str:
    """Tells secrets apart without giving them away."""
    return hmac.new(secret, b"which secret", hashlib.sha256).hexdigest()[:16]
