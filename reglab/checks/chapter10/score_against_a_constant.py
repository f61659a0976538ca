"""Exercise 10.6: a score that says whether a regression knows more than a constant."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 10.6")
    made = []
    for label, share in (("good", 0.8), ("useless", 0.0), ("harmful", -1.5)):
        count = int(torch.randint(30, 60, (), generator=g))
        level = 1 + torch.rand((), generator=g, dtype=torch.float64)
        noise = torch.randn(3, count, 1, generator=g, dtype=torch.float64)
        targets, train_targets = level + noise[0] + 0.5, (level + noise[1]).abs() ** 1.5
        outputs = level + share * noise[0] + 0.3 * noise[2]
        made.append(Case(f"{label} predictions of {count} targets",
                         (outputs, targets, train_targets[:20])))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"skill": to_scalar(answer(*args), "the skill")}


def _mean_square(errors):
    return (errors ** 2).mean()


def _skill(constant: Callable = lambda targets, train: train.mean(),
           error: Callable = _mean_square, join: Callable = lambda own, other: 1 - own / other,
           tidy: Callable = lambda outputs: outputs) -> Callable:
    """The skill with one thing changed."""
    def skill(outputs, targets, train_targets):
        return join(error(tidy(outputs) - targets),
                    error(constant(targets, train_targets) - targets))
    return skill


def by_the_variance(outputs, targets, train_targets):
    return 1 - _mean_square(outputs - targets) / targets.var()


_TRY = ("outputs, targets = torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]])\n"
        "skill(outputs, targets, torch.tensor([[1.0], [1.0], [4.0]]))")
_EXPECT = "0.2"

skilled = CodeExercise(
    number="10.6", title="Score against a constant", kind="code",
    difficulty=1, minutes=10, points=3,
    hints=(
        "The constant is a model too: it is fitted on training data and scored on the same test "
        "targets. Which number is it?",
        "`constant = train_targets.mean()`, then one minus the mean of `(outputs - targets) ** 2` "
        "over that of `(constant - targets) ** 2`.",
    ),
    cases=cases, observe=observe, references=(_skill(),),
    wrongs=(
        Wrong("a constant from the test targets", _skill(lambda targets, train: targets.mean()),
              "The constant is the mean of the *test* targets, which no model may know. The "
              "constant must be fitted where the model was fitted: on the training targets.",
              _TRY, _EXPECT),
        Wrong("the variance of the test targets", by_the_variance,
              "The error is divided by the variance of the *test* targets, as R² does (and with "
              "N − 1). That is a constant fitted on test data: take the mean of the training "
              "targets.", _TRY, _EXPECT),
        Wrong("zero for a constant", _skill(lambda targets, train: 0.0),
              "The model is compared with predicting 0. The training data offer a better "
              "constant for free: their mean.", _TRY, _EXPECT),
        Wrong("the median for a constant", _skill(lambda targets, train: train.median()),
              "The median is the constant of the least absolute error. For squared errors it is "
              "the mean.", _TRY, _EXPECT),
        Wrong("the ratio itself", _skill(join=lambda own, other: own / other),
              "This is the ratio of the errors. The skill is 1 minus that: 1 for a perfect model, "
              "0 for one that knows no more than the constant.", _TRY, _EXPECT),
        Wrong("the ratio upside down", _skill(join=lambda own, other: 1 - other / own),
              "The constant's error is divided by the model's. Then a perfect model scores "
              "−∞.", _TRY, _EXPECT),
        Wrong("the difference of errors", _skill(join=lambda own, other: other - own),
              "The errors are subtracted, not divided: the result depends on the unit of the "
              "targets.", _TRY, _EXPECT),
        Wrong("roots of the errors", _skill(join=lambda own, other: 1 - (own / other) ** 0.5),
              "The square root is taken of both errors. The definition divides the mean squares.",
              _TRY, _EXPECT),
        Wrong("absolute errors", _skill(error=lambda errors: errors.abs().mean()),
              "Absolute errors are averaged. The definition squares them.", _TRY, _EXPECT),
        Wrong("every output against every target", _skill(tidy=lambda outputs: outputs.squeeze(1)),
              "Subtracting a tensor of shape (N,) and one of shape (N, 1) makes (N, N): every "
              "output was compared with every target. Keep the shapes equal.", _TRY, _EXPECT),
    ),
)
