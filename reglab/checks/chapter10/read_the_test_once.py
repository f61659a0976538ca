"""Exercise 10.10: what keeping the best epoch gains, with a test set that counts its readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_array


class Study:
    """Trained runs: validation curves are open, each test score is read one by one and noted."""

    for_answers = ("validation", "test", "readings")

    def __init__(self, validation: dict[int, list[float]], test: dict[int, list[float]]):
        self._validation, self._test = validation, test
        self.readings: list[tuple[int, int]] = []

    def validation(self, seed) -> list[float]:
        """Validation scores of a run, one for each epoch."""
        return list(self._validation[int(seed)])

    def test(self, seed, epoch) -> float:
        """The test score of the weights of one epoch, counted from 0."""
        epoch, count = int(epoch), len(self._test[int(seed)])
        if not -count <= epoch < count:
            raise IndexError(f"epoch {epoch} of a run of {count} epochs, counted from 0")
        self.readings.append((int(seed), epoch % count))
        return self._test[int(seed)][epoch]


def study(validation: Sequence[Sequence[float]], test: Sequence[Sequence[float]]) -> Study:
    """A study to try an answer on: the curves of seeds 0, 1, …"""
    return Study(dict(enumerate(map(list, validation))), dict(enumerate(map(list, test))))


def cases(seed: int) -> list[Case]:
    """Each seed has its own best epoch, neither the last one nor the best on test data.

    Every other seed has two epochs that are equally good on validation data.
    """
    g = numpy_generator(seed, "exercise 10.10")
    made = []
    for epochs in (12, 20):
        seeds = [int(s) for s in g.choice(1000, int(g.integers(16, 20)), replace=False)]
        curves = 0.4 + 0.03 * g.normal(size=(2, len(seeds), epochs))
        places = np.array([g.permutation(np.arange(1, epochs - 2))[:3] for _ in seeds])
        places[:, :2].sort(axis=1)
        rows = np.arange(len(seeds))
        curves[0, rows, places[:, 0]] = curves[0].max(1) + 0.02
        curves[0, rows[::2], places[::2, 1]] = curves[0, rows[::2], places[::2, 0]]
        curves[1, rows, places[:, 2]] = curves[1].max(1) + 0.02
        validation, test = ({s: [float(v) for v in curve] for s, curve in zip(seeds, part,
                                                                              strict=True)}
                            for part in curves)
        made.append(Case(f"{len(seeds)} seeds, {epochs} epochs", (Study(validation, test), seeds)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    trained, seeds = args
    differences = to_array(answer(trained, seeds), "the differences")
    readings = set(trained.readings)
    return {"differences": differences.reshape(-1),
            "test scores read, for each seed": np.array(len(readings) / len(seeds))}


def _best(curve: Sequence[float]) -> int:
    return int(np.argmax(curve))


def reference(study, seeds):
    return _gain(lambda study, seed, seeds: _best(study.validation(seed)))(study, seeds)


def _gain(choose: Callable, against: int = -1, sign: float = 1.0, shift: int = 0) -> Callable:
    """The gain with one thing changed."""
    def kept_gain(study, seeds):
        gains = []
        for seed in seeds:
            last = len(study.validation(seed)) - 1
            reached = study.test(seed, choose(study, seed, seeds) + shift)
            gains.append(sign * (reached - study.test(seed, last if against == -1 else against)))
        return gains
    return kept_gain


def _own(study, seed, seeds):
    return _best(study.validation(seed))


def _last_of_the_best(study, seed, seeds):
    curve = study.validation(seed)
    return len(curve) - 1 - _best(curve[::-1])


def _whole_test(study, seed) -> list[float]:
    return [study.test(seed, epoch) for epoch in range(len(study.validation(seed)))]


def _everything_read(study, seed, seeds):
    _whole_test(study, seed)
    return _own(study, seed, seeds)


def validation_reported(study, seeds):
    curves = [study.validation(seed) for seed in seeds]
    return [max(curve) - curve[-1] for curve in curves]


def mixed(study, seeds):
    return [max(study.validation(seed)) - study.test(seed, len(study.validation(seed)) - 1)
            for seed in seeds]


_STUDY = ("trained = checks.chapter10.study([[1, 5, 3], [5, 3, 2]], [[6, 4, 3], [2, 9, 1]])"
          "{}\n{}").format
_GAINS = (_STUDY("", "kept_gain(trained, [0, 1])"), "[1, 1]")

reading = CodeExercise(
    number="10.10", title="Read the test data once", kind="code",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which curve may choose the epoch? Which two test scores does each seed need, and no "
        "others?",
        "`curve = study.validation(seed)`, `best = curve.index(max(curve))`; then "
        "`study.test(seed, best) - study.test(seed, len(curve) - 1)`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("chosen on the test data", _gain(lambda study, seed, seeds: _best(
              _whole_test(study, seed))),
              "The demo reused the scores that chose; here you chose on the test data itself. Such "
              "a gain is never negative, whatever is true.", *_GAINS),
        Wrong("reports the scores that chose", validation_reported,
              "The gain is measured on the validation data that chose the epoch. It is never "
              "negative: the best of a curve is not below its last.", *_GAINS),
        Wrong("validation against test", mixed,
              "The best validation score is compared with the last test score: two kinds of data, "
              "and the first one flatters.", *_GAINS),
        Wrong("reads every test score", _gain(_everything_read),
              "The gains are right, but the whole test curve was read to get them. What is read "
              "will be looked at, and chosen by: read the two scores that the question needs.",
              _STUDY("; kept_gain(trained, [0, 1])", "len(set(trained.readings))"), "4"),
        Wrong("one epoch for all seeds", _gain(lambda study, seed, seeds: _best(np.mean(
              [study.validation(s) for s in seeds], axis=0))),
              "All seeds keep the epoch at which their mean curve is best. Each run keeps its own "
              "best epoch.",
              "trained = checks.chapter10.study([[1, 5, 3], [6, 3, 2]], [[6, 4, 3], [2, 9, 1]])\n"
              "kept_gain(trained, [0, 1])", "[1, 1]"),
        Wrong("the last of several best epochs", _gain(_last_of_the_best),
              "Where several epochs are equally good on validation data, the last of them was "
              "kept. The first was agreed on: that is where early stopping would have stopped.",
              "trained = checks.chapter10.study([[1, 5, 5, 3]], [[2, 6, 4, 3]])\n"
              "kept_gain(trained, [0])", "[3]"),
        Wrong("compares with the first epoch", _gain(_own, against=0),
              "The chosen epoch is compared with the first one. The claim is about keeping the "
              "best instead of the *last*.", *_GAINS),
        Wrong("epochs counted from 1", _gain(_own, shift=1),
              "The epoch after the chosen one was tested: epochs are counted from 0.", *_GAINS),
        Wrong("difference the wrong way round", _gain(_own, sign=-1.0),
              "Everything is right but the sign: the best epoch minus the last.", *_GAINS),
    ),
)
