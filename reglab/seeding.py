"""Randomness: one generator for each seed and purpose.

Initialization, batch order, dropout masks and data draws each have their own stream, so that
switching dropout on does not change the order of the batches, and two runs with the same seed
are paired in everything that they share.
"""

from __future__ import annotations

import contextlib
import threading
import zlib

import numpy as np
import torch

from .arguments import require_integer

_global_generator = threading.RLock()  # torch's global generator is one for all threads


def derive(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose, independent of the seeds of all other purposes.

    NumPy's ``SeedSequence`` (O'Neill 2015) spreads ``(seed, crc32(purpose))``; the same pair
    gives the same number on every machine.

    >>> derive(0, "batches") == derive(0, "batches"), derive(0, "batches") == derive(0, "masks")
    (True, False)
    """
    require_integer(seed, "seed", 0, cure="Seeds count 0, 1, 2 and so on.")
    words = np.random.SeedSequence([int(seed), zlib.crc32(purpose.encode())]).generate_state(2)
    return (int(words[0]) << 32 | int(words[1])) >> 1


def generator(seed: int, purpose: str) -> torch.Generator:
    """A CPU generator for ``purpose`` under ``seed``.

    Every random number of a run is drawn on the CPU, so a run on a GPU sees the same ones.

    >>> torch.equal(torch.randperm(5, generator=generator(0, "a")),
    ...             torch.randperm(5, generator=generator(0, "a")))
    True
    """
    return torch.Generator().manual_seed(derive(seed, purpose))


def numpy_generator(seed: int, purpose: str) -> np.random.Generator:
    """As :func:`generator`, for NumPy."""
    return np.random.default_rng(derive(seed, purpose))


@contextlib.contextmanager
def global_seed(seed: int, purpose: str):
    """Seed torch's global CPU generator inside the block, and restore it afterwards.

    For code that takes no generator, such as the initialization of ``torch.nn`` layers. One
    thread at a time can be inside.
    """
    derived = derive(seed, purpose)
    with _global_generator:
        state = torch.random.get_rng_state()
        torch.default_generator.manual_seed(derived)
        try:
            yield
        finally:
            torch.random.set_rng_state(state)
