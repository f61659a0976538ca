"""Exercise 2.5: a fair comparison of two techniques, against an oracle with planted traps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...seeding import derive, numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array, to_arrays


class PlantedTrain:
    """Stands in for training: each way of choosing a strength wrongly leads to another one.

    One strength of each arm is best on average over the seeds on validation data. Others are
    best on test data, for the first seed alone, or for one lucky seed. All seeds have their own
    difficulty, shared by the arms. ``calls`` keeps what was trained.
    """

    def __init__(self, arms: tuple, strengths: tuple, seeds: tuple, seed: int):
        self.arms, self.strengths, self.seeds, self.seed = arms, strengths, seeds, seed
        self.calls: list[tuple] = []
        g = numpy_generator(seed, "planted structure")
        shape = (len(arms), len(strengths), len(seeds))
        difficulty = g.uniform(-0.03, 0.02, len(seeds))
        lucky = int(g.integers(1, len(seeds)))
        difficulty[lucky] = 0.03
        self.validation = 0.6 + difficulty + g.uniform(-0.002, 0.002, shape)
        self.test = 0.55 + difficulty + g.uniform(-0.02, 0.02, shape)
        # strength 0 wins nowhere, so that trying it alone shows; each arm has its own order
        winners = 1 + g.permutation(len(strengths) - 1)
        for arm in range(len(arms)):
            on_average, on_test, for_first, for_lucky = np.roll(winners, arm)
            self.validation[arm, on_average] += 0.05
            self.validation[arm, for_first, 0] += 0.1
            self.validation[arm, for_lucky, lucky] += 0.025 * len(seeds)
            self.test[arm, on_test] += 0.08

    def __call__(self, arm, strength, seed) -> dict[str, float]:
        if arm not in self.arms or strength not in self.strengths:
            raise ValueError(f"train was called with arm={arm!r}, strength={strength!r}; the arms "
                             f"are {self.arms}, the strengths {self.strengths}")
        self.calls.append((arm, float(strength), int(seed)))
        a, s = self.arms.index(arm), self.strengths.index(strength)
        if seed in self.seeds:
            i = self.seeds.index(seed)
            return {"validation": float(self.validation[a, s, i]),
                    "test": float(self.test[a, s, i])}
        g = numpy_generator(derive(self.seed, f"{arm} {strength} {seed}"), "an unplanned seed")
        return {"validation": g.uniform(0.5, 0.7), "test": g.uniform(0.5, 0.7)}


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 2.5")
    made = []
    for i in range(4):
        arms = ("L2", "decay")
        strengths = tuple(float(s) for s in np.sort(g.choice([0.001, 0.003, 0.01, 0.02, 0.05, 0.1,
                                                              0.2], 5, replace=False)))
        seeds = tuple(int(s) for s in g.choice(100, int(g.integers(6, 10)), replace=False))
        train = PlantedTrain(arms, strengths, seeds, derive(seed, f"case {i}"))
        label = f"2 arms, 5 strengths, {len(seeds)} seeds"
        made.append(Case(label, (train, arms, strengths, seeds)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    train, arms, strengths, seeds = args
    returned = answer(train, arms, strengths, seeds)
    if not isinstance(returned, dict) or set(returned) != {"chosen", "differences"}:
        raise Malformed('Return a dict with the keys "chosen" and "differences".')
    chosen = to_arrays(returned["chosen"], 'the entry "chosen"', list(arms))
    differences = to_array(returned["differences"], 'the entry "differences"')
    planned = {(arm, strength, seed) for arm in arms for strength in strengths for seed in seeds}
    trained = set(train.calls)
    return {
        **{f"strength chosen for {arm}": value for arm, value in chosen.items()},
        "differences": differences,
        **{f"number of planned runs that {arm} got": np.array(
            float(sum(1 for run in planned & trained if run[0] == arm))) for arm in arms},
        "number of runs with seeds outside the list": np.array(float(len(trained - planned))),
    }


def reference(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds, choose=_best_mean)


def _runs(train, arm, strengths, seeds) -> dict:
    return {s: [train(arm, s, seed) for seed in seeds] for s in strengths}


def _best_mean(runs: dict, metric: str = "validation") -> float:
    return max(runs, key=lambda s: float(np.mean([run[metric] for run in runs[s]])))


def _differences(runs: tuple[dict, dict], chosen: list, metric: str = "test") -> list[float]:
    first, second = (r[s] for r, s in zip(runs, chosen, strict=True))
    return [b[metric] - a[metric] for a, b in zip(first, second, strict=True)]


def _compare(train, arms, strengths, seeds, choose: Callable, metric: str = "test") -> dict:
    runs = tuple(_runs(train, arm, strengths, seeds) for arm in arms)
    chosen = [choose(r) for r in runs]
    return {"chosen": dict(zip(arms, chosen, strict=True)),
            "differences": _differences(runs, chosen, metric)}


def chooses_on_test(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds, lambda runs: _best_mean(runs, "test"))


def one_seed_chooses(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds,
                    lambda runs: max(runs, key=lambda s: runs[s][0]["validation"]))


def luckiest_seed_chooses(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds, lambda runs: max(
        runs, key=lambda s: max(run["validation"] for run in runs[s])))


def validation_reported(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds, _best_mean, metric="validation")


def one_seed(train, arms, strengths, seeds):
    return _compare(train, arms, strengths, seeds[:1], _best_mean)


def wrong_way_round(train, arms, strengths, seeds):
    right = reference(train, arms, strengths, seeds)
    return {**right, "differences": [-d for d in right["differences"]]}


def untuned_baseline(train, arms, strengths, seeds):
    runs = (_runs(train, arms[0], strengths[:1], seeds), _runs(train, arms[1], strengths, seeds))
    chosen = [strengths[0], _best_mean(runs[1])]
    return {"chosen": dict(zip(arms, chosen, strict=True)),
            "differences": _differences(runs, chosen)}


def copied_strength(train, arms, strengths, seeds):
    runs = tuple(_runs(train, arm, strengths, seeds) for arm in arms)
    chosen = [_best_mean(runs[0])] * 2
    return {"chosen": dict.fromkeys(arms, chosen[0]), "differences": _differences(runs, chosen)}


def unpaired_order(train, arms, strengths, seeds):
    runs = (_runs(train, arms[0], strengths, seeds), _runs(train, arms[1], strengths, seeds[::-1]))
    chosen = [_best_mean(r) for r in runs]
    return {"chosen": dict(zip(arms, chosen, strict=True)),
            "differences": _differences(runs, chosen)}


def other_seeds(train, arms, strengths, seeds):
    fresh = [seed + 1000 for seed in seeds]
    runs = (_runs(train, arms[0], strengths, seeds), _runs(train, arms[1], strengths, fresh))
    chosen = [_best_mean(r) for r in runs]
    return {"chosen": dict(zip(arms, chosen, strict=True)),
            "differences": _differences(runs, chosen)}


def sorted_scores(train, arms, strengths, seeds):
    runs = tuple(_runs(train, arm, strengths, seeds) for arm in arms)
    chosen = [_best_mean(r) for r in runs]
    first, second = (sorted(run["test"] for run in r[s]) for r, s in zip(runs, chosen, strict=True))
    return {"chosen": dict(zip(arms, chosen, strict=True)),
            "differences": [b - a for a, b in zip(first, second, strict=True)]}


def best_seed_reported(train, arms, strengths, seeds):
    runs = tuple(_runs(train, arm, strengths, seeds) for arm in arms)
    chosen = [_best_mean(r) for r in runs]
    first, second = (max(run["test"] for run in r[s]) for r, s in zip(runs, chosen, strict=True))
    return {"chosen": dict(zip(arms, chosen, strict=True)), "differences": [second - first]}


def _try(validation: str, test: str, entry: str, arms: str = '("a", "bb")') -> str:
    return (f'train = lambda arm, strength, seed: {{"validation": {validation}, "test": {test}}}\n'
            f'compare(train, {arms}, (1, 2), (0, 1, 2))["{entry}"]')


_SAME = "[0, 0, 0]"

comparison = CodeExercise(
    number="2.5", title="Design a fair comparison", kind="design",
    difficulty=3, minutes=20, points=4,
    hints=(
        "First train everything: each arm with each strength and each seed, and keep the results. "
        "Then choose per arm, looking at validation scores only. Then, and only then, look at "
        "test scores.",
        "For one arm: `max(strengths, key=…)`, where the key is the mean validation score over "
        "all seeds. The differences are taken seed by seed: second arm minus first, both at "
        "their own chosen strength.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("chooses on test data", chooses_on_test,
              "The strength with the best test score was chosen. After that the test set is one "
              "more validation set, and its scores are too good. Choose on validation scores.",
              _try("-strength", "strength", "chosen"), '{"a": 1, "bb": 1}'),
        Wrong("baseline not tuned", untuned_baseline,
              "The second arm gets to try all strengths, the first arm only one: part of what you "
              "measure is the tuning. Give both arms the same budget.",
              _try("strength", "strength", "differences"), _SAME),
        Wrong("strength copied", copied_strength,
              "The strength tuned for the first arm was used for the second as well. The same λ "
              "is not the same strength for two techniques: tune each on its own.",
              _try("strength if arm == 'a' else -strength", "0", "chosen"), '{"a": 2, "bb": 1}'),
        Wrong("one seed only", one_seed,
              "Only the first seed was trained. One run is an anecdote: use all seeds, to choose "
              "and to report.", _try("strength", "0", "differences"), _SAME),
        Wrong("chosen by the first seed", one_seed_chooses,
              "All seeds are reported, but the first one alone chose the strength. Choose by the "
              "mean over all seeds.",
              _try("strength if seed == 0 else -strength", "0", "chosen"), '{"a": 1, "bb": 1}'),
        Wrong("chosen by the luckiest seed", luckiest_seed_chooses,
              "The strength with the single best run was chosen. A maximum over seeds rewards "
              "luck; the mean rewards the strength.",
              _try("strength if seed == 2 else -strength", "0", "chosen"), '{"a": 1, "bb": 1}'),
        Wrong("seeds not paired", unpaired_order,
              "The same seeds, but the differences mix them: seed i of one arm is compared with "
              "another seed of the other. Pair them, and the luck of the seed cancels.",
              _try("strength", "seed", "differences"), _SAME),
        Wrong("pairs sorted scores", sorted_scores,
              "The scores were sorted before taking differences. The best run of one arm is then "
              "compared with the best of the other, whatever their seeds: keep the order of "
              "`seeds`.",
              _try("strength", "seed if arm == 'a' else -seed", "differences"), "[0, -2, -4]"),
        Wrong("different seeds per arm", other_seeds,
              "The arms were trained with different seeds. The difference then contains the luck "
              "of the split, of the initialization and of the batch order.",
              _try("strength", "seed", "differences"), _SAME),
        Wrong("best seed reported", best_seed_reported,
              "One number came back, the difference of the two best runs. Return one difference "
              "for each seed, so that a mean and an interval can be computed.",
              _try("strength", "seed", "differences"), _SAME),
        Wrong("validation scores reported", validation_reported,
              "The choice is right, but the differences are of validation scores. They were "
              "maximized over strengths, so they flatter; report test scores.",
              _try("len(arm)", "0", "differences"), _SAME),
        Wrong("difference the wrong way round", wrong_way_round,
              "Everything is right but the sign: second arm minus first arm.",
              _try("0", "len(arm)", "differences"), "[1, 1, 1]"),
    ),
)
