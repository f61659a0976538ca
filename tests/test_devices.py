"""Threads: one inside operations, one for each core over seeds."""

import os
import threading
import time

import torch

from reglab.devices import each_seed


def test_each_seed_keeps_the_order_and_uses_the_cores():
    names, before = set(), torch.get_num_threads()

    def work(seed):
        names.add(threading.get_ident())
        time.sleep(0.02 * (4 - seed))    # the last one is ready first
        return seed, torch.get_num_threads()

    assert each_seed(work, range(4)) == [(seed, 1) for seed in range(4)]
    assert len(names) == min(4, os.cpu_count())
    assert torch.get_num_threads() == before
