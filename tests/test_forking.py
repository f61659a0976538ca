"""Forked processes: what they give back, and how they end."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from reglab import MLP, Recipe, jobs, sweep
from reglab.forking import can_fork, forked

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked here")


def test_each_result_comes_with_its_number():
    numbers = torch.arange(5.0)
    found = dict(forked(lambda i, tell: (numbers[i] ** 2, os.getpid()), 5, 2))
    assert [float(found[i][0]) for i in range(5)] == [0, 1, 4, 9, 16]
    assert os.getpid() not in {process for _, process in found.values()}


def test_no_more_at_once_than_asked_for():
    def work(i, tell):
        start = time.monotonic()
        time.sleep(0.05)
        return start, time.monotonic()

    spans = dict(forked(work, 6, 2)).values()
    for start, _ in spans:
        assert sum(a <= start < b for a, b in spans) <= 2


def test_news_arrive():
    heard = []
    list(forked(lambda i, tell: [tell(10 * i + k) for k in range(3)], 2, 2, heard.append))
    assert sorted(heard) == [0, 1, 2, 10, 11, 12]


def test_an_error_is_raised_here_and_ends_the_others():
    def work(i, tell):
        if i == 0:
            raise ValueError("nothing to train")
        time.sleep(60)

    start = time.monotonic()
    with pytest.raises(ValueError, match="nothing to train") as caught:
        list(forked(work, 2, 2))
    assert "in work" in caught.value.__notes__[0]    # where it came from
    assert time.monotonic() - start < 30 and not multiprocessing.active_children()


class Stubborn(Exception):
    """Its arguments are not those of its ``__init__``: it cannot be unpickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def test_an_error_that_cannot_travel_is_told_in_words():
    class Local(Exception):
        pass

    for error, words in ((Local("no data"), "Local: no data"),
                         (Stubborn("this", "that"), "Stubborn: this and that")):
        def work(i, tell, error=error):
            raise error

        with pytest.raises(RuntimeError, match=words) as caught:
            list(forked(work, 1, 2))
        assert "in work" in caught.value.__notes__[0]


def test_a_process_that_does_not_end_holds_nothing_up():
    """As one that was forked while another thread held the lock of the output."""
    def work(i, tell):
        threading.Thread(target=time.sleep, args=(60,)).start()    # waited for before the end
        return i

    start = time.monotonic()
    assert sorted(dict(forked(work, 2, 2))) == [0, 1]
    assert time.monotonic() - start < 30


def test_a_killed_process_is_reported_with_a_cure():
    with pytest.raises(RuntimeError, match="exit code -9.*workers=1"):
        list(forked(lambda i, tell: os.kill(os.getpid(), signal.SIGKILL), 1, 2))


def test_ctrl_c_ends_all_processes():
    def work(i, tell):
        time.sleep(60)

    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(forked(work, 2, 2))
    assert time.monotonic() - start < 30 and not multiprocessing.active_children()


@pytest.mark.parametrize("does", ["tell('x' * 10_000)", "pass"])
def test_processes_end_when_their_parent_is_killed(does):
    """As a kernel is killed in the middle of a sweep; whether they tell anything or not."""
    code = f"""
import os, time
from reglab.forking import forked

def work(i, tell):
    print(os.getpid(), flush=True)
    while True:
        time.sleep(0.01)
        {does}

list(forked(work, 2, 2))
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    children = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(_runs(pid) for pid in children):
        time.sleep(0.05)
    left = [pid for pid in children if _runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nobody_forks_in_a_thread_or_a_daemon():
    answers = []
    thread = threading.Thread(target=lambda: answers.append(can_fork()))
    thread.start()
    thread.join()
    assert answers == [False]
    assert dict(forked(lambda i, tell: can_fork(), 1, 1)) == {0: False}


def test_a_sweep_in_processes_is_the_sweep_in_threads(toy, monkeypatch):
    arms = {width: Recipe(MLP(6, width, 3, dropout=0.5), epochs=2) for width in (3, 5)}
    results = []
    for forks in (True, False):
        monkeypatch.setattr(jobs, "can_fork", lambda forks=forks: forks)
        results.append(sweep(arms, toy, range(3), workers=2, progress=False, device="cpu"))
    forked_, threaded = results
    for part, metric in forked_._curves:
        assert torch.equal(forked_.curve(part, metric), threaded.curve(part, metric))
    for arm in arms:
        for seed in range(3):
            for a, b in zip(forked_.model(arm, seed).parameters(),
                            threaded.model(arm, seed).parameters(), strict=True):
                assert torch.equal(a, b)
