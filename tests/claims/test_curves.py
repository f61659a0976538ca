"""Steps to a loss, read off curves."""

import math
from types import SimpleNamespace

import pytest
import torch

from reglab.claims.curves import steps_to


class Curves:
    """As much of a result as is looked at: three runs, ten steps an epoch."""

    epochs = torch.tensor([5, 10, 15])
    splits = {seed: SimpleNamespace(train=range(95)) for seed in range(3)}
    recipes = {"an arm": SimpleNamespace(batch_size=10)}

    def curve(self, part, metric, arm):
        assert (part, metric, arm) == ("train", "loss", "an arm")
        return torch.tensor([[2.0, 1.0, 0.5], [0.5, 0.6, 0.4], [1.5, 1.2, 1.0]])


def test_they_lie_between_two_evaluations():
    start = math.log(10)
    assert steps_to(Curves(), "an arm", 1.2) == pytest.approx(
        [90.0, 50 * (start - 1.2) / (start - 0.5), 100.0])


def test_a_loss_that_a_run_does_not_reach_is_named():
    with pytest.raises(ValueError, match="reached by all runs of an arm; got loss=0.45"):
        steps_to(Curves(), "an arm", 0.45)
