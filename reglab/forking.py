"""Work for all cores: in forked processes where that is safe, in threads elsewhere.

Two threads that train small networks wait for each other, as every operation needs Python's lock.
Processes do not, and a forked one has all modules, models and data at once, with nothing pickled.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
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

PR_SET_PDEATHSIG = 1    # of <sys/prctl.h>: a signal for when the parent is gone


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
    and ends the others, as Ctrl-C does. They end with this process, even if it is killed.
    """
    running: dict[Connection, tuple[int, multiprocessing.Process]] = {}
    number = 0
    try:
        while number < count or running:
            while number < count and len(running) < workers:
                _start(work, number, running)
                number += 1
            for connection in wait(list(running)):
                i, process = running[connection]
                kind, value = _heard(connection, process)
                if kind == "news":
                    told(value)
                elif kind == "error":
                    raise value
                else:
                    process.join(1)    # its result is here: what else it does is of no use
                    process.kill()
                    process.join()
                    del running[connection]
                    connection.close()
                    yield i, value
    finally:
        for _, process in running.values():
            process.kill()
        for connection, (_, process) in running.items():
            process.join()
            connection.close()


def _start(work: Callable, number: int, running: dict) -> None:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, number, there, os.getpid()), daemon=True)
    # Ctrl-C is for the parent, which ends the others: in those it stays blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with warnings.catch_warnings():    # of forking beside Jupyter's threads, which are not used
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            process.start()
        running[here] = number, process
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    there.close()


def _run(work: Callable, number: int, connection: Connection, parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    gc.freeze()    # what was inherited stays where it is
    torch.set_num_threads(1)

    def tell(kind: str, value: Any) -> None:
        connection.send_bytes(pickle.dumps((kind, value)))

    try:
        tell("result", work(number, lambda news: tell("news", news)))
    except Exception as error:
        tell("error", _for_travel(error))


def _for_travel(error: Exception) -> Exception:
    """The error with its traceback as a note, in a form that can be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a process of its own:\n{traceback.format_exc()}")
    return error


def _heard(connection: Connection, process: multiprocessing.Process) -> tuple[str, Any]:
    try:
        return pickle.loads(connection.recv_bytes())
    except (EOFError, OSError):
        process.join()
        cure = (": perhaps for want of memory; try workers=1"
                if process.exitcode == -signal.SIGKILL else "")
        raise RuntimeError(
            f"a process of this sweep ended with exit code {process.exitcode}{cure}") from None
