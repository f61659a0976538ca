"""Exercise 10.2: from paired differences to a report, by a rule that was fixed before the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from ...seeding import numpy_generator
from ...statistics import interval
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_scalar

WORDS = ("supported", "refuted", "not settled")
NUMBERS = ("effect", "low", "high", "seeds")
FEWEST = 16

# The interval's middle and half its length, and the rule's edges, in units of the smallest effect;
# and how many seeds there are when so many are planned.
GAIN, HARM, NONE = (1.0, math.inf), (-math.inf, -1.0), (-1.0, 1.0)


def as_planned(planned: int) -> int:
    return planned


SITUATIONS = (
    ("clearly more than the smallest effect", GAIN, 3.0, 1.0, as_planned),
    ("more than zero, and perhaps too small", GAIN, 1.5, 1.0, as_planned),
    ("more than zero, and certainly too small", GAIN, 0.5, 0.3, as_planned),
    ("wide", GAIN, 2.0, 4.0, as_planned),
    ("about zero", GAIN, 0.2, 0.5, as_planned),
    ("the other direction", GAIN, -2.0, 0.5, as_planned),
    ("clear, with half the seeds", GAIN, 3.0, 1.0, lambda planned: planned // 2),
    ("clear, with one seed fewer than planned", GAIN, 3.0, 1.0, lambda planned: planned - 1),
    ("clear, with one seed more than planned", GAIN, 3.0, 1.0, lambda planned: planned + 1),
    ("clear, with twice the seeds", GAIN, 3.0, 1.0, lambda planned: 2 * planned),
    ("a harm, clearly", HARM, -3.0, 1.0, as_planned),
    ("a harm, expected and not there", HARM, 0.5, 1.0, as_planned),
    ("no effect that matters", NONE, 0.1, 0.5, as_planned),
    ("perhaps no effect", NONE, 0.2, 2.0, as_planned),
    ("across the upper edge", NONE, 0.8, 0.5, as_planned),
    ("across the lower edge", NONE, -0.8, 0.5, as_planned),
)


@lru_cache
def _quantile(count: int) -> float:
    """Of Student's t: the interval's half length, in standard errors."""
    from scipy import special

    return float(special.stdtrit(count - 1, 0.975))


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 10.2")
    made = []
    for label, edges, middle, half, seeds in SITUATIONS:
        planned, smallest = int(g.integers(FEWEST + 1, 31)), float(g.uniform(0.005, 0.05))
        count = seeds(planned)
        z = g.normal(size=count)
        z = (z - z.mean()) / z.std(ddof=1)    # its interval has a known length
        z *= half * math.sqrt(count) / _quantile(count)
        rule = {"low": edges[0] * smallest, "high": edges[1] * smallest, "seeds": planned}
        made.append(Case(f"{label}; {count} differences, rule {rule}",
                         ([float(d) for d in smallest * (middle + z)], rule)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    keys = {*NUMBERS, "verdict"}
    if not isinstance(found, Mapping) or set(found) != keys:
        raise Malformed("Return a dict with the keys " + ", ".join(map(repr, sorted(keys))) + ".")
    verdict = str(found["verdict"]).strip().lower()
    if verdict not in WORDS:
        raise Malformed(f"The verdict should be one of {', '.join(map(repr, WORDS))}; got "
                        f"{found['verdict']!r:.60}.")
    return {**{key: to_scalar(found[key], key) for key in NUMBERS}, "verdict": np.array(verdict)}


def _half_width(differences: np.ndarray) -> float:
    return interval(differences).half_width


def _inside(low: float, high: float, rule: dict) -> str:
    if rule["low"] <= low and high <= rule["high"]:
        return "supported"
    return "refuted" if high < rule["low"] or low > rule["high"] else "not settled"


def _report(decide: Callable = _inside, half: Callable = _half_width,
            unplanned: Callable = lambda count, rule: count != rule["seeds"]) -> Callable:
    """The report with one thing changed."""
    def report(differences, rule):
        differences = np.asarray(differences)
        mean, width = differences.mean(), half(differences)
        verdict = decide(mean - width, mean + width, rule)
        verdict = "not settled" if unplanned(len(differences), rule) else verdict
        return {"effect": mean, "low": mean - width, "high": mean + width,
                "seeds": len(differences), "verdict": verdict}
    return report


def _by_the_mean(low, high, rule):
    return _inside((low + high) / 2, (low + high) / 2, rule)


def _against_zero(low, high, rule):
    return "supported" if low > 0 or high < 0 else "not settled"


def _open_is_refuted(low, high, rule):
    return "supported" if _inside(low, high, rule) == "supported" else "refuted"


def _one_edge(low, high, rule):
    return _inside(low, high, {**rule, "high": math.inf})


def _never(count, rule):
    return False


def _error(differences: np.ndarray) -> float:
    return differences.std(ddof=1) / math.sqrt(len(differences))


_RULE = 'rule = {{"low": {}, "high": {}, "seeds": {}}}'.format
_CLEAR, _BARE = "[1.0, 3.0] * 8", "[-1.0, 3.0] * 8"


def _verdict(word: str, differences: str, low: str = "1.0", high: str = "math.inf",
             seeds: int = 16) -> tuple[str, str]:
    return (f"{_RULE(low, high, seeds)}\nreport({differences}, rule)[\"verdict\"] == \"{word}\"",
            "True")


_LOW = f'{_RULE("1.0", "math.inf", 16)}\nround(report({_CLEAR}, rule)["low"], 2)'

reporting = CodeExercise(
    number="10.2", title="Report by a rule", kind="code",
    difficulty=2, minutes=15, points=4,
    hints=(
        "Where the interval lies decides, not the mean: inside the range of the rule altogether, "
        "outside altogether, or across an edge. And what if the number of seeds is not the planned "
        "one?",
        "`found = interval(differences)` has `mean`, `low` and `high`. Compare `found.low` and "
        "`found.high` with both edges of the rule; a comparison with infinity needs no special "
        "case.",
    ),
    cases=cases, observe=observe, references=(_report(),),
    wrongs=(
        Wrong("the same conclusion whatever the run shows", _report(lambda low, high, rule:
              "supported", unplanned=_never),
              "Every run is reported as support. That is the demo's own mistake: no result could "
              "change the conclusion.", *_verdict("refuted", "[-1.0, -3.0] * 8")),
        Wrong("decided by the mean, whatever the number of seeds", _report(
              _by_the_mean, unplanned=_never),
              "The mean alone decides, and the number of seeds is not looked at. An interval "
              "across an edge of the rule settles nothing, nor does another number than planned.",
              *_verdict("not settled", _BARE, "0.5")),
        Wrong("decided by the mean", _report(_by_the_mean),
              "The mean alone decides, so nothing is ever left open. An interval that reaches "
              "across an edge of the rule settles nothing.",
              *_verdict("not settled", _BARE, "0.5")),
        Wrong("asks for zero instead of the rule", _report(_against_zero),
              "The verdict asks whether the interval excludes 0. The rule asks for more: the "
              "smallest effect that matters, and its direction, were fixed before the run.",
              *_verdict("refuted", "[0.1, 0.3] * 8")),
        Wrong("what is not settled is called refuted", _report(_open_is_refuted),
              "What is not supported is called refuted. Refuted means that the interval lies "
              "outside the range altogether; one that reaches across an edge leaves it open.",
              *_verdict("not settled", _BARE)),
        Wrong("any number of seeds decides", _report(unplanned=_never),
              "The number of seeds is not looked at. Whoever may stop early when it looks good, or "
              "go on when it does not, finds effects that are not there.",
              *_verdict("not settled", "[2.0, 2.1, 2.0, 2.1]")),
        Wrong("more seeds than planned decide", _report(unplanned=lambda count, rule:
              count < rule["seeds"]),
              "More seeds than planned give a verdict. Whoever adds seeds until the interval "
              "leaves the edge finds effects that are not there.",
              *_verdict("not settled", "[2.0, 2.1] * 9")),
        Wrong("the planned number is not enough", _report(unplanned=lambda count, rule:
              count <= rule["seeds"]),
              "Exactly as many seeds as planned give no verdict, and more of them do. It is the "
              "other way round: the planned number decides, and no other.",
              *_verdict("supported", "[2.0, 2.1] * 8")),
        Wrong("asks for 16 seeds, not for those of the rule", _report(unplanned=lambda count, rule:
              count < FEWEST),
              "The verdict asks for 16 seeds. How many were planned stands in the rule, under "
              "`seeds`.", *_verdict("not settled", "[2.0, 2.1] * 9", seeds=20)),
        Wrong("looks at one edge", _report(_one_edge),
              "The upper edge of the rule is not looked at. A rule can also predict a harm, or "
              "that there is no effect that matters.",
              *_verdict("refuted", "[1.0, 3.0] * 8", "-math.inf", "-1.0")),
        Wrong("standard deviation for an interval", _report(half=lambda d: d.std(ddof=1)),
              "Low and high are one standard deviation from the mean. That is how much single "
              "seeds differ; the mean of n seeds is known √n times better.",
              _LOW, "1.45"),
        Wrong("one standard error", _report(half=_error),
              "Low and high are one standard error from the mean: an interval of about 68 %, not "
              "of 95 %.", _LOW, "1.45"),
        Wrong("1.96 whatever the number of seeds", _report(half=lambda d: 1.96 * _error(d)),
              "1.96 standard errors belong to a spread that is known. Here it is estimated from "
              "few seeds, and Student's t makes up for that: `interval` does it for you.",
              _LOW, "1.45"),
    ),
)
