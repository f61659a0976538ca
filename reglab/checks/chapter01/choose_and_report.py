"""Exercise 1.5: choose among many models and say honestly how good the chosen one is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array

LABS, MODELS, EXAMPLES = 40, 40, 400
GOOD = 0.8    # the accuracy of the one good model, where there is one


def right_answers(seed: int, good: bool = False) -> Tensor:
    """Which of 400 examples each of 40 models gets right, (40, 400), to try an answer on.

    All models toss coins; with ``good``, one of them is right four times out of five.
    """
    return _labs(generator(seed, "exercise 1.5, planted"), good, 1)[0][0]


def _labs(g: torch.Generator, good: bool, count: int) -> tuple[Tensor, Tensor]:
    chance = torch.full((count, MODELS), 0.5)
    place = torch.randint(MODELS, (count,), generator=g)
    if good:
        chance[torch.arange(count), place] = GOOD
    return torch.rand(count, MODELS, EXAMPLES, generator=g) < chance[:, :, None], place


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 1.5")
    return [Case("forty models that toss coins", _labs(g, False, LABS)),
            Case("one good model among forty", _labs(g, True, LABS))]


def observe(answer: Callable, args: tuple) -> Observation:
    """Over 40 laboratories: whether the estimates are right, exact enough, and of the best model.

    Their standard deviation is 0.035 where half of the examples are used, 0.006 for the mean of 40.
    The best of 40 coins seems to gain 0.054 on all examples, and 0.076 on half of them.
    """
    labs, places = args
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)    # for answers that draw their split
        found = [to_array(answer(right), "the result") for right in labs]
    if any(each.shape != (2,) for each in found):
        raise Malformed("Return two numbers: which model, and how accurate it is.")
    chosen, estimate = np.array(found).T
    if not (np.isin(chosen, range(MODELS))).all():
        raise Malformed(f"The first number should be a model's place, from 0 to {MODELS - 1}.")
    rows = labs.double().mean(2).numpy()[np.arange(LABS), chosen.astype(int)]
    there_is_one = bool((labs.double().mean(2).amax(1) > 0.7).any())
    truth = np.where(rows > 0.7, GOOD, 0.5)
    off, found_it = (estimate - truth).mean(), (rows > 0.7).mean() if there_is_one else 1.0
    return {"too high": _level(off, 0.03, 0.065), "too low": _level(-off, 0.03, 0.065),
            "inexact": _level((estimate - truth).std(), 0.07),
            "misses the good model": _level(-found_it, -0.9, -0.2)}


def _level(value: float, *limits: float) -> np.ndarray:
    """How many of the limits a value exceeds."""
    return np.array(float(sum(value > limit for limit in limits)))


def reference(right):
    half = right.shape[1] // 2
    best = int(right[:, :half].double().mean(1).argmax())
    return best, right[best, half:].double().mean()


def same_data(right):
    scores = right.double().mean(1)
    return int(scores.argmax()), scores.max()


def score_of_the_choosing_half(right):
    half = right.shape[1] // 2
    scores = right[:, :half].double().mean(1)
    return int(scores.argmax()), scores.max()


def mean_of_all_models(right):
    half = right.shape[1] // 2
    return int(right[:, :half].double().mean(1).argmax()), right[:, half:].double().mean()


def first_model(right):
    return 0, right[0].double().mean()


def few_to_report(right):
    best = int(right[:, :-10].double().mean(1).argmax())
    return best, right[best, -10:].double().mean()


def few_to_choose(right):
    best = int(right[:, :15].double().mean(1).argmax())
    return best, right[best, 15:].double().mean()


_MANY = ("labs = [checks.chapter01.right_answers(s, good={good}) for s in range(60)]\n"
         "torch.tensor([float(choose_and_report(r)[1]) for r in labs]).{what}")
_HIGH = _MANY.format(good=False, what="mean().mul(20).round() / 20")
_LOW = _MANY.format(good=True, what="mean().mul(10).round() / 10")
_EXACT = _MANY.format(good=False, what="std() < 0.07")

choosing = CodeExercise(
    number="1.5", title="Choose and report", kind="design",
    difficulty=3, minutes=15, points=4,
    hints=(
        "Which examples did the choosing? The same ones must not do the reporting. How would you "
        "divide 400 examples between the two jobs?",
        "Take the model that is best on the first 200 examples, and report its accuracy on the "
        "other 200.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("chooses and reports on the same data", same_data,
              "When all forty models toss coins, your report says they do better than chance. The "
              "examples that chose the winner flatter it.", _HIGH, "0.5"),
        Wrong("reports the score of the half that chose", score_of_the_choosing_half,
              "The data are divided, but then the score of the half that chose is reported: it "
              "contains the winner's luck.", _HIGH, "0.5"),
        Wrong("reports the mean of all models", mean_of_all_models,
              "That is how good the models are on average, not how good the chosen one is: a good "
              "one among bad ones gets too little.", _LOW, "0.8"),
        Wrong("chooses nothing", first_model,
              "An honest report of the first model. But there may be a better one, and you are "
              "asked to find it.", _LOW, "0.8"),
        Wrong("keeps too few examples to report", few_to_report,
              "Honest, but with so few examples left the reported accuracy is often off by ten "
              "points or more. Keep more of them.", _EXACT, "True"),
        Wrong("keeps too few examples to choose", few_to_choose,
              "Honest, but with so few examples to choose by the good model is often missed. Keep "
              "more of them.", _LOW, "0.8"),
    ),
)
