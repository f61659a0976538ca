"""Exercise 6.3: mixup (Zhang et al. 2018) with two bugs to be found."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 6.3")
    made = []
    for count, width, classes in ((5, 4, 3), (6, 3, 4)):
        x = torch.randn(count, width, generator=g)
        y = F.one_hot(torch.arange(count) % classes, classes).float()
        share = 0.15 + 0.3 * torch.rand(count, generator=g) + 0.4 * (torch.arange(count) % 2)
        partner = torch.arange(count).roll(1)    # a cycle: going back is another way
        made.append(Case(f"{count} examples, {classes} classes", (x, y, share, partner)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Malformed("Return two things, the mixed x and the mixed y: `return x_new, y_new`.")
    made = {}
    for name, value, given in zip(("x", "y"), found, args[:2], strict=True):
        made[name] = to_array(value, f"the mixed {name}")
        if made[name].shape != tuple(given.shape):
            raise Malformed(f"The mixed {name} should have the shape of {name}, "
                            f"{tuple(given.shape)}, but it has {made[name].shape}.")
    return made


def _blend(values, share, partner):
    return share[:, None] * values + (1 - share[:, None]) * values[partner]


def reference(x, y, share, partner):
    return _blend(x, share, partner), _blend(y, share, partner)


def both_bugs(x, y, share, partner):
    return (share[0] * x + (1 - share[0]) * x[partner], _blend(y, 1 - share, partner))


def one_share(x, y, share, partner):
    return share[0] * x + (1 - share[0]) * x[partner], _blend(y, share, partner)


def one_share_for_both(x, y, share, partner):
    return _blend(x, share[:1], partner), _blend(y, share[:1], partner)


def swapped_labels(x, y, share, partner):
    return _blend(x, share, partner), _blend(y, 1 - share, partner)


def swapped_inputs(x, y, share, partner):
    return _blend(x, 1 - share, partner), _blend(y, share, partner)


def swapped_everything(x, y, share, partner):
    return _blend(x, 1 - share, partner), _blend(y, 1 - share, partner)


def labels_left_alone(x, y, share, partner):
    return _blend(x, share, partner), y


def larger_share_wins(x, y, share, partner):
    mixed = _blend(y, share, partner)
    return _blend(x, share, partner), F.one_hot(mixed.argmax(1), y.shape[1]).float()


def another_partner(x, y, share, partner):
    return _blend(x, share, partner), _blend(y, share, partner.argsort())


_SETUP = ("x, y, share, partner = torch.tensor([[1.0], [3], [6]]), torch.eye(3), "
          "torch.tensor([0.9, 0.6, 0.8]), torch.tensor([2, 0, 1])")
_X, _Y = (f"{_SETUP}\nmixup(x, y, share, partner)[{i}]" for i in (0, 1))
_EXPECT_X = "[[1.5], [2.2], [5.4]]"
_EXPECT_Y = "[[0.9, 0, 0.1], [0.4, 0.6, 0], [0, 0.2, 0.8]]"

mixing = CodeExercise(
    number="6.3", title="Spot the bugs in mixup", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Try it on two examples with shares 0.9 and 0.6. Which share does the second example get? "
        "And if a picture is nine tenths of a 3, what should its label say?",
        "`share[0]` is the share of the first example alone. In the labels, `share` belongs to y, "
        "and 1 − share to y[partner], as in x.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs left", both_bugs,
              "This does what the flawed function does. Work out one example by hand: which share "
              "should it get, and which label?", _Y, _EXPECT_Y),
        Wrong("one share for all inputs", one_share,
              "The labels are right now, but all inputs are mixed with the share of the first "
              "example.", _X, _EXPECT_X),
        Wrong("one share for everything", one_share_for_both,
              "Inputs and labels agree with each other, but every example gets the share of the "
              "first one.", _X, _EXPECT_X),
        Wrong("shares of the labels swapped", swapped_labels,
              "A picture that is nine tenths of a 3 gets a label with one tenth of it.",
              _Y, _EXPECT_Y),
        Wrong("shares of the inputs swapped", swapped_inputs,
              "The labels are right, but the inputs are swapped now: `share` belongs to x, and "
              "1 − share to x[partner].", _X, _EXPECT_X),
        Wrong("all shares swapped", swapped_everything,
              "Inputs and labels agree, but `share` should be what is left of the example itself, "
              "and here it is what it gets from its partner.", _X, _EXPECT_X),
        Wrong("labels not mixed", labels_left_alone,
              "The labels are left as they were. Then a network must be certain of a blend.",
              _Y, _EXPECT_Y),
        Wrong("the larger share takes the label", larger_share_wins,
              "The label is rounded to the class with the larger share. Keep the shares: soft "
              "labels are the point of mixup.", _Y, _EXPECT_Y),
        Wrong("another partner for the labels", another_partner,
              "The labels are mixed with another example than the inputs. Both take `[partner]`.",
              _Y, _EXPECT_Y),
    ),
)
