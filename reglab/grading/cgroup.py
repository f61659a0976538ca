"""A cgroup for a sandbox, where this account may make one: limits on all processes together."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

from .limits import Limits

ROOT = Path("/sys/fs/cgroup")


class Cgroup:
    """Up to one folder per hierarchy with a memory and a process limit; none is fine too.

    Args:
        limits: of one job; the sandbox's own processes come on top.
        overhead: bytes that the fork server with torch may take.
    """

    def __init__(self, limits: Limits, overhead: int = 1024 * 2**20):
        self.folders: list[Path] = []
        name = f"reglab-{os.getpid()}-{secrets.token_hex(4)}"
        memory, processes = limits.total_memory + overhead, limits.processes + 16
        for controller, folder in _own_folders().items():
            values = {
                "memory": {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory},
                "pids": {"pids.max": processes},
                "": {"memory.max": memory, "memory.swap.max": 0, "pids.max": processes},
            }[controller]
            _sweep(folder)
            self._make(folder / name, values)

    @property
    def bounds(self) -> str:
        """Which limits it holds, in words."""
        kinds = {file.split(".")[0] for folder in self.folders
                 for file in ("memory.max", "memory.limit_in_bytes", "pids.max")
                 if (folder / file).exists()}
        return " and ".join(sorted(kinds)) or "none"

    def join(self) -> None:
        """Put the calling process into it; to be called between fork and exec."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text("0")

    def remove(self) -> None:
        for folder in self.folders:
            for _ in range(40):
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.05)    # a process in it is still ending
        self.folders = []

    def _make(self, folder: Path, values: dict[str, int]) -> None:
        try:
            folder.mkdir()
        except OSError:
            return
        held = False
        for file, value in values.items():
            try:
                (folder / file).write_text(str(value))
                held = True
            except OSError:
                pass    # swap is not accounted for, or the controller is not delegated
        if held:
            self.folders.append(folder)
        else:
            folder.rmdir()


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed have left; where processes are left, rmdir refuses."""
    for old in folder.glob("reglab-*-*"):
        owner = old.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                old.rmdir()


def _own_folders() -> dict[str, Path]:
    """The cgroup of this process in each hierarchy that limits memory or processes."""
    found = {}
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "" and (ROOT / "cgroup.controllers").exists():
            found[""] = ROOT / path.lstrip("/")
        for controller in {"memory", "pids"} & set(controllers.split(",")):
            found[controller] = ROOT / controllers / path.lstrip("/")
    return found
