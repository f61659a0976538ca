"""Exercise 10.4: a rule for a replication, fixed before it runs; a pilot gives only the spread."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_arrays

KEYS = ["low", "high", "seeds"]
FEWEST = 16

# The direction, the pilot's mean in units of the smallest effect, and the seeds that are needed.
SITUATIONS = (("higher", 1.7, (200, 400)), ("higher", -0.8, (20, 30)), ("lower", 0.6, (200, 400)),
              ("lower", -2.2, (20, 30)), ("higher", 0.4, (5, 12)), ("lower", -0.3, (5, 12)))


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 10.4")
    made = []
    for direction, mean, (fewest, most) in SITUATIONS:
        smallest, count = float(g.uniform(0.005, 0.05)), int(g.integers(6, 9))
        z = g.normal(size=count)
        z = (z - z.mean()) / z.std(ddof=1)
        spread = math.sqrt(int(g.integers(fewest, most)) - 0.5) / 4    # well between two numbers
        pilot = [float(d) for d in smallest * (mean + spread * z)]
        made.append(Case(f"{direction} by at least {smallest:.4f}, {count} pilot differences",
                         (direction, smallest, pilot)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_arrays(answer(*args), "the rule", KEYS)
    for name in KEYS:
        if found[name].size != 1:
            raise Malformed(f"{name} should be one number, but its shape is {found[name].shape}.")
        found[name] = found[name].reshape(())
    return found


def _spread(pilot) -> float:
    return float(np.std(pilot, ddof=1))


def _edges(direction: str, smallest: float, pilot) -> tuple[float, float]:
    return (smallest, math.inf) if direction == "higher" else (-math.inf, -smallest)


def _needed(smallest: float, pilot) -> float:
    return (4 * _spread(pilot) / smallest) ** 2


def _rule(edges: Callable = _edges, needed: Callable = _needed, fewest: int = FEWEST,
          more: Callable = lambda pilot: 0) -> Callable:
    """The rule with one thing changed."""
    def preregister(direction, smallest, pilot):
        low, high = edges(direction, smallest, pilot)
        return {"low": low, "high": high,
                "seeds": max(fewest, math.ceil(needed(smallest, pilot))) - more(pilot)}
    return preregister


def _from_the_pilot(direction, smallest, pilot):
    return _edges(direction, abs(float(np.mean(pilot))), pilot)


def _raw_mean(direction, smallest, pilot):
    mean = float(np.mean(pilot))
    return (mean, math.inf) if direction == "higher" else (-math.inf, mean)


def _by_students_t(smallest: float, pilot) -> int:
    """The fewest seeds for which the interval with its own t quantile is short enough."""
    from scipy import special

    n = np.arange(2, 2000)
    length = 2 * special.stdtrit(n - 1, 0.975) * _spread(pilot) / np.sqrt(n)
    return int(n[length <= smallest][0])


def _direction_of_the_pilot(direction, smallest, pilot):
    return _edges("higher" if np.mean(pilot) > 0 else "lower", smallest, pilot)


_CALL = 'rule = preregister("{}", {}, {})\nrule["{}"]'.format
_WIDE, _NARROW = "[3.0, -3.0, 3.0, -3.0]", "[2.1, 1.9, 2.1, 1.9]"

planning = CodeExercise(
    number="10.4", title="Pre-register the replication", kind="design",
    difficulty=2, minutes=15, points=4,
    hints=(
        "Which of the two edges is open? And which one number of the pilot may be used? From "
        "which number of seeds on is an interval of ± 2·s/√n no longer than `smallest`?",
        "`needed = math.ceil((4 * s / smallest) ** 2)`, with `s = statistics.stdev(pilot)`; the "
        "rule asks for that many seeds, or for 16 if that is more.",
    ),
    cases=cases, observe=observe, references=(_rule(),),
    wrongs=(
        Wrong("an edge from the pilot's result", _rule(_from_the_pilot),
              "The edge is what the pilot found. A rule that is made from a result cannot be "
              "refuted by it: the edge is the smallest effect that *matters*.",
              _CALL("higher", "1.1", _NARROW, "low"), "1.1"),
        Wrong("the pilot's mean for an edge", _rule(_raw_mean),
              "The pilot's mean, with its sign, is the edge. From the pilot you may take only the "
              "spread: the edge is the smallest effect that *matters*.",
              _CALL("higher", "1.1", _NARROW, "low"), "1.1"),
        Wrong("the sign forgotten for lower", _rule(lambda direction, smallest, pilot: (
              smallest, math.inf) if direction == "higher" else (-math.inf, smallest)),
              "For \"lower\" the upper edge is +smallest, so that no effect, or a small gain, "
              "would support a harm. The edge is −smallest.",
              _CALL("lower", "1.1", _WIDE, "high"), "-1.1"),
        Wrong("direction from the pilot", _rule(_direction_of_the_pilot),
              "The sign of the pilot chooses the direction. The claim says which direction is "
              "meant; the pilot may contradict it.",
              _CALL("lower", "1.1", _NARROW, "high"), "-1.1"),
        Wrong("an edge at zero", _rule(lambda direction, smallest, pilot: _edges(
              direction, 0.0, pilot)),
              "The edge is 0, so that the smallest gain would count, if only there are seeds "
              "enough. Put it at the smallest effect that matters.",
              _CALL("higher", "1.1", _WIDE, "low"), "1.1"),
        Wrong("the same edges for both directions", _rule(lambda direction, smallest, pilot: (
              smallest, math.inf)),
              "The rule is the same whatever the claim says. If the treatment is said to score "
              "*lower*, the range reaches from −∞ to −smallest.",
              _CALL("lower", "1.1", _WIDE, "high"), "-1.1"),
        Wrong("fewer than 16 seeds", _rule(fewest=2),
              "If the pilot's spread is small, a handful of seeds are asked for. The spread of a "
              "pilot is itself known badly: ask for 16 at least.",
              _CALL("higher", "1.1", _NARROW, "seeds"), "16"),
        Wrong("half the length", _rule(needed=lambda smallest, pilot: _needed(smallest, pilot) / 4),
              "With so many seeds the interval is *twice* as long as the smallest effect. Its "
              "length is from −2·s/√n to +2·s/√n, so 4·s/√n.",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("a t quantile instead of the factor 2", _rule(needed=_by_students_t),
              "More exact than asked: you took the quantile of Student's t for n seeds. The plan "
              "need not be better than the pilot's s. Use the factor 2, as given.",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("1.96 instead of the factor 2", _rule(needed=lambda smallest, pilot: _needed(
              smallest, pilot) * 0.98 ** 2),
              "You took 1.96 standard errors, which belong to a spread that is known. Use the "
              "factor 2, as given.", _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("not squared", _rule(needed=lambda smallest, pilot: 4 * _spread(pilot) / smallest),
              "The square is missing: 4·s/√n ≤ smallest, solved for n, squares both sides. Half "
              "the length takes four times the seeds.",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("standard error for the spread", _rule(needed=lambda smallest, pilot: _needed(
              smallest, pilot) / len(pilot)),
              "The standard error of the pilot's mean was used where the spread of single "
              "differences belongs: √n would be counted twice.",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("spread divided by n", _rule(needed=lambda smallest, pilot: (
              4 * float(np.std(pilot)) / smallest) ** 2),
              "The squares are divided by n. From a few differences that is too small on average: "
              "divide by n − 1, as `statistics.stdev` does (NumPy: `ddof=1`).",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
        Wrong("pilot seeds counted in", _rule(more=len),
              "The pilot's seeds were subtracted, as if they belonged to the replication. They "
              "have been looked at: the replication takes as many fresh ones.",
              _CALL("higher", "1.1", _WIDE, "seeds"), "159"),
    ),
)
