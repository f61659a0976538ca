"""Finished work on disk, so that an interrupted ledger goes on where it was."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from ..comparison import Levels
from .rules import Claim, Settled

PACKAGE = Path(__file__).resolve().parents[1]
LIBRARIES = ("mnist1d", "numpy", "scikit-learn", "scipy", "torch")
WEEK = 7 * 24 * 3600    # seconds


def default_folder() -> Path:
    """``$REGLAB_CACHE``, or ``~/.cache/reglab``."""
    return Path(os.environ.get("REGLAB_CACHE") or Path.home() / ".cache" / "reglab")


class Store:
    """The effects of settled claims in one small file, and results that are still needed.

    All of it belongs to one state of the code: when a file of the package or a library changes,
    nothing found here counts any more, and it is removed after a week. Files are replaced as a
    whole: whoever reads after a crash finds the last complete one.

    Args:
        folder: where; made if it does not exist.
        code: a name for the state of the code; ``None`` takes :func:`state_of_the_code`.
    """

    def __init__(self, folder: Path, code: str | None = None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.code = code or state_of_the_code()
        for path in self.folder.glob("claims-*"):
            if self.code not in path.name and time.time() - path.stat().st_mtime > WEEK:
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget what was finished with this state of the code."""
        for path in self.folder.glob(f"claims-{self.code}*"):
            path.unlink(missing_ok=True)

    # Settled claims

    @property
    def _file(self) -> Path:
        return self.folder / f"claims-{self.code}.json"

    def _all(self) -> dict[str, Any]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def load(self, claim: Claim, seeds: int, base_seed: int) -> Settled | None:
        found = self._all().get(_key(claim.id, seeds, base_seed))
        if found is None:
            return None
        levels = {name: Levels(*numbers) for name, numbers in found["levels"].items()}
        return Settled(claim, found["effects"], found["looks"], levels)

    def save(self, id: str, seeds: int, base_seed: int, settled: Settled) -> None:
        claims = self._all()
        claims[_key(id, seeds, base_seed)] = {"effects": settled.effects, "looks": settled.looks,
                                              "levels": settled.levels}
        replace(self._file, json.dumps(claims, indent=1).encode())

    # Results of experiments, until the last claim that needs them is settled

    def _result_file(self, name: str, seeds: Sequence[int]) -> Path:
        mark = hashlib.sha256(f"{name} {list(seeds)}".encode()).hexdigest()[:16]
        return self.folder / f"claims-{self.code}-{mark}.pt"

    def load_result(self, name: str, seeds: Sequence[int]) -> Any:
        path = self._result_file(name, seeds)
        return torch.load(path, weights_only=False) if path.exists() else None

    def save_result(self, name: str, seeds: Sequence[int], result: Any) -> None:
        content = io.BytesIO()
        torch.save(result, content)    # unlike pickle, keeps storage that tensors share only once
        replace(self._result_file(name, seeds), content.getvalue())

    def drop_result(self, name: str, seeds: Sequence[int]) -> None:
        self._result_file(name, seeds).unlink(missing_ok=True)


def _key(id: str, seeds: int, base_seed: int) -> str:
    return f"{id} seeds={seeds} base={base_seed}"


def replace(path: Path, content: bytes) -> None:
    """Write a file so that at every moment it is the old one or the new one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    draft.write_bytes(content)
    os.replace(draft, path)


@lru_cache
def state_of_the_code() -> str:
    """A hash of the package's source, and of the versions of what it computes with."""
    from importlib.metadata import version

    digest = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
