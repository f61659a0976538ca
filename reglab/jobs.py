"""Where the groups of a sweep are trained: in processes, in threads or on other machines."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import torch

from .devices import one_thread
from .forking import can_fork, forked
from .group_training import train_group
from .runs import Run, Trained


def train_all(groups: list[list[int]], runs: Sequence[Run], every: int, device: torch.device,
              workers: int, executor: Executor | None, bar) -> Iterator[tuple[list, Trained]]:
    """Train the groups, here or elsewhere, and give each when it is finished."""
    if executor is not None:
        jobs = {executor.submit(train_elsewhere, [runs[i] for i in group], every, device): group
                for group in groups}
        with _cancelled_on_error(jobs, lambda: None):
            for job in as_completed(jobs):
                own = [runs[i] for i in jobs[job]]
                bar.update(sum(run.recipe.epochs for run in own))
                yield jobs[job], dataclasses.replace(job.result(), runs=own)
        return
    if workers > 1 and len(groups) > 1 and device.type == "cpu" and can_fork():
        for i, trained in forked(
                lambda i, tell: train_elsewhere([runs[j] for j in groups[i]], every, device, tell),
                len(groups), workers, bar.update):
            yield groups[i], dataclasses.replace(trained, runs=[runs[j] for j in groups[i]])
        return
    stopped = threading.Event()

    def advance(epochs: int) -> None:
        if stopped.is_set():
            raise InterruptedError("another group failed, or Ctrl-C was pressed")
        bar.update(epochs)

    with one_thread(), ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(train_group, [runs[i] for i in group], every, device,
                            advance): group
                for group in groups}
        with _cancelled_on_error(jobs, stopped.set):
            for job in as_completed(jobs):
                yield jobs[job], job.result()


@contextmanager
def _cancelled_on_error(jobs, stop: Callable[[], None]):
    """Do not go on with the other jobs after Ctrl-C or an error."""
    try:
        yield
    except BaseException:
        stop()
        for job in jobs:
            job.cancel()
        raise


def train_elsewhere(runs: Sequence[Run], every: int, device: torch.device,
                    advance: Callable[[int], None] = lambda epochs: None) -> Trained:
    """As :func:`train_group`, in another process; the runs need not travel back."""
    with one_thread():
        return dataclasses.replace(train_group(runs, every, device, advance), runs=())
