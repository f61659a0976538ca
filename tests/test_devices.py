"""All cores over seeds, and one thread inside operations."""

import os
import threading
import time

import pytest
import torch

from reglab import devices
from reglab.devices import each_seed
from reglab.forking import can_fork


@pytest.mark.parametrize("forks", [True, False])
def test_each_seed_keeps_the_order_and_uses_the_cores(forks, monkeypatch):
    if forks and not can_fork():
        pytest.skip("processes cannot be forked here")
    monkeypatch.setattr(devices, "can_fork", lambda: forks)
    before = torch.get_num_threads()

    def work(seed):
        time.sleep(0.02 * (4 - seed))    # the last one is ready first
        return seed, torch.get_num_threads(), (os.getpid(), threading.get_ident())

    found = each_seed(work, range(4))
    assert [result[:2] for result in found] == [(seed, 1) for seed in range(4)]
    workers = {worker for *_, worker in found}
    assert len(workers) > 1 or os.cpu_count() == 1
    assert all((process != os.getpid()) == forks for process, _ in workers)
    assert torch.get_num_threads() == before
