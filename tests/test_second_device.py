"""The stand-in for a GPU refuses what CUDA refuses, and counts what would wait."""

import pytest
import torch
import torch.nn.functional as F
from torch.func import vmap

from reglab import L2, MLP, SGD, EarlyStopping, Recipe, sweep
from reglab.live_training import LiveTraining
from tests.second_device import SecondDevice


@pytest.fixture
def device():
    with SecondDevice() as device:
        yield device


def test_where_tensors_are(device):
    x = torch.ones(2, 3).to("cuda")
    view, result, made = x[0], x + 1, torch.zeros(2, device="cuda")
    read = torch.tensor([1.0], device=x.device)
    assert all(t.device.type == "cuda" and t.is_cuda for t in (x, view, result, made, read))
    assert not any(t.is_cuda for t in (x.cpu(), x.to("cpu"), torch.ones(2)))


def test_layers_and_gradients(device):
    layer = torch.nn.Linear(3, 2).to("cuda")
    layer(torch.ones(4, 3, device="cuda")).sum().backward()
    assert layer.weight.grad.is_cuda
    with pytest.raises(RuntimeError, match="two devices"):
        layer(torch.ones(4, 3))


@pytest.mark.parametrize("mix", [
    lambda x: x + torch.ones(3),
    lambda x: torch.stack([x, torch.ones(3)]),
    lambda x: x.add_(torch.ones(3)),
    lambda x: vmap(torch.mul)(x, torch.ones(3)),
    lambda x: torch.ones(3)[x.long()],
    lambda x: F.mse_loss(x, torch.ones(3)),
    lambda x: x.index_put_((torch.tensor([0]),), torch.ones(1)),
], ids=["sum", "stack", "in place", "vmap", "indices", "loss", "values"])
def test_devices_do_not_mix(device, mix):
    with pytest.raises(RuntimeError, match=r"two devices.*cuda:0"):
        mix(torch.zeros(3, device="cuda"))


def test_what_may_mix(device):
    x = torch.zeros(3, device="cuda")
    assert (x + torch.tensor(1.0)).is_cuda and x[torch.tensor([0, 2])].is_cuda


def test_generators_and_numpy(device):
    with pytest.raises(RuntimeError, match="'cuda' device type for generator"):
        torch.randn(3, device="cuda", generator=torch.Generator())
    with pytest.raises(TypeError, match="cuda:0"):
        torch.zeros(3, device="cuda").numpy()


def test_waits(device):
    x = torch.ones(3, device="cuda")
    assert not device.waits
    float(x.sum()), x.cpu(), torch.ones(3).to("cuda"), x.nonzero()
    assert device.waits == {"aten._local_scalar_dense": 1, "copy to the CPU": 1,
                            "copy to the GPU": 1, "aten.nonzero": 1}
    torch.ones(3).to("cuda", non_blocking=True)
    assert device.waits["copy to the GPU"] == 1


def test_nothing_is_left_behind():
    with SecondDevice():
        pass
    assert torch.ones(1).device.type == "cpu"
    if not torch.backends.cuda.is_built():
        assert not torch.cuda.is_available()
        with pytest.raises((RuntimeError, AssertionError)):
            torch.ones(1, device="cuda")


# What trains, trains there


def test_stopping_runs_are_taken_out(device, toy):
    recipes = {"a": Recipe(MLP(6, 12, 3, dropout=0.3).double(), optimizer=SGD(0.3, 0.9),
                           epochs=12, batch_size=9, stopping=EarlyStopping(patience=2))}
    there = sweep(recipes, toy, range(4), progress=False)
    assert device.operations > 1000
    here = sweep(recipes, toy, range(4), progress=False, device="cpu")
    torch.testing.assert_close(there.curve(), here.curve(), equal_nan=True)
    lengths = (~there.curve().isnan()).sum(-1).flatten().tolist()
    assert len(set(lengths)) > 1, "all runs stopped together"


def test_live_training(device, toy):
    live = LiveTraining(Recipe(MLP(6, 12, 3)), toy, seeds=range(3))
    live.advance(2)
    live.change(live.recipe.replace(techniques=(L2(0.1),)))
    live.advance(2)
    assert device.operations > 100
    outputs, weights = live.outputs(torch.ones(5, 6)), live.parameters()
    assert outputs.shape == (3, 5, 3) and not outputs.is_cuda
    assert not any(w.is_cuda for w in weights.values())
