"""Models: shapes, initialization from the seed alone, bad arguments."""

import pytest
import torch
from torch import nn

from reglab import MLP, Conv1dNet, Conv2dNet, Dropout, initialize


@pytest.mark.parametrize("model, shape, classes", [
    (MLP(6, 3), (6,), 3), (MLP(40, 8, 8, 10), (1, 40), 10), (MLP(64, 8, 2), (1, 8, 8), 2),
    (Conv1dNet(40, 10), (1, 40), 10), (Conv1dNet(8, 1, channels=(2, 3)), (1, 8), 1),
    (Conv2dNet(8, 10), (1, 8, 8), 10), (Conv2dNet(12, 4, in_channels=3), (3, 12, 12), 4)])
def test_shapes(model, shape, classes):
    assert model(torch.zeros(5, *shape)).shape == (5, classes)


def test_mlp_is_linear_relu_linear():
    model, x = MLP(4, 5, 3).eval(), torch.randn(7, 4)
    first, last = (m for m in model.layers if isinstance(m, nn.Linear))
    expected = (x @ first.weight.T + first.bias).clamp(min=0) @ last.weight.T + last.bias
    torch.testing.assert_close(model(x), expected)


def test_dropout_sits_between_the_layers_only():
    model = MLP(4, 5, 5, 3, dropout=0.25)
    kinds = [type(m) for m in model.layers]
    assert kinds == [nn.Linear, nn.ReLU, Dropout, nn.Linear, nn.ReLU, Dropout, nn.Linear]
    for net in (model, Conv1dNet(8, 2, dropout=0.25), Conv2dNet(8, 2, dropout=0.25)):
        assert {m.p.item() for m in net.modules() if isinstance(m, Dropout)} == {0.25}
        x = torch.randn(5, *{MLP: (4,), Conv1dNet: (1, 8), Conv2dNet: (1, 8, 8)}[type(net)])
        assert not torch.equal(net.train()(x), net(x))
        assert torch.equal(net.eval()(x), net(x))


def test_the_norm_stands_before_the_relu_and_dropout_on_either_side():
    kinds = [type(m) for m in MLP(4, 5, 6, 3, norm=nn.BatchNorm1d).layers]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, Dropout] * 2 + [nn.Linear]
    model = MLP(4, 5, 6, 3, dropout=0.25, norm=nn.LayerNorm, dropout_first=True)
    assert [type(m) for m in model.layers] == [nn.Linear, Dropout, nn.LayerNorm, nn.ReLU] * 2 + [
        nn.Linear]
    assert [m.normalized_shape for m in model.layers if isinstance(m, nn.LayerNorm)] == [(5,), (6,)]
    assert {m.p.item() for m in model.layers if isinstance(m, Dropout)} == {0.25}


def test_a_norm_leaves_the_initial_weights_and_starts_anew_itself():
    plain, normed = (initialize(MLP(4, 5, 3, norm=norm), 0) for norm in (None, nn.BatchNorm1d))
    for a, b in zip((plain.layers[0], plain.layers[-1]), (normed.layers[0], normed.layers[-1]),
                    strict=True):
        assert torch.equal(a.weight, b.weight)
    normed.train()(torch.randn(7, 4))
    torch.nn.init.constant_(normed.layers[1].weight, 3.0)
    norm = initialize(normed, 0).layers[1]
    assert norm.running_mean.eq(0).all() and norm.weight.eq(1).all()
    assert norm.num_batches_tracked == 0


def test_init_scale_multiplies_the_weights_not_the_biases():
    small, big = (initialize(MLP(4, 5, 3, init_scale=s), 0) for s in (1.0, 3.0))
    for a, b in zip(small.parameters(), big.parameters(), strict=True):
        torch.testing.assert_close(b, a * (3.0 if a.ndim == 2 else 1.0))


@pytest.mark.parametrize("model", [
    MLP(4, 5, 3), Conv1dNet(8, 2), Conv2dNet(8, 2),
    nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.PReLU(), nn.Linear(5, 3))])
def test_initialization_comes_from_the_seed_alone(model):
    torch.manual_seed(1)
    first = [p.detach().clone() for p in initialize(model, 0).parameters()]
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    again = [p.detach().clone() for p in initialize(model, 0).parameters()]
    assert torch.equal(torch.random.get_rng_state(), state)
    other = [p.detach().clone() for p in initialize(model, 1).parameters()]
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[0], other[0])


def test_initialization_is_pytorchs():
    """Uniform in ±1/√inputs: the standard deviation is 1/√(3 · inputs)."""
    weight = initialize(MLP(100, 200, 2), 0).layers[0].weight
    assert weight.abs().max() <= 0.1
    # 20 000 uniform numbers: their standard deviation is known to 0.32 %.
    assert weight.std().item() == pytest.approx(0.1 / 3**0.5, rel=0.013)


def test_a_module_with_parameters_must_know_how_to_draw_them(refused):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.gain, self.linear = nn.Parameter(torch.ones(1)), nn.Linear(2, 2)

    with refused("Scaled.reset_parameters", TypeError, cure="Define it"):
        initialize(Scaled(), 0)


def test_bad_arguments(refused):
    with refused("MLP.sizes"):
        MLP(4)
    with refused("MLP.sizes"):
        MLP(4, 0, 3)
    with refused("MLP.sizes", TypeError):
        MLP(4, 5.0, 3)
    for norm in ("batch", nn.BatchNorm1d(5)):
        with refused("MLP.norm", TypeError, cure="Pass the class, norm=nn.BatchNorm1d"):
            MLP(4, 5, 3, norm=norm)
    with refused("MLP.init_scale"):
        MLP(4, 3, init_scale=0)
    with refused("Dropout.p"):
        MLP(4, 5, 3, dropout=1.5)
    with refused("Conv1dNet.length"):
        Conv1dNet(10, 2)
    with refused("Conv2dNet.size"):
        Conv2dNet(2, 2)
    with refused("Conv2dNet.classes"):
        Conv2dNet(8, 0)
    with refused("Conv2dNet.in_channels", TypeError):
        Conv2dNet(8, 2, in_channels="rgb")
    for net, channels in ((Conv1dNet, (16,)), (Conv2dNet, (16, 0))):
        with refused(f"{net.__name__}.channels"):
            net(8, 2, channels=channels)
