"""Exercise 8.4: batch norm in evaluation, written into the linear layer before it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array

EPS = 1e-5


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 8.4")
    made = []
    for units in (4, 6):    # as many inputs as units, so that rows and columns can be mixed up
        weight = torch.randn(units, units, generator=g)
        bias, shift, mean = torch.randn(3, units, generator=g)
        gain = 0.5 + torch.rand(units, generator=g)
        var = 0.001 + 0.009 * torch.rand(units, generator=g)    # so small that eps shows
        made.append(Case(f"{units} units", (weight, bias, gain, shift, mean, var)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Malformed(f"Return two things, the new weight and the new bias; got {found!r:.60}.")
    weight, bias = (to_array(part, name) for part, name in zip(found, ("weight", "bias"),
                                                               strict=True))
    if weight.shape != tuple(args[0].shape) or bias.shape != tuple(args[1].shape):
        raise Malformed(f"The new weight and bias have the shapes of the old ones, "
                        f"{tuple(args[0].shape)} and {tuple(args[1].shape)}; got {weight.shape} "
                        f"and {bias.shape}.")
    return {"weight": weight, "bias": bias}


def _fold(*, rows: bool = True, gained: bool = True, root: bool = True, eps: float = EPS,
          center: bool = True, old_bias: bool = True, scale_shift: bool = False,
          scale_bias: bool = True) -> Callable:
    def fold(weight, bias, gain, shift, mean, var):
        spread = (var + eps).sqrt() if root else var + eps
        factor = (gain if gained else 1.0) / spread
        moved = (bias if old_bias else 0.0) - (mean if center else 0.0)
        new_bias = (factor * moved if scale_bias else moved) + (factor * shift if scale_shift
                                                                 else shift)
        return weight * (factor[:, None] if rows else factor), new_bias
    return fold


reference = _fold()


def bias_left_alone(weight, bias, gain, shift, mean, var):
    return reference(weight, bias, gain, shift, mean, var)[0], bias


_LAYER = ("v = torch.tensor\n"
          "torch.cat([t.flatten() for t in fold(v([[1., 2.], [3., 4.]]), v([3., 1.]), "
          "v([0.02, 0.02]), v([5., 7.]), v([1., 2.]), v([9e-5, 39e-5]))])")
_EXPECT = "[2, 4, 3, 4, 9, 6]"

folding = CodeExercise(
    number="8.4", title="Fold batch norm into a linear layer", kind="code",
    difficulty=3, minutes=10, points=3,
    hints=(
        "Write down what one unit computes: first w·x + b, then the norm of that. Which factor "
        "stands in front of x now, and what is left when x is zero?",
        "With `factor = gain / (var + 1e-5).sqrt()`, the weight is `factor[:, None] * weight` and "
        "the bias `factor * (bias - mean) + shift`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("bias left alone", bias_left_alone,
              "The weight is right. But the norm also moves the output: it subtracts the mean, "
              "scales the old bias and adds its shift.", _LAYER, _EXPECT),
        Wrong("scaled columns instead of rows", _fold(rows=False),
              "The factor of a unit multiplies its row of the weight, all that goes *into* the "
              "unit. You scaled columns, which belong to inputs.", _LAYER, _EXPECT),
        Wrong("gain forgotten", _fold(gained=False),
              "The outputs are standardized, but the learned gain is missing.", _LAYER, _EXPECT),
        Wrong("divided by the variance", _fold(root=False),
              "Divided by the variance. A standard deviation is its square root.", _LAYER, _EXPECT),
        Wrong("eps forgotten", _fold(eps=0.0),
              "Nearly: torch adds eps = 1e-5 to the variance before the root. With a small "
              "variance it shows.", _LAYER, _EXPECT),
        Wrong("mean forgotten", _fold(center=False),
              "The running mean is not subtracted.", _LAYER, _EXPECT),
        Wrong("old bias forgotten", _fold(old_bias=False),
              "The bias of the linear layer has vanished. It goes through the norm like all else.",
              _LAYER, _EXPECT),
        Wrong("shift scaled too", _fold(scale_shift=True),
              "The shift is added after the scaling, so it is not scaled itself.", _LAYER, _EXPECT),
        Wrong("bias not scaled", _fold(scale_bias=False),
              "The bias and the mean go through the norm too: the factor multiplies them as it "
              "multiplies the weight.", _LAYER, _EXPECT),
    ),
)
