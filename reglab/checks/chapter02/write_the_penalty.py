"""Exercise 2.1: the L2 penalty over the weights of a model."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 2.1")
    made = []
    for i in range(6):
        features, hidden = torch.randint(2, 6, (2,), generator=g).tolist()
        strength = 0.2 + 0.6 * torch.rand((), generator=g).item()
        params = {"hidden.weight": torch.randn(hidden, features, generator=g)}
        if i > 0:
            params["hidden.bias"] = torch.randn(hidden, generator=g)
            params["norm.weight"] = 1 + torch.rand(hidden, generator=g)
            params["norm.bias"] = torch.randn(hidden, generator=g)
            params["out.weight"] = torch.randn(3, hidden, generator=g)
            params["out.bias"] = torch.randn(3, generator=g)
        if i > 2:
            params["filters.weight"] = torch.randn(2, 1, 3, generator=g)
        shapes = ", ".join(f"{name} {tuple(p.shape)}" for name, p in params.items())
        made.append(Case(f"strength {strength:.3f}; {shapes}", (params, strength)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"penalty": to_scalar(answer(*args), "the penalty")}


def reference(params: dict, strength: float):
    return strength / 2 * sum(p.double().square().sum() for p in params.values() if p.ndim >= 2)


def gradient_note(answer: Callable, args: tuple) -> str:
    """A correct value may still be cut off from the graph, as `.item()` or NumPy does."""
    params = {name: p.requires_grad_() for name, p in args[0].items()}
    try:
        value = answer(params, args[1])
        if isinstance(value, torch.Tensor) and value.requires_grad:
            return ""
    except Exception:  # NumPy refuses tensors that require a gradient: the note says so
        pass
    return ("One remark: the value carries no gradient, so adding it to a loss would not change "
            "the training. Torch operations from start to end keep the gradient.")


def _weights(params: dict) -> list[torch.Tensor]:
    return [p for p in params.values() if p.ndim >= 2]


def forgot_half(params, strength):
    return strength * sum((w ** 2).sum() for w in _weights(params))


def everything(params, strength):
    return strength / 2 * sum((p ** 2).sum() for p in params.values())


def by_name(params, strength):
    return strength / 2 * sum((p ** 2).sum() for name, p in params.items() if "bias" not in name)


def absolute_values(params, strength):
    return strength / 2 * sum(w.abs().sum() for w in _weights(params))


def absolute_values_without_half(params, strength):
    return strength * sum(w.abs().sum() for w in _weights(params))


def norm_not_squared(params, strength):
    return strength / 2 * sum(w.norm() for w in _weights(params))


def mean_of_squares(params, strength):
    return strength / 2 * sum((w ** 2).mean() for w in _weights(params))


def without_strength(params, strength):
    return sum((w ** 2).sum() for w in _weights(params)) / 2


def squared_sum(params, strength):
    return strength / 2 * sum(w.sum() ** 2 for w in _weights(params))


def first_layer_only(params, strength):
    for w in _weights(params):
        return strength / 2 * (w ** 2).sum()


def matrices_only(params, strength):
    return strength / 2 * sum((p ** 2).sum() for p in params.values() if p.ndim == 2)


_THREE_FOUR = 'l2_penalty({"w": torch.tensor([[3.0, 4.0]])}, 1.0)'
_TEN = 'l2_penalty({"w": torch.tensor([[3.0, 4.0]]), "NAME": torch.tensor([10.0])}, 1.0)'

penalty = CodeExercise(
    number="2.1", title="Write the penalty", kind="code", difficulty=1, minutes=5, points=2,
    hints=(
        "Go through `params.values()` and keep the tensors with `ndim >= 2`. What does each of "
        "them add to the sum?",
        "One tensor adds `(w ** 2).sum()`. Add these up, then multiply once by `strength / 2`.",
    ),
    cases=cases, observe=observe, references=(reference,), note=gradient_note,
    wrongs=(
        Wrong("forgot the ½", forgot_half,
              "Twice the expected value: did you forget the ½? With λ/2 the gradient is λ·w, "
              "which is what `weight_decay` adds in torch.optim.SGD.", _THREE_FOUR, "12.5"),
        Wrong("penalizes biases and gains", everything,
              "Too large by the squares of the 1-d tensors. Biases and normalization gains shift "
              "and scale a unit; the penalty leaves them free. Which `ndim` do they have?",
              _TEN.replace("NAME", "b"), "12.5"),
        Wrong("chooses by name", by_name,
              "Biases are left out, but a gain is still in: the gain of a normalization layer is "
              "called `weight` too. The number of dimensions tells them apart, the name does not.",
              _TEN.replace("NAME", "norm.weight"), "12.5"),
        Wrong("sum of |w|", absolute_values,
              "This is a sum of absolute values, the L1 penalty. L2 squares each weight.",
              _THREE_FOUR, "12.5"),
        Wrong("sum of |w|, no ½", absolute_values_without_half,
              "This is λ·Σ|w|, the L1 penalty. L2 squares each weight: λ/2·Σw².",
              _THREE_FOUR, "12.5"),
        Wrong("norm not squared", norm_not_squared,
              "This adds up the lengths ‖w‖. The penalty takes the squared length, Σw²; only then "
              "is its gradient proportional to w.", _THREE_FOUR, "12.5"),
        Wrong("mean instead of sum", mean_of_squares,
              "This averages the squares. With a mean, the same λ gets weaker as a layer grows; "
              "the penalty is a sum over all weights.", _THREE_FOUR, "12.5"),
        Wrong("forgot the strength", without_strength,
              "The value does not depend on `strength`: is λ missing?",
              'l2_penalty({"w": torch.tensor([[3.0, 4.0]])}, 0.0)', "0.0"),
        Wrong("squared the sum", squared_sum,
              "This squares after adding, so that weights of opposite sign cancel. Square each "
              "weight first, then add.",
              'l2_penalty({"w": torch.tensor([[1.0, -1.0]])}, 1.0)', "1.0"),
        Wrong("first layer only", first_layer_only,
              "Only the first weight tensor counts: does `return` stand inside the loop?",
              'l2_penalty({"w1": torch.ones(1, 2), "w2": torch.ones(1, 2)}, 1.0)', "2.0"),
        Wrong("misses convolution filters", matrices_only,
              "2-d weights are in, but filters with 3 or 4 dimensions are not. The condition is "
              "`ndim >= 2`, not `ndim == 2`.",
              'l2_penalty({"filters": torch.ones(1, 1, 2)}, 1.0)', "1.0"),
    ),
)
