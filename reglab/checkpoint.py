"""The finished part of a sweep in a file, from which an interrupted sweep goes on."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from collections.abc import Iterable
from typing import Any

import torch

from .arguments import require


class Checkpoint:
    """An SQLite file with what each finished run left behind.

    Runs that finish together are written in one transaction: after a crash or kill −9 the file
    holds all of them or none.

    Args:
        path: the file; made if it does not exist.
        fingerprint: of the sweep; a file of another sweep is refused.
    """

    def __init__(self, path: str | os.PathLike, fingerprint: str):
        self.path = os.fspath(path)
        try:
            with self._connect() as file:
                file.execute("CREATE TABLE IF NOT EXISTS sweep (fingerprint TEXT)")
                file.execute("CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY, "
                             "outcome BLOB)")
                found = file.execute("SELECT fingerprint FROM sweep").fetchall()
                if not found:
                    file.execute("INSERT INTO sweep VALUES (?)", (fingerprint,))
        except sqlite3.DatabaseError as error:
            raise ValueError(f"sweep.checkpoint must be a file of this sweep; got checkpoint="
                             f"{self.path!r}. It cannot be read or written: {error}.") from error
        require(not found or found == [(fingerprint,)], "sweep.checkpoint",
                "a file of this sweep", self.path,
                "It is of other recipes, data, seeds or epochs: name another file.")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=60)

    def finished(self) -> dict[int, Any]:
        """What the finished runs left behind, by number."""
        with self._connect() as file:
            rows = file.execute("SELECT number, outcome FROM runs").fetchall()
        return {number: torch.load(io.BytesIO(blob), weights_only=True) for number, blob in rows}

    def add(self, outcomes: Iterable[tuple[int, Any]]) -> None:
        """Write finished runs, all or none."""
        rows = []
        for number, outcome in outcomes:
            blob = io.BytesIO()
            torch.save(outcome, blob)
            rows.append((number, blob.getvalue()))
        with self._connect() as file:
            file.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?)", rows)


def fingerprint(*parts: Any) -> str:
    """A hash of nested tuples of plain values, tensors, classes and functions.

    The same in every process: functions and classes count by their names.
    """
    digest = hashlib.sha256()

    def add(part: Any) -> None:
        if isinstance(part, tuple | list):
            digest.update(f"({len(part)}".encode())
            for item in part:
                add(item)
        elif isinstance(part, torch.Tensor):
            digest.update(f"{part.dtype} {tuple(part.shape)}".encode())
            digest.update(part.detach().cpu().contiguous().numpy().tobytes())
        elif callable(part) and hasattr(part, "__qualname__"):
            digest.update(f"{part.__module__}.{part.__qualname__}".encode())
        else:
            digest.update(repr(part).encode())

    add(parts)
    return digest.hexdigest()
