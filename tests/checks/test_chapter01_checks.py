"""The checks of chapter 01: unusual right answers, and keys that a measurement bears out."""

import runpy
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.checks.chapter01.choose_and_report import EXAMPLES, MODELS, right_answers

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "01_measuring_and_overfitting.py"


def test_the_key_of_the_prediction_is_what_the_coins_show():
    measured = runpy.run_path(str(SOURCE))["measured"]
    assert measured["spread of a score"] == pytest.approx(0.05, abs=0.01)
    assert measured["best of twenty"] > 0.5 + 0.08    # near 1.87 standard deviations
    assert measured["interval, 10 to 40"] == 0.5


def paired_numpy(treatment, control):
    d = treatment.numpy() - control.numpy()
    return [float(d.mean()), float(np.sqrt(d.var(ddof=1) / d.size))]


def paired_tensor(treatment, control):
    d = treatment - control
    return torch.stack([d.mean(), (d.var() / len(d)).sqrt()])


def report_loop(validation, test):
    found = []
    for v, t in zip(validation.tolist(), test.tolist(), strict=True):
        found.append(t[v.index(max(v))])
    return sum(found) / len(found)


def split_by_difference(predictions, y):
    """The variance as what is left of the error."""
    bias = ((predictions.mean(0) - y) ** 2).mean()
    return (((predictions - y) ** 2).mean() - bias, bias)


def choose_at_random_places(right):
    places = torch.randperm(right.shape[1])
    choose, report = right[:, places[:150]], right[:, places[150:]]
    best = choose.sum(1).argmax()
    return torch.tensor([best, report[best].double().mean()])


def choose_by_cross_validation(right):
    """Twofold: each half chooses and the other reports; the winner on all data is named."""
    one, two = right[:, ::2].double().mean(1), right[:, 1::2].double().mean(1)
    honest = (two[one.argmax()] + one[two.argmax()]) / 2
    return int((one + two).argmax()), float(honest)


UNUSUAL = {
    "paired": [paired_numpy, paired_tensor],
    "luck": [{"size": "B", "best": " a", "fixed": "c", "seeds": "b "}],
    "report": [report_loop],
    "decomposition": [split_by_difference],
    "choosing": [choose_at_random_places, choose_by_cross_validation],
    "verdicts": [{"gap": "Refuted", "wider": "not settled ", "harm": "supported",
                  "loss": "REFUTED", "data": "not settled"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter01, name).check(answer, seed=seed)
        assert result.correct, result


def test_tables_to_try_an_answer_on():
    coins, good = right_answers(0), right_answers(0, good=True)
    assert coins.shape == good.shape == (MODELS, EXAMPLES) and coins.dtype == torch.bool
    # five standard deviations of one share of 400
    assert (coins.double().mean(1) - 0.5).abs().max() < 5 * 0.025
    assert ((good.double().mean(1) - 0.8).abs() < 0.1).sum() == 1
    assert torch.equal(coins, right_answers(0)) and not torch.equal(coins, right_answers(1))


def test_answers_of_another_form_are_told_so():
    choosing = checks.chapter01.choosing
    for answer, words in ((lambda right: 3, "Return two numbers"),
                          (lambda right: (0.5, 0.5), "a model's place")):
        result = choosing.check(answer)
        assert result.status is checks.Status.WRONG and words in result.message


def test_the_longest_check_is_quick():
    """Its eighty tables are judged well within a second (50 ms on an idle machine)."""
    start = time.process_time()
    checks.chapter01.choosing.check(choose_by_cross_validation, seed=0)
    assert time.process_time() - start < 0.5
