"""Exercise 5.3: a training loop whose early stopping restores nothing, and stops too soon."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


class Recorded:
    """A run whose validation losses are known: ``epoch()`` moves the weights in place."""

    for_answers = ("epoch", "validation_loss", "weights", "limit", "epochs")

    def __init__(self, losses: Sequence[float], moves: Tensor):
        self.losses, self.moves = list(losses), moves
        self.weights, self.epochs, self.limit = torch.zeros(moves.shape[1]), 0, len(losses)

    def epoch(self) -> None:
        """Train for one epoch, as an optimizer does: the same tensor, with other numbers."""
        self.weights += self.moves[self.epochs]
        self.epochs += 1

    def validation_loss(self) -> float:
        return self.losses[self.epochs - 1]


def recorded(losses: Sequence[float]) -> Recorded:
    """A run to try a loop on; after epoch k its one weight is k."""
    return Recorded(losses, torch.ones(len(losses), 1))


CURVES = (
    ([5.0, 3.0, 4.0, 2.0, 3.0, 1.0, 2.0, 2.5, 3.0, 0.5], 2),
    ([3.0, 2.0, 2.5, 2.6, 2.7, 1.0], 3),
    ([4.0, 3.0, 2.0, 2.1], 2),
    ([1.0, 2.0, 0.5, 3.0, 4.0], 1),
)


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 5.3")
    made = []
    for losses, patience in CURVES:
        moves = torch.randn(len(losses), 3, generator=g)
        shown = ", ".join(f"{loss:g}" for loss in losses)
        made.append(Case(f"validation losses {shown}, patience {patience}",
                         (Recorded(losses, moves), patience)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    run, patience = args
    kept = to_array(answer(run, patience), "the weights")
    if kept.shape != tuple(run.weights.shape):
        raise Malformed(f"Return the weights, of shape {tuple(run.weights.shape)}; these have "
                        f"{kept.shape}.")
    return {"weights": kept, "epochs run": to_array(run.epochs, "epochs")}


def _loop(copies: bool = True, resets: bool = True, stops: Callable = lambda waited, patience:
          waited == patience, restores: bool = True) -> Callable:
    def train(run, patience):
        best, waited, kept = math.inf, 0, None
        for _ in range(run.limit):
            run.epoch()
            if run.validation_loss() < best:
                best, kept = run.validation_loss(), run.weights.clone() if copies else run.weights
                waited = 0 if resets else waited
            else:
                waited += 1
            if stops(waited, patience):
                break
        return kept
    return train


def resets_always(run, patience):
    return _loop(stops=lambda waited, patience: False)(run, patience)


def first_weights(run, patience):
    best, kept = math.inf, None
    waited = 0
    for _ in range(run.limit):
        run.epoch()
        kept = run.weights.clone() if kept is None else kept
        waited = 0 if run.validation_loss() < best else waited + 1
        best = min(best, run.validation_loss())
        if waited == patience:
            break
    return kept


reference = _loop()
_RUN = "run = checks.chapter05.recorded({})\ntrain(run, {})".format
_COUNT = "run = checks.chapter05.recorded({}); train(run, {})\nrun.epochs".format

repaired = CodeExercise(
    number="5.3", title="Spot the bugs in early stopping", kind="spot the bug",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Try it on a run whose losses you know, `checks.chapter05.recorded([3.0, 1.0, 2.0])`; "
        "after epoch k its weight is k. Which weight should come back, and which one does?",
        "The optimizer changes the weights *in place*, so a second name for them changes along: "
        "keep a `.clone()`. And what should an improvement do to `waited`?",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("both bugs left", _loop(copies=False, resets=False),
              "Nothing has changed yet: the weights kept are a second name for those that train "
              "on, and the count never starts anew.", _RUN([3.0, 1.0, 2.0], 1), "[2.0]"),
        Wrong("keeps a name, not a copy", _loop(copies=False),
              "The count is right now. But `kept` is still a second name for the weights, which "
              "the optimizer goes on changing in place: you return the last ones.",
              _RUN([3.0, 1.0, 2.0], 1), "[2.0]"),
        Wrong("the count never starts anew", _loop(resets=False),
              "The copy is right now. But bad epochs are still counted over the whole run: an "
              "improvement should set the count back to 0.",
              _COUNT([3.0, 4.0, 2.0, 3.0, 1.0, 0.5], 2), "6"),
        Wrong("never stops", resets_always,
              "The best weights come back, but all epochs are run: the count does not reach the "
              "patience any more.", _COUNT([1.0, 2.0, 3.0, 4.0], 1), "2"),
        Wrong("stops at the first rise", _loop(stops=lambda waited, patience: waited == 1),
              "It stops at the first epoch that is no better, whatever the patience.",
              _COUNT([1.0, 2.0, 3.0, 4.0], 2), "3"),
        Wrong("one epoch too patient", _loop(stops=lambda waited, patience: waited > patience),
              "It waits one epoch longer than it should.", _COUNT([1.0, 2.0, 3.0, 4.0], 1), "2"),
        Wrong("keeps the first weights", first_weights,
              "The weights of the first epoch come back. Is the copy made anew at each "
              "improvement?", _RUN([3.0, 1.0, 2.0], 1), "[2.0]"),
    ),
)
