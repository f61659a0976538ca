"""Ratios of times: against a clock that is set by hand."""

from functools import partial

import pytest
import torch

from reglab.claims import timing
from reglab.models import MLP, initialize


class Clock:
    """Time passes when a task says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def task(self, seconds: float, log: list | None = None, name: str = ""):
        def run():
            self.now += seconds
            if log is not None:
                log.append(name)
        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", clock)
    return clock


def test_each_is_relative_to_the_first_of_its_own_set(clock):
    sets = [{"none": clock.task(t), "twice": clock.task(2 * t), "half": clock.task(t / 2)}
            for t in (1.0, 3.0)]
    assert timing.relative_times(sets, turns=3) == {"twice": [2.0, 2.0], "half": [0.5, 0.5]}


def test_sets_and_tasks_take_turns_and_warm_up_first(clock):
    log = []
    sets = [{name: clock.task(1.0, log, name + seed) for name in ("a", "b")} for seed in "01"]
    timing.relative_times(sets, turns=2, warm_up=1)
    assert log == ["a0", "b0", "a1", "b1"] * 3


def test_warming_up_does_not_count(clock):
    slow_at_first = iter([50.0, 50.0, 50.0, 2.0])

    def settles():
        clock.now += next(slow_at_first)

    sets = [{"none": clock.task(1.0), "settles": settles}]
    assert timing.relative_times(sets, turns=1, warm_up=3) == {"settles": [2.0]}


def test_disturbances_change_nothing(clock):
    """The machine gets slower from turn to turn, and in the first one meets one task alone."""
    none, other = iter([1.0, 5.0, 9.0]), iter([18.0, 10.0, 18.0])

    def task(seconds):
        clock.now += next(seconds)

    sets = [{"none": partial(task, none), "other": partial(task, other)}]
    assert timing.relative_times(sets, turns=3, warm_up=0) == {"other": [2.0]}


def test_a_gradient_step_by_hand():
    model, x, y = initialize(MLP(3, 2), 0), torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])
    weight = model.layers[0].weight.detach().clone()
    p = model(x).softmax(1) - torch.nn.functional.one_hot(y, 2)    # the gradient by the logits
    timing.gradient_step(model, x, y)
    torch.testing.assert_close(model.layers[0].weight.detach(), weight - 0.01 * p.T @ x / 5)
