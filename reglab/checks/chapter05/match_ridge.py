"""Exercise 5.4: what descent has fitted, and the ridge that matches (Goodfellow et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 5.4")
    made = []
    for directions, steps in ((4, 3), (6, 40), (3, 500)):
        s = 0.05 + 4 * torch.rand(directions, generator=g, dtype=torch.float64)
        rate = (0.05 + 0.5 * torch.rand((), generator=g).item()) / float(s.max())
        made.append(Case(f"{directions} eigenvalues, rate {rate:.3f}, {steps} steps",
                         (s, rate, steps)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if not isinstance(found, tuple | list | torch.Tensor) or len(found) != 2:
        raise Malformed("Return two tensors, `descent, ridge`.")
    shares = {}
    for name, value in zip(("descent", "ridge"), found, strict=True):
        shares[name] = to_array(value, name)
        if shares[name].shape != tuple(args[0].shape):
            raise Malformed(f"{name} should have one number for each eigenvalue, shape "
                            f"{tuple(args[0].shape)}, but it has {shares[name].shape}.")
    return shares


def reference(s, rate, steps):
    return 1 - (1 - rate * s) ** steps, s / (s + 1 / (rate * steps))


def _with(descent: Callable | None = None, ridge: Callable | None = None) -> Callable:
    def shares(s, rate, steps):
        right = reference(s, rate, steps)
        return (descent(s, rate, steps) if descent else right[0],
                ridge(s, rate, steps) if ridge else right[1])
    return shares


def turned_round(s, rate, steps):
    return reference(s, rate, steps)[::-1]


_DESCENT = "shares(torch.tensor([2.0, 1.0]), 0.25, 2)[0]", "[0.75, 0.4375]"
_RIDGE = "shares(torch.tensor([2.0, 0.5]), 0.25, 8)[1]", "[0.8, 0.5]"

matching = CodeExercise(
    number="5.4", title="Match descent with ridge", kind="code",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Each step takes a share η·s of the way that is left, along this direction. What is left "
        "after one step, after two, after t? Ridge keeps s / (s + λ).",
        "`1 - (1 - rate * s) ** steps`, and λ = 1 / (rate · steps).",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("what is left instead of what is fitted",
              _with(descent=lambda s, rate, steps: (1 - rate * s) ** steps),
              "(1 − ηs)^t is the share of the way that is still *left*. Asked for is the share "
              "that is done.", *_DESCENT),
        Wrong("steps added up instead of compounded",
              _with(descent=lambda s, rate, steps: rate * s * steps),
              "Each step takes its share of what is *left*, not of the whole way, so the shares do "
              "not add up: η·s·t grows beyond 1.", *_DESCENT),
        Wrong("one step only", _with(descent=lambda s, rate, steps: rate * s),
              "That is what one step fits. After t steps (1 − ηs)^t of the way is left.",
              *_DESCENT),
        Wrong("gradient flow", _with(descent=lambda s, rate, steps: 1 - torch.exp(
              -rate * s * steps)),
              "1 − exp(−ηst) is the limit of many tiny steps. Here the steps have a size.",
              *_DESCENT),
        Wrong("strength turned upside down",
              _with(ridge=lambda s, rate, steps: s / (s + rate * steps)),
              "With λ = ηt, more steps would mean a *stronger* penalty. Training longer is "
              "regularizing less: λ = 1 / (ηt).", *_RIDGE),
        Wrong("rate forgotten", _with(ridge=lambda s, rate, steps: s / (s + 1 / steps)),
              "λ = 1 / t leaves out the size of the steps. Ten small steps go as far as one large "
              "one: only η·t counts.", *_RIDGE),
        Wrong("steps forgotten", _with(ridge=lambda s, rate, steps: s / (s + rate)),
              "Ridge does not depend on the number of steps in your answer, so it cannot match a "
              "path.", *_RIDGE),
        Wrong("what ridge removes", _with(ridge=lambda s, rate, steps: 1 - reference(
              s, rate, steps)[1]),
              "λ / (s + λ) is the share that ridge takes away. Asked for is what it keeps.",
              *_RIDGE),
        Wrong("the two turned round", turned_round,
              "Right, but in the other order: descent first, then ridge.", *_DESCENT),
    ),
)
