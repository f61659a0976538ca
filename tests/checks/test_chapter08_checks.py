"""The checks of chapter 08: unusual right answers, and a key that measurements bear out."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from reglab import checks
from reglab.checks.chapter08 import fold_batch_norm, plan_a_factorial

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "08_combining_and_choosing.py"


def test_the_key_of_the_prediction_is_what_was_measured():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["gain after 100 steps"] < -0.005
    assert measured["gain after 800 steps"] > 0.02
    assert measured["validation of the chosen"] > measured["test of the chosen"] + 0.02


def interaction_by_numpy(neither, one, other, both):
    return float(np.mean([b - o - (a - n) for n, a, o, b in zip(
        *(s.numpy().tolist() for s in (neither, one, other, both)), strict=True)]))


def interaction_of_means(neither, one, other, both):
    return both.mean() - other.mean() - one.mean() + neither.mean()


def search_by_loop(validation, test):
    means = [sum(row) / len(row) for row in validation.tolist()]
    best = means.index(max(means))
    return np.int64(best), np.float32(test[best].sum() / test.shape[1])


def fold_as_torch(weight, bias, gain, shift, mean, var):
    linear, norm = nn.Linear(weight.shape[1], len(bias)), nn.BatchNorm1d(len(bias))
    with torch.no_grad():
        for mine, given in ((linear.weight, weight), (linear.bias, bias), (norm.weight, gain),
                            (norm.bias, shift), (norm.running_mean, mean), (norm.running_var, var)):
            mine.copy_(given)
    fused = nn.utils.fuse_linear_bn_eval(linear.eval(), norm.eval())
    return fused.weight, fused.bias


def fold_by_probing(weight, bias, gain, shift, mean, var):
    def layer(x):
        return (x @ weight.T + bias - mean) / torch.sqrt(var + 1e-5) * gain + shift

    new_bias = layer(torch.zeros(weight.shape[1]))
    return [(layer(torch.eye(weight.shape[1])) - new_bias).T, new_bias.numpy()]


def plan_by_seed(budget):
    return tuple([int(a), int(b), 100 + seed] for seed in range(budget // 4)
                 for b in (1, 0) for a in (0, 1))


def plan_as_generator(budget):
    return ((a, b, seed) for seed in range(budget // 4) for a in (True, False)
            for b in (True, False))


UNUSUAL = {
    "interacting": [interaction_by_numpy, interaction_of_means],
    "behavior": [{"sum": "C", "early": " a", "size": "A", "luck": "c"}],
    "searching": [search_by_loop],
    "folding": [fold_as_torch, fold_by_probing],
    "planning": [plan_by_seed, plan_as_generator],
    "verdicts": [{"always": "Refuted", "add": "refuted ", "alone": "SUPPORTED",
                  "early": "not settled", "weaker": "not settled"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter08, name).check(answer, seed=seed)
        assert result.correct, result


@pytest.mark.parametrize("answer", [lambda *_: torch.ones(3), lambda *_: (torch.ones(2, 2),) * 2,
                                    lambda *_: {"weight": 1, "bias": 2}])
def test_a_fold_of_the_wrong_form_is_told_so(answer):
    result = checks.chapter08.folding.check(answer)
    assert result.status is checks.Status.WRONG
    assert "two things" in result.message or "shapes of the old" in result.message


@pytest.mark.parametrize("answer", [lambda budget: {"none": 5}, lambda budget: [(True, 0)],
                                    lambda budget: [("on", "off", 0)], lambda budget: 20])
def test_a_plan_of_the_wrong_form_is_told_so(answer):
    result = checks.chapter08.planning.check(answer)
    assert result.status is checks.Status.WRONG and "seed" in result.message


def test_no_budget_divides_by_four_so_that_leftovers_show():
    for seed in range(300):
        budgets = [case.args[0] for case in plan_a_factorial.cases(seed)]
        assert budgets and all(budget % 4 for budget in budgets)


def test_folding_cases_let_a_forgotten_eps_show():
    for seed in range(50):
        for case in fold_batch_norm.cases(seed):
            exact = fold_batch_norm.reference(*case.args)[0]
            without = fold_batch_norm._fold(eps=0.0)(*case.args)[0]
            assert ((exact - without).abs().max() > 2e-4 * exact.abs().max())
