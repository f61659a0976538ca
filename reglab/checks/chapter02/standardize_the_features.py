"""Exercise 2.7: put features on one scale before the penalty, fitted on the training rows."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 2.7")
    made = []
    for i in range(5):
        n_train, n_test, features = 12 + 4 * i, 7 + i, 3 + i % 2
        scale = torch.tensor([0.1, 1.0, 30.0, 5.0])[:features]
        center = 3 * torch.randn(features, generator=g)
        train = (torch.randn(n_train, features, generator=g) + center) * scale
        test = (1.5 * torch.randn(n_test, features, generator=g) + center + 1) * scale
        constant = i >= 2  # a feature without spread; 3.0 has an exact mean in float32
        if constant:
            train[:, 1] = test[:, 1] = 3.0
        label = f"train ({n_train}, {features}), test ({n_test}, {features})"
        made.append(Case(label + (", column 1 is 3.0 everywhere" if constant else ""),
                         (train, test)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    returned = answer(*args)
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        raise Malformed("Return two tensors: `return train_x, test_x`.")
    names = ("standardized train_x", "standardized test_x")
    return {name: to_array(x, name) for name, x in zip(names, returned, strict=True)}


def _standardized(train, test, correction: int = 1):
    train, test = train.double(), test.double()
    center, spread = train.mean(0), train.std(0, correction=correction)
    spread = torch.where(spread > 0, spread, 1.0)
    return (train - center) / spread, (test - center) / spread


def reference(train, test):
    return _standardized(train, test)


def reference_biased(train, test):
    """Dividing by n, as NumPy and scikit-learn do, is as right as dividing by n − 1."""
    return _standardized(train, test, correction=0)


def _scaled(x, center, spread):
    return (x - center) / torch.where(spread > 0, spread, 1.0)


def fit_on_all(train, test):
    both = torch.cat([train, test])
    return tuple(_scaled(x, both.mean(0), both.std(0)) for x in (train, test))


def each_by_itself(train, test):
    return tuple(_scaled(x, x.mean(0), x.std(0)) for x in (train, test))


def no_guard(train, test):
    return tuple((x - train.mean(0)) / train.std(0) for x in (train, test))


def test_untouched(train, test):
    return _scaled(train, train.mean(0), train.std(0)), test


def one_scale_for_all(train, test):
    return tuple(_scaled(x, train.mean(), train.std()) for x in (train, test))


def not_centered(train, test):
    return tuple(_scaled(x, torch.zeros(()), train.std(0)) for x in (train, test))


def variance(train, test):
    return tuple(_scaled(x, train.mean(0), train.var(0)) for x in (train, test))


def by_range(train, test):
    low, high = train.amin(0), train.amax(0)
    return tuple(_scaled(x, low, high - low) for x in (train, test))


def per_row(train, test):
    return tuple(_scaled(x, x.mean(1, keepdim=True), x.std(1, keepdim=True)) for x in (train, test))


_TRAIN = "torch.tensor([[0.0], [2.0], [4.0]])"
_TEST = "torch.tensor([[10.0], [10.0], [4.0]])"
_TESTED = f"standardize({_TRAIN}, {_TEST})[1].flatten()"
_TRAINED = f"standardize({_TRAIN}, {_TEST})[0].flatten()"
_TWO = "standardize(torch.tensor([[0.0, 0.0], [2.0, 200.0]]), torch.ones(1, 2))[0].std(0)"

standardize = CodeExercise(
    number="2.7", title="Standardize before the penalty", kind="code",
    difficulty=2, minutes=10, points=2,
    hints=(
        "Two statistics per column, mean and standard deviation. From which rows may they come, "
        "if the test rows are to stand for data nobody has seen?",
        "`center = train_x.mean(0)`, `spread = train_x.std(0)`; replace spreads of 0 by 1 with "
        "`torch.where`; then the same subtraction and division for both tensors.",
    ),
    cases=cases, observe=observe, references=(reference, reference_biased),
    wrongs=(
        Wrong("fitted on train and test", fit_on_all,
              "Mean and spread come from all rows: the test rows leak into what the model is "
              "trained on. Fit on the training rows only.", _TRAINED, "[-1, 0, 1]"),
        Wrong("test fitted by itself", each_by_itself,
              "The test rows are scaled with their own mean and spread. A shift between the two "
              "sets then disappears, and a single new row could not be scaled at all. Use the "
              "training statistics for both.", _TESTED, "[4, 4, 1]"),
        Wrong("divides by zero", no_guard,
              "A column without spread gives 0/0 = NaN, and one NaN spoils every loss. Divide "
              "such a column by 1 instead.",
              "standardize(torch.ones(3, 1), torch.ones(1, 1))[1].item()", "0.0"),
        Wrong("test left as it was", test_untouched,
              "The training rows are scaled, the test rows are not: the model would see inputs "
              "on a scale it never met.", _TESTED, "[4, 4, 1]"),
        Wrong("one scale for all columns", one_scale_for_all,
              "One mean and one spread for the whole table leaves the columns as different as "
              "they were. Compute them per column: `dim=0`.", _TWO, "[1, 1]"),
        Wrong("not centered", not_centered,
              "The spread is 1, but the mean is not 0: is the subtraction missing?",
              _TRAINED, "[-1, 0, 1]"),
        Wrong("divides by the variance", variance,
              "Divided by the variance. The spread becomes 1 after dividing by its square root, "
              "the standard deviation.", _TRAINED, "[-1, 0, 1]"),
        Wrong("scaled to [0, 1]", by_range,
              "Scaled by minimum and range. That is a fair choice elsewhere, but here the columns "
              "should get mean 0 and standard deviation 1.", _TRAINED, "[-1, 0, 1]"),
        Wrong("per row", per_row,
              "Mean and spread were taken over each row. They belong to a feature, so to a "
              "column: `dim=0`.", _TWO, "[1, 1]"),
    ),
)
