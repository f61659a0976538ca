"""The few Linux system calls that Python lacks: namespaces, mounts, privileges, seccomp."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_libc = ctypes.CDLL(None, use_errno=True)

NEW_USER, NEW_MOUNTS, NEW_PIDS = 0x10000000, 0x00020000, 0x20000000
NEW_IPC, NEW_NET, NEW_UTS = 0x08000000, 0x40000000, 0x04000000
NOSUID, NODEV, NOEXEC, PRIVATE = 2, 4, 8, 0x40000 | 0x4000

_PDEATHSIG, _DUMPABLE, _SECCOMP, _BOUNDING_DROP, _SUBREAPER, _NO_NEW_PRIVS = 1, 4, 22, 24, 36, 38

# Numbers of the system calls that a job is denied: (x86-64, aarch64).
DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "mq_open": (240, 180), "msgget": (68, 186), "semget": (64, 190),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "fsopen": (430, 430), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsmount": (432, 432), "clone3": (435, 435),
}
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def unshare(flags: int) -> None:
    """Leave the namespaces in ``flags`` for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(kind: str, target: str, flags: int = 0, options: str = "") -> None:
    _check(_libc.mount(kind.encode(), target.encode(), kind.encode(), flags,
                       options.encode() or None), f"mount {target}")


def make_mounts_private() -> None:
    _check(_libc.mount(b"none", b"/", None, PRIVATE, None), "mount /")


def set_dumpable(yes: bool) -> None:
    """Whether other processes of this user may look into this one."""
    _check(_libc.prctl(_DUMPABLE, int(yes), 0, 0, 0), "prctl(PR_SET_DUMPABLE)")


def die_with_parent() -> None:
    _check(_libc.prctl(_PDEATHSIG, 9, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")


def adopt_orphans() -> None:
    """Become the parent of all descendants whose parents end."""
    _check(_libc.prctl(_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)")


def drop_privileges() -> None:
    """Give up all capabilities, for good."""
    for capability in range(64):
        if _libc.prctl(_BOUNDING_DROP, capability, 0, 0, 0):
            break    # the kernel knows no more of them
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def deny_system_calls() -> None:
    """Install a seccomp filter: the calls in DENIED fail with EPERM (clone3 with ENOSYS).

    Raises:
        OSError: the kernel refuses the filter, or the processor is neither x86-64 nor aarch64.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(f"no list of system calls for {machine}")
    column, architecture = _ARCHITECTURES[machine]
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x80000000),
               (0x20, 0, 0, 0)]
    if machine == "x86_64":    # the x32 numbers would be a way round
        program += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, 0x00050001)]
    for name, numbers in DENIED.items():
        errno = 38 if name == "clone3" else 1    # glibc falls back on clone after ENOSYS
        program += [(0x15, 0, 1, numbers[column]), (0x06, 0, 0, 0x00050000 | errno)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _check(_libc.prctl(_SECCOMP, 2, ctypes.c_char_p(filter_), 0, 0), "prctl(PR_SET_SECCOMP)")


def _check(returned: int, what: str) -> None:
    if returned:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
