"""How long a training takes to get somewhere, read off its recorded curves."""

from __future__ import annotations

from collections.abc import Hashable

import torch

from ..result import Result

CLASSES = 10.0    # in all tasks of which this is asked


def steps_to(result: Result, arm: Hashable, loss: float) -> list[float]:
    """Steps until the training loss (all units on, data as they are) is down to this, by seed.

    Linear between two evaluations; before the first step the loss is that of a uniform guess.
    """
    curve = result.curve("train", "loss", arm).double()
    start = torch.full((len(curve), 1), CLASSES).log()
    curve, epochs = torch.cat([start, curve], 1), [0, *result.epochs.tolist()]
    found = []
    for splits, row in zip(result.splits.values(), curve.tolist(), strict=True):
        place = next((i for i, value in enumerate(row) if value <= loss), None)
        if place is None:
            raise ValueError(f"steps_to.loss must be reached by all runs of {arm}; got "
                             f"loss={loss}. Take a higher one.")
        share = (row[place - 1] - loss) / (row[place - 1] - row[place])
        steps = -(-len(splits.train) // result.recipes[arm].batch_size)    # of an epoch
        found.append(steps * (epochs[place - 1] + share * (epochs[place] - epochs[place - 1])))
    return found
