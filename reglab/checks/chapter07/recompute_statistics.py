"""Exercise 7.3: the statistics of all examples, from batches of different sizes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 7.3")
    made = []
    for sizes in ((8, 8, 3), (5, 12)):
        batches = [torch.randn(n, 4, generator=g) * (1 + i) + 2 * i * torch.rand(4, generator=g)
                   for i, n in enumerate(sizes)]
        made.append(Case(f"batches of {', '.join(map(str, sizes))} examples", (batches,)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    returned = answer(*args)
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed("Return two things: the mean and the variance.")
    found = {name: to_array(value, f"the {name}")
             for name, value in zip(("mean", "variance"), returned, strict=True)}
    for name, array in found.items():
        if array.shape != (args[0][0].shape[1],):
            raise Malformed(f"The {name} should have one number for each unit, shape "
                            f"{(args[0][0].shape[1],)}, but it has {array.shape}.")
    return found


def _statistics(weighted: bool = True, weighted_variance: bool | None = None, between: bool = True,
                weighted_spread: bool = True) -> Callable:
    def recompute(batches):
        sizes = torch.tensor([float(len(b)) for b in batches])
        shares = sizes / sizes.sum() if weighted else torch.full_like(sizes, 1 / len(sizes))
        same = weighted_variance is None or weighted_variance == weighted
        own = shares if same else torch.full_like(sizes, 1 / len(sizes))
        means = torch.stack([b.mean(0) for b in batches])
        variances = torch.stack([b.var(0, correction=0) for b in batches])
        mean = shares @ means
        spread = own @ (means - mean) ** 2 if weighted_spread else means.var(0, correction=0)
        spread = spread if between else 0
        return mean, own @ variances + spread
    return recompute


def reference(batches):
    together = torch.cat(batches)
    return together.mean(0), together.var(0, correction=0)


def unbiased(batches):
    together = torch.cat(batches)
    return together.mean(0), together.var(0)


def deviation(batches):
    together = torch.cat(batches)
    return together.mean(0), together.std(0, correction=0)


_BATCHES = "batches = [torch.tensor([[0.], [0.], [0.]]), torch.tensor([[4.]])]"
_BOTH = f"{_BATCHES}\nrecompute(batches)[{{}}]"
_MEAN, _VARIANCE = _BOTH.format(0), _BOTH.format(1)

statistics = CodeExercise(
    number="7.3", title="Spot the bugs in recomputed statistics", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Try it on a batch of three zeros and a batch of one 4. What are the mean and the variance "
        "of the four numbers 0, 0, 0, 4? And what does the function give?",
        "Weight each batch by its size; and to the mean of the variances add the variance of the "
        "batch means around the whole mean.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs still in", _statistics(weighted=False, between=False),
              "This behaves like the flawed version: a batch of three counts as much as one of "
              "eight, and what lies between the batches is lost.", _VARIANCE, "[3.0]"),
        Wrong("weighted, the spread between batches lost", _statistics(between=False),
              "Batches are weighted by their size now. The second bug remains: examples of "
              "different batches differ also because the batch means do, and that part of the "
              "variance is lost.", _VARIANCE, "[3.0]"),
        Wrong("spread between batches repaired, not weighted", _statistics(weighted=False),
              "The spread between the batches is there now. But a small batch still counts as much "
              "as a large one.", _MEAN, "[1.0]"),
        Wrong("the spread between batches not weighted", _statistics(weighted_spread=False),
              "Mean and variances are weighted, and the spread between the batches is there. But "
              "in that spread a small batch counts as much as a large one.", _VARIANCE, "[3.0]"),
        Wrong("only the mean is weighted", _statistics(weighted_variance=False, between=False),
              "The mean is right. The variances are still averaged as if all batches were of one "
              "size, and the spread between the batches is missing.", _VARIANCE, "[3.0]"),
        Wrong("unbiased", unbiased,
              "All examples are there, but divided by N − 1. Asked for is what one single batch "
              "would be normalized with: divided by N.", _VARIANCE, "[3.0]"),
        Wrong("the standard deviation", deviation,
              "That is the standard deviation. The layer keeps the variance, and takes the root "
              "itself.", _VARIANCE, "[3.0]"),
    ),
)
