"""Exercise 10.12: from a log of losses with and without a penalty to paired differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Observation, to_array

FIELDS = ("arm", "seed", "val_loss", "strength", "squared_norm")


def small_log() -> list[dict]:
    """A log of five runs to try an answer on; seed 2 is there only once."""
    runs = (("L2", 1, 2.25, 0.5, 4.0), ("none", 0, 3.0, 0.0, 9.0), ("L2", 0, 3.0, 0.5, 8.0),
            ("none", 1, 1.5, 0.0, 9.0), ("L2", 2, 9.0, 0.5, 4.0))
    return [dict(zip(FIELDS, run, strict=True)) for run in runs]


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 10.12")
    made = []
    for missing in (1, 3):
        seeds = sorted(int(s) for s in g.choice(1000, int(g.integers(18, 24)), replace=False))
        strength = float(g.uniform(0.005, 0.02))
        log = []
        for s in seeds:
            luck = g.uniform(1.5, 2.5)
            for arm, own, size in (("none", 0.0, g.uniform(60, 90)),
                                   ("L2", strength, g.uniform(20, 40))):
                loss = luck - 0.1 * (own > 0) + g.uniform(-0.05, 0.05)
                run = (arm, s, float(loss + own / 2 * size), own, float(size))
                log.append(dict(zip(FIELDS, run, strict=True)))
        lost = g.permutation(seeds)[:2 * missing].tolist()    # some of each arm did not finish
        log = [run for run in log if run["seed"] not in lost[:missing] or run["arm"] == "L2"]
        log = [run for run in log if run["seed"] not in lost[missing:] or run["arm"] == "none"]
        log = [log[i] for i in g.permutation(len(log))]
        made.append(Case(f"{len(log)} runs, {2 * missing} of them without a partner", (log,)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    return {"differences": to_array(answer(*args), "the differences").reshape(-1)}


def _without_penalty(run: dict) -> float:
    return run["val_loss"] - run["strength"] / 2 * run["squared_norm"]


def _paired(loss: Callable = _without_penalty, sign: float = 1.0) -> Callable:
    """The differences with one thing changed."""
    def paired_losses(log):
        arms = {arm: {run["seed"]: loss(run) for run in log if run["arm"] == arm}
                for arm in ("none", "L2")}
        both = sorted(set(arms["none"]) & set(arms["L2"]))
        return [sign * (arms["L2"][seed] - arms["none"][seed]) for seed in both]
    return paired_losses


def penalty_from_both(log):
    strength = max(run["strength"] for run in log)
    return _paired(lambda run: run["val_loss"] - strength / 2 * run["squared_norm"])(log)


def by_position(log):
    arms = [[_without_penalty(run) for run in log if run["arm"] == arm] for arm in ("L2", "none")]
    return [first - second for first, second in zip(*arms, strict=False)]


def unpaired_means(log):
    means = [np.mean([_without_penalty(run) for run in log if run["arm"] == arm])
             for arm in ("L2", "none")]
    return [means[0] - means[1]]


def missing_as_zero(log):
    arms = [{run["seed"]: _without_penalty(run) for run in log if run["arm"] == arm}
            for arm in ("L2", "none")]
    seeds = sorted({*arms[0], *arms[1]})
    return [arms[0].get(seed, 0.0) - arms[1].get(seed, 0.0) for seed in seeds]


def order_of_the_log(log):
    found = dict(zip(sorted({run["seed"] for run in log if run["arm"] == "none"}
                            & {run["seed"] for run in log if run["arm"] == "L2"}),
                     _paired()(log), strict=True))
    seen = dict.fromkeys(run["seed"] for run in log)
    return [found[seed] for seed in seen if seed in found]


_TRY, _EXPECT = "log = checks.chapter10.small_log()\npaired_losses(log)", "[-2.0, -0.25]"

pairing = CodeExercise(
    number="10.12", title="Pair a log", kind="code",
    difficulty=2, minutes=15, points=4,
    hints=(
        "Two things stand between the log and a fair difference: what the logged loss contains, "
        "and which two runs belong together.",
        "`run[\"val_loss\"] - run[\"strength\"] / 2 * run[\"squared_norm\"]` is the loss of the "
        "predictions. Keep it in a dict for each arm, by seed, and go through the seeds that are "
        "in both.",
    ),
    cases=cases, observe=observe, references=(_paired(),),
    wrongs=(
        Wrong("penalty left in", _paired(lambda run: run["val_loss"]),
              "The losses are compared as they were logged. One arm's contains a penalty, which "
              "says something about weights and nothing about predictions.", _TRY, _EXPECT),
        Wrong("λ where λ/2 was added", _paired(lambda run: run["val_loss"] - run["strength"]
                                               * run["squared_norm"]),
              "Twice the penalty was subtracted. The log says strength / 2 times the squared norm "
              "was added.", _TRY, _EXPECT),
        Wrong("penalty added once more", _paired(lambda run: run["val_loss"] + run["strength"] / 2
                                                 * run["squared_norm"]),
              "The penalty was added, not subtracted: now it counts twice.", _TRY, _EXPECT),
        Wrong("penalty taken from both arms", penalty_from_both,
              "The L2 arm's strength was used for both arms. The loss of the other arm contains no "
              "penalty: its own strength is 0.", _TRY, _EXPECT),
        Wrong("paired by place in the log", by_position,
              "The first run of one arm is paired with the first of the other, whatever their "
              "seeds. The log is in the order in which runs finished.", _TRY, _EXPECT),
        Wrong("not paired at all", unpaired_means,
              "One number came back, the difference of the arms' means. That mixes seeds which "
              "only one arm finished, and leaves no pairs for an interval.", _TRY, _EXPECT),
        Wrong("missing runs counted as 0", missing_as_zero,
              "A run that is not in the log was given the loss 0. Leave out seeds that only one "
              "arm has. Say how many were left out, and why they did not finish.", _TRY, _EXPECT),
        Wrong("in the order of the log", order_of_the_log,
              "The pairs are right, but they stand in the order of the log. Return them by seed, "
              "from the smallest on.", _TRY, _EXPECT),
        Wrong("difference the wrong way round", _paired(sign=-1.0),
              "Everything is right but the sign: L2 minus none.", _TRY, _EXPECT),
    ),
)
