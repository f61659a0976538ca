"""Inside the sandbox: run a student's cells, then answer calls to the function they define."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import io
import linecache
import os
import signal
import socket
import sys
import traceback
import types
import warnings
from typing import Any

from .peer import Peer
from .planning import plan
from .wire import Channel, Closed, Refused

CELL = "<cell {}>"
AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class CellTimeout(Exception):
    """A cell took too long and was interrupted."""


class Quiet(io.TextIOBase):
    """Keeps the beginning of what is printed, and forgets the rest."""

    def __init__(self, limit: int):
        self.limit, self.parts, self.length = limit, [], 0

    def write(self, text: str) -> int:
        text = str(text)
        if self.length < self.limit:
            self.parts.append(text[: self.limit - self.length])
        self.length += len(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def getvalue(self) -> str:
        return "".join(self.parts)


class Shell:
    """Stands in for IPython's shell: magics, shell commands and hooks do nothing."""

    def __getattr__(self, name: str) -> Shell:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        return None


def warm_up() -> None:
    """Do once, before any fork, what nearly every job would do: imports and first uses."""
    import IPython.display  # noqa: F401
    import numpy.random  # noqa: F401
    import torch.nn.functional  # noqa: F401

    import reglab  # noqa: F401
    import reglab.checks  # noqa: F401

    for source in ("%time x = 1", "def f(x):\n    return x"):
        plan([{"name": "", "kind": "own", "source": source}], "x")


def main(channel: int, order: dict) -> None:
    """Serve one job: the first message is the program, the rest are calls."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if null > 2:
        os.close(null)
    sock = socket.socket(fileno=channel)
    sock.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        serve(Channel(sock), order["limits"])
    except (Closed, Refused):
        pass
    os._exit(0)    # no exit handlers: they belong to the student


def serve(channel: Channel, limits: dict) -> None:
    """Run the program that comes first, then answer calls until the channel closes."""
    printed = Quiet(limits["printed"])
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = printed
    warnings.simplefilter("ignore")
    peer = Peer(channel, open_objects=True, describe=describe)
    room = Room(limits, printed)
    peer.objects.append(room.run)
    peer.objects.append(printed.getvalue)
    peer.serve()


class Room:
    """The namespace that the cells run in."""

    def __init__(self, limits: dict, printed: Quiet):
        self.limits = limits
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        shell = Shell()
        self.names = module.__dict__
        self.names.update({"__builtins__": builtins, "get_ipython": lambda: shell,
                           "display": lambda *args, **kwargs: None})

    def run(self, cells: list[dict], answer: str) -> dict:
        """Run the cells that matter; return the answer and what went wrong in which cell."""
        errors = []
        for cell in plan(cells, answer):
            try:
                self._run(cell["name"], cell["source"])
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                errors.append([cell["name"], describe(error)])
        try:
            value = eval(compile(answer, "<answer>", "eval"), self.names)
        except NameError:
            return {"state": "missing", "errors": errors}
        except Exception as error:
            return {"state": "missing", "errors": [*errors, ["answer", describe(error)]]}
        return {"state": "there", "answer": value, "errors": errors}

    def _run(self, name: str, source: str) -> None:
        file = CELL.format(name)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        code = compile(source, file, "exec", flags=AWAIT, dont_inherit=True)

        def interrupt(number, frame):
            raise CellTimeout(f"this cell was interrupted after {self.limits['cell_seconds']} s")

        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, self.limits["cell_seconds"])
        try:
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(types.FunctionType(code, self.names)())
            else:
                exec(code, self.names)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def describe(error: BaseException) -> str:
    """What went wrong and where, in two lines, from the student's own cells."""
    what = "".join(traceback.format_exception_only(error)).strip()
    what = what if len(what) <= 300 else what[:299] + "…"
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if frame.filename.startswith("<cell")]
    where = f" in line {own[-1].lineno}" if own else ""
    code = f", `{own[-1].line}`" if own and own[-1].line else ""
    return f"It stopped{where}{code}.\n{what}"
