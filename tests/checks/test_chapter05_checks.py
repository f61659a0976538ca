"""The checks of chapter 05: unusual right answers, and a key that the training bears out."""

import copy
import math
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import EarlyStopping, checks
from reglab.checks.chapter05 import write_the_rule
from reglab.claims import least_squares

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "05_early_stopping.py"


def test_the_key_of_the_prediction_is_what_the_training_shows():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["train, restored"] > 1.05 * measured["train, end"]
    assert measured["fresh, restored"] > 1.05 * measured["lowest validation"]
    assert measured["from the start, restored"] < 0.95 * measured["from the start, end"]


def stop_by_reglab(losses, patience, min_delta):
    found = EarlyStopping(patience, min_delta).find(torch.tensor(losses, dtype=torch.float64))
    return found.best, found.last


def stop_backwards_through_the_list(losses, patience, min_delta):
    """No count: the distance to the last improvement says how long one has waited."""
    kept, best = 0, losses[0]
    for last in range(len(losses)):
        if losses[last] < best - min_delta:
            kept, best = last, losses[last]
        if last - kept == patience:
            return [float(kept), float(last)]
    return np.array([kept, last])


def train_with_a_history(run, patience):
    """Copies everything, decides afterwards."""
    seen, losses = [], []
    while run.epochs < run.limit:
        run.epoch()
        seen.append(copy.deepcopy(run.weights))
        losses.append(run.validation_loss())
        if len(losses) - 1 - losses.index(min(losses)) >= patience:
            break
    return seen[losses.index(min(losses))].numpy()


def shares_by_a_loop(s, rate, steps):
    fitted = torch.zeros_like(s)
    for _ in range(steps):
        fitted = fitted + rate * s * (1 - fitted)
    return [fitted, 1 / (1 + 1 / (rate * steps * s))]


def report_in_a_loop(validation, reserve):
    epochs = [int(np.argmax(curve)) for curve in validation.numpy()]
    rows = range(len(epochs))
    claimed, reached = ([float(m[r, e]) for r, e in zip(rows, epochs, strict=True)]
                        for m in (validation, reserve))
    return {"epochs": epochs, "score": math.fsum(reached) / len(rows),
            "optimism": [math.fsum(claimed) / len(rows) - math.fsum(reached) / len(rows)]}


UNUSUAL = {
    "rule": [stop_by_reglab, stop_backwards_through_the_list],
    "behavior": [{"train": "C", "wait": " a", "score": "b", "start": "A"}],
    "repaired": [train_with_a_history],
    "matching": [shares_by_a_loop],
    "honesty": [report_in_a_loop],
    "verdicts": [{"helps": "Supported", "any": "not settled ", "longer": "REFUTED",
                  "rise": "not settled", "clean": "not settled"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter05, name).check(answer, seed=seed)
        assert result.correct, result


def test_the_reference_is_the_rule_of_the_package():
    """On random curves with ties, not only on the cases of the check."""
    random = torch.Generator().manual_seed(0)
    for trial in range(200):
        losses = (torch.randint(0, 9, (1 + trial % 15,), generator=random) / 8).tolist()
        patience, min_delta = 1 + trial % 4, [0.0, 0.125, 0.25][trial % 3]
        ours = write_the_rule.reference(losses, patience, min_delta)
        theirs = EarlyStopping(patience, min_delta).find(torch.tensor(losses))
        assert ours == (theirs.best.item(), theirs.last.item())


def test_the_shares_are_those_of_the_chapter():
    one = least_squares.problem(0)
    descent, ridge = checks.chapter05.matching.references[0](one.eigenvalues, one.rate, 50)
    torch.testing.assert_close(descent, one.descent_factors(50))
    torch.testing.assert_close(ridge, one.ridge_factors(1 / (50 * one.rate)))


def test_a_recorded_run_changes_its_weights_in_place():
    run = checks.chapter05.recorded([3.0, 1.0])
    alias = run.weights
    run.epoch()
    assert run.validation_loss() == 3.0 and alias.tolist() == [1.0]
    run.epoch()
    assert run.validation_loss() == 1.0 and alias.tolist() == [2.0] and run.epochs == run.limit


@pytest.mark.parametrize(("name", "answer", "words"), [
    ("rule", lambda losses, patience, min_delta: 3, "two numbers"),
    ("repaired", lambda run, patience: torch.zeros(7), "shape"),
    ("matching", lambda s, rate, steps: (s.sum(), s), "one number for each eigenvalue"),
    ("honesty", lambda v, r: {"epochs": v.argmax(1)}, "keys"),
    ("honesty", lambda v, r: {"epochs": 3, "score": 0.0, "optimism": 0.0}, "each of the"),
    ("honesty", lambda v, r: {"epochs": v.argmax(1), "score": r[:, 0], "optimism": 0.0}, "mean"),
])
def test_malformed_answers_are_told_so(name, answer, words):
    result = getattr(checks.chapter05, name).check(answer, seed=0)
    assert result.status is checks.Status.WRONG and words in result.message, result
