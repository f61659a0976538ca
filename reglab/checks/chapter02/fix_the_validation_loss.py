"""Exercise 2.3: a validation loss that contains the penalty and weights batches unequally."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 2.3")
    made = []
    for sizes in ((4, 4), (8, 8, 3), (5, 5, 5, 1), (6, 2)):
        features = int(torch.randint(2, 5, (), generator=g))
        params = {"weight": torch.randn(1, features, generator=g) + 1,
                  "bias": torch.randn(1, generator=g)}
        batches = []
        for i, size in enumerate(sizes):
            x = torch.randn(size, features, generator=g)
            # the last batch is harder, so that its weight in the average shows
            y = torch.randn(size, 1, generator=g) + (3 if i == len(sizes) - 1 else 0)
            batches.append((x, y))
        strength = 0.3 + 0.7 * torch.rand((), generator=g).item()
        label = f"strength {strength:.3f}; batches of {', '.join(map(str, sizes))} examples"
        made.append(Case(label, (params, batches, strength)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"validation loss": to_scalar(answer(*args), "the validation loss")}


def reference(params, batches, strength):
    return torch.cat([_squared_errors(params, x, y) for x, y in batches]).mean()


def _squared_errors(params, x, y):
    return (x @ params["weight"].T + params["bias"] - y).double() ** 2


def _penalty(params, strength):
    return strength / 2 * (params["weight"] ** 2).sum()


def both_bugs(params, batches, strength):
    return penalty_removed(params, batches, strength) + _penalty(params, strength)


def penalty_removed(params, batches, strength):
    return sum(_squared_errors(params, x, y).mean() for x, y in batches) / len(batches)


def batches_weighted(params, batches, strength):
    return reference(params, batches, strength) + _penalty(params, strength)


def penalty_subtracted(params, batches, strength):
    return reference(params, batches, strength) - _penalty(params, strength)


def sum_of_squares(params, batches, strength):
    return sum(_squared_errors(params, x, y).sum() for x, y in batches)


def root(params, batches, strength):
    return reference(params, batches, strength).sqrt()


def last_batch_only(params, batches, strength):
    return _squared_errors(params, *batches[-1]).mean()


def penalty_per_example(params, batches, strength):
    count = sum(len(x) for x, _ in batches)
    return reference(params, batches, strength) + _penalty(params, strength) / count


# The tiny model predicts w·0 + 0; the targets are chosen so that the losses are round numbers.
_PARAMS = '{"weight": torch.ones(1, 1), "bias": torch.zeros(1)}'
_SETUP = 'batch = lambda n, y: (torch.zeros(n, 1), torch.full((n, 1), y))\n'
_PERFECT = f"{_SETUP}validation_loss({_PARAMS}, [batch(4, 0.0)], 2.0)"
_RAGGED = f"{_SETUP}validation_loss({_PARAMS}, [batch(3, 0.0), batch(1, 2.0)], 0.0)"

validation_loss = CodeExercise(
    number="2.3", title="Spot the bugs in a validation loss", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Two runs with different λ make exactly the same predictions. Should their validation "
        "losses differ? Do they?",
        "The second bug needs batches of different sizes. Give one example the same weight "
        "wherever it stands: add up squared errors, count examples, divide once at the end.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs still in", both_bugs,
              "This behaves like the flawed version: the value still contains the penalty, and a "
              "small last batch still counts as much as a full one.", _PERFECT, "0.0"),
        Wrong("batch means averaged", penalty_removed,
              "The penalty is gone, well spotted. The second bug remains: an average of batch "
              "means gives the examples in a small last batch more weight than all others.",
              _RAGGED, "1.0"),
        Wrong("penalty still in", batches_weighted,
              "All examples count equally now. But the value still contains the penalty, so that "
              "curves of different λ cannot be compared: each is shifted by its own penalty.",
              _PERFECT, "0.0"),
        Wrong("penalty subtracted", penalty_subtracted,
              "Too small by exactly the penalty. Do you subtract it from a loss that never "
              "contained it?", _PERFECT, "0.0"),
        Wrong("penalty per example", penalty_per_example,
              "A share of the penalty is still in: it is divided by the number of examples. "
              "Smaller is not gone; this loss should not see λ at all.", _PERFECT, "0.0"),
        Wrong("sum instead of mean", sum_of_squares,
              "This is the sum of squared errors. Divide by the number of examples, or the value "
              "grows with the size of the validation set.", _RAGGED, "1.0"),
        Wrong("root of the mean", root,
              "This is the root mean squared error. The training loss in the same plot is a mean "
              "squared error; the two curves must measure the same thing.",
              f"{_SETUP}validation_loss({_PARAMS}, [batch(2, 3.0)], 0.0)", "9.0"),
        Wrong("last batch only", last_batch_only,
              "Only the last batch counts: is the sum reset inside the loop?", _RAGGED, "1.0"),
    ),
)
