"""Exercise 4.4: Monte Carlo dropout, the mean of probabilities (Gal & Ghahramani 2016)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 4.4")
    made = []
    for passes, examples, classes in ((4, 3, 5), (7, 6, 3)):
        outputs = 3 * torch.randn(passes, examples, classes, generator=g)
        outputs[0] *= 4    # one pass far surer than the others, so that orders of averaging differ
        made.append(Case(f"{passes} passes, {examples} examples, {classes} classes", (outputs,)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_array(answer(*args), "the probabilities")
    if found.shape != tuple(args[0].shape[1:]):
        raise Malformed(f"The result should have a row for each example and a column for each "
                        f"class, shape {tuple(args[0].shape[1:])}, but it has {found.shape}.")
    return {"probabilities": found}


def reference(outputs):
    return F.softmax(outputs.double(), 2).mean(0)


def softmax_of_the_mean(outputs):
    return F.softmax(outputs.double().mean(0), 1)


def votes(outputs):
    return F.one_hot(outputs.argmax(2), outputs.shape[2]).double().mean(0)


def sum_over_passes(outputs):
    return F.softmax(outputs.double(), 2).sum(0)


def mean_of_outputs(outputs):
    return outputs.double().mean(0)


def softmax_over_examples(outputs):
    return F.softmax(outputs.double(), 1).mean(0)


def softmax_over_passes(outputs):
    return F.softmax(outputs.double(), 0).mean(0)


def mean_of_logs(outputs):
    return F.log_softmax(outputs.double(), 2).mean(0)


def first_pass_only(outputs):
    return F.softmax(outputs.double()[0], 1)


_SURE = "torch.tensor([[[20.0, 0.0]], [[-1.0, 0.0]]])"
_CALL = f"(average({_SURE}) * 100).round()"
_EXPECT = "[[63, 37]]"

averaging = CodeExercise(
    number="4.4", title="Average sub-networks", kind="code",
    difficulty=2, minutes=10, points=3,
    hints=(
        "An ensemble of classifiers averages probabilities. Which dimension of `outputs` holds the "
        "classes, and which one the members?",
        "`softmax` over the last dimension first, then the mean over dimension 0.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("softmax of the mean output", softmax_of_the_mean,
              "The outputs are averaged first and made into probabilities afterwards. That is the "
              "geometric mean of the sub-networks: one that is very sure overrules all others. "
              "Average probabilities.", _CALL, _EXPECT),
        Wrong("counts votes", votes,
              "Each sub-network casts one vote, sure or not. That throws away what the "
              "probabilities say about doubt.", _CALL, _EXPECT),
        Wrong("sum instead of mean", sum_over_passes,
              "These add up to the number of passes, not to 1. Divide by it.", _CALL, _EXPECT),
        Wrong("mean of outputs", mean_of_outputs,
              "These are mean outputs, not probabilities: the softmax is missing.", _CALL, _EXPECT),
        Wrong("softmax over the examples", softmax_over_examples,
              "The softmax runs over dimension 1, the examples. They do not compete; the classes "
              "do.",
              _CALL, _EXPECT),
        Wrong("softmax over the passes", softmax_over_passes,
              "The softmax runs over dimension 0, the passes. The classes are in the last "
              "dimension.",
              _CALL, _EXPECT),
        Wrong("mean of log-probabilities", mean_of_logs,
              "These are mean log-probabilities. An ensemble averages the probabilities "
              "themselves.",
              _CALL, _EXPECT),
        Wrong("one pass only", first_pass_only,
              "Only the first pass counts.", _CALL, _EXPECT),
    ),
)
