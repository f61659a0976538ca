"""The recorded verdicts, tracked with the code: what CI compares with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .ledger import FULL, Entry, record
from .store import replace

RECORDS = Path(__file__).with_name("recorded.json")


def tier(seeds: int) -> str:
    """The tier that so many seeds belong to: each has records of its own."""
    return "full" if seeds >= FULL else "quick"


def load(path: Path, seeds: int) -> dict[str, Any]:
    """Verdicts by id."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found.get(tier(seeds), {})


def save(path: Path, seeds: int, entries: Iterable[Entry]) -> None:
    """Record the verdicts of the entries that are settled; others stay as they were."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found.setdefault(tier(seeds), {}).update(
        {e.statement.id: record(e.settled) for e in entries if e.settled is not None})
    ordered = {name: dict(sorted(found[name].items())) for name in sorted(found)}
    replace(path, (json.dumps(ordered, indent=1, ensure_ascii=False) + "\n").encode())
