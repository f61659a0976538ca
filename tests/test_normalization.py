"""Ghost batch norm: torch's batch norm on each part, its running statistics, its limits."""

import math

import pytest
import torch
from torch import nn

from reglab import MLP, SGD, Recipe, fit, initialize, sweep
from reglab.normalization import GhostBatchNorm
from reglab.seeding import generator


def batch(n=12, d=5, seed=0):
    return 3 + 2 * torch.randn(n, d, generator=generator(seed, "test"), dtype=torch.float64)


def pair(size, d=5):
    """A ghost batch norm and torch's batch norm, with the same random gain and shift."""
    ours, theirs = GhostBatchNorm(d, size).double(), nn.BatchNorm1d(d).double()
    with torch.no_grad():
        for name in ("weight", "bias"):
            values = torch.rand(d, generator=generator(1, name), dtype=torch.float64) + 0.5
            getattr(ours, name).copy_(values)
            getattr(theirs, name).copy_(values)
    return ours, theirs


@pytest.mark.parametrize("size", [12, 20, 1000])
def test_one_ghost_batch_is_torchs_batch_norm(size):
    """Off: outputs, gradients, running statistics and evaluation, over several batches."""
    ours, theirs = pair(size)
    for seed in range(4):
        inputs = [batch(seed=seed).requires_grad_() for _ in range(2)]
        outputs = [layer(x) for layer, x in zip((ours, theirs), inputs, strict=True)]
        torch.testing.assert_close(*outputs)
        for y in outputs:
            (y ** 3).sum().backward()
        torch.testing.assert_close(inputs[0].grad, inputs[1].grad)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    torch.testing.assert_close(ours.eval()(batch(seed=9)), theirs.eval()(batch(seed=9)))


@pytest.mark.parametrize("size", [2, 3, 4, 6])
def test_each_part_is_normalized_by_itself(size):
    ours, theirs = pair(size)
    x = batch()
    torch.testing.assert_close(ours(x), torch.cat([theirs(part) for part in x.split(size)]))


@pytest.mark.parametrize("size", [2, 6])
def test_running_statistics_are_means_over_the_ghost_batches(size):
    layer = GhostBatchNorm(5, size, momentum=0.3).double()
    x = batch()
    layer(x)
    parts = x.unflatten(0, (-1, size))
    torch.testing.assert_close(layer.running_mean, 0.3 * x.mean(0))
    torch.testing.assert_close(layer.running_var, 0.7 + 0.3 * parts.var(1).mean(0))


def test_the_running_variance_is_unbiased():
    """Pairs: the biased variance would be half of the true one, 4."""
    layer = GhostBatchNorm(1, 2, momentum=1.0).double()
    layer(batch(40_000, 1))
    # 20 000 unbiased variances of pairs of normal numbers, each with standard deviation 4 √2
    assert abs(layer.running_var.item() - 4) < 4 * 4 * math.sqrt(2 / 20_000)


def test_pairs_keep_only_which_is_larger():
    y = GhostBatchNorm(5, 2).double()(batch())
    torch.testing.assert_close(y.abs(), torch.ones_like(y), atol=1e-2, rtol=0)


def test_starts_anew():
    layer = GhostBatchNorm(5, 4).double()
    layer(batch())
    nn.init.constant_(layer.weight, 7.0)
    initialize(layer, 0)
    fresh = GhostBatchNorm(5, 4).double()
    for name, tensor in layer.state_dict().items():
        assert torch.equal(tensor, fresh.state_dict()[name]), name
    assert {"running_mean", "running_var"} <= set(layer.state_dict())


@pytest.mark.parametrize("size", [5, 25, 50])
def test_many_at_once_are_as_alone(size, toy):
    model = MLP(6, 12, 3, norm=lambda width: GhostBatchNorm(width, size)).double()
    arms = {rate: Recipe(model, optimizer=SGD(rate), epochs=3, batch_size=25)
            for rate in (0.1, 0.3)}
    together = sweep(arms, toy, seeds=range(3), progress=False)
    for rate, recipe in arms.items():
        for seed in range(3):
            alone = fit(recipe, toy, seed, progress=False).model()
            beside = together.model(rate, seed)
            for name, tensor in alone.state_dict().items():
                torch.testing.assert_close(beside.state_dict()[name], tensor, msg=name)


def test_a_net_of_one_ghost_batch_trains_as_with_torchs(toy):
    models = [MLP(6, 12, 3, norm=norm).double()
              for norm in (nn.BatchNorm1d, lambda width: GhostBatchNorm(width, 25))]
    ours, theirs = (fit(Recipe(model, optimizer=SGD(0.1), epochs=3, batch_size=25), toy,
                        progress=False).model() for model in models)
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, msg=name)


def test_refuses(refused):
    with refused("GhostBatchNorm.size"):
        GhostBatchNorm(5, 1)
    with refused("GhostBatchNorm.size", TypeError):
        GhostBatchNorm(5, 2.5)
    with refused("GhostBatchNorm.features"):
        GhostBatchNorm(0, 2)
    for value in (0.0, -0.1, 1.5, math.nan):
        with refused("GhostBatchNorm.momentum"):
            GhostBatchNorm(5, 2, momentum=value)
    with refused("GhostBatchNorm.eps"):
        GhostBatchNorm(5, 2, eps=0.0)
    for n in (1, 14):
        with refused("GhostBatchNorm.batch", cure="Choose a batch size"):
            GhostBatchNorm(5, 4)(torch.ones(n, 5))


def test_repr():
    assert repr(GhostBatchNorm(5, 4)) == "GhostBatchNorm(5, size=4, momentum=0.1, eps=1e-05)"
