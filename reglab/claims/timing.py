"""What something costs in time, as a ratio measured side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..devices import one_thread


def relative_times(tasks: Sequence[Mapping[str, Callable[[], object]]], turns: int,
                   warm_up: int = 5) -> dict[str, list[float]]:
    """How long each task takes, relative to the first one; one ratio for each set of tasks.

    All are run by turns, on one thread, also those of different sets (such as seeds). A ratio is
    of two times from the same turn, and the median over turns is taken: whatever else the machine
    does slows both tasks of a turn, or few of its turns.

    Args:
        tasks: sets of functions by name, the same names in each.
        turns: how often each is timed.
        warm_up: turns before, whose times do not count.
    """
    with one_thread():
        times = [[{name: _time_of(task) for name, task in each.items()} for each in tasks]
                 for _ in range(warm_up + turns)][warm_up:]
    first, *others = tasks[0]
    return {name: [statistics.median(turn[name] / turn[first] for turn in each)
                   for each in zip(*times, strict=True)]
            for name in others}


def _time_of(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def gradient_step(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """One step of gradient descent in plain PyTorch, without an optimizer's own work."""
    loss = F.cross_entropy(model(x), y)
    parameters = list(model.parameters())
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        p.data.sub_(g, alpha=0.01)
