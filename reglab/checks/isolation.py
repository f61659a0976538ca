"""Run a learner's code without disturbing anything: random states, printed text, warnings."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def isolated() -> Iterator[io.StringIO]:
    """Collect what is printed, silence warnings, and restore all global random states.

    >>> with isolated() as printed:
    ...     print("hello", torch.rand(1) < 2)
    >>> printed.getvalue()
    'hello tensor([True])\\n'
    """
    states = torch.random.get_rng_state(), np.random.get_state(), random.getstate()
    printed = io.StringIO()
    try:
        with (contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed),
              warnings.catch_warnings()):
            warnings.simplefilter("ignore")
            yield printed
    finally:
        torch.random.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])


def shorten(text: str, lines: int = 8, characters: int = 600) -> str:
    """The beginning of a text, marked where it was cut.

    >>> shorten("a\\nb\\nc", lines=2)
    'a\\nb\\n…'
    """
    text = text.strip("\n")
    short = "\n".join(text[:characters].split("\n")[:lines])
    return short if short == text else short + "\n…"
