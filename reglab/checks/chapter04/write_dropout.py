"""Exercise 4.1: inverted dropout (Srivastava et al. 2014), from given coins."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 4.1")
    made = []
    for shape in ((6, 8), (4, 3, 5)):
        x = torch.randn(shape, generator=g) + 1
        p = 0.1 + 0.25 * torch.rand((), generator=g).item()
        coins = torch.rand(shape, generator=g)
        flat = coins.flatten()    # both sides of p, and of 1 − p, occur
        flat[:4] = torch.tensor([p / 2, (1 + p) / 2, 1 - p / 2, 0.5])
        for training in (True, False):
            state = "training" if training else "evaluation"
            made.append(Case(f"p = {p:.3f}, shape {shape}, in {state}", (x, p, coins, training)))
    made.append(Case("p = 0, in training", (x, 0.0, coins, True)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    output = to_array(answer(*args), "the output")
    if output.shape != tuple(args[0].shape):
        raise Malformed(f"The output should have the shape of x, {tuple(args[0].shape)}, but it "
                        f"has {output.shape}.")
    return {"output": output}


def reference(x, p, coins, training):
    return x * (coins >= p) / (1 - p) if training else x


def keeps_what_should_fall(x, p, coins, training):
    return x * (coins < p) / (1 - p) if training else x


def p_is_kept(x, p, coins, training):
    return x * (coins < p) / p if training else x


def not_scaled(x, p, coins, training):
    return x * (coins >= p) if training else x


def as_published(x, p, coins, training):
    return x * (coins >= p) if training else x * (1 - p)


def scaled_twice(x, p, coins, training):
    return x * (coins >= p) / (1 - p) if training else x * (1 - p)


def multiplied(x, p, coins, training):
    return x * (coins >= p) * (1 - p) if training else x


def divided_by_p(x, p, coins, training):
    return x * (coins >= p) / p if training else x


def always_on(x, p, coins, training):
    return x * (coins >= p) / (1 - p)


def always_off(x, p, coins, training):
    return x


def shifted_mask(x, p, coins, training):
    return torch.where(coins >= p, x / (1 - p), p) if training else x


_TWO = "dropout(torch.ones(2), 0.2, torch.tensor([0.1, 0.9]), {})"
_TRAIN, _EVALUATE = _TWO.format("True"), _TWO.format("False")

inverted = CodeExercise(
    number="4.1", title="Write dropout", kind="code",
    difficulty=1, minutes=5, points=2,
    hints=(
        "A coin is uniform in [0, 1), so it falls below p with probability p. Which units are "
        "those: the dropped ones or the kept ones?",
        "In training `x * (coins >= p) / (1 - p)`, otherwise x as it is.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("drops the wrong units", keeps_what_should_fall,
              "The units that should fall are kept, and the others fall. A coin is below p with "
              "probability p, and p is the share to drop.", _TRAIN, "[0.0, 1.25]"),
        Wrong("took p for the share kept", p_is_kept,
              "Here p is the share that is kept, as in the papers of 2012 and 2014. In PyTorch, "
              "in Keras and here it is the share that is dropped.", _TRAIN, "[0.0, 1.25]"),
        Wrong("not scaled", not_scaled,
              "The mask is right, but the outputs are too small on average: divide what is kept "
              "by 1 − p, so that evaluation can leave everything as it is.",
              _TRAIN, "[0.0, 1.25]"),
        Wrong("dropout as first published", as_published,
              "This is the original form: nothing is scaled in training, and evaluation "
              "multiplies by 1 − p. It is consistent, but asked for is the inverted form, which "
              "divides in training and leaves evaluation alone.", _EVALUATE, "[1.0, 1.0]"),
        Wrong("scaled in training and in evaluation", scaled_twice,
              "Two conventions at once: you divide by 1 − p in training and multiply by it in "
              "evaluation. One of them is enough; here it is the division.",
              _EVALUATE, "[1.0, 1.0]"),
        Wrong("multiplied by 1 − p", multiplied,
              "The units that are kept are made smaller, although they have to make up for those "
              "that are gone. Divide by 1 − p.", _TRAIN, "[0.0, 1.25]"),
        Wrong("divided by p", divided_by_p,
              "Divided by p, the share dropped. A share of 1 − p is left, so it is 1 − p that "
              "has to be made up for. At p = 0.5 you would never have noticed.",
              _TRAIN, "[0.0, 1.25]"),
        Wrong("active in evaluation", always_on,
              "Training is right, but units are dropped in evaluation as well: predictions would "
              "be random. Look at `training`.", _EVALUATE, "[1.0, 1.0]"),
        Wrong("never active", always_off,
              "Nothing is dropped, not even in training.", _TRAIN, "[0.0, 1.25]"),
        Wrong("dropped to p", shifted_mask,
              "Dropped units get the value p. They should give nothing: zero.",
              _TRAIN, "[0.0, 1.25]"),
    ),
)
