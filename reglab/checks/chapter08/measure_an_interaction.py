"""Exercise 8.1: the interaction of two techniques, paired by seed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 8.1")
    made = []
    for seeds in (5, 8):
        gains = 0.05 + 0.05 * torch.rand(3, generator=g)    # of one, the other and both
        noise = 0.02 * torch.randn(4, seeds, generator=g)
        neither = 0.5 + noise[0]
        scores = [neither, *(neither + gain + extra for gain, extra in
                             zip(gains, noise[1:], strict=True))]
        made.append(Case(f"four arms, {seeds} seeds", tuple(scores)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"interaction": to_scalar(answer(*args), "the interaction")}


def reference(neither, one, other, both):
    return ((both - other) - (one - neither)).mean()


def gain_of_both(neither, one, other, both):
    return (both - neither).mean()


def against_the_better(neither, one, other, both):
    return (both - torch.maximum(one, other)).mean()


def turned_round(neither, one, other, both):
    return -reference(neither, one, other, both)


def halved(neither, one, other, both):
    return reference(neither, one, other, both) / 2


def neither_forgotten(neither, one, other, both):
    return (both - one - other).mean()


def sum_of_gains(neither, one, other, both):
    return ((one - neither) + (other - neither)).mean()


def main_effect(neither, one, other, both):
    return ((both - other) + (one - neither)).mean() / 2


def as_a_share(neither, one, other, both):
    return ((both - neither) / ((one - neither) + (other - neither))).mean()


_CALL = ("scores = [torch.tensor([s]) for s in (0.50, 0.54, 0.57, 0.58)]\n"
         "interaction(*scores)")
_EXPECT = "-0.03"

interacting = CodeExercise(
    number="8.1", title="Measure an interaction", kind="code",
    difficulty=1, minutes=10, points=2,
    hints=(
        "What does the first technique change when the other one is off? What does it change when "
        "the other one is on? The interaction is the difference of these two.",
        "`(both - other) - (one - neither)` for each seed, then the mean.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("gain of both", gain_of_both,
              "This is what both gain over neither. It says nothing about whether they get on: "
              "two techniques that simply add up have a gain too.", _CALL, _EXPECT),
        Wrong("against the better one", against_the_better,
              "This compares both with the better one alone: a fair question, but another one. An "
              "interaction of 0 means that the gains add up.", _CALL, _EXPECT),
        Wrong("sign turned round", turned_round,
              "The size is right and the sign is not. Techniques that get on badly have a "
              "negative interaction.", _CALL, _EXPECT),
        Wrong("half of it", halved,
              "Half of what is asked for. Some textbooks define it with a factor ½, for levels −1 "
              "and 1. Here: effect with the other on, minus effect with the other off.",
              _CALL, _EXPECT),
        Wrong("neither forgotten", neither_forgotten,
              "Scores of neither are missing: the level that all four share does not cancel.",
              _CALL, _EXPECT),
        Wrong("sum of the single gains", sum_of_gains,
              "This is what both would gain if they added up. How far is what they do gain from "
              "that?", _CALL, _EXPECT),
        Wrong("the main effect", main_effect,
              "You averaged the two effects of the first technique. That is its main effect; the "
              "interaction is their difference.", _CALL, _EXPECT),
        Wrong("as a share of the sum", as_a_share,
              "A ratio of gains, not a difference. It breaks down when the gains are near zero.",
              _CALL, _EXPECT),
    ),
)
