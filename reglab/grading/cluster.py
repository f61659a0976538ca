"""Grading on Dask: ``reglab grade … --dask tcp://scheduler:8786``.

A worker needs the course installed and bubblewrap. It proves its sandbox before the first
submission. The secret stays here: a worker gets the seeds of the exercises that it judges.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

from ..doctor import is_fit, report
from .batch import Judged, Run, Work, bound_memory, judge_work, quiet_torch
from .judge import Verdict
from .sandbox import Sandbox, SandboxError

_one_at_a_time = threading.Lock()    # the judge uses global states: random numbers, printed text
_sandbox: Sandbox | None = None


def on_dask(address: str) -> Run:
    """The workers of a scheduler. A worker that dies loses nothing: others take over."""
    def run(todo: list[Work]) -> Iterator[Judged]:
        if not todo:
            return
        try:
            from distributed import Client, as_completed
        except ImportError:
            raise SandboxError("Dask is not installed: pip install 'reglab[cluster]'") from None
        with Client(address, timeout=30) as client:
            futures = [client.submit(on_worker, work, pure=False, retries=2) for work in todo]
            for _, text in as_completed(futures, with_results=True):
                yield [(key, Verdict(**row)) for key, row in json.loads(text)]
    return run


def on_worker(work: Work) -> str:
    """Judge one submission in this process's sandbox, started and proven once."""
    global _sandbox
    with _one_at_a_time:
        if _sandbox is None:
            from .doctor import examine

            findings = examine()
            if not is_fit(findings):
                raise SandboxError("the sandbox does not hold on a worker:\n"
                                   + report([f for f in findings if f.cure]))
            quiet_torch()
            bound_memory()
            _sandbox = Sandbox(work.limits)
        return json.dumps([(key, verdict.as_dict()) for key, verdict in judge_work(_sandbox, work)])
