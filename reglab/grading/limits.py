"""What a submission may use. Passed into the sandbox as JSON, held up from outside."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """The limits of one job: a student's cells for one exercise, and all calls of its check.

    Args:
        seconds: by the clock, for everything; then the job is killed.
        cell_seconds: by the clock, for one cell; then the cell is interrupted.
        memory: bytes that a process may allocate beyond what torch takes.
        total_memory: bytes of all processes of a sandbox together.
        processes: how many processes and threads.
        files: bytes of one file.
        disk: bytes of all files; they are kept in memory.
        printed: characters of output that are kept.
    """

    seconds: float = 30.0
    cell_seconds: float = 15.0
    memory: int = 1024 * MIB
    total_memory: int = 2048 * MIB
    processes: int = 32
    files: int = 16 * MIB
    disk: int = 64 * MIB
    printed: int = 2000

    def as_dict(self) -> dict:
        return asdict(self)
