"""Exercise 7.4: weight decay in front of batch norm as a schedule (Li & Arora 2020)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 7.4")
    made = []
    for steps in (4, 6):
        lr, decay = float(g.uniform(0.2, 0.8)), float(g.uniform(0.3, 0.9))
        made.append(Case(f"lr = {lr:.3f}, decay = {decay:.3f}, {steps} steps", (lr, decay, steps)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    rates = to_array(answer(*args), "the list of rates")
    if rates.shape != (args[2],):
        raise Malformed(f"Return {args[2]} rates, one for each step; got the shape {rates.shape}.")
    return {"rates": rates}


def _schedule(exponent: Callable[[int], float],
              factor: Callable[[float, float], float] = lambda lr, decay: 1 - lr * decay
              ) -> Callable:
    """lr / factor^exponent(step), at each step."""
    def schedule(lr, decay, steps):
        return np.array([lr / factor(lr, decay) ** exponent(t) for t in range(steps)])
    return schedule


reference = _schedule(lambda t: 2 * t + 1)

_TRY, _SMALL = "schedule(1.0, 0.5, 2)", "schedule(0.5, 0.5, 1)"
_RIGHT = "[2.0, 8.0]"

growth = CodeExercise(
    number="7.4", title="Replace weight decay by a schedule", kind="code",
    difficulty=3, minutes=15, points=3,
    hints=(
        "Write w = a·v, where a is the product of all factors 1 − lr·decay so far and v are the "
        "weights of a run without decay. What does one step do to v? The gradient at a·v is 1/a "
        "times that at v.",
        "Dividing the step by the *new* a gives v ← v − lr / (a_old · a_new) · gradient at v, with "
        "a_old = (1 − lr·decay)^t and a_new = (1 − lr·decay)^(t + 1).",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("constant", _schedule(lambda t: 0),
              "A constant rate is what you get without any decay. With decay the weights shrink, "
              "and steps turn them further and further.", _TRY, _RIGHT),
        Wrong("one power too few", _schedule(lambda t: 2 * t),
              "Nearly: the exponent is even, so both factors are those of the old weights. The "
              "step ends at weights that have been decayed once more.", _TRY, _RIGHT),
        Wrong("one power too many", _schedule(lambda t: 2 * t + 2),
              "Nearly: both factors are those of the new weights. But the gradient is taken before "
              "the decay of this step.", _TRY, _RIGHT),
        Wrong("lr/‖w‖ instead of lr/‖w‖²", _schedule(lambda t: t),
              "The rate grows like 1/‖w‖. The square is needed: the gradient is larger for small "
              "weights, and the same step turns small weights further.", _TRY, _RIGHT),
        Wrong("only the new weights count", _schedule(lambda t: t + 1),
              "The step is compared with the size of the new weights. The gradient has grown as "
              "well, by the size of the old ones.", _TRY, _RIGHT),
        Wrong("an exponential of the decay", _schedule(lambda t: 2 * t + 1, lambda lr, decay:
                                                       np.exp(-lr * decay)),
              "You let the rate grow by exp(lr·decay). That is the limit of many small steps; one "
              "step of SGD multiplies by exactly 1 − lr·decay.", _TRY, _RIGHT),
        Wrong("falls instead of growing", _schedule(lambda t: -(2 * t + 1)),
              "The schedule falls. Smaller weights are turned *further* by the same step, so the "
              "rate has to grow.", _TRY, _RIGHT),
        Wrong("the learning rate missing in the decay",
              _schedule(lambda t: 2 * t + 1, lambda lr, decay: 1 - decay),
              "The factor of one step is 1 − lr·decay: SGD adds decay·w to the gradient, and the "
              "whole is multiplied by the learning rate.", _SMALL, "[2 / 3]"),
        Wrong("decay of L2 without the half",
              _schedule(lambda t: 2 * t + 1, lambda lr, decay: 1 - 2 * lr * decay),
              "The factor is 1 − 2·lr·decay: that belongs to the penalty λ‖w‖². PyTorch's "
              "`weight_decay` is the slope of λ/2·‖w‖².", _SMALL, "[2 / 3]"),
    ),
)
