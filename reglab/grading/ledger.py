"""Verdicts on disk, each as soon as it is known: SQLite with a write-ahead log.

A verdict is kept under a key, the hash of all that it depends on: the submission's code, the
exercise, the release, the checks and the secret. So what was judged is never judged
again, and a run that was killed goes on where it was. What changed is judged anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

from .judge import Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    student TEXT NOT NULL, assignment TEXT NOT NULL, exercise TEXT NOT NULL,
    key TEXT NOT NULL, verdict TEXT NOT NULL,
    PRIMARY KEY (student, assignment, exercise)
) WITHOUT ROWID
"""


class Ledger:
    """The verdicts of one grading folder.

    Args:
        path: of the database; made if it is not there.
    """

    def __init__(self, path: Path):
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute(SCHEMA)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()

    def knows(self, student: str, assignment: str, exercise: str, key: str) -> bool:
        """Whether this very thing was judged."""
        row = self.connection.execute(
            "SELECT key FROM verdicts WHERE (student, assignment, exercise) = (?, ?, ?)",
            (student, assignment, exercise)).fetchone()
        return row is not None and row[0] == key

    def write(self, verdicts: list[tuple[str, Verdict]]) -> None:
        """Keep verdicts with their keys, all or none."""
        rows = [(v.student, v.assignment, v.exercise, key,
                 json.dumps(v.as_dict(), sort_keys=True)) for key, v in verdicts]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def forget(self, statuses: tuple[str, ...]) -> int:
        """Drop all verdicts with one of these statuses, to have them judged again."""
        marks = ", ".join("?" * len(statuses))
        return self.connection.execute(
            f"DELETE FROM verdicts WHERE json_extract(verdict, '$.status') IN ({marks})",
            statuses).rowcount

    def pairs(self) -> set[tuple[str, str]]:
        """Students and assignments with a verdict."""
        return set(self.connection.execute(
            "SELECT DISTINCT student, assignment FROM verdicts").fetchall())

    def keep_only(self, wanted: set[tuple[str, str, str]]) -> None:
        """Drop rows of submissions and exercises that are no longer there."""
        for row in self.connection.execute(
                "SELECT student, assignment, exercise FROM verdicts").fetchall():
            if row not in wanted:
                self.connection.execute(
                    "DELETE FROM verdicts WHERE (student, assignment, exercise) = (?, ?, ?)", row)

    def verdicts(self) -> list[Verdict]:
        """All verdicts, by assignment, student and exercise."""
        rows = self.connection.execute("SELECT verdict FROM verdicts").fetchall()
        found = [Verdict(**json.loads(row[0])) for row in rows]
        return sorted(found, key=lambda v: (v.assignment, v.student, _order(v.exercise)))


def key_of(*parts: str) -> str:
    """One hash for all that a verdict depends on."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _order(exercise: str) -> tuple[int, ...]:
    return tuple(int(part) for part in exercise.split(".") if part.isdigit())
