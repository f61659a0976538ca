"""SGD and Adam against ``torch.optim``, alone and with L2 and decoupled decay."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from reglab import L2, MLP, SGD, Adam, WeightDecay, initialize
from reglab.step import step

STEPS, DECAY = 24, 0.3


def batches(dtype):
    random = torch.Generator().manual_seed(0)
    return [(torch.randn(16, 6, generator=random, dtype=dtype),
             torch.randint(0, 3, (16,), generator=random)) for _ in range(STEPS)]


def ours(model, optimizer, techniques=()):
    params = {k: p.detach() for k, p in model.named_parameters()}
    state = optimizer.init(params)
    for x, y in batches(next(iter(params.values())).dtype):
        params, state = step(lambda p, x: functional_call(model, p, (x,)), F.cross_entropy,
                             techniques, optimizer, params, state, x, y, [{} for _ in techniques])
    return params


def torchs(model, make, decay=0.0, **options):
    """``make`` of torch.optim, with weight decay on the weights only."""
    model = copy.deepcopy(model)
    groups = [{"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": decay},
              {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]
    optimizer = make(groups, **options)
    for x, y in batches(next(model.parameters()).dtype):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return dict(model.named_parameters())


SGDS = [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.8, "nesterov": True}]
ADAMS = [{"lr": 0.01}, {"lr": 0.03, "betas": (0.8, 0.99), "eps": 1e-4},
         {"lr": 0.1, "betas": (0.0, 0.9)}]
ORACLES = (
    [(SGD(**o), (), torch.optim.SGD, 0.0, o) for o in SGDS]
    + [(SGD(**o), (L2(DECAY),), torch.optim.SGD, DECAY, o) for o in SGDS]
    + [(Adam(**o), (), torch.optim.Adam, 0.0, o) for o in ADAMS]
    + [(Adam(**o), (L2(DECAY),), torch.optim.Adam, DECAY, o) for o in ADAMS]
    + [(Adam(**o), (WeightDecay(DECAY),), torch.optim.AdamW, DECAY, o) for o in ADAMS])


# In float32 a gradient near zero is mostly rounding, which Adam divides by its own size: at
# lr = 0.01 a few weights end 1.5e-6 apart. float64 shows that nothing else differs.
@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-12), (torch.float32, 3e-6)])
@pytest.mark.parametrize("optimizer, techniques, make, decay, options", ORACLES)
def test_equals_torch(optimizer, techniques, make, decay, options, dtype, tolerance):
    model = initialize(MLP(6, 8, 3), 0).to(dtype)
    expected = torchs(model, make, decay, **options)
    for name, p in ours(model, optimizer, techniques).items():
        assert p.dtype == dtype
        torch.testing.assert_close(p, expected[name].detach(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_defaults_are_torchs(optimizer):
    make = {SGD: torch.optim.SGD, Adam: torch.optim.Adam}[type(optimizer)]
    theirs = make([torch.zeros(1, requires_grad=True)]).defaults
    for name, value in vars(optimizer).items():
        if (type(optimizer), name) != (SGD, "lr"):
            assert theirs[name] == value


def test_for_plain_sgd_l2_is_weight_decay():
    model = initialize(MLP(6, 8, 3), 0).double()
    penalty, decay = (ours(model, SGD(lr=0.1), (t,)) for t in (L2(DECAY), WeightDecay(DECAY)))
    for name in penalty:
        torch.testing.assert_close(penalty[name], decay[name], rtol=0, atol=1e-15)


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1, momentum=0.9), Adam(lr=0.1)])
def test_with_momentum_or_adam_they_differ(optimizer):
    model = initialize(MLP(6, 8, 3), 0).double()
    penalty, decay = (ours(model, optimizer, (t,)) for t in (L2(DECAY), WeightDecay(DECAY)))
    assert (penalty["layers.0.weight"] - decay["layers.0.weight"]).abs().max() > 0.01


@pytest.mark.parametrize("optimizer", [SGD(0.1, 0.9), SGD(0.1, 0.9, nesterov=True), Adam(0.1)])
def test_arguments_are_left_alone(optimizer):
    params, grads = {"w": torch.ones(2, 2)}, {"w": torch.full((2, 2), 0.5)}
    state = optimizer.init(params)
    _, state = optimizer.update(params, grads, state)
    before = copy.deepcopy((params, grads, state))
    optimizer.update(params, grads, state)
    torch.testing.assert_close((params, grads, state), before, rtol=0, atol=0)


def test_bad_arguments(refused):
    for lr in (0, -0.1, float("nan"), float("inf")):
        with refused("SGD.lr"):
            SGD(lr=lr)
        with refused("Adam.lr"):
            Adam(lr=lr)
    with refused("SGD.lr", TypeError):
        SGD(lr="0.1")
    with refused("SGD.momentum"):
        SGD(momentum=1.0)
    with refused("SGD.momentum"):
        SGD(nesterov=True)
    with refused("Adam.betas"):
        Adam(betas=0.9)
    with refused("Adam.betas"):
        Adam(betas=(0.9, 1.0))
    with refused("Adam.eps"):
        Adam(eps=0)
