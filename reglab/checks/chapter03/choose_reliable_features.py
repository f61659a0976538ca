"""Exercise 3.5: features that most resamples select (Meinshausen & Bühlmann 2010)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array

DRAWS, SHARE = 10, 0.6


class PlantedFit:
    """Stands in for fitting a lasso to a resample: ``fit(rows)`` gives its coefficients.

    Features differ in how often they are kept and how: always, with signs that cancel; just often
    enough; almost often enough; rarely but with large coefficients; in the first draw; never.
    ``calls`` keeps what was fitted.
    """

    def __init__(self, resamples: list, seed: int):
        g = numpy_generator(seed, "planted fits")
        counts = [DRAWS, DRAWS, 8, 6, 6, 5, 5, 2, 1, 0, 0]
        coefficients = np.zeros((DRAWS, len(counts)))
        for feature, count in enumerate(counts):
            rows = g.permutation(DRAWS)[:count]
            coefficients[rows, feature] = g.uniform(0.1, 0.3, count)
        coefficients[1::2, 1] = -coefficients[::2, 1]    # its signs cancel, exactly
        coefficients[:, 7] *= 40    # rare and large
        coefficients[0, 8], coefficients[1:, 8] = 0.2, 0.0
        self.order = g.permutation(len(counts))
        self.coefficients = coefficients[:, self.order]
        self.keys = {as_key(rows): i for i, rows in enumerate(resamples)}
        self.calls: list[tuple] = []

    def __call__(self, rows) -> np.ndarray:
        key = as_key(rows)
        self.calls.append(key)
        if key in self.keys:
            return self.coefficients[self.keys[key]].copy()
        return np.where(self.coefficients.mean(0) > 0.09, 0.2, 0.0)    # another draw of rows


def as_key(rows) -> tuple[int, ...]:
    """Rows in any order: a fit does not depend on it."""
    return tuple(sorted(int(r) for r in rows))


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 3.5")
    made = []
    for i in range(2):
        resamples = [tuple(int(r) for r in g.integers(30, size=30)) for _ in range(DRAWS)]
        made.append(Case(f"{DRAWS} resamples, 11 features, share {SHARE}",
                         (PlantedFit(resamples, seed + i), resamples, SHARE)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    fit, resamples, _ = args
    fit.calls = []
    values, size = answer(*args), fit.coefficients.shape[1]
    if values is None:
        raise Malformed("The list of features is None: is a `return` missing?")
    values = list(values)
    found = to_array([int(v) if is_truth(v) else v for v in values], "the list of features")
    if len(values) == size and set(found.ravel()) <= {0, 1}:
        raise Malformed("Return feature numbers, not a mask: `np.flatnonzero(mask).tolist()`.")
    if found.ndim != 1 or not all(f == int(f) and 0 <= f < size for f in found):
        raise Malformed(f"Return a list of features, each a number from 0 to {size - 1}.")
    chosen = np.zeros(size)
    chosen[found.astype(int)] = 1
    fitted = sum(as_key(rows) in fit.calls for rows in resamples)
    thinned = sum(as_key(set(rows)) in fit.calls for rows in resamples)
    return {"chosen (1) or not (0)": chosen, "number of resamples fitted": np.array(float(fitted)),
            "number of resamples fitted without their repeated rows": np.array(float(thinned))}


def is_truth(value) -> bool:
    """Whether this is True or False, of whatever library."""
    return isinstance(value, bool | np.bool_) or str(getattr(value, "dtype", "")) == "torch.bool"


def _kept(fit, resamples) -> np.ndarray:
    return np.array([fit(rows) for rows in resamples]) != 0


def _features(mask) -> list[int]:
    return np.flatnonzero(mask).tolist()


def reference(fit, resamples, share):
    return _features(_kept(fit, resamples).mean(0) >= share - 1e-9)


def any_of_them(fit, resamples, share):
    return _features(_kept(fit, resamples).any(0))


def all_of_them(fit, resamples, share):
    return _features(_kept(fit, resamples).all(0))


def more_than(fit, resamples, share):
    return _features(_kept(fit, resamples).mean(0) > share + 1e-9)


def mean_coefficient(fit, resamples, share):
    return _features(np.abs(np.mean([fit(rows) for rows in resamples], 0)) > 0.05)


def mean_not_zero(fit, resamples, share):
    return _features(np.mean([fit(rows) for rows in resamples], 0))


def mean_against_share(fit, resamples, share):
    return _features(np.abs(np.mean([fit(rows) for rows in resamples], 0)) >= share)


def without_repeats(fit, resamples, share):
    return reference(fit, [tuple(sorted(set(rows))) for rows in resamples], share)


def mean_size(fit, resamples, share):
    sizes = np.abs([fit(rows) for rows in resamples]).mean(0)
    return np.argsort(-sizes)[:round(share * len(sizes))].tolist()


def first_only(fit, resamples, share):
    return _features(fit(resamples[0]))


def one_fit(fit, resamples, share):
    return _features(fit([row for rows in resamples for row in rows]))


def same_sign(fit, resamples, share):
    signs = np.sign([fit(rows) for rows in resamples])
    return _features(np.abs(signs.mean(0)) >= share - 1e-9)


def dropped(fit, resamples, share):
    return _features(1 - _kept(fit, resamples).mean(0) >= share - 1e-9)


_FIT = "fit = lambda rows: {}\nreliable_features(fit, [(0,), (1,), (2,), (3,), (4,)], 0.6)"
_COUNT = _FIT.format("[1.0, float(rows[0] < 3), float(rows[0] == 0), 0.0]")
_EXPECT = "[0, 1]"
_LARGE = _FIT.format("[0.1, float(rows[0] < 3), 9.0 * (rows[0] == 4), 0.0]")
_SIGN = _FIT.format("[1.0, [2.0, -2.0, 1.0, -1.0, 0.0][rows[0]], 0.0, 0.0]")

_REPEATED = ("fit = lambda rows: [1.0, float(len(rows) == 3), 0.0]\n"
             "reliable_features(fit, [(0, 0, 1), (2, 1, 2)], 0.6)")
_AVERAGE = ("The average of the coefficients decides. A feature that is always kept with changing "
            "sign then falls out, and one that is rarely kept with a large coefficient comes in. "
            "Count.")

reliable = CodeExercise(
    number="3.5", title="Choose features that can be relied upon", kind="design",
    difficulty=3, minutes=15, points=4,
    hints=(
        "Fit once for each resample. What do you want to know about each feature: how large its "
        "coefficient is, or how often it is there?",
        "Count for each feature in how many of the fits its coefficient is not zero, divide by the "
        "number of resamples, and compare with `share`: at least.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("kept by any resample", any_of_them,
              "One resample is enough to enter your list. That makes it longer than each single "
              "one, with everybody's false features in it.", _COUNT, _EXPECT),
        Wrong("kept by all resamples", all_of_them,
              "Only what every resample keeps enters. That ignores `share`, and gets stricter the "
              "more resamples you take.", _COUNT, _EXPECT),
        Wrong("more than the share", more_than,
              "Features that are kept by exactly the share are missing: *at least* was asked for.",
              _COUNT, _EXPECT),
        Wrong("average of coefficients", mean_coefficient, _AVERAGE, _SIGN, _EXPECT),
        Wrong("average of coefficients, other than zero", mean_not_zero,
              "Every feature whose average coefficient is not zero enters. One resample is enough "
              "for that, and a feature that is always kept with changing sign may fall out. Take "
              "`!= 0` of each fit first, then average.", _SIGN, _EXPECT),
        Wrong("average of coefficients, against the share", mean_against_share,
              "The average coefficient was compared with `share`. A coefficient is in units of the "
              "target, a share is a number of resamples: take `!= 0` of each fit first, then "
              "average.", _SIGN, _EXPECT),
        Wrong("by the mean size", mean_size,
              "The largest coefficients win, not the most frequent. A single large one in a single "
              "resample is just what you wanted to be protected from.", _LARGE, _EXPECT),
        Wrong("first resample only", first_only,
              "Only the first resample was fitted. One sample was what you had before.",
              _COUNT, _EXPECT),
        Wrong("all resamples in one fit", one_fit,
              "The resamples were put together and fitted once. Then there is one answer and "
              "nothing to compare it with: fit each by itself.", _COUNT, _EXPECT),
        Wrong("repeated rows dropped", without_repeats,
              "Each resample was fitted without its repeated rows. Repeated rows belong to a "
              "bootstrap resample: pass the rows as they are.", _REPEATED, "[0, 1]"),
        Wrong("same sign demanded", same_sign,
              "A feature that is kept every time with changing sign was left out. A question worth "
              "asking, but here a feature is selected if its coefficient is not zero.",
              _SIGN, _EXPECT),
        Wrong("the share that drops it", dropped,
              "The wrong way round: these are the features that most resamples drop.",
              _COUNT, _EXPECT),
    ),
)
