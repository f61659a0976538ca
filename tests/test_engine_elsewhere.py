"""A sweep on other processes, interrupted, killed and resumed: always the same table."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch

from reglab import L2, MLP, SGD, Recipe, jobs, sweep


def arms(epochs=2):
    return {w: Recipe(MLP(6, w, 3, dropout=0.2), (L2(0.01),), SGD(0.1), epochs, 16)
            for w in (8, 9, 10, 11)}


def assert_same(a, b):
    assert (a.arms, a.seeds) == (b.arms, b.seeds)
    for part in ("train", "validation"):
        for metric in ("loss", "score"):
            torch.testing.assert_close(a.curve(part, metric), b.curve(part, metric))
    for arm in a.arms:
        for seed in a.seeds:
            for p, q in zip(a.model(arm, seed).parameters(), b.model(arm, seed).parameters(),
                            strict=True):
                torch.testing.assert_close(p, q)


def test_a_process_pool_gives_the_same_table(toy):
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        there = sweep(arms(), toy, [0, 1], executor=pool, progress=False)
    assert_same(there, sweep(arms(), toy, [0, 1], progress=False))


def test_dask_survives_the_loss_of_a_worker(toy):
    distributed = pytest.importorskip("distributed")
    many = arms(epochs=150)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1",
                                  dashboard_address=None) as cluster, \
            distributed.Client(cluster) as client:
        pids = client.run(os.getpid)
        killed = []

        class Killing(client.get_executor().__class__):
            """Kills one of the two workers when everything is under way."""

            def submit(self, *args, **kwargs):
                job = super().submit(*args, **kwargs)
                if len(killed) == 0 and self.count == len(many) - 1:
                    time.sleep(0.5)
                    killed.append(next(iter(pids.values())))
                    os.kill(killed[0], signal.SIGKILL)
                self.count += 1
                return job

        executor = Killing(client)
        executor.count = 0
        there = sweep(many, toy, [0, 1], executor=executor, progress=False)
        assert killed and killed[0] not in client.run(os.getpid).values()
    assert_same(there, sweep(many, toy, [0, 1], progress=False))


SCRIPT = """
    import sys, torch
    from reglab import L2, MLP, SGD, Recipe, sweep
    from reglab.data import Split, Splits
    random = torch.Generator().manual_seed(0)
    part = Split(torch.randn(200, 6, generator=random), torch.arange(200) % 3)
    arms = {w: Recipe(MLP(6, w, 3, dropout=0.2), (L2(0.01),), SGD(0.1), 30, 16)
            for w in range(8, 24)}
    print("begin", flush=True)
    path = sys.argv[1] if len(sys.argv) > 1 else None
    result = sweep(arms, Splits(part, part, part, "noise", classes=3), [0, 1], workers=1,
                   checkpoint=path, progress=False)
    print(hash(tuple(result.curve(metric="loss").flatten().tolist())))
"""


def start(*arguments):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(SCRIPT), *arguments], text=True,
                            stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"})


def test_kill_9_at_five_random_moments_and_resume(tmp_path):
    path, moments = str(tmp_path / "sweep.db"), random.Random(0)
    for _ in range(5):
        process = start(path)
        assert process.stdout.readline() == "begin\n"
        time.sleep(moments.uniform(0.1, 0.8))
        process.kill()
        process.communicate()
    resumed, whole = start(path), start()
    assert resumed.communicate()[0] == whole.communicate()[0]


def test_finished_runs_are_not_trained_again(toy, tmp_path, monkeypatch):
    path = tmp_path / "sweep.db"
    honest, trained = jobs.train_group, []

    def train(runs, *arguments):
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append([(run.arm, run.seed) for run in runs])
        return honest(runs, *arguments)

    monkeypatch.setattr(jobs, "train_group", train)
    with pytest.raises(KeyboardInterrupt):
        sweep(arms(), toy, [0, 1], workers=1, checkpoint=path, progress=False)
    first = sum(trained, [])
    assert len(first) == 4
    trained.clear()
    monkeypatch.setattr(jobs, "can_fork", lambda: False)    # what is counted there is not seen here
    monkeypatch.setattr(jobs, "train_group", lambda runs, *a: (
        trained.append([(run.arm, run.seed) for run in runs]), honest(runs, *a))[1])
    resumed = sweep(arms(), toy, [0, 1], workers=2, checkpoint=path, progress=False)
    assert not set(first) & set(sum(trained, []))
    assert len(first) + len(sum(trained, [])) == 8
    assert_same(resumed, sweep(arms(), toy, [0, 1], progress=False))


@pytest.mark.parametrize("change", ["epochs", "seeds", "data", "strength"])
def test_a_checkpoint_of_another_sweep_is_refused(change, toy, tmp_path, refused):
    path = tmp_path / "sweep.db"
    recipe = arms()[8]
    sweep({8: recipe}, toy(0), [0], checkpoint=path, progress=False)
    recipe = {"epochs": recipe.replace(epochs=3),
              "strength": recipe.replace(techniques=(L2(0.02),))}.get(change, recipe)
    with refused("sweep.checkpoint"):
        sweep({8: recipe}, toy(1 if change == "data" else 0), [1 if change == "seeds" else 0],
              checkpoint=path, progress=False)


def test_a_file_that_is_no_checkpoint_is_refused(toy, tmp_path, refused):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and quite long enough to be read as one " * 20)
    with refused("sweep.checkpoint"):
        sweep({8: arms()[8]}, toy, [0], checkpoint=path, progress=False)


def test_an_executor_is_required(toy, refused):
    with refused("sweep.executor", TypeError):
        sweep(arms(), toy, [0], executor="dask", progress=False)


def test_tqdm_disable(toy, capfd, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    sweep(arms(), toy, [0])
    assert capfd.readouterr() == ("", "")
