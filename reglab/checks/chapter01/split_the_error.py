"""Exercise 1.4: bias² and variance from the predictions after many training sets."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 1.4")
    made = []
    for draws, examples in ((4, 7), (9, 5)):
        y = torch.randn(examples, generator=g)
        # wrong in different directions, so that averaging before squaring shows
        bias = torch.randn(examples, generator=g)
        predictions = y + bias + 0.7 * torch.randn(draws, examples, generator=g)
        made.append(Case(f"{draws} training sets, {examples} examples", (predictions, y)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_array(answer(*args), "the result")
    if found.shape != (2,):
        raise Malformed("Return two numbers, the variance and the squared bias; the result has "
                        f"shape {found.shape}.")
    return {"variance": found[0], "squared bias": found[1]}


def _both(variance, bias):
    return torch.stack([variance.double(), bias.double()])


def reference(predictions, y):
    mean = predictions.double().mean(0)
    return _both((predictions - mean).square().mean(), (mean - y).square().mean())


def over_examples(predictions, y):
    variance = predictions.double().var(1, correction=0).mean()
    return _both(variance, (predictions.double().mean(0) - y).square().mean())


def of_everything(predictions, y):
    variance = predictions.double().var(correction=0)
    return _both(variance, (predictions.double().mean(0) - y).square().mean())


def bias_averaged_first(predictions, y):
    good = reference(predictions, y)
    return _both(good[0], (predictions.double() - y).mean().square())


def bias_not_squared(predictions, y):
    good = reference(predictions, y)
    return _both(good[0], (predictions.double().mean(0) - y).abs().mean())


def error_as_bias(predictions, y):
    good = reference(predictions, y)
    return _both(good[0], (predictions.double() - y).square().mean())


def deviation_as_variance(predictions, y):
    good = reference(predictions, y)
    return _both(predictions.double().std(0, correction=0).mean(), good[1])


def corrected(predictions, y):
    good = reference(predictions, y)
    return _both(predictions.double().var(0).mean(), good[1])


_TINY = ("p, y = torch.tensor([[0., 3.], [4., 3.]]), torch.tensor([0., 4.])\n"
         "torch.tensor([float(v) for v in split_error(p, y)])")
_EXPECT = "[2.0, 2.5]"

decomposition = CodeExercise(
    number="1.4", title="Split the error", kind="code",
    difficulty=2, minutes=10, points=3,
    hints=(
        "For each example there is a column of predictions, one from each training set. What is "
        "its mean, and how far are the others from that mean?",
        "`mean = predictions.mean(0)`; the variance is `((predictions - mean) ** 2).mean()`, and "
        "the squared bias `((mean - y) ** 2).mean()`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("variance over the examples", over_examples,
              "The variance is taken along the examples. They differ because they are different "
              "examples; what counts is how the *training sets* differ, along dimension 0.",
              _TINY, _EXPECT),
        Wrong("variance of all numbers together", of_everything,
              "This is the variance of all predictions in one heap, so it contains how the "
              "examples differ. Subtract each example's own mean.", _TINY, _EXPECT),
        Wrong("bias averaged before squaring", bias_averaged_first,
              "The biases of different examples cancel when they are averaged first: too high here "
              "and too low there is not right. Square, then average.", _TINY, _EXPECT),
        Wrong("bias not squared", bias_not_squared,
              "This is the mean size of the bias. Squared errors add up only with its square.",
              _TINY, _EXPECT),
        Wrong("the whole error as bias", error_as_bias,
              "This is the squared error of single predictions: bias² *and* variance. The bias is "
              "that of the mean prediction.", _TINY, _EXPECT),
        Wrong("standard deviation instead of variance", deviation_as_variance,
              "This is a standard deviation. Squared errors add up with its square.",
              _TINY, _EXPECT),
        Wrong("variance divided by S − 1", corrected,
              "Divided by S − 1 it estimates the variance of *further* training sets. That is "
              "useful, but then the two parts do not add up to the error of these predictions, "
              "which the exercise asks for.", _TINY, _EXPECT),
    ),
)
