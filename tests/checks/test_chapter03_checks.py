"""The checks of chapter 03: unusual right answers, and a key that the measurement bears out."""

import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.checks.chapter03.choose_reliable_features import DRAWS, SHARE

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "03_l1_and_sparsity.py"


def test_the_key_of_the_prediction_is_what_is_measured():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["zeros by subgradient"] == 0 < measured["zeros of the lasso"]
    assert measured["steepest slope at a zero / λ"] <= 1 + 1e-6
    assert measured["price of twins, shared / as found"] == pytest.approx(1)
    assert measured["price in mm / in m"] < 0.01


def soft_by_difference(w, threshold):
    return w - w.clamp(-threshold, threshold)


def soft_by_torch(w, threshold):
    return torch.nn.functional.softshrink(w, threshold)


def soft_by_two_relus(w, threshold):
    return ((w - threshold).relu() - (-w - threshold).relu()).numpy()


def step_in_place_on_copies(params, grads, lr, strength):
    new = {name: p.clone() for name, p in params.items()}
    for name, p in new.items():
        p -= lr * grads[name]
        if p.dim() > 1:
            p -= p.clamp(-lr * strength, lr * strength)
    return new


def scores_by_sets(coefficients, truth):
    kept = {i for i, w in enumerate(coefficients.tolist()) if w}
    matters = {i for i, w in enumerate(truth.tolist()) if w}
    return {"recall": torch.tensor(len(kept & matters) / len(matters)),
            "precision": np.float32(len(kept & matters) / len(kept)) if kept else 1}


def reliable_by_counter(fit, resamples, share):
    counts = Counter()
    for rows in resamples:
        counts.update(i for i, w in enumerate(fit(rows)) if w)
    return {i for i, n in counts.items() if n >= share * len(resamples) - 1e-6}


def reliable_with_sorted_rows(fit, resamples, share):
    kept = torch.stack([torch.as_tensor(fit(np.sort(rows))) != 0 for rows in resamples])
    return (kept.double().mean(0) >= share - 1e-6).nonzero().flatten()


def reliable_in_another_order(fit, resamples, share):
    return list(reliable_by_counter(fit, resamples[::-1], share))[::-1]


UNUSUAL = {
    "threshold": [soft_by_difference, soft_by_torch, soft_by_two_relus],
    "sparsity": [{"zeros": "A", "when": " b", "twins": "b", "units": "A"}],
    "step": [step_in_place_on_copies],
    "scores": [scores_by_sets],
    "reliable": [reliable_by_counter, reliable_with_sorted_rows, reliable_in_another_order],
    "verdicts": [{"sparse": "Supported", "list": "refuted ", "net": "not settled",
                  "again": "supported", "causes": "NOT SETTLED"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter03, name).check(answer, seed=seed)
        assert result.correct, result


@pytest.mark.parametrize("seed", range(10))
def test_the_planted_features_are_those_described(seed):
    """How often each is kept; one of them at exactly the share, with signs that cancel."""
    for case in checks.chapter03.reliable.cases(seed):
        fit, resamples, share = case.args
        assert share == SHARE and len(resamples) == DRAWS
        kept = (np.array([fit(rows) for rows in resamples]) != 0).sum(0)
        assert sorted(kept) == sorted([10, 10, 8, 6, 6, 5, 5, 2, 1, 0, 0])
        means = np.mean([fit(rows) for rows in resamples], 0)
        assert np.abs(means[kept == 10]).min() == 0
        assert all(len(set(rows)) < len(rows) for rows in resamples)    # something is repeated


@pytest.mark.parametrize("form", [np.asarray, np.ndarray.tolist, torch.tensor,
                                  lambda mask: mask.astype(int).tolist()])
def test_a_mask_is_told_so(form):
    def mask(fit, resamples, share):
        return form((np.array([fit(rows) for rows in resamples]) != 0).mean(0) >= share - 1e-9)

    result = checks.chapter03.reliable.check(mask)
    assert result.status is checks.Status.WRONG
    assert "Return feature numbers, not a mask" in result.message


def test_nothing_returned_is_told_so():
    result = checks.chapter03.reliable.check(lambda fit, resamples, share: None)
    assert result.status is checks.Status.WRONG and "`return` missing" in result.message


def test_a_list_that_is_none_is_told_so():
    result = checks.chapter03.reliable.check(lambda fit, resamples, share: [99])
    assert result.status is checks.Status.WRONG and "from 0 to 10" in result.message
