"""Exercise 10.8: compare two arms after equally many steps, whatever an epoch is for each."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...seeding import derive, numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array

ARMS = (("plain", "copies"), ("whole", "half"), ("none", "mirrored"))


class PlantedTraining:
    """Stands in for training: the score grows with the steps, and each seed has its own luck.

    ``calls`` keeps what was trained, as (arm, epochs, seed).
    """

    for_answers = ()

    def __init__(self, per_epoch: dict[str, int], steps: int, seed: int):
        self.per_epoch, self.steps, self.seed = per_epoch, steps, seed
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, arm, epochs, seed) -> float:
        whole = isinstance(epochs, int | np.integer) and epochs >= 1
        if arm not in self.per_epoch or not whole:
            raise ValueError(f"train was called with arm={arm!r}, epochs={epochs!r}; the arms are "
                             f"{tuple(self.per_epoch)}, epochs is a whole number from 1 on: divide "
                             "with `//`")
        self.calls.append((arm, int(epochs), int(seed)))
        g = numpy_generator(derive(self.seed, f"seed {int(seed)}"), "luck")
        luck, effects = g.uniform(-0.05, 0.05), g.uniform(-0.02, 0.02, len(self.per_epoch))
        share = epochs * self.per_epoch[arm] / self.steps
        own = effects[list(self.per_epoch).index(arm)]
        return float(0.3 + 0.4 * (1 - math.exp(-share)) + luck + own)


def cases(seed: int) -> list[Case]:
    """The last batch of an epoch is small, so twice the examples are not twice the steps."""
    g = numpy_generator(seed, "exercise 10.8")
    made = []
    for i, (control, treatment) in enumerate(ARMS):
        batch_size, batches = int(g.integers(12, 50)), int(g.integers(3, 6))
        count = (batches - 1) * batch_size + int(g.integers(1, batch_size // 2))
        examples = {control: count, treatment: 2 * count}
        if control == "whole":    # here the control has more examples
            examples = {control: 2 * count, treatment: count}
        per_epoch = {arm: -(-n // batch_size) for arm, n in examples.items()}
        steps = math.lcm(*per_epoch.values()) * int(g.integers(2, 5))
        seeds = [int(s) for s in g.choice(1000, int(g.integers(16, 22)), replace=False)]
        train = PlantedTraining(per_epoch, steps, derive(seed, f"case {i}"))
        made.append(Case(f"{examples} examples, batches of {batch_size}, {steps} steps, "
                         f"{len(seeds)} seeds", (train, examples, batch_size, steps, seeds)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    train, examples, batch_size, steps, seeds = args
    differences = to_array(answer(*args), "the differences")
    if not train.calls:
        raise Malformed("`train` was never called: nothing was measured.")
    observed = {}
    for arm in examples:
        runs = {call for call in train.calls if call[0] == arm}
        observed[f"epochs of an average run of {arm}"] = np.array(
            np.mean([epochs for _, epochs, _ in runs]) if runs else 0.0)
        observed[f"planned seeds that {arm} was trained with"] = np.array(
            float(len({seed for *_, seed in runs} & set(seeds))))
    return {**observed, "differences": differences.reshape(-1)}


def _batches(examples: dict, arm: str, batch_size: int, steps: int) -> int:
    return max(1, steps // math.ceil(examples[arm] / batch_size))


def _matched(epochs: Callable = _batches, sign: float = 1.0,
             seeds_of: Callable = lambda seeds, place: seeds,
             result: Callable = lambda differences: differences) -> Callable:
    """The comparison with one thing changed."""
    def matched(train, examples, batch_size, steps, seeds):
        scores = [[train(arm, epochs(examples, arm, batch_size, steps), seed)
                   for seed in seeds_of(seeds, place)] for place, arm in enumerate(examples)]
        return result([sign * (second - first) for first, second in zip(*scores, strict=True)])
    return matched


def _same_epochs(examples, arm, batch_size, steps):
    return _batches(examples, next(iter(examples)), batch_size, steps)


def _by_the_copies(examples, arm, batch_size, steps):
    first = next(iter(examples))
    epochs = _batches(examples, first, batch_size, steps)
    return max(1, int(epochs * examples[first] / examples[arm]))


def larger_first(train, examples, batch_size, steps, seeds):
    return _matched()(train, dict(sorted(examples.items(), key=lambda item: item[1])), batch_size,
                      steps, seeds)


_TRY = ('examples = {{"plain": 10, "copies": 20}}\n'
        "matched(lambda arm, epochs, seed: {}, examples, 4, 30, [0, 1, 2])").format
_EPOCHS, _SEED = (_TRY("epochs"), "[-4, -4, -4]"), (_TRY("seed"), "[0, 0, 0]")

matching = CodeExercise(
    number="10.8", title="Match the steps", kind="code",
    difficulty=2, minutes=15, points=4,
    hints=(
        "How many steps does an epoch of n examples take, in batches of B, if the last batch may "
        "be smaller? How many epochs make `steps`, then, for each arm?",
        "`epochs = steps // math.ceil(examples[arm] / batch_size)`. Then one call of `train` for "
        "each arm and each seed, and the differences seed by seed.",
    ),
    cases=cases, observe=observe, references=(_matched(),),
    wrongs=(
        Wrong("the same number of epochs", _matched(_same_epochs),
              "Both arms get the same number of epochs, as in the demo. An epoch of twice the "
              "examples is twice the steps: part of the difference is training longer.", *_EPOCHS),
        Wrong("the last batch forgotten", _matched(lambda examples, arm, batch_size, steps:
              max(1, steps // max(1, examples[arm] // batch_size))),
              "Only full batches are counted. The last, smaller batch of an epoch is a step too: "
              "round up.", *_EPOCHS),
        Wrong("epochs divided by the copies", _matched(_by_the_copies),
              "The epochs are divided by how many times as many examples there are. That is only "
              "nearly right: the last batches make the difference. Count steps.", *_EPOCHS),
        Wrong("steps taken for epochs", _matched(lambda examples, arm, batch_size, steps: steps),
              "`train` takes a number of epochs, and got the number of steps.", *_EPOCHS),
        Wrong("one seed only", _matched(seeds_of=lambda seeds, place: seeds[:1]),
              "Only the first seed was trained. One pair is an anecdote: train with all seeds.",
              *_SEED),
        Wrong("seeds not paired", _matched(seeds_of=lambda seeds, place: seeds[::1 - 2 * place]),
              "Seed i of one arm is compared with another seed of the other arm, so that the luck "
              "of the seeds does not cancel.", *_SEED),
        Wrong("other seeds in each arm", _matched(seeds_of=lambda seeds, place:
              [seed + 5000 * place for seed in seeds]),
              "The two arms were trained with different seeds. Then the differences contain the "
              "luck of both.", *_SEED),
        Wrong("difference the wrong way round", _matched(sign=-1.0),
              "Everything is right but the sign: second arm minus first arm, in the order of "
              "`examples`.", *_EPOCHS),
        Wrong("the arm with more examples taken for the treatment", larger_first,
              "The arm with fewer examples is always subtracted. The control is the first arm of "
              "`examples`, whichever is larger.",
              'examples = {"whole": 20, "half": 10}\n'
              "matched(lambda arm, epochs, seed: epochs, examples, 4, 30, [0, 1, 2])", "[4, 4, 4]"),
        Wrong("the mean instead of the pairs", _matched(result=lambda differences:
              [float(np.mean(differences))]),
              "One number came back. The report needs one difference for each seed: their spread "
              "makes the interval.", *_SEED),
    ),
)
