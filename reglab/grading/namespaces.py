"""Inside the sandbox: a room of its own for each job, with limits, and no way out of it.

Three processes: the outer one moves into new namespaces and waits; the second is process 1 of the
new process namespace, makes the mounts and waits; the third gives up all privileges and runs the
job. When process 1 ends, the kernel kills whatever else is in its namespace.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from . import kernel

NOBODY = 65534
SCRATCH = "/scratch"
SETUP_FAILED = 110


def settle() -> None:
    """Once, before torch is imported: stop being root, and let nobody look in."""
    os.umask(0o077)
    if os.getuid() == 0:
        kernel.mount("proc", "/proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.set_dumpable(False)
    kernel.adopt_orphans()


def enter(order: dict, job: Callable[[], None]) -> int:
    """Run ``job`` in new namespaces; return its exit status (128 + n for signal n)."""
    user, group = os.getuid(), os.getgid()
    kernel.set_dumpable(True)    # to own /proc/self again; nobody else is in reach
    kernel.unshare(kernel.NEW_USER | kernel.NEW_MOUNTS | kernel.NEW_PIDS | kernel.NEW_IPC
                   | kernel.NEW_NET | kernel.NEW_UTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    first = os.fork()
    if first == 0:
        try:
            os._exit(_as_process_one(order["limits"], job))
        except BaseException as error:
            os.write(2, f"{error}\n".encode())
            os._exit(SETUP_FAILED)
    _close_all_but_errors()
    return _status(os.waitpid(first, 0)[1])


def _as_process_one(limits: dict, job: Callable[[], None]) -> int:
    kernel.die_with_parent()
    kernel.make_mounts_private()
    size = f"size={limits['disk']},nr_inodes=4096,mode=0700"
    flags = kernel.NOSUID | kernel.NODEV
    kernel.mount("tmpfs", SCRATCH, flags, size)
    kernel.mount("tmpfs", "/dev/shm", flags, size)
    kernel.mount("proc", "/proc", flags | kernel.NOEXEC)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    kernel.set_dumpable(False)
    second = os.fork()
    if second == 0:
        try:
            _restrict(limits)
            job()
            os._exit(0)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode()[:500])
            os._exit(SETUP_FAILED)
    _close_all_but_errors()
    return _status(os.waitpid(second, 0)[1])


def _restrict(limits: dict) -> None:
    """Limits, then privileges: the limits cannot be raised again afterwards."""
    os.chdir(SCRATCH)
    os.setsid()
    with contextlib.suppress(OSError):    # where memory runs out, this one goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    seconds = int(limits["seconds"]) + 5
    for name, value in {
        "RLIMIT_AS": _virtual_memory() + limits["memory"], "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds, "RLIMIT_FSIZE": limits["files"], "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0, "RLIMIT_NOFILE": 64, "RLIMIT_NPROC": limits["processes"],
        "RLIMIT_RTPRIO": 0, "RLIMIT_SIGPENDING": 64,
    }.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)    # a file too large is an OSError instead
    kernel.set_dumpable(False)
    kernel.drop_privileges()
    kernel.deny_system_calls()


def _virtual_memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _close_all_but_errors() -> None:
    """The waiting processes hold no end of any channel, so that its end shows."""
    os.closerange(3, 1024)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)


def _status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
