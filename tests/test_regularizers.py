"""Each regularizer against its oracle; what they all have in common is in test_laws.py."""

import math

import pytest
import sklearn.linear_model
import torch
from torch.func import grad

from reglab import L1, L2, ElasticNet, GroupLasso, MaxNorm, SoftThreshold, WeightDecay, data


@pytest.fixture
def params():
    random = torch.Generator().manual_seed(0)
    return {"kernel": torch.randn(4, 2, 3, generator=random, dtype=torch.float64),
            "bias": torch.randn(4, generator=random, dtype=torch.float64),
            "matrix": torch.randn(3, 5, generator=random, dtype=torch.float64)}


def flat(params):
    return torch.cat([params["kernel"].flatten(), params["matrix"].flatten()]).tolist()


def gradient(technique, params):
    return grad(lambda p: technique.penalty(p, None))(params)


def test_l2_is_half_the_sum_of_squares(params):
    expected = 0.3 / 2 * sum(w * w for w in flat(params))
    assert L2(0.3).penalty(params, None).item() == pytest.approx(expected, rel=1e-14)
    torch.testing.assert_close(gradient(L2(0.3), params)["matrix"], 0.3 * params["matrix"])


def test_l1_is_the_sum_of_absolute_values(params):
    expected = 0.3 * sum(abs(w) for w in flat(params))
    assert L1(0.3).penalty(params, None).item() == pytest.approx(expected, rel=1e-14)
    torch.testing.assert_close(gradient(L1(0.3), params)["kernel"], 0.3 * params["kernel"].sign())


def test_l1_leaves_a_zero_at_zero():
    zero = {"w": torch.zeros(2, 2)}
    assert torch.equal(gradient(L1(0.3), zero)["w"], zero["w"])


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0])
def test_elastic_net_is_its_two_parts(ratio, params):
    whole = ElasticNet(0.7, ratio).penalty(params, None)
    parts = (L1(0.7 * ratio).penalty(params, None) + L2(0.7 * (1 - ratio)).penalty(params, None))
    torch.testing.assert_close(whole, parts, rtol=1e-14, atol=0)


@pytest.mark.parametrize("ratio", [0.2, 0.7])
def test_elastic_net_is_at_its_minimum_where_scikit_learn_ends(ratio):
    """Its gradient and that of half the mean squared error cancel, but for weights at zero."""
    splits = data.diabetes(0)
    x, y = splits.train.x.double(), splits.train.y.double()
    model = sklearn.linear_model.ElasticNet(0.1, l1_ratio=ratio, tol=1e-12, max_iter=100_000)
    model.fit(x.numpy(), y.numpy().ravel())
    w = torch.tensor(model.coef_)[None]
    residual = x @ w.T + float(model.intercept_) - y
    pull = gradient(ElasticNet(0.1, ratio), {"w": w})["w"]
    total = (residual.T @ x / len(x) + pull)[w != 0]
    assert 2 < len(total) and total.abs().max() < 1e-6


def test_weight_decay_takes_from_the_old_weights(params):
    new = {k: p + 1 for k, p in params.items()}
    after = WeightDecay(0.5).update(new, params, lr=0.1)
    torch.testing.assert_close(after["matrix"], new["matrix"] - 0.05 * params["matrix"])


@pytest.mark.parametrize("strength, lr", [(0.5, 1.0), (2.0, 0.1), (4.0, 0.5)])
def test_soft_threshold_is_the_proximal_step(strength, lr):
    """Against the minimum over a grid of ½(u − w)² + ηλ|u|, which is convex."""
    w = torch.linspace(-2, 2, 81, dtype=torch.float64).reshape(9, 9)
    after = SoftThreshold(strength).update({"w": w}, {"w": w}, lr)["w"]
    u = torch.linspace(-2, 2, 8001, dtype=torch.float64)
    cost = (u - w.reshape(-1, 1)) ** 2 / 2 + lr * strength * u.abs()
    brute = u[cost.argmin(1)].reshape(9, 9)
    torch.testing.assert_close(after, brute, rtol=0, atol=2.6e-4)   # half a grid step
    assert (after == 0).sum() == (w.abs() <= lr * strength + 1e-12).sum()


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("strength, lr", [(0.5, 1.0), (2.0, 0.1), (8.0, 0.5)])
def test_group_lasso_is_the_proximal_step(dim, strength, lr, params):
    """Against the minimum of ½‖u − w‖² + ηλ√d ‖u‖ over u = s·w, s from a grid: each group of the
    minimizer lies on the ray of w, as any other u of its length is farther from w."""
    after = GroupLasso(strength, dim).update(params, {}, lr)
    s = torch.linspace(0, 1, 20001, dtype=torch.float64)
    for name in ("kernel", "matrix"):
        groups = zip(params[name].unbind(dim), after[name].unbind(dim), strict=True)
        for w, found in groups:
            length = w.norm()
            cost = (1 - s) ** 2 * length**2 / 2 + lr * strength * w.numel() ** 0.5 * s * length
            torch.testing.assert_close(found, s[cost.argmin()] * w, rtol=0, atol=1e-4)
    assert torch.equal(after["bias"], params["bias"])


def test_group_lasso_zeros_whole_groups():
    w = {"w": torch.tensor([[3.0, 0.3], [4.0, 0.4]])}
    whole = GroupLasso(1.0).update(w, {}, lr=1.0)["w"]    # lengths 5 and 0.5, threshold √2
    assert (whole[:, 1] == 0).all() and (whole[:, 0] != 0).all()
    assert (GroupLasso(1.0, dim=0).update(w, {}, lr=1.0)["w"] != 0).all()
    single = {"w": torch.tensor([[0.3, -0.05, 0.0]])}
    torch.testing.assert_close(GroupLasso(1.0).update(single, {}, lr=0.1),
                               SoftThreshold(1.0).update(single, {}, lr=0.1))


def test_group_lasso_leaves_dead_units_dead_and_off_leaves_all():
    zero = {"w": torch.zeros(3, 2)}
    for strength in (0.0, 1.0):
        assert torch.equal(GroupLasso(strength).update(zero, {}, lr=0.1)["w"], zero["w"])


def test_group_lasso_dim(refused):
    for dim in (-1, 2):
        with refused("GroupLasso.dim"):
            GroupLasso(0.1, dim)
    with refused("GroupLasso.dim", TypeError):
        GroupLasso(0.1, 1.0)


@pytest.mark.parametrize("limit", [0.5, 1.0, 3.0])
def test_max_norm_is_torch_renorm(limit, params):
    after = MaxNorm(limit).update(params, params, lr=0.1)
    for name in ("kernel", "matrix"):
        theirs = torch.renorm(params[name], p=2, dim=0, maxnorm=limit)
        # torch.renorm divides by the norm + 1e-7, hence its relative gap of at most 1e-7/limit.
        torch.testing.assert_close(after[name], theirs, rtol=1.01e-7 / limit, atol=0)
        norms = after[name].flatten(1).norm(dim=1)
        assert (norms <= limit * (1 + 1e-15)).all()


def test_max_norm_leaves_short_and_zero_vectors_alone():
    w = torch.tensor([[0.3, 0.4], [0.0, 0.0]])
    assert torch.equal(MaxNorm(1.0).update({"w": w}, {}, lr=0.1)["w"], w)


def test_max_norm_arguments(refused):
    for limit in (0, -1.0, math.nan, -math.inf):
        with refused("MaxNorm.limit", cure="math.inf switches it off."):
            MaxNorm(limit)
    for limit in ("1", None, True):
        with refused("MaxNorm.limit", TypeError):
            MaxNorm(limit)


def test_l1_ratio_out_of_range(refused):
    for ratio in (-0.1, 1.1, math.nan):
        with refused("ElasticNet.l1_ratio"):
            ElasticNet(0.1, ratio)
