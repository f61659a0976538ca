"""The checks of chapter 07: unusual right answers, and keys that torch bears out."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reglab import checks
from reglab.checks.chapter07.examine_a_norm import FAULTS, PlantedNorm

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "07_batch_normalization.py"


def test_the_keys_of_the_prediction_are_what_torch_gives():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["bias"] < 1e-10
    assert measured["scale"] == pytest.approx(0.1, rel=1e-4)
    assert measured["company"] > 0.01


def norm_by_torch(x, mean, var, training, momentum, eps):
    mean, var = mean.clone(), var.clone()
    y = F.batch_norm(x, mean, var, training=training, momentum=momentum, eps=eps)
    return y, mean, var


def norm_in_numpy(x, mean, var, training, momentum, eps):
    x, mean, var = x.double().numpy(), mean.numpy(), var.numpy()
    if training:
        now = x.mean(0), ((x - x.mean(0)) ** 2).sum(0) / len(x)
        mean = (1 - momentum) * mean + momentum * now[0]
        var = (1 - momentum) * var + momentum * now[1] * len(x) / (len(x) - 1)
        return [(x - now[0]) / np.sqrt(now[1] + eps), mean, var]
    return [(x - mean) * (var + eps) ** -0.5, mean, var]


def recompute_by_weights(batches):
    sizes = np.array([len(b) for b in batches], dtype=float)
    means = np.stack([b.double().numpy().mean(0) for b in batches])
    squares = np.stack([(b.double().numpy() ** 2).mean(0) for b in batches])
    mean = sizes @ means / sizes.sum()
    return [mean, sizes @ squares / sizes.sum() - mean ** 2]


def recompute_by_torch(batches):
    layer = nn.BatchNorm1d(batches[0].shape[1], momentum=1.0).double()
    together = torch.cat(batches).double()
    layer(together)
    return layer.running_mean, layer.running_var * (len(together) - 1) / len(together)


def schedule_by_recursion(lr, decay, steps):
    rates, factor = [], 1 - lr * decay
    for _ in range(steps):
        rates.append(rates[-1] / factor ** 2 if rates else lr / factor)
    return torch.tensor(rates)


def sound_by_numbers(make):
    """Without an oracle layer; NumPy's bool."""
    layer = make()
    x = 1 + 2 * torch.randn(8, 4, generator=torch.Generator().manual_seed(3))
    x.requires_grad_()
    y = layer(x)
    found = bool(y.mean(0).abs().max() < 1e-4)
    found &= bool((y.var(0, correction=0) - 1).abs().max() < 1e-3)
    (y * torch.arange(8.0)[:, None]).sum().backward()
    found &= bool(x.grad.sum(0).abs().max() < 1e-3)
    mean, var = 0.1 * x.mean(0), 0.9 + 0.1 * x.var(0)
    layer.eval()
    first, second = layer(x), layer(x)
    expected = (x - mean) / (var + 1e-5).sqrt()
    found &= torch.equal(first, second) and torch.allclose(first, expected, atol=1e-4)
    copy = make()
    copy.load_state_dict(layer.state_dict())
    return np.bool_(found and torch.allclose(copy.eval()(x), first, atol=1e-5))


UNUSUAL = {
    "forward": [norm_by_torch, norm_in_numpy],
    "behavior": [{"bias": "A", "scale": " c", "company": "b", "decay": "C"}],
    "statistics": [recompute_by_weights, recompute_by_torch],
    "growth": [schedule_by_recursion],
    "soundness": [sound_by_numbers],
    "verdicts": [{"tuned": "Supported", "fifty": "refuted ", "same": "not settled",
                  "shift": "REFUTED", "smooth": "not settled"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter07, name).check(answer, seed=seed)
        assert result.correct, result


def test_every_fault_is_planted_once():
    for seed in range(5):
        planted = [case.args[0]().fault for case in checks.chapter07.soundness.cases(seed)]
        assert sorted(planted) == sorted(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_layer_has_its_fault_and_no_other(fault):
    ours, theirs = PlantedNorm(fault), nn.BatchNorm1d(4)
    x = (2 + 3 * torch.randn(6, 4, generator=torch.Generator().manual_seed(0))).requires_grad_()
    slope = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    outputs = ours(x), theirs(x)
    grads = [torch.autograd.grad(y, x, slope)[0] for y in outputs]
    same = {"outputs": torch.allclose(*outputs, atol=1e-4)}
    same["gradients"] = torch.allclose(*grads, atol=1e-4)
    ours.eval()
    theirs.eval()
    same["evaluation"] = torch.allclose(ours(x), theirs(x), atol=1e-4)
    same["again"] = torch.equal(ours(x), ours(x))
    copy = PlantedNorm(fault).eval()
    copy.load_state_dict(ours.state_dict())
    same["saved"] = torch.allclose(copy(x), ours(x), atol=1e-4)
    differs = {"unbiased to normalize": {"outputs", "gradients"}, "biased memory": {"evaluation"},
               "momentum turned round": {"evaluation"}, "learns in evaluation": {"again"},
               "batch statistics in evaluation": {"evaluation"}, "not saved": {"saved"},
               "statistics as constants": {"gradients"}}.get(fault, set())
    assert {kind for kind, equal in same.items() if not equal} == differs


def test_wrong_shapes_and_kinds_are_told():
    for name, answer, words in (
            ("forward", lambda x, *rest: x, "Return three things"),
            ("forward", lambda x, mean, var, *rest: (x[:1], mean, var), "shape"),
            ("statistics", lambda batches: batches[0], "Return two things"),
            ("growth", lambda lr, decay, steps: [lr], "one for each step"),
            ("soundness", lambda make: "sound", "True or False")):
        result = getattr(checks.chapter07, name).check(answer)
        assert result.status is checks.Status.WRONG and words in result.message
