"""Property: in a random sweep, run k equals its solo run, whatever its neighbors and the group."""

import dataclasses

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from reglab import (
    L1,
    L2,
    MLP,
    SGD,
    Adam,
    Conv1dNet,
    Conv2dNet,
    Dropout,
    EarlyStopping,
    ElasticNet,
    MaxNorm,
    Recipe,
    SoftThreshold,
    WeightDecay,
    fit,
    groups,
    sweep,
)
from reglab.augmentation import GaussianNoise
from reglab.hyperparameters import numbers
from reglab.replicas import Replicas
from tests.second_device import SecondDevice

# Solo and group differ in the order of sums only. A sum of n <= 1000 terms is off by at most
# n · 2⁻⁵³ = 1e-13 of its size, and there are at most 24 steps of small rates here. Adam divides
# by √s + 1e-8 and may so enlarge the rounding of a gradient that should vanish, about 1e-17, to
# 1e-9 · lr at each step.
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
SEEDS = (0, 1, 5)


def batch_norm_net(p):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.BatchNorm1d(12), nn.Tanh(),
                         Dropout(p), nn.Linear(12, 3))


def mixed_net(p):
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
                         Dropout(p), nn.Conv2d(3, 4, 2, stride=2), nn.ELU(), nn.Flatten(),
                         nn.Linear(4, 3))


class Unknown(MLP):
    """A model with a forward pass of its own, which cannot be folded."""

    def forward(self, x):
        return super().forward(x) + x.flatten(1)[:, :3]


MODELS = {
    "mlp": ((64,), lambda p: MLP(64, 12, 12, 3, dropout=p)),
    "linear": ((64,), lambda p: MLP(64, 3)),
    "signal": ((1, 64), lambda p: Conv1dNet(64, 3, channels=(3, 4), dropout=p)),
    "image": ((1, 8, 8), lambda p: Conv2dNet(8, 3, channels=(3, 4), dropout=p)),
    "batch norm": ((1, 8, 8), batch_norm_net),
    "mlp with batch norm": ((64,), lambda p: MLP(64, 12, 12, 3, dropout=p, norm=nn.BatchNorm1d)),
    "mixed": ((1, 8, 8), mixed_net),
    "unknown": ((64,), lambda p: Unknown(64, 12, 3, dropout=p)),
}
STRENGTH = st.sampled_from([0.0, 0.01, 0.3])
TECHNIQUES = st.lists(st.sampled_from([L1(0.01), L2(0.1), ElasticNet(0.1, 0.3), WeightDecay(0.1),
                                       SoftThreshold(0.01), MaxNorm(0.8)]), max_size=3)
OPTIMIZERS = st.sampled_from([SGD(0.05), SGD(0.05, 0.9), SGD(0.05, 0.9, nesterov=True),
                              Adam(0.003)])


@st.composite
def sweeps(draw):
    """Arms of one random kind with random numbers, data, a group size and workers."""
    name = draw(st.sampled_from(list(MODELS)))
    shape, make = MODELS[name]
    chain, optimizer = draw(TECHNIQUES), draw(OPTIMIZERS)
    stopping = draw(st.sampled_from([None, EarlyStopping(patience=1)]))
    arms = {}
    for arm in range(draw(st.integers(1, 3))):
        techniques = tuple(dataclasses.replace(t, **{
            field: value * draw(st.sampled_from([0.5, 1.0])) for field, value
            in numbers(t).items()}) for t in chain)
        if draw(st.booleans()):
            techniques = tuple(dataclasses.replace(t, **t.off) for t in techniques)
        arms[arm] = Recipe(
            make(draw(st.sampled_from([0.0, 0.3, 0.5]))).double(), techniques,
            dataclasses.replace(optimizer, lr=optimizer.lr * draw(st.sampled_from([0.3, 1.0]))),
            epochs=4, batch_size=draw(st.sampled_from([9, 50])), stopping=stopping)
    return (arms, shape, draw(st.booleans()), draw(st.integers(1, 9)), draw(st.integers(1, 2)))


def assert_each_as_if_alone(case, toy):
    arms, shape, shared, group_size, workers = case
    def own(seed):
        return toy(seed, shape=shape, n_train=50)

    data = own(7) if shared else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "GROUP_SIZE", group_size)
        result = sweep(arms, data, SEEDS, workers=workers, progress=False, device="cpu")
    for arm, recipe in arms.items():
        for seed in SEEDS[:2]:
            solo = fit(recipe, data, seed, progress=False, device="cpu")
            theirs = solo.model().state_dict()
            for key, tensor in result.model(arm, seed).state_dict().items():
                torch.testing.assert_close(tensor, theirs[key], **CLOSE)


FAST = settings(max_examples=25, deadline=None, derandomize=True,
                suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(case=sweeps())
def test_every_run_is_its_solo_run(case, toy):
    assert_each_as_if_alone(case, toy)


@pytest.mark.parametrize("optimizer", [SGD(0.05), SGD(0.05, 0.9), SGD(0.05, 0.9, nesterov=True),
                                       Adam(0.003)], ids=repr)
@pytest.mark.parametrize("name", list(MODELS))
def test_the_fused_steps(name, optimizer, toy):
    """All numbers are equal, so that one call steps all parameters, however they lie in memory."""
    shape, make = MODELS[name]
    recipe = Recipe(make(0.3).double(), (WeightDecay(0.1),), optimizer, epochs=2, batch_size=9)
    assert_each_as_if_alone(({0: recipe}, shape, False, 3, 1), toy)


def test_a_planted_leak_is_seen(toy, monkeypatch):
    honest = Replicas._step

    def leaking(self, *arguments):
        honest(self, *arguments)
        if len(self) > 1:
            with torch.no_grad():
                for p in self.params.values():
                    p.add_(p.mean(0), alpha=1e-6)

    monkeypatch.setattr(Replicas, "_step", leaking)

    @FAST
    @given(case=sweeps().filter(lambda case: case[3] > 1))
    def check(case):
        assert_each_as_if_alone(case, toy)

    with pytest.raises(AssertionError):
        check()


def test_a_diverged_replica_touches_no_other(toy):
    model = MLP(64, 12, 1).double()

    def data(seed):
        return toy(seed, shape=(64,), classes=None)

    arms = {lr: Recipe(model, (L2(0.1),), SGD(lr), epochs=40, batch_size=9)
            for lr in (0.001, 1e9)}
    result = sweep(arms, data, [0, 1], progress=False, device="cpu")
    assert result.diverged.tolist() == [[False, False], [True, True]]
    solo = fit(arms[0.001], data, 1, progress=False, device="cpu").model().state_dict()
    for key, tensor in result.model(0.001, 1).state_dict().items():
        torch.testing.assert_close(tensor, solo[key], **CLOSE)


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]], ids=["side by side", "alone"])
@pytest.mark.parametrize("optimizer", [SGD(0.05, 0.9), Adam(0.003)], ids=repr)
@pytest.mark.parametrize("name", list(MODELS))
def test_trains_on_another_device(name, optimizer, seeds, toy):
    shape, make = MODELS[name]
    recipe = Recipe(make(0.3).double(), (L2(0.1),), optimizer, epochs=2, batch_size=9)
    arms = {"a": recipe, "b": recipe.replace(optimizer=dataclasses.replace(optimizer, lr=0.001))}
    arms = arms if len(seeds) > 1 else {"a": recipe}

    def data(seed):
        return toy(seed, shape=shape)

    with SecondDevice() as device:
        there = sweep(arms, data, seeds, progress=False)
    assert device.operations > 100
    here = sweep(arms, data, seeds, progress=False, device="cpu")
    for arm in arms:
        for key, tensor in there.model(arm, 0).state_dict().items():
            torch.testing.assert_close(tensor, here.model(arm, 0).state_dict()[key], **CLOSE)


@pytest.mark.parametrize("name", list(MODELS))
def test_the_inner_loop_waits_for_no_other_device(name):
    shape, make = MODELS[name]
    model = make(0.3)
    with SecondDevice() as device:
        replicas = Replicas([model, model], [(GaussianNoise(0.1, shape), L2(0.1))] * 2,
                            [SGD(0.1)] * 2, [0, 1], nn.functional.cross_entropy,
                            torch.device("cuda"))
        x = torch.randn(1, 50, *shape, device="cuda")
        y = torch.zeros(1, 50, dtype=torch.long, device="cuda")
        source = torch.zeros(2, dtype=torch.long, device="cuda")
        replicas.epoch(x, y, source, 10)
        device.waits.clear()
        replicas.epoch(x, y, source, 10)
        assert device.operations > 100 and not device.waits


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_reproduces_the_cpu(toy):
    arms = {s: Recipe(MLP(6, 12, 3, dropout=0.3).double(), (L2(s),), SGD(0.1, 0.9), epochs=5,
                      batch_size=16) for s in (0.0, 0.1)}
    there, here = (sweep(arms, toy, SEEDS, device=d, progress=False) for d in ("cuda", "cpu"))
    torch.testing.assert_close(there.curve(metric="loss"), here.curve(metric="loss"),
                               rtol=1e-6, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_no_synchronization_in_the_inner_loop():
    model = MLP(6, 12, 3, dropout=0.3)
    replicas = Replicas([model, model], [(L2(0.1),)] * 2, [SGD(0.1)] * 2, [0, 1],
                        nn.functional.cross_entropy, torch.device("cuda"))
    x, y = torch.randn(1, 50, 6, device="cuda"), torch.zeros(1, 50, dtype=torch.long, device="cuda")
    source = torch.zeros(2, dtype=torch.long, device="cuda")
    replicas.epoch(x, y, source, 10)
    torch.cuda.set_sync_debug_mode("error")
    try:
        replicas.epoch(x, y, source, 10)
    finally:
        torch.cuda.set_sync_debug_mode("default")
