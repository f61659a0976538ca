"""All cores, and one thread inside operations."""

import os
import threading
import time

import pytest
import torch

from reglab import devices
from reglab.devices import on_all_cores
from reglab.forking import can_fork


@pytest.mark.parametrize("forks", [True, False])
def test_the_order_is_kept_and_all_cores_are_used(forks, monkeypatch):
    if forks and not can_fork():
        pytest.skip("processes cannot be forked here")
    monkeypatch.setattr(devices, "can_fork", lambda: forks)
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    def work(item):
        time.sleep(0.02 * (4 - item))    # the last one is ready first
        return item, torch.get_num_threads(), (os.getpid(), threading.get_ident())

    found = on_all_cores(work, range(4))
    assert [result[:2] for result in found] == [(item, 1) for item in range(4)]
    workers = {worker for *_, worker in found}
    assert len(workers) > 1 or os.cpu_count() == 1
    assert all((process != os.getpid()) == forks for process, _ in workers)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_a_process_among_others_takes_no_other_core():
    if not can_fork():
        pytest.skip("processes cannot be forked here")
    found = on_all_cores(lambda i: on_all_cores(lambda j: (os.getpid(), threading.get_ident()),
                                                range(3)), range(2))
    assert all(len(set(inner)) == 1 for inner in found)


def test_no_items_are_no_work():
    assert on_all_cores(lambda item: 1 / 0, []) == []
