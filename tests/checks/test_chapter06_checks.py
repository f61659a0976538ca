"""The checks of chapter 06: unusual right answers, and a key that measurements bear out."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "06_augmentation.py"


@pytest.fixture(scope="module")
def solved():
    return runpy.run_path(str(SOURCE))


def test_the_key_of_the_prediction_is_what_is_measured(solved):
    measured = solved["measured"]
    assert measured["mirrored by"] < 1e-6
    # 0.49 is added to variances near 1: the coefficients shrink by about a third
    assert measured["length, noisy copies"] < 0.8 * measured["length, as they are"]


def test_the_leak_flatters_and_the_right_split_does_not(solved):
    # a hundred coin tosses: 0.5 ± 0.2 is four standard deviations
    assert solved["leaked"] > 0.75 and abs(solved["honest"] - 0.5) < 0.2


def shift_by_index(x, steps):
    length = x.shape[1]
    places = (np.arange(length)[None] - steps.numpy()[:, None]) % length
    return np.take_along_axis(x.numpy(), places, 1)


def shift_by_cat(x, steps):
    rows = []
    for signal, s in zip(x, steps % x.shape[1], strict=True):
        rows.append(torch.cat([signal[len(signal) - s:], signal[:len(signal) - s]]))
    return torch.stack(rows)


def mixup_einsum(x, y, share, partner):
    def mix(v):
        return torch.einsum("b,bd->bd", share, v) + torch.einsum("b,bd->bd", 1 - share, v[partner])
    return [mix(x), mix(y).numpy()]


def mixup_lerp(x, y, share, partner):
    return (x[partner].lerp(x, share[:, None]), y[partner].lerp(y, share[:, None]))


def smooth_full(labels, epsilon, classes):
    made = np.full((len(labels), classes), epsilon / classes)
    made[np.arange(len(labels)), labels.numpy()] += 1 - epsilon
    return made.tolist()


def prepare_shuffled(x, y, held_out, augment, copies):
    """The rows in another order, the copies of each example side by side."""
    xs, ys = [], []
    for i in (~held_out).nonzero().flatten().tolist():
        xs += [x[i:i + 1], *(augment(x[i:i + 1]) for _ in range(copies))]
        ys += [int(y[i])] * (copies + 1)
    places = held_out.nonzero().flatten().flip(0)
    return torch.cat(xs), ys, x[places].numpy(), y[places]


UNUSUAL = {
    "shifting": [shift_by_index, shift_by_cat],
    "behavior": [{"label": "B", "steps": " c", "mirror": "a", "noise": "b"}],
    "mixing": [mixup_einsum, mixup_lerp],
    "smoothing": [smooth_full],
    "splitting": [prepare_shuffled],
    "verdicts": [{"copies": "Supported", "seven": "refuted", "flips": "not settled ",
                  "turns": "REFUTED", "data": "refuted", "why": "not settled"}],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter06, name).check(answer, seed=seed)
        assert result.correct, result


@pytest.mark.parametrize("found", [None, 3, (1, 2), (torch.zeros(2, 2), torch.zeros(3),
                                                     torch.zeros(1, 2), torch.zeros(1))])
def test_a_split_of_another_form_is_told_so(found):
    result = checks.chapter06.splitting.check(lambda *args: found)
    assert result.status is checks.Status.WRONG


def test_inputs_must_stay_as_they_are():
    def in_place(x, steps):
        for i, s in enumerate(steps):
            x[i] = x[i].roll(int(s))
        return x

    result = checks.chapter06.shifting.check(in_place)
    assert result.status is checks.Status.WRONG and "changes its inputs" in result.message


def test_a_list_of_rows_is_not_the_tensor_that_was_asked_for():
    result = checks.chapter06.shifting.check(
        lambda x, steps: [row.roll(int(s)) for row, s in zip(x, steps, strict=True)])
    assert result.status is checks.Status.WRONG and "torch.stack" in result.message


def test_the_whole_batch_for_each_number_is_told_so():
    result = checks.chapter06.shifting.check(
        lambda x, steps: torch.stack([x.roll(int(s)) for s in steps]))
    assert result.status is checks.Status.WRONG and "whole batch rolled once" in result.message


def versions(x, y, augment, copies):
    return torch.cat([x, *(augment(x) for _ in range(copies))]), y.repeat(copies + 1)


def augmented_then_split_at_random(x, y, held_out, augment, copies):
    xs, ys = versions(x, y, augment, copies)
    order = torch.arange(len(xs)).roll(1)
    n = int(held_out.sum())
    return xs[order[n:]], ys[order[n:]], xs[order[:n]], ys[order[:n]]


def augmented_then_masked(x, y, held_out, augment, copies):
    xs, ys = versions(x, y, augment, copies)
    return xs[~held_out], ys[~held_out], xs[held_out], ys[held_out]


def labels_not_repeated(x, y, held_out, augment, copies):
    xs, _ = versions(x[~held_out], y[~held_out], augment, copies)
    return xs, y[~held_out], x[held_out], y[held_out]


def one_copy_too_many(x, y, held_out, augment, copies):
    return (*versions(x[~held_out], y[~held_out], augment, copies + 1), x[held_out], y[held_out])


@pytest.mark.parametrize(("answer", "words"), [
    (augmented_then_split_at_random, "split first, augment then"),
    (augmented_then_masked, "augmented first and split afterwards"),
    (labels_not_repeated, "one label for each row, for originals and copies alike"),
    (one_copy_too_many, "(copies + 1)")])
def test_other_mistakes_in_the_split_are_told_in_words(answer, words):
    for seed in range(10):
        result = checks.chapter06.splitting.check(answer, seed=seed)
        assert result.status is checks.Status.WRONG and words in result.message, result


def test_a_copy_for_each_single_row_is_right_too():
    def prepare(x, y, held_out, augment, copies):
        mine, labels = x[~held_out], y[~held_out]
        rows = [augment(row) for row in mine for _ in range(copies)]
        return (torch.stack([*mine, *rows]), torch.cat([labels, labels.repeat_interleave(copies)]),
                x[held_out], y[held_out])

    assert checks.chapter06.splitting.check(prepare).correct
