"""The checks of chapter 04: unusual right answers, and a key that the training bears out."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.checks.chapter04.examine_a_layer import FAULTS, PlantedLayer
from reglab.checks.result import Status

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "04_dropout.py"


def test_the_key_of_the_prediction_is_what_the_training_shows():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["masked loss"] > 1.2 * measured["whole loss"]
    assert 5 * measured["standard error"] < measured["mean off by"] < 0.3 * measured[
        "spread of outputs"]


def test_a_layer_with_a_mistyped_fault_is_refused(refused):
    with refused("planted.fault"):
        checks.chapter04.planted("frozen", 0.3)
    text = SOURCE.read_text(encoding="utf-8")
    assert all(f'"{fault}"' in text for fault in FAULTS)    # the exercise names them all


@pytest.mark.parametrize("mistake", [
    lambda x, p, coins, training: x * (coins >= p) / p if training else x,
    lambda x, p, coins, training: x * (coins < p) / p if training else x])
def test_the_classic_mistakes_are_recognized_as_a_learner_writes_them(mistake):
    assert checks.chapter04.inverted.check(mistake, seed=0).status is Status.MISCONCEPTION


def dropout_where(x, p, coins, training):
    return torch.where(coins < p, 0.0, x / (1 - p)) if training else x.clone()


def dropout_in_place_on_a_copy(x, p, coins, training):
    if training:
        x = x.clone()
        x[coins < p] = 0
        x /= 1 - p
    return x


def dropout_numpy(x, p, coins, training):
    x = x.numpy()
    return np.where(coins.numpy() >= p, x, 0) * (1 / (1 - p)) if training else x.tolist()


def original_rows(x, p, coins, training):
    if training:
        return torch.stack([row * (c >= p) for row, c in zip(x, coins, strict=True)])
    return x - p * x


def average_loop(outputs):
    total = 0
    for one in outputs:
        powers = (one - one.amax(1, keepdim=True)).exp()
        total = total + powers / powers.sum(1, keepdim=True)
    return (total / len(outputs)).numpy()


def sound_by_variance(layer, p):
    """Other inputs, many calls, NumPy's bool; the rate from the variance of ones."""
    x = torch.ones(40, 1000)
    passes = torch.stack([layer(x, True) for _ in range(5)])
    rows = passes.flatten(0, 1)
    different = len(rows.unique(dim=0)) == len(rows)
    mean, variance = rows.mean().item(), rows.var().item()
    found = different and abs(mean - 1) < 0.03 and abs(variance - p / (1 - p)) < 0.05
    return np.bool_(found and bool((layer(2 * x, False) == 2 * x).all()))


UNUSUAL = {
    "inverted": [dropout_where, dropout_in_place_on_a_copy, dropout_numpy],
    "behavior": [{"loss": "C", "twice": " b", "mean": "b", "half": "A"}],
    "original": [original_rows],
    "averaging": [average_loop],
    "soundness": [sound_by_variance],
    "verdicts": [{"default": "Refuted", "narrow": "not settled ", "wide": "supported",
                  "train": "not settled", "copies": "REFUTED"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter04, name).check(answer, seed=seed)
        assert result.correct, result


def test_every_fault_is_planted_once():
    for seed in range(5):
        planted = [case.args[0].fault for case in checks.chapter04.soundness.cases(seed)]
        assert sorted(planted) == sorted(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_layer_has_its_fault_and_no_other(fault):
    p, x = 0.3, torch.ones(20, 2000)
    layer = PlantedLayer(p, fault, 0)
    first, second = layer(x, True), layer(x, True)
    zeros = (first == 0).double().mean().item()
    # At least 2000 units (one mask for all): four standard deviations of the share are 0.041, of
    # the mean 0.059.
    assert torch.equal(first, second) == (fault in ("frozen masks", "never drops"))
    assert torch.equal(first[0], first[1]) == (fault in ("one mask for all examples",
                                                         "never drops"))
    assert (abs(zeros - p) < 0.045) == (fault not in ("never drops", "another rate"))
    assert (abs(first.mean() - 1) < 0.06) == (fault not in ("not scaled", "scaled by p"))
    assert torch.equal(layer(x, False), x) == (fault not in ("active in evaluation",
                                                             "scaled in evaluation"))


def test_an_answer_that_is_neither_true_nor_false_is_told_so():
    result = checks.chapter04.soundness.check(lambda layer, p: "sound")
    assert result.status is checks.Status.WRONG and "True or False" in result.message
