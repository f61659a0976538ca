"""Exercise 1.3: a report that chooses on test data and shows its best seed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 1.3")
    made = []
    for seeds, epochs in ((4, 9), (6, 14)):
        shape = seeds, epochs
        hill = 0.6 - 0.002 * (torch.arange(epochs) - epochs / 2) ** 2
        validation = hill + 0.05 * torch.randn(shape, generator=g)
        test = hill + 0.05 * torch.randn(shape, generator=g)
        validation[0], test[0] = validation[0] + 0.3, test[0] - 0.3    # lucky on validation data
        test[1, validation[1].argmin()] = 0.95    # lucky on test data, at an epoch not chosen
        made.append(Case(f"{seeds} seeds, {epochs} epochs", (validation, test)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"reported score": to_scalar(answer(*args), "the reported score")}


def _at(test, epochs):
    return test.gather(1, epochs.unsqueeze(1)).squeeze(1)


def reference(validation, test):
    return _at(test, validation.argmax(1)).mean()


def both_bugs(validation, test):
    return test.max()


def best_seed_left(validation, test):
    return _at(test, validation.argmax(1)).max()


def best_seed_by_validation(validation, test):
    return _at(test, validation.argmax(1))[validation.amax(1).argmax()]


def epoch_by_test(validation, test):
    return test.amax(1).mean()


def validation_score(validation, test):
    return validation.amax(1).mean()


def last_epoch(validation, test):
    return test[:, -1].mean()


def one_epoch_for_all(validation, test):
    return test[:, validation.mean(0).argmax()].mean()


def mean_of_everything(validation, test):
    return test.mean()


_TINY = ("v, t = torch.tensor([[1., 3., 2.], [4., 1., 2.]]), "
         "torch.tensor([[9., 5., 1.], [7., 8., 2.]])\nhonest_report(v, t)")
_EXPECT = "6.0"

report = CodeExercise(
    number="1.3", title="Spot the flattery in a report", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which data choose the epoch in this code? And how many of the runs does the reported "
        "number speak of?",
        "`validation.argmax(1)` has the epoch of each run. Pick its test score with `gather` or a "
        "loop, then take the mean over runs.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs still in", both_bugs,
              "This behaves like the flawed version: the highest test score of all epochs and all "
              "seeds.", _TINY, _EXPECT),
        Wrong("epoch repaired, best seed shown", best_seed_left,
              "Validation data choose the epoch now. But then the best seed *on test data* is "
              "shown: that is luck. Report the mean over seeds.", _TINY, _EXPECT),
        Wrong("shows the seed that validation prefers", best_seed_by_validation,
              "All choices are made on validation data now. But the number speaks of one run, and "
              "the exercise asks how the recipe does: the mean over seeds.", _TINY, _EXPECT),
        Wrong("seeds repaired, epoch chosen on test", epoch_by_test,
              "The mean over seeds is right. But each run is still shown at the epoch that is best "
              "on *test* data: choose it on validation data.", _TINY, _EXPECT),
        Wrong("reports the validation score", validation_score,
              "The choice is right, and then the score of the *validation* data is reported: the "
              "data that chose flatter what they chose.", _TINY, _EXPECT),
        Wrong("takes the last epoch", last_epoch,
              "This is honest, but nothing is chosen any more: the runs keep the weights of their "
              "best epoch on validation data.", _TINY, _EXPECT),
        Wrong("one epoch for all runs", one_epoch_for_all,
              "This is honest too, but another method: one epoch for all runs. Here each run keeps "
              "its own best epoch.", _TINY, _EXPECT),
        Wrong("mean over all epochs", mean_of_everything,
              "This averages over epochs, among them those before anything was learned.",
              _TINY, _EXPECT),
    ),
)
