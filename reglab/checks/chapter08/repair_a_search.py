"""Exercise 8.3: a search that chooses on test data and reports its luckiest seed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_scalar

Choose = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def cases(seed: int) -> list[Case]:
    """Scores for which every way to choose, and every way to report, gives something else."""
    g = generator(seed, "exercise 8.3")
    made = []
    for trials, seeds in ((6, 4), (9, 5)):
        while True:
            scores = 0.6 + 0.05 * torch.randn(2, trials, seeds, generator=g)
            validation, test = scores[0], scores[1] - 0.02
            chosen = [int(choose(validation, test)) for choose in CHOICES.values()]
            reports = [report(validation, test, arm).item()
                       for arm in set(chosen) for report in REPORTS.values()]
            gaps = [abs(a - b) for a, b in itertools.combinations(reports, 2)]
            if len(set(chosen)) == len(chosen) and min(gaps) > 0.002:
                break
        made.append(Case(f"{trials} trials, {seeds} seeds", (validation, test)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if isinstance(found, Mapping) or not isinstance(found, tuple | list) or len(found) != 2:
        raise Malformed(f"Return two things, the trial and its score; got {found!r:.60}.")
    return {"trial": to_scalar(found[0], "the trial"), "score": to_scalar(found[1], "the score")}


CHOICES: dict[str, Choose] = {
    "validation": lambda validation, test: validation.mean(1).argmax(),
    "test": lambda validation, test: test.mean(1).argmax(),
    "luckiest run": lambda validation, test: validation.max(1).values.argmax()}

REPORTS = {
    "test": lambda validation, test, arm: test[arm].mean(),
    "luckiest seed": lambda validation, test, arm: test[arm].max(),
    "validation": lambda validation, test, arm: validation[arm].mean()}


def _search(choice: str, report: str) -> Callable:
    def search(validation, test):
        arm = int(CHOICES[choice](validation, test))
        return arm, REPORTS[report](validation, test, arm)
    return search


_SCORES = ("validation = torch.tensor([[0.6, 0.6], [0.5, 0.9], [0.95, 0.3]])\n"
           "search(validation, torch.tensor([[0.8, 0.8], [0.5, 0.6], [0.3, 0.3]]))")
_EXPECT = "[1, 0.55]"

searching = CodeExercise(
    number="8.3", title="Spot the bugs in a search", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which data may be used for choosing, and which for reporting? And how many seeds does a "
        "maximum over seeds describe?",
        "Choose with `validation.mean(1).argmax()`; report the mean of that row of `test`.",
    ),
    cases=cases, observe=observe, references=(_search("validation", "test"),),
    wrongs=(
        Wrong("both bugs still in", _search("test", "luckiest seed"),
              "This behaves like the flawed version: it chooses on test data and reports the best "
              "of several seeds.", _SCORES, _EXPECT),
        Wrong("still chosen on test data", _search("test", "test"),
              "The report is a mean over seeds now. But the trial is still chosen by its test "
              "score, so that score contains the luck of the chosen.", _SCORES, _EXPECT),
        Wrong("still the luckiest seed", _search("validation", "luckiest seed"),
              "Chosen on validation data: right. But the report is still the best of several "
              "seeds, and another seed would not repeat it.", _SCORES, _EXPECT),
        Wrong("reports the validation score", _search("validation", "validation"),
              "The validation score of the winner is too good to be true: it won for being high. "
              "Report the test score, once.", _SCORES, _EXPECT),
        Wrong("chosen by the luckiest run", _search("luckiest run", "test"),
              "The trial with the best single run is chosen. One lucky seed is enough for that: "
              "choose by the mean over seeds.", _SCORES, _EXPECT),
        Wrong("luck on both sides", _search("luckiest run", "luckiest seed"),
              "The best single run chooses, and the best single seed is reported. Use means over "
              "seeds in both places.", _SCORES, _EXPECT),
        Wrong("chosen on test, reported on validation", _search("test", "validation"),
              "The two kinds of data have changed places: choose on validation data, report on "
              "test data.", _SCORES, _EXPECT),
    ),
)
