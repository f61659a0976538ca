"""Where to train, and on how many cores."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from .arguments import require
from .forking import can_fork, forked, is_forked

A, B = TypeVar("A"), TypeVar("B")


def resolve(device: str | torch.device) -> torch.device:
    """``"auto"`` is CUDA where there is one and the CPU elsewhere; other names are torch's.

    >>> resolve("cpu")
    device(type='cpu')
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError):
        resolved = None
    require(resolved is not None and resolved.type in ("cpu", "cuda"), "device",
            "'auto', 'cpu', 'cuda' or 'cuda:N'", device)
    count = torch.cuda.device_count()
    require(resolved.type == "cpu" or (resolved.index or 0) < count, "device",
            "one that this machine has", device,
            f"CUDA devices here: {count}. 'auto' takes what there is.")
    return resolved


@contextlib.contextmanager
def one_thread():
    """One thread inside each operation: small models are fastest, and steadiest, that way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def on_all_cores(function: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """``function(item)`` for every item, in order, with one thread inside torch's operations.

    Where processes can be forked, each takes a share of the items, and what ``function`` changes
    is lost: whoever shares test data opens them before, so that the look is counted.
    """
    cores = min(os.cpu_count() or 1, len(items))
    if cores > 1 and can_fork():
        shares = dict(forked(lambda k, tell: [function(item) for item in items[k::cores]],
                             cores, cores))
        return [shares[i % cores][i // cores] for i in range(len(items))]
    with one_thread():
        if cores < 2 or is_forked():
            return [function(item) for item in items]
        with ThreadPoolExecutor(cores) as pool:
            return list(pool.map(function, items))
