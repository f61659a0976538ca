"""Exercise 3.4: precision and recall of a selection of features."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_scalar


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 3.4")
    made = []
    for size, true, right, false in ((20, 7, 5, 4), (41, 10, 3, 8)):
        truth, coefficients = torch.zeros(size), torch.zeros(size)
        order = torch.randperm(size, generator=g)
        truth[order[:true]] = torch.randn(true, generator=g).sign() * 0.7
        kept = torch.cat([order[:right], order[true:true + false]])
        coefficients[kept] = 0.2 + torch.rand(len(kept), generator=g)
        coefficients[kept] *= torch.randn(len(kept), generator=g).sign()
        coefficients[order[0]] = -0.3 * truth[order[0]].sign()    # kept, with the other sign
        coefficients[order[true]] = 1e-6    # kept, though tiny
        made.append(Case(f"{size} features, {true} of them matter", (coefficients, truth)))
    made.append(Case("nothing is kept", (torch.zeros(5), torch.tensor([1.0, 0, 0, 0, -1.0]))))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = answer(*args)
    if not isinstance(found, dict) or set(found) != {"precision", "recall"}:
        raise Malformed('Return a dict with the keys "precision" and "recall".')
    return {key: to_scalar(found[key], key) for key in ("precision", "recall")}


def _scores(kept: torch.Tensor, matters: torch.Tensor, nothing: float = 1.0) -> dict:
    hits = (kept & matters).sum().item()
    return {"precision": hits / kept.sum().item() if kept.any() else nothing,
            "recall": hits / matters.sum().item()}


def reference(coefficients, truth):
    return _scores(coefficients != 0, truth != 0)


def swapped(coefficients, truth):
    right = reference(coefficients, truth)
    return {"precision": right["recall"], "recall": right["precision"]}


def small_ones_out(coefficients, truth):
    return _scores(coefficients.abs() > 1e-3, truth != 0)


def with_sign(coefficients, truth):
    kept, matters = coefficients != 0, truth != 0
    hits = (kept & matters & (coefficients.sign() == truth.sign())).sum().item()
    return {"precision": hits / kept.sum().item() if kept.any() else 1.0,
            "recall": hits / matters.sum().item()}


def positive_only(coefficients, truth):
    return _scores(coefficients > 0, truth != 0)


def accuracy(coefficients, truth):
    right = reference(coefficients, truth)
    agree = ((coefficients != 0) == (truth != 0)).double().mean().item()
    return {**right, "precision": agree}


def of_all(coefficients, truth):
    hits = ((coefficients != 0) & (truth != 0)).double().mean().item()
    return {"precision": hits, "recall": hits}


def of_the_zeros(coefficients, truth):
    return _scores(coefficients == 0, truth == 0)


def nothing_is_zero(coefficients, truth):
    return _scores(coefficients != 0, truth != 0, nothing=0.0)


def _try(coefficients: str, truth: str) -> str:
    return f"selection_scores(torch.tensor({coefficients}), torch.tensor({truth}))"


_USUAL = _try("[0.5, -0.1, 0.0, 0.0]", "[1.0, 0.0, 0.0, 0.0]")
_HALF = '{"precision": 0.5, "recall": 1.0}'

scores = CodeExercise(
    number="3.4", title="Score a selection", kind="code",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Two sets: the features kept, and those that matter. What they share is divided by the "
        "size of one of them for precision, of the other for recall. Which is which?",
        "`kept = coefficients != 0`, `matters = truth != 0`, `hits = (kept & matters).sum()`. "
        "Precision is hits over kept, recall hits over matters.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("precision and recall swapped", swapped,
              "The two are the wrong way round. Precision asks of the features *kept* how many "
              "matter; recall asks of those that *matter* how many were kept.", _USUAL, _HALF),
        Wrong("small coefficients left out", small_ones_out,
              "A tiny coefficient was taken for a zero. With a threshold of your own you score "
              "another selection: the lasso's zeros are exact, so compare with 0.",
              _try("[0.5, 1e-6, 0.0, 0.0]", "[1.0, 0.0, 0.0, 0.0]"), _HALF),
        Wrong("signs compared", with_sign,
              "A feature with the wrong sign was not counted as found. That is a question of its "
              "own; here a feature is selected if its coefficient is not zero.",
              _try("[-0.5, 0.1, 0.0, 0.0]", "[1.0, 0.0, 0.0, 0.0]"), _HALF),
        Wrong("positive coefficients only", positive_only,
              "Negative coefficients were taken for not selected. Compare with `!= 0`.",
              _USUAL, _HALF),
        Wrong("accuracy for precision", accuracy,
              "Precision came out as the share of features on which the two agree. With hundreds "
              "of useless features that is near 1 even if most of those kept are wrong.",
              _USUAL, _HALF),
        Wrong("divided by all features", of_all,
              "The hits were divided by the number of all features, not of those kept or those "
              "that matter.", _USUAL, _HALF),
        Wrong("scores the zeros", of_the_zeros,
              "This is the precision and recall of the features that were *dropped*.",
              _USUAL, _HALF),
        Wrong("nothing kept scored as 0", nothing_is_zero,
              "If nothing is kept, no kept feature is false: by the stub's convention the "
              "precision is then 1. The recall of 0 says what is wrong.",
              _try("[0.0, 0.0]", "[1.0, 0.0]"), '{"precision": 1.0, "recall": 0.0}'),
    ),
)
