"""Exercise 7.5: a test that tells a sound batch norm from broken ones without any training."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
import torch
from torch import nn

from ...arguments import require
from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation

FAULTS = ("none", "unbiased to normalize", "biased memory", "momentum turned round",
          "batch statistics in evaluation", "statistics as constants", "learns in evaluation",
          "not saved")
UNITS = 4


class PlantedNorm(nn.Module):
    """Batch norm of four units with a fault; parameters, buffers and modes as PyTorch's."""

    def __init__(self, fault: str, units: int = UNITS):
        super().__init__()
        self.fault = fault
        self.weight, self.bias = nn.Parameter(torch.ones(units)), nn.Parameter(torch.zeros(units))
        for name, start in {"running_mean": 0.0, "running_var": 1.0}.items():
            self.register_buffer(name, torch.full((units,), start),
                                 persistent=fault != "not saved")

    def forward(self, x):
        fault = self.fault
        mean, var = self.running_mean.clone(), self.running_var.clone()
        batch = x.mean(0), x.var(0, correction=int(fault == "unbiased to normalize"))
        if self.training or fault == "learns in evaluation":
            share = 0.9 if fault == "momentum turned round" else 0.1
            remembered = x.var(0, correction=int(fault != "biased memory"))
            with torch.no_grad():
                self.running_mean += share * (x.mean(0) - self.running_mean)
                self.running_var += share * (remembered - self.running_var)
        if self.training or fault == "batch statistics in evaluation":
            mean, var = batch
        if fault == "statistics as constants":
            mean, var = mean.detach(), var.detach()
        return self.weight * (x - mean) / (var + 1e-5).sqrt() + self.bias


def planted(fault: str) -> Callable[[], PlantedNorm]:
    """A function that makes layers with one of the faults, to try a test on."""
    require(fault in FAULTS, "planted.fault", f"one of {FAULTS}", fault)
    return partial(PlantedNorm, fault)


def cases(seed: int) -> list[Case]:
    order = numpy_generator(seed, "exercise 7.5").permutation(FAULTS)
    return [Case(f"a layer with this fault: {fault}", (planted(str(fault)),)) for fault in order]


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    found = found.item() if isinstance(found, torch.Tensor | np.generic) else found
    if not isinstance(found, bool | int) or found not in (0, 1):
        raise Malformed(f"Return True or False; got {found!r:.60}.")
    return {"sound": np.array(float(found))}


ALL = ("outputs", "gradients", "evaluation", "again", "saved")


@lru_cache
def _passed(fault: str) -> dict[str, bool]:
    """Which checks against PyTorch's layer a layer with this fault passes."""
    ours, theirs, found = PlantedNorm(fault), nn.BatchNorm1d(UNITS), dict.fromkeys(ALL, True)
    random = torch.Generator().manual_seed(0)
    for _ in range(2):
        x = (2 + 3 * torch.randn(6, UNITS, generator=random)).requires_grad_()
        slope = torch.randn(6, UNITS, generator=random)
        outputs = ours(x), theirs(x)
        grads = [torch.autograd.grad(y, x, slope)[0] for y in outputs]
        found["outputs"] &= torch.allclose(*outputs, atol=1e-4)
        found["gradients"] &= torch.allclose(*grads, atol=1e-4)
    ours.eval()
    found["evaluation"] = torch.allclose(ours(x), theirs.eval()(x), atol=1e-4)
    copy = PlantedNorm(fault).eval()
    copy.load_state_dict(ours.state_dict())
    found["saved"] = torch.allclose(ours(x), copy(x), atol=1e-4)
    found["again"] = torch.equal(ours(x), ours(x))
    return found


def _tester(*kinds: str) -> Callable:
    """A test that makes only some of the checks; the same for every layer with one fault."""
    return lambda make: all(_passed(make().fault)[kind] for kind in kinds)


reference = _tester(*ALL)


def _without(*kinds: str) -> Callable:
    return _tester(*(kind for kind in ALL if kind not in kinds))


def _experiment(fault: str) -> str:
    return f'make = checks.chapter07.planted("{fault}")\nis_sound(make)'


soundness = CodeExercise(
    number="7.5", title="Test a batch norm layer", kind="design",
    difficulty=3, minutes=20, points=4,
    hints=(
        "There is an oracle: `nn.BatchNorm1d(4)`. Give both layers the same batches. What can you "
        "compare in training, apart from the outputs? What in evaluation? And what must hold "
        "between a layer and a copy that loaded its `state_dict`?",
        "Five checks: outputs in training; gradients of the inputs; outputs in evaluation, after a "
        "few training batches; the same outputs when evaluation is run twice; the same outputs "
        "from a fresh layer that loaded the state.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("calls everything sound", _tester(),
              "Every layer passes your test, the broken ones too.",
              _experiment("unbiased to normalize"), "False"),
        Wrong("calls nothing sound", lambda make: False,
              "No layer passes your test, not even the sound one. Is a tolerance too tight, or are "
              "the two layers given different batches?", _experiment("none"), "True"),
        Wrong("the answer turned round", lambda make: not reference(make),
              "Exactly the wrong way round: True means sound.", _experiment("none"), "True"),
        Wrong("outputs in training only", _tester("outputs"),
              "Only the outputs in training are tested. Most of what goes wrong with batch norm "
              "shows in evaluation, in gradients or after loading.", _experiment("biased memory"),
              "False"),
        Wrong("training only", _tester("outputs", "gradients"),
              "Nothing of evaluation is tested: neither what is remembered nor what is used.",
              _experiment("biased memory"), "False"),
        Wrong("evaluation only", _tester("evaluation"),
              "Only evaluation is tested. Wrong normalization and wrong gradients in training pass "
              "unseen.", _experiment("unbiased to normalize"), "False"),
        Wrong("misses the gradients", _without("gradients"),
              "A layer that treats its statistics as constants passes: its outputs are right, its "
              "gradients are not. Compare `torch.autograd.grad`.",
              _experiment("statistics as constants"), "False"),
        Wrong("misses evaluation", _without("evaluation"),
              "Layers that remember or use the wrong statistics pass. Train on a few batches, then "
              "compare in evaluation.", _experiment("biased memory"), "False"),
        Wrong("misses learning in evaluation", _without("again"),
              "A layer whose running statistics change in evaluation passes. Run it twice.",
              _experiment("learns in evaluation"), "False"),
        Wrong("misses what is not saved", _without("saved"),
              "A layer that loses its running statistics when it is saved passes. Load its "
              "`state_dict` into a fresh one and compare in evaluation.",
              _experiment("not saved"), "False"),
        Wrong("misses loading and repeating", _without("saved", "again"),
              "Two broken layers pass: one that learns in evaluation, and one that loses its "
              "statistics when saved.", _experiment("not saved"), "False"),
        Wrong("outputs in both modes only", _tester("outputs", "evaluation"),
              "The outputs in both modes are tested, but not the gradients, nor a second run in "
              "evaluation, nor loading.", _experiment("not saved"), "False"),
    ),
)
