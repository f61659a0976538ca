"""Where to train, and on how many cores."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from .arguments import require
from .forking import can_fork, forked

T = TypeVar("T")


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


def each_seed(function: Callable[[int], T], seeds: Sequence[int]) -> list[T]:
    """``function(seed)`` for every seed, in order, on all cores, with one thread inside operations.

    In processes where they can be forked, so that what ``function`` leaves behind is lost there:
    it must not open test data, which are counted.
    """
    cores = os.cpu_count() or 1
    if cores > 1 and can_fork():
        found = dict(forked(lambda i, tell: function(seeds[i]), len(seeds), cores))
        return [found[i] for i in range(len(seeds))]
    with one_thread(), ThreadPoolExecutor(cores) as pool:
        return list(pool.map(function, seeds))
