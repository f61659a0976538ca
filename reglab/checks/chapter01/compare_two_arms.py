"""Exercise 1.1: the mean of paired differences and its standard error (Student 1908)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 1.1")
    made = []
    for seeds in (5, 12):
        luck = 0.1 * torch.randn(seeds, generator=g)    # shared by both arms
        control = 0.5 + luck + 0.02 * torch.randn(seeds, generator=g)
        treatment = 0.54 + luck + 0.02 * torch.randn(seeds, generator=g)
        made.append(Case(f"{seeds} seeds", (treatment, control)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_array(answer(*args), "the result")
    if found.shape != (2,):
        raise Malformed("Return two numbers, the mean difference and its standard error; the "
                        f"result has shape {found.shape}.")
    return {"mean difference": found[0], "standard error": found[1]}


def reference(treatment, control):
    d = (treatment - control).double()
    return torch.stack([d.mean(), d.std() / len(d) ** 0.5])


def unpaired(treatment, control):
    variance = treatment.double().var() + control.double().var()
    return torch.stack([(treatment - control).double().mean(), (variance / len(control)).sqrt()])


def spread_of_one_run(treatment, control):
    d = (treatment - control).double()
    return torch.stack([d.mean(), d.std()])


def divided_by_n(treatment, control):
    d = (treatment - control).double()
    return torch.stack([d.mean(), d.std() / len(d)])


def without_correction(treatment, control):
    d = (treatment - control).double()
    return torch.stack([d.mean(), d.std(correction=0) / len(d) ** 0.5])


def other_way_round(treatment, control):
    return reference(control, treatment)


def relative(treatment, control):
    d = (treatment / control - 1).double()
    return torch.stack([d.mean(), d.std() / len(d) ** 0.5])


_SAME = ("a = torch.tensor([0.1, 0.5, 0.9])\n"
         "[round(1000 * float(v)) for v in paired_effect(a + torch.tensor([0.1, 0.2, 0.3]), a)]")
_EXPECT = "[200, 58]"

paired = CodeExercise(
    number="1.1", title="Compare two arms", kind="code",
    difficulty=1, minutes=10, points=2,
    hints=(
        "The runs come in pairs. What does each seed say about the effect? Reduce the two lists to "
        "one list of differences first.",
        "With `d = treatment - control`: the mean of d, and `d.std() / len(d) ** 0.5`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("seeds not paired", unpaired,
              "The mean is right. The standard error is that of two independent groups: it counts "
              "the luck that both arms share, and pairing would have cancelled it. Take the "
              "spread of the differences.", _SAME, _EXPECT),
        Wrong("spread of one run, not of the mean", spread_of_one_run,
              "This is how much one difference varies. The mean of S of them varies less, by the "
              "factor √S.", _SAME, _EXPECT),
        Wrong("divided by S instead of √S", divided_by_n,
              "The error of a mean falls with the square root of the number of seeds, not with the "
              "number.", _SAME, _EXPECT),
        Wrong("standard deviation without correction", without_correction,
              "The standard deviation divides by S here, not by S − 1. With few seeds that is too "
              "small, for the mean was taken from the same numbers.", _SAME, _EXPECT),
        Wrong("control minus treatment", other_way_round,
              "The sign is the other way round: a gain should be positive, treatment − control.",
              _SAME, _EXPECT),
        Wrong("relative gain", relative,
              "These are ratios. The exercise asks for differences, in units of accuracy.",
              _SAME, _EXPECT),
    ),
)
