"""Exercise 6.1: shift each signal of a batch by a number of its own."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 6.1")
    made = []
    for count, length in ((4, 9), (5, 12)):
        x = torch.randn(count, length, generator=g)
        steps = torch.tensor([3, -2, 1, 0, -4])[:count]
        order = torch.randperm(count, generator=g)
        while steps[order[0]] == 0:    # the first one tells directions apart
            order = torch.randperm(count, generator=g)
        made.append(Case(f"{count} signals of {length} samples", (x, steps[order])))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    made, shape = answer(*args), tuple(args[0].shape)
    if isinstance(made, list | tuple):
        raise Malformed(f"Return one tensor of shape {shape}, not a {type(made).__name__} of rows: "
                        "`torch.stack` puts them together.")
    found = to_array(made, "the shifted signals")
    if found.shape != shape:
        hint = (" Was the whole batch rolled once for each number? Each number belongs to one row."
                if found.ndim == 3 else "")
        raise Malformed(f"The result should have the shape of x, {shape}, but it has "
                        f"{found.shape}.{hint}")
    return {"shifted": found}


def reference(x, steps):
    return torch.stack([signal.roll(int(s)) for signal, s in zip(x, steps, strict=True)])


def one_for_all(x, steps):
    return x.roll(int(steps[0]), 1)


def other_direction(x, steps):
    return reference(x, -steps)


def filled_with_zeros(x, steps):
    moved = reference(x, steps)
    for signal, s in zip(moved, steps.tolist(), strict=True):
        signal[:max(s, 0)] = 0
        signal[len(signal) + min(s, 0):] = 0
    return moved


def filled_with_the_end(x, steps):
    places = (torch.arange(x.shape[1]) - steps[:, None]).clamp(0, x.shape[1] - 1)
    return x.gather(1, places)


def along_the_batch(x, steps):
    return x.roll(int(steps[0]), 0)


def rolled_as_one_row(x, steps):
    return torch.stack([x.roll(int(s))[i] for i, s in enumerate(steps)])


def rolled_by_all(x, steps):
    for s in steps:
        x = x.roll(int(s))
    return x


def only_forward(x, steps):
    return reference(x, steps.abs())


def not_at_all(x, steps):
    return x


_CALL = "shift(torch.tensor([[1., 2, 3, 4], [5, 6, 7, 8]]), torch.tensor([1, -1]))"
_EXPECT = "[[4, 1, 2, 3], [6, 7, 8, 5]]"

shifting = CodeExercise(
    number="6.1", title="Shift each signal", kind="code",
    difficulty=1, minutes=5, points=2,
    hints=(
        "`torch.roll` moves a tensor around, by one number for all of it. You have one number for "
        "each row.",
        "`signal.roll(int(s))` for each signal and its s, put together by `torch.stack`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("one shift for all", one_for_all,
              "All signals are shifted by the first number. Each has one of its own: otherwise a "
              "batch shows the network one place only.", _CALL, _EXPECT),
        Wrong("the other direction", other_direction,
              "The signals move the other way. A positive step moves to the right: what was at "
              "place t is then at place t + s.", _CALL, _EXPECT),
        Wrong("filled with zeros", filled_with_zeros,
              "What leaves at one end is lost, and zeros come in at the other. Asked for is the "
              "circular shift, as MNIST-1D makes it.", _CALL, _EXPECT),
        Wrong("filled with the last value", filled_with_the_end,
              "The value at the end is repeated. Asked for is the circular shift: what leaves at "
              "one end comes in at the other.", _CALL, _EXPECT),
        Wrong("moved along the batch", along_the_batch,
              "The examples change places, and no signal is shifted: the inputs no longer belong "
              "to their labels. The samples are in the last dimension.", _CALL, _EXPECT),
        Wrong("rolled as one long row", rolled_as_one_row,
              "What leaves one signal comes in at its neighbor: `x.roll(s)` without `dims` rolls "
              "the whole batch as one long row. Roll each signal by itself.", _CALL, _EXPECT),
        Wrong("the whole batch rolled by every number", rolled_by_all,
              "`x.roll(s)` without `dims` rolls the whole batch as one long row, and here it is "
              "rolled by all numbers in turn. Roll each signal by its own number.",
              _CALL, _EXPECT),
        Wrong("never to the left", only_forward,
              "Negative steps are taken as positive ones. They move to the left.", _CALL, _EXPECT),
        Wrong("not shifted", not_at_all, "The signals come back as they were.", _CALL, _EXPECT),
    ),
)
