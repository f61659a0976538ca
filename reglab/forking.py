"""Work for all cores: in forked processes where that is safe, in threads elsewhere.

Two threads that train small networks wait for each other, as every operation needs Python's lock.
Processes do not, and a forked one has all modules, models and data at once, with nothing pickled.
"""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

import torch


def can_fork() -> bool:
    """Whether a forked process would work: on Linux, without CUDA, from the main thread.

    Elsewhere system libraries do not survive a fork, or torch's threads for the GPU do not.
    """
    return (sys.platform == "linux" and not torch.cuda.is_available()
            and threading.current_thread() is threading.main_thread() and not is_forked())


def is_forked() -> bool:
    """Whether this is such a process itself, or another that may have no children."""
    return bool(multiprocessing.current_process().daemon)


def forked(work: Callable[[int, Callable], Any], count: int, workers: int,
           told: Callable[[Any], None] = lambda news: None) -> Iterator[tuple[int, Any]]:
    """``(i, work(i, tell))`` for every i < count as each is finished, in so many processes at once.

    What a process tells, and what it returns, is pickled. An error in one of them is raised here
    and ends the others, as Ctrl-C does.
    """
    running: dict[Connection, tuple[int, multiprocessing.Process]] = {}
    number = 0
    try:
        while number < count or running:
            while number < count and len(running) < workers:
                connection, process = _start(work, number, list(running))
                running[connection] = number, process
                number += 1
            for connection in wait(list(running)):
                kind, value = _heard(connection, running[connection][1])
                if kind == "news":
                    told(value)
                elif kind == "error":
                    raise value
                else:
                    i, process = running.pop(connection)
                    process.join()
                    connection.close()
                    yield i, value
    finally:
        for connection, (_, process) in running.items():
            process.kill()
            process.join()
            connection.close()


def _start(work: Callable, number: int,
           others: list[Connection]) -> tuple[Connection, multiprocessing.Process]:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, number, there, [here, *others]),
                              daemon=True)
    with warnings.catch_warnings():    # of forking beside Jupyter's threads, which are not used
        warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
        process.start()
    there.close()
    return here, process


def _run(work: Callable, number: int, connection: Connection, ends: list[Connection]) -> None:
    for end in ends:    # the parent's: while one is open here, nobody sees that the parent is gone
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)    # Ctrl-C is for the parent, which ends this one
    gc.freeze()    # what was inherited stays where it is
    torch.set_num_threads(1)

    def tell(kind: str, value: Any) -> None:
        connection.send_bytes(pickle.dumps((kind, value)))

    try:
        tell("result", work(number, lambda news: tell("news", news)))
    except BrokenPipeError:
        return    # the parent is gone
    except Exception as error:
        error.add_note(f"in a process of its own:\n{traceback.format_exc()}")
        tell("error", error)


def _heard(connection: Connection, process: multiprocessing.Process) -> tuple[str, Any]:
    try:
        return pickle.loads(connection.recv_bytes())
    except EOFError:
        process.join()
        raise RuntimeError(f"a process of this sweep ended with exit code {process.exitcode}, "
                           "perhaps for want of memory; try workers=1") from None
