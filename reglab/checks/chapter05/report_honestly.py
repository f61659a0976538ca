"""Exercise 5.5: choose an epoch on one set of data, report its score on another."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array, to_arrays

KEYS = ["epochs", "score", "optimism"]


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 5.5")
    made = []
    for seeds, epochs in ((4, 12), (6, 25)):
        t = torch.arange(epochs, dtype=torch.float64)
        truth = 0.7 - 0.4 * torch.exp(-t / 3) - 0.006 * t
        noise = 0.05 * torch.randn(2, seeds, epochs, generator=g, dtype=torch.float64)
        validation, reserve = (truth + part for part in noise)
        for curve in (validation, reserve):    # never the last epoch, and never the same one
            curve[:, -1] -= 0.3
        rows = torch.arange(seeds)
        best = validation.argmax(1)
        reserve[rows, best] -= 0.1    # the luck of the chosen
        made.append(Case(f"{seeds} seeds, {epochs} epochs", (validation, reserve)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_arrays(answer(*args), "the report", KEYS)
    seeds = len(args[0])
    if found["epochs"].shape != (seeds,):
        raise Malformed(f"epochs should have one entry for each of the {seeds} seeds, but its "
                        f"shape is {found['epochs'].shape}.")
    for name in KEYS[1:]:
        if found[name].size != 1:
            raise Malformed(f"{name} should be one number, the mean over seeds, but its shape is "
                            f"{found[name].shape}.")
        found[name] = to_array(float(found[name].reshape(())), name)
    return found


def _report(choose: Callable, score: Callable, optimism: Callable, shift: int = 0) -> Callable:
    def report(validation, reserve):
        epochs = choose(validation, reserve)
        claimed = validation.gather(1, epochs[:, None]).mean()
        reached = reserve.gather(1, epochs[:, None]).mean()
        return {"epochs": epochs + shift, "score": score(claimed, reached, reserve),
                "optimism": optimism(claimed, reached)}
    return report


def _own(validation, reserve):
    return validation.argmax(1)


def _reached(claimed, reached, reserve):
    return reached


def _too_high(claimed, reached):
    return claimed - reached


reference = _report(_own, _reached, _too_high)
_DATA = "v = torch.tensor([[0.5, 0.9, 0.6], [0.8, 0.7, 0.1]]); " \
        "r = torch.tensor([[0.6, 0.7, 0.8], [0.5, 0.9, 0.2]])"


def _shows(key: str) -> str:
    return f'{_DATA}\nreport(v, r)["{key}"]'


honesty = CodeExercise(
    number="5.5", title="Report an honest score", kind="design",
    difficulty=3, minutes=15, points=4,
    hints=(
        "Which data may decide about the epoch, and which data may only be read where the decision "
        "has fallen? Every seed is a run of its own.",
        "`epochs = validation.argmax(1)`, then `reserve.gather(1, epochs[:, None]).mean()`. The "
        "optimism is the same with `validation`, minus that.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("chose on the reserve", _report(lambda v, r: r.argmax(1), _reached, _too_high),
              "The epoch is chosen where the reserve is best. Then the reserve is the validation "
              "set, and nothing is left to tell you how good the choice is.",
              _shows("epochs"), "[1, 0]"),
        Wrong("reports the score that chose", _report(
              _own, lambda claimed, reached, reserve: claimed, _too_high),
              "The score is the one by which the epoch was chosen: the highest of many noisy "
              "numbers. Report the reserve at that epoch.", _shows("score"), "0.6"),
        Wrong("reports the best of the reserve", _report(
              _own, lambda claimed, reached, reserve: reserve.max(1).values.mean(), _too_high),
              "The epochs are right, but the score is the highest of the reserve, at another "
              "epoch. Read the reserve where validation has decided.", _shows("score"), "0.6"),
        Wrong("one epoch for all seeds", _report(
              lambda v, r: v.mean(0).argmax().expand(len(v)), _reached, _too_high),
              "All seeds get the epoch at which their *mean* curve is best. Each run stops by its "
              "own curve.", _shows("epochs"), "[1, 0]"),
        Wrong("kept the last epoch", _report(
              lambda v, r: torch.full((len(v),), v.shape[1] - 1), _reached, _too_high),
              "The last epoch of every run is kept: nothing is stopped, and nothing restored.",
              _shows("epochs"), "[1, 0]"),
        Wrong("optimism with the wrong sign", _report(
              _own, _reached, lambda claimed, reached: reached - claimed),
              "The sign is turned round: optimism is what validation promises *minus* what is "
              "reached. It is positive when the promise is too high.",
              _shows("optimism"), "0.25"),
        Wrong("no optimism", _report(_own, _reached, lambda claimed, reached: 0 * claimed),
              "The optimism is 0 in your report. It is the validation score at the chosen epochs "
              "minus the reserve score there.", _shows("optimism"), "0.25"),
        Wrong("epochs counted from 1", _report(_own, _reached, _too_high, shift=1),
              "The epochs are counted from 1. Here they are places in the curve, from 0.",
              _shows("epochs"), "[1, 0]"),
        Wrong("the lowest instead of the highest", _report(
              lambda v, r: v.argmin(1), _reached, _too_high),
              "The epoch with the *lowest* score is kept. These are scores: higher is better.",
              _shows("epochs"), "[1, 0]"),
    ),
)
