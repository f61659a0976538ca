"""Exercise 5.1: patience and min_delta, along a list of validation losses (Prechelt 1998)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_scalar

# Losses, patience and min_delta; each tells some of the wrong solutions apart.
CURVES = (
    ([5.0, 4.0, 4.5, 3.0, 3.5, 2.0, 2.5, 2.6, 1.0, 0.5], 2, 0.0),    # the count starts anew
    ([3.0, 2.0, 2.0, 2.0, 2.0, 1.0], 3, 0.0),                        # ties are no improvement
    ([3.0, 2.95, 2.9, 2.85, 2.8, 2.75, 2.7], 3, 0.08),               # small ones add up
    ([3.0, 2.0, 1.9, 1.85, 1.84, 0.5], 2, 0.4),                      # too small to count
    ([1.0, 3.0, 2.0, 1.5, 0.5], 2, 0.0),                             # down, but not below the best
    ([2.0, 2.2, 2.1, 2.3, 1.0, 1.1], 4, 0.3),                        # just in time
    ([4.0, 3.0, 2.0, 1.0], 2, 0.0),                                  # never stops
)


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 5.1")
    made = []
    for losses, patience, min_delta in CURVES:
        scale = 0.5 + torch.rand((), generator=g).item()
        scaled = [scale * loss for loss in losses]
        shown = ", ".join(f"{loss:.2f}" for loss in scaled)
        made.append(Case(f"losses {shown}, patience {patience}, min_delta {scale * min_delta:.2f}",
                         (scaled, patience, scale * min_delta)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if isinstance(found, torch.Tensor | np.ndarray):
        found = found.tolist()
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Malformed(f"Return two numbers, `kept, last`; got {found!r:.60}.")
    return {"kept": to_scalar(found[0], "kept"), "last": to_scalar(found[1], "last")}


def _rule(better: Callable = lambda loss, best, before, delta: loss < best - delta, *,
          reset: bool = True, more: int = 0, result: Callable = lambda kept, last, losses:
          (kept, last)) -> Callable:
    """The rule with one thing changed."""
    def stop(losses, patience, min_delta):
        best, before, waited, kept = math.inf, math.inf, 0, 0
        for epoch, loss in enumerate(losses):
            if better(loss, best, before, min_delta):
                best, kept = loss, epoch
                waited = 0 if reset else waited
            else:
                waited += 1
            before = loss
            if waited >= patience + more:
                break
        return result(kept, epoch, losses)
    return stop


def upwards(losses, patience, min_delta):
    return reference([-loss for loss in losses], patience, min_delta)


reference = _rule()
_CALL = "stop({}, {}, {})".format

rule = CodeExercise(
    number="5.1", title="Write the stopping rule", kind="code",
    difficulty=1, minutes=10, points=3,
    hints=(
        "Three things have to be remembered from one epoch to the next: the best loss so far, its "
        "epoch, and how many epochs in a row were no better.",
        "`if loss < best - min_delta:` remember loss and epoch and set the count to 0; otherwise "
        "add 1 to the count, and leave the loop when it has reached the patience.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("the count never starts anew", _rule(reset=False),
              "Epochs without improvement are counted over the whole run. Patience means so many "
              "in a row: an improvement sets the count back to 0.",
              _CALL([3.0, 2.0, 2.5, 1.0, 1.5, 0.5], 2, 0.0), "(5, 5)"),
        Wrong("compares with the epoch before",
              _rule(lambda loss, best, before, delta: loss < before - delta),
              "Each loss is compared with the one before it. After a bad epoch anything looks like "
              "an improvement; compare with the best so far.",
              _CALL([1.0, 3.0, 2.0, 1.5], 2, 0.0), "(0, 2)"),
        Wrong("ties count as improvements",
              _rule(lambda loss, best, before, delta: loss <= best - delta),
              "A loss that only equals the best one counts as better. With min_delta = 0 a run "
              "that has come to rest would then never stop.",
              _CALL([2.0, 2.0, 2.0, 2.0], 2, 0.0), "(0, 2)"),
        Wrong("min_delta ignored", _rule(lambda loss, best, before, delta: loss < best),
              "Every improvement counts, however small: min_delta is not used.",
              _CALL([2.0, 1.9, 1.8, 1.7], 2, 0.5), "(0, 2)"),
        Wrong("min_delta with the wrong sign",
              _rule(lambda loss, best, before, delta: loss < best + delta),
              "min_delta makes it easier to count as better: even a slightly worse loss does. It "
              "should have to be *below* the best by more than min_delta.",
              _CALL([2.0, 2.1, 2.2, 2.3], 2, 0.5), "(0, 2)"),
        Wrong("one epoch too patient", _rule(more=1),
              "It stops one epoch late. Patience 1 should stop at the first epoch that is no "
              "better.", _CALL([1.0, 2.0, 3.0], 1, 0.0), "(0, 1)"),
        Wrong("one epoch too hasty", _rule(more=-1),
              "It stops one epoch early. Does the best epoch itself count as waiting?",
              _CALL([1.0, 2.0, 3.0, 4.0], 2, 0.0), "(0, 2)"),
        Wrong("keeps the last epoch", _rule(result=lambda kept, last, losses: (last, last)),
              "The epoch kept is the one at which training stopped. That one is worse than the "
              "best, by the very rule that stopped there.",
              _CALL([1.0, 2.0, 3.0], 1, 0.0), "(0, 1)"),
        Wrong("looks into the future",
              _rule(result=lambda kept, last, losses: (losses.index(min(losses)), last)),
              "The lowest loss of the whole list is kept, also if it comes after the stop. These "
              "epochs were never run.", _CALL([2.0, 3.0, 1.0], 1, 0.0), "(0, 1)"),
        Wrong("takes the highest loss for the best", upwards,
              "It waits for the loss to rise. For a loss lower is better; for an accuracy it would "
              "be right.", _CALL([3.0, 2.0, 1.0, 4.0], 2, 0.0), "(2, 3)"),
    ),
)
