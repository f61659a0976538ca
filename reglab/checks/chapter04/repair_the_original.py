"""Exercise 4.3: dropout as first published, with one mask for a batch and the wrong test scale."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 4.3")
    made = []
    for batch, units in ((5, 12), (8, 7)):
        x = torch.randn(batch, units, generator=g) + 1
        p = 0.15 + 0.25 * torch.rand((), generator=g).item()
        coins = torch.rand(batch, units, generator=g)
        coins[0, :2] = torch.tensor([p / 2, 0.9])    # rows that differ, whatever was drawn
        coins[1, :2] = torch.tensor([0.9, p / 2])
        for training in (True, False):
            state = "training" if training else "evaluation"
            made.append(Case(f"p = {p:.3f}, {batch} examples, in {state}", (x, p, coins, training)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"output": to_array(answer(*args), "the output")}


def _layer(each: bool, scale: Callable[[float], float],
           factor: Callable[[float], float] = lambda p: 1.0) -> Callable:
    """A dropout layer: a mask for each example or one for all, and its factors."""
    def layer(x, p, coins, training):
        if training:
            return factor(p) * x * ((coins if each else coins[0]) >= p)
        return x * scale(p)
    return layer


reference = _layer(each=True, scale=lambda p: 1 - p)

_TRAIN = ("x, coins = torch.ones(2, 2), torch.tensor([[0.1, 0.9], [0.9, 0.1]])\n"
          "original_dropout(x, 0.25, coins, True)")
_EVALUATE = "original_dropout(torch.ones(2), 0.25, torch.zeros(2), False)"
_MASKED, _SCALED = "[[0, 1], [1, 0]]", "[0.75, 0.75]"

original = CodeExercise(
    number="4.3", title="Spot the bugs in a dropout layer", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Try it on two examples, with p = 0.25. Are different units dropped for the two? And is "
        "the mean output in evaluation what it was in training, over many coins?",
        "`coins` has a row for each example, but only the first one is used. And a unit is there "
        "with probability 1 − p, so its mean output in training is (1 − p)·x.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs still in", _layer(each=False, scale=lambda p: p),
              "This behaves like the flawed version: all examples of a batch share one mask, and "
              "evaluation multiplies by the share dropped.", _EVALUATE, _SCALED),
        Wrong("scale repaired, one mask for all", _layer(each=False, scale=lambda p: 1 - p),
              "The scale is right now. The second bug remains: the whole batch shares the coins of "
              "its first example.", _TRAIN, _MASKED),
        Wrong("masks repaired, still scaled by p", _layer(each=True, scale=lambda p: p),
              "Each example has its own mask now. But evaluation still multiplies by p, the share "
              "dropped, and not by the share that was there in training.", _EVALUATE, _SCALED),
        Wrong("masks repaired, not scaled at all", _layer(each=True, scale=lambda p: 1.0),
              "Each example has its own mask, but evaluation now gives more than training did on "
              "average: nothing makes up for the units that are back.", _EVALUATE, _SCALED),
        Wrong("one mask for all, not scaled at all", _layer(each=False, scale=lambda p: 1.0),
              "Removing the factor is no repair in this form of dropout: evaluation then gives "
              "more than training did on average. And all examples still share a mask.",
              _EVALUATE, _SCALED),
        Wrong("inverted instead of repaired",
              _layer(each=True, scale=lambda p: 1.0, factor=lambda p: 1 / (1 - p)),
              "This is the inverted form, and a sound layer. But the exercise asks for the "
              "original one, as in the networks that were trained with it: training leaves the "
              "kept units as they are.", _EVALUATE, _SCALED),
        Wrong("scaled in both modes",
              _layer(each=True, scale=lambda p: 1 - p, factor=lambda p: 1 / (1 - p)),
              "Training divides by 1 − p and evaluation multiplies by it: the same thing is made "
              "up for twice.", _TRAIN, _MASKED),
        Wrong("divided in evaluation", _layer(each=True, scale=lambda p: 1 / (1 - p)),
              "Evaluation divides by 1 − p. All units are back, so their sum is too large, not too "
              "small: multiply.", _EVALUATE, _SCALED),
    ),
)
