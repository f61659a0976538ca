"""Exercise 3.3: a proximal gradient step whose threshold forgets the learning rate, on all."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_arrays

SHAPES = ((4, 3), (4,), (2, 4), (2,))
NAMES = (("first.weight", "first.bias", "last.weight", "last.bias"), ("w1", "b1", "w2", "b2"))


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 3.3")
    made = []
    for lr, strength, names in ((0.1, 1.5, NAMES[0]), (0.3, 0.8, NAMES[1])):
        lr = lr * (1 + 0.2 * torch.rand((), generator=g).item())
        params, grads = ({name: torch.randn(shape, generator=g)
                          for name, shape in zip(names, SHAPES, strict=True)} for _ in range(2))
        for p in params.values():    # some small ones of both signs, that a threshold reaches
            p.view(-1)[:2] = torch.tensor([0.05, -0.05])
        made.append(Case(f"lr {lr:.3f}, strength {strength}", (params, grads, lr, strength)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return to_arrays(answer(*args), "the result", list(args[0]))


def soft(w, t):
    return w.sign() * (w.abs() - t).clamp(min=0)


def is_weight(name, p):
    return p.ndim >= 2


def _step(amount: Callable[[float, float], float], on: Callable = is_weight) -> Callable:
    """Gradient step, then a threshold of this amount, on those parameters."""
    def step(params, grads, lr, strength):
        new = {name: p - lr * grads[name] for name, p in params.items()}
        return {name: soft(p, amount(lr, strength)) if on(name, p) else p
                for name, p in new.items()}
    return step


def product(lr, strength):
    return lr * strength


def everywhere(name, p):
    return True


def subgradient(params, grads, lr, strength):
    return {name: p - lr * (grads[name] + (strength * p.sign() if p.ndim >= 2 else 0))
            for name, p in params.items()}


def threshold_first(params, grads, lr, strength):
    return {name: (soft(p, lr * strength) if p.ndim >= 2 else p) - lr * grads[name]
            for name, p in params.items()}


def both_pulls(params, grads, lr, strength):
    new = subgradient(params, grads, lr, strength)
    return {name: soft(p, lr * strength) if p.ndim >= 2 else p for name, p in new.items()}


def biases_stay(params, grads, lr, strength):
    right = reference(params, grads, lr, strength)
    return {name: right[name] if p.ndim >= 2 else p for name, p in params.items()}


reference = _step(product)

_PARAMS = ('p = {"first.weight": torch.tensor([[2.0, 0.5]]), "first.bias": torch.tensor([0.5])}; '
           'g = {"first.weight": torch.tensor([[1.0, 0.0]]), "first.bias": torch.tensor([1.0])}\n')
_WEIGHT = _PARAMS + 'proximal_step(p, g, 0.5, 2.0)["first.weight"]'
_BIAS = _PARAMS + 'proximal_step(p, g, 0.5, 2.0)["first.bias"]'
_WEIGHTS, _BIASES = "[[0.5, 0.0]]", "[0.0]"
_SMALL = ('p = {"first.weight": torch.tensor([[0.25]]), "first.bias": torch.tensor([2.0])}; '
          'g = {"first.weight": torch.tensor([[-1.0]]), "first.bias": torch.tensor([1.0])}\n')
_OTHER = 'p = {"w1": torch.tensor([[0.25]]), "b1": torch.tensor([2.0])}; ' \
         'g = {"w1": torch.tensor([[-1.0]]), "b1": torch.tensor([1.0])}\n'
_AFTER = _SMALL + 'proximal_step(p, g, 0.5, 1.0)["first.weight"]'

step = CodeExercise(
    number="3.3", title="Spot the bugs in a proximal step", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Halve the learning rate: the pull of the loss is halved. What happens to the pull of the "
        "penalty? And which parameters does a penalty leave alone in this course?",
        "The threshold is `lr * strength`. Parameters with `ndim < 2` are biases: they get the "
        "gradient step and no threshold.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs still in", _step(lambda lr, strength: strength, everywhere),
              "This behaves like the flawed version: the threshold does not depend on the learning "
              "rate, and biases are thresholded too.", _WEIGHT, _WEIGHTS),
        Wrong("rate repaired, biases thresholded", _step(product, everywhere),
              "The threshold is right now. But biases are still pulled to zero: a unit whose bias "
              "is gone can no longer shift its threshold, and a bias costs no capacity.",
              _SMALL + 'proximal_step(p, g, 0.5, 1.0)["first.bias"]', "[1.5]"),
        Wrong("biases repaired, threshold without lr", _step(lambda lr, strength: strength),
              "Biases are left alone now. But the threshold is λ instead of ηλ: with a small "
              "learning rate the penalty outweighs the loss, and all weights die.",
              _WEIGHT, _WEIGHTS),
        Wrong("biases thresholded, weights not", _step(product, lambda name, p: p.ndim < 2),
              "The wrong way round: biases are pulled to zero and weights are left alone. "
              "Parameters with two dimensions are weights, those with one are biases.",
              _AFTER, "[[0.25]]"),
        Wrong("biases told by the name bias", _step(product, lambda name, p: "bias" not in name),
              "Biases were told by their name. Parameters may have any name, and one that was "
              "called otherwise is now pulled to zero: look at the number of dimensions.",
              _OTHER + 'proximal_step(p, g, 0.5, 1.0)["b1"]', "[1.5]"),
        Wrong("weights told by the name weight", _step(product, lambda name, p: "weight" in name),
              "Weights were told by their name. Parameters may have any name, and one that was "
              "called otherwise is now left alone: look at the number of dimensions.",
              _OTHER + 'proximal_step(p, g, 0.5, 1.0)["w1"]', "[[0.25]]"),
        Wrong("half the threshold", _step(lambda lr, strength: lr * strength / 2),
              "The threshold is ηλ/2. There is no ½ in the penalty λ·Σ|w|: that of w² had one, to "
              "cancel the 2 of its slope.", _WEIGHT, _WEIGHTS),
        Wrong("divided by the learning rate", _step(lambda lr, strength: strength / lr),
              "The threshold grows when the learning rate shrinks. It is a step of length lr "
              "against a slope of λ: multiply.", _WEIGHT, _WEIGHTS),
        Wrong("threshold before the gradient step", threshold_first,
              "The threshold comes first and the gradient step moves the weights off zero again: "
              "hardly any zero is left. Step, then threshold.", _AFTER, "[[0.25]]"),
        Wrong("subgradient instead", subgradient,
              "The threshold is gone, and λ·sign(w) is in the gradient. That is the other kind of "
              "step: it makes no zeros.", _PARAMS + 'proximal_step(p, g, 0.5, 2.5)["first.weight"]',
              "[[0.25, 0.0]]"),
        Wrong("penalized twice", both_pulls,
              "λ·sign(w) is in the gradient, and then there is a threshold as well: the penalty "
              "acts twice. One of them is enough; here it is the threshold.", _WEIGHT, _WEIGHTS),
        Wrong("biases not trained", biases_stay,
              "The biases stay where they were. They are not regularized, but they do learn: give "
              "them the gradient step.", _BIAS, _BIASES),
    ),
)
