"""Prove the limits of the sandbox by attacking it: ``reglab grade doctor``."""

from __future__ import annotations

import contextlib
import inspect
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from ..doctor import Finding
from . import attacks
from .limits import MIB, Limits
from .peer import Failed, Peer
from .sandbox import Sandbox, SandboxError
from .wire import Closed, Refused, TimeIsUp

# Small, so that a limit that does not hold does no harm while it is tried.
SMALL = Limits(seconds=3.0, cell_seconds=2.0, memory=256 * MIB, total_memory=512 * MIB,
               processes=32, files=4 * MIB, disk=16 * MIB)
ELSEWHERE = ("Grade in a Linux virtual machine, or in a container that may make namespaces "
             "(docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
             "--cap-add SYS_ADMIN).")
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


def examine(hidden: tuple[Path, ...] = ()) -> list[Finding]:
    """Attack every limit once; each finding is ok or names its cure.

    Args:
        hidden: folders that must not be visible inside: submissions, results, the course.
    """
    findings = [_system(), _bubblewrap()]
    if any(finding.cure for finding in findings):
        return findings
    try:
        with tempfile.TemporaryDirectory(prefix="reglab-doctor-") as folder, (
                _environment()) as word:
            kept = (*hidden, Path(folder))
            with Sandbox(SMALL, kept) as sandbox:
                findings.append(Finding("sandbox", "starts; cgroup limits: "
                                        + sandbox.cgroup.bounds))
                for attack in ATTACKS:
                    findings.append(_try(attack, sandbox, Path(folder), kept, word))
    except SandboxError as error:
        findings.append(Finding("sandbox", "does not start", f"{error} {_why()}"))
    return findings


def _system() -> Finding:
    linux = sys.platform == "linux"
    return Finding("system", sys.platform, "" if linux else (
        "Namespaces are Linux's: grade in a Linux virtual machine or container."))


def _bubblewrap() -> Finding:
    path = shutil.which("bwrap")
    return Finding("bubblewrap", path or "not found", "" if path else (
        "Install it: apt-get install bubblewrap, or dnf install bubblewrap"))


def _why() -> str:
    """The usual reasons why a sandbox cannot be made here."""
    with contextlib.suppress(OSError):
        if APPARMOR.read_text().strip() == "1":
            return ("AppArmor forbids it to bubblewrap: give /usr/bin/bwrap a profile with "
                    "`userns,` in /etc/apparmor.d/bwrap (docs for graders, Installing).")
    with contextlib.suppress(OSError):
        if Path("/proc/sys/user/max_user_namespaces").read_text().strip() == "0":
            return "User namespaces are off: sysctl -w user.max_user_namespaces=15000."
    return ELSEWHERE


@contextlib.contextmanager
def _environment() -> Iterator[str]:
    """A word in this process's environment that must not be readable inside."""
    word = f"canary{secrets.token_hex(8)}"
    os.environ["REGLAB_DOCTOR"] = word
    try:
        yield word
    finally:
        del os.environ["REGLAB_DOCTOR"]


class Trial:
    """One attack: calls functions inside, and knows what is outside."""

    def __init__(self, sandbox: Sandbox, folder: Path, hidden: tuple[Path, ...], word: str):
        self.sandbox, self.folder, self.hidden, self.word = sandbox, folder, hidden, word

    def attack(self, function: Callable, *args: Any) -> Any:
        """What the attack achieved, or the exception that ended it."""
        cell = {"name": "attack", "kind": "own", "source": inspect.getsource(function)}
        with self.sandbox.job() as channel:
            peer = Peer(channel)
            try:
                opened = peer.call(0, ([cell], function.__name__), {})
                return opened["answer"](*args)
            except (Closed, Refused, TimeIsUp, Failed) as error:
                return error

    def inside(self) -> int:
        """How many processes of jobs there are in the sandbox, seen from outside."""
        return len(psutil.Process(self.sandbox.process.pid).children(recursive=True)) - ALONE


ALONE = 2    # bubblewrap's process 1 and the fork server

Attack = tuple[str, Callable[[Trial], str], str]    # name, what got through ("" if held), cure


def _try(attack: Attack, sandbox: Sandbox, folder: Path, hidden: tuple[Path, ...],
         word: str) -> Finding:
    name, run, cure = attack
    try:
        through = run(Trial(sandbox, folder, hidden, word))
    except (OSError, KeyError, TypeError, ValueError, Closed, Refused, TimeIsUp) as error:
        through = f"the attack could not be tried: {type(error).__name__}: {error}"
    return Finding(name, through or "held", cure if through else "")


def _list(found: Any) -> str:
    """What a list of successes says; an attack that was ended achieved nothing."""
    if isinstance(found, BaseException):
        return f"the attack ended with {type(found).__name__} {found}"
    return ", ".join(map(str, found))


def _number(found: Any) -> int:
    """How much an attack took; nothing if it was killed or refused."""
    if isinstance(found, Closed | TimeIsUp) or (
            isinstance(found, Failed) and found.kind in ("MemoryError", "OSError")):
        return 0
    if not isinstance(found, int):
        raise TypeError(f"{found!r:.200}")
    return found


def _left(trial: Trial) -> str:
    left = trial.inside()
    return f"{left} processes are left" if left > 0 else ""


def files(trial: Trial) -> str:
    canary = f"canary-{secrets.token_hex(4)}"
    for folder in trial.hidden:
        with contextlib.suppress(OSError):
            (folder / canary).write_text("secret")
    try:
        return _list(trial.attack(attacks.read_files, canary,
                                  [str(folder) for folder in trial.hidden]))
    finally:
        for folder in trial.hidden:
            with contextlib.suppress(OSError):
                (folder / canary).unlink()


def answers(trial: Trial) -> str:
    return _list(trial.attack(attacks.read_answers, ["forgot" + "_half", "gradient" + "_note"]))


def writing(trial: Trial) -> str:
    return _list(trial.attack(attacks.write_files))


def network(trial: Trial) -> str:
    name = f"reglab-{secrets.token_hex(4)}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(f"\0{name}")
        local.listen()
        return _list(trial.attack(attacks.use_network, tcp.getsockname()[1], name))


def processes(trial: Trial) -> str:
    before = trial.sandbox.process.pid
    found = _list(trial.attack(attacks.see_processes))
    if not found and trial.attack(attacks.open_descriptors) is None:
        return "the sandbox no longer answers"
    return found if trial.sandbox.process.pid == before else "ended the sandbox"


def environment(trial: Trial) -> str:
    text = trial.attack(attacks.read_environment)
    if not isinstance(text, str):
        return _list(text)
    return "reads the grader's environment" if trial.word in text else ""


def descriptors(trial: Trial) -> str:
    found = trial.attack(attacks.open_descriptors)
    if not isinstance(found, list):
        return _list(found)
    sockets = [name for name in found if name.startswith("socket:")]
    others = [name for name in found if not name.startswith(("socket:", "/dev/null"))
              and not name.endswith("/fd")]
    return ", ".join(others + sockets[1:])


def privileges(trial: Trial) -> str:
    return _list(trial.attack(attacks.gain_privileges))


def fork_bomb(trial: Trial) -> str:
    count = _number(trial.attack(attacks.fork_bomb))
    if count > trial.sandbox.limits.processes:
        return f"{count} processes"
    return _left(trial)


def memory(trial: Trial) -> str:
    limit = trial.sandbox.limits.memory
    taken = _number(trial.attack(attacks.take_memory, 2 * limit))
    return f"took {taken // MIB} MB" if taken > limit else ""


def memory_together(trial: Trial) -> str:
    limits = trial.sandbox.limits
    taken = _number(trial.attack(attacks.take_memory_together, 6, limits.memory * 3 // 4))
    return f"took {taken // MIB} MB" if taken > limits.total_memory * 5 // 4 else ""


def disk(trial: Trial) -> str:
    limits = trial.sandbox.limits
    found = trial.attack(attacks.fill_disk, 4 * limits.disk)
    if isinstance(found, BaseException):
        return f"{_number(found) or ''}"
    largest, total = found
    if largest > limits.files:
        return f"a file of {largest // MIB} MB"
    return f"files of {total // MIB} MB" if total > 2 * limits.disk else ""


def clock(trial: Trial) -> str:
    for attack in (attacks.never_end, attacks.compute_forever):
        start = time.monotonic()
        ended = trial.attack(attack)
        seconds = time.monotonic() - start
        if not isinstance(ended, TimeIsUp | Closed | Failed) or (
                seconds > trial.sandbox.limits.seconds + 3):
            return f"{attack.__name__} took {seconds:.0f} s: {ended!r:.60}"
    return _left(trial)


def leftovers(trial: Trial) -> str:
    trial.attack(attacks.leave_things)
    found = _list(trial.attack(attacks.find_things))
    return found or _left(trial)


def output(trial: Trial) -> str:
    ended = trial.attack(attacks.print_much)
    if not isinstance(ended, Failed | Closed) or len(str(ended)) > 10_000:
        return f"an error of {len(str(ended))} characters"
    ended = trial.attack(attacks.answer_much)
    return "" if isinstance(ended, Refused | Failed | Closed) else "an answer of 100 MB"


def protocol(trial: Trial) -> str:
    for text in ('{"reply": 99, "value": true}', '{"do": "get", "object": 0, "id": 1}', "\x80\x04.",
                 "[" * 100_000, '{"reply": 2, "value": {"pickle": "gASVAAAA"}}'):
        ended = trial.attack(attacks.forge, text)
        if not isinstance(ended, Refused | Closed):
            return f"{text:.40} gave {ended!r:.60}"
    return ""


_NAMESPACES = f"bubblewrap must be able to make namespaces. {ELSEWHERE}"
_LIMITS = ("The kernel does not hold this limit. Use Linux 5.14 or newer, or a machine where this "
           "account may make cgroups (systemd-run --user --scope -p Delegate=yes reglab grade …).")
ATTACKS: tuple[Attack, ...] = (
    ("files", files, "A folder with submissions or solutions lies where Python is installed: "
                     "move it, or pass it with --release."),
    ("answers", answers, "A copy of the course is installed where the sandbox sees it: "
                         "pip uninstall reglab, then pip install -e . in the course."),
    ("read-only", writing, _NAMESPACES),
    ("network", network, _NAMESPACES),
    ("processes", processes, _NAMESPACES),
    ("environment", environment, _NAMESPACES),
    ("descriptors", descriptors, "Close what this terminal holds open and start again."),
    ("privileges", privileges, "The kernel lacks seccomp filters or lets capabilities through. "
                               + ELSEWHERE),
    ("fork bomb", fork_bomb, _LIMITS),
    ("memory", memory, _LIMITS),
    ("all memory", memory_together, _LIMITS),
    ("disk", disk, _LIMITS),
    ("clock", clock, _LIMITS),
    ("leftovers", leftovers, _NAMESPACES),
    ("output", output, "This is a mistake of reglab: please report it."),
    ("protocol", protocol, "This is a mistake of reglab: please report it."),
)
