"""Inside the sandbox: the fork server, which has torch imported once.

It never runs a student's code itself. For each job it forks a process that moves into
namespaces of its own (users, processes, mounts, IPC, network), with fresh empty file systems, and
forks the process that runs the code: see :mod:`~reglab.grading.namespaces`. When a job ends, the
kernel ends all that it started, and nothing of it is left for the next one.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path


def main(descriptor: int) -> None:
    """Serve jobs from a control socket until it closes."""
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    from . import namespaces

    namespaces.settle()
    import torch

    torch.set_num_threads(1)
    from . import job  # imports all that a job needs

    job.warm_up()
    gc.collect()
    gc.freeze()    # forked children then share these pages
    _tell(control, {"ready": os.getpid(), "torch": torch.__version__})
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 2**16, 1)
        if not data:
            return
        order = json.loads(data)
        if "run" not in order:
            continue    # an order to kill a job that has ended
        _tell(control, {"done": order["run"], **_run(control, descriptors[0], order)})


def _run(control: socket.socket, channel: int, order: dict) -> dict:
    from . import job, namespaces

    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            control.close()
            os._exit(namespaces.enter(order, lambda: job.main(channel, order)))
        except BaseException as error:
            _complain(error)
            os._exit(111)
    os.close(channel)
    handle = os.pidfd_open(child)
    try:
        while True:
            ready, _, _ = select.select([handle, control], [], [])
            if handle in ready:
                break
            data = control.recv(2**16)
            os.kill(child, signal.SIGKILL)    # an order to end it, or the judge is gone
            if not data:
                sys.exit()
    finally:
        os.close(handle)
    _, status = os.waitpid(child, 0)
    _bury_orphans()
    return {"status": os.waitstatus_to_exitcode(status)}


def _bury_orphans() -> None:
    """Wait until process 1 of the room is gone, and with it all that was in there."""
    while True:
        left = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        if not left:
            return
        for number in map(int, left):
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)


def _tell(control: socket.socket, message: dict) -> None:
    control.sendall(json.dumps(message).encode())


def _complain(error: BaseException) -> None:
    try:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
    except Exception:
        pass
