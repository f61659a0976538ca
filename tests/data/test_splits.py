"""Splits: what is refused, and that splitting, standardizing and label noise do what they say."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from reglab.data import Split, Splits, add_label_noise, split, standardize


def labeled(n=8, classes=2):
    """A small split with every class in it."""
    return Split(torch.arange(2.0 * n).reshape(n, 2), torch.arange(n) % classes)


def table(n=100, classes=3, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 4)) * [1, 10, 100, 0] + 5, np.arange(n) % classes


def held_out(splits):
    """The test part, opened."""
    return splits.open_test("a test of the data")


def opened(splits):
    return splits.train, splits.validation, held_out(splits)


X, LABELS = torch.zeros(4, 2), torch.tensor([0, 1, 0, 1])


@pytest.mark.parametrize("x, y, error, words", [
    (X.numpy(), LABELS, TypeError, "Split.x must be a torch.Tensor"),
    (X.double(), LABELS, TypeError, "x.float()"),
    (X, LABELS.int(), TypeError, "y.long()"),
    (X[:, 0], LABELS, ValueError, "x.unsqueeze(1)"),
    (X, LABELS[:, None], ValueError, "y.squeeze(1)"),
    (X, LABELS.float(), ValueError, "y.unsqueeze(1)"),
    (X[:0], LABELS[:0], ValueError, "at least one example"),
    (X, LABELS[:3], ValueError, "as long as x, 4 examples"),
    (X + torch.tensor([0.0, float("nan")]), LABELS, ValueError, "4 values are NaN"),
    (X, torch.full((4, 1), float("inf")), ValueError, "Split.y must be finite"),
])
def test_split_refuses(x, y, error, words):
    with pytest.raises(error) as caught:
        Split(x, y)
    assert words in str(caught.value)


@pytest.mark.parametrize("change, error, words", [
    ({"classes": 1}, ValueError, "classes=None"),
    ({"classes": None}, TypeError, "Pass classes=K"),
    ({"test": Split(X, torch.zeros(4, 1))}, TypeError, "Splits.test.y must be int64"),
    ({"validation": Split(X, LABELS + 1)}, ValueError, "labels in [0, 1]; got y=2."),
    ({"validation": Split(X, LABELS - 1)}, ValueError, "got y=-1."),
    ({"test": Split(torch.zeros(4, 3), LABELS)}, ValueError, "x must be of shape (N, 2)"),
    ({"indices": (LABELS, LABELS, LABELS[:1])}, ValueError, "lengths (8, 8, 8)"),
    ({"truth": torch.zeros(3)}, ValueError, "one coefficient for each feature"),
])
def test_splits_refuses(change, error, words):
    good = {"train": labeled(), "validation": labeled(), "test": labeled(), "name": "toy",
            "classes": 2}
    with pytest.raises(error) as caught:
        Splits(**good | change)
    assert words in str(caught.value)


def test_html_escapes_the_name_and_shows_the_imbalance():
    part = Split(torch.zeros(4, 2), torch.tensor([0, 1, 1, 1]))
    text = Splits(part, part, part, name="a < b", classes=2)._repr_html_()
    assert "a &lt; b" in text and "majority class 75.0 %, 1 to 3 examples per class" in text


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a second device")
def test_to_moves_everything_that_is_computed_with():
    part = Split(torch.zeros(4, 2), torch.zeros(4, 1))
    moved = Splits(part, part, part, "toy", None, truth=torch.zeros(2)).to("cuda")
    assert moved.truth.is_cuda and held_out(moved).x.is_cuda and held_out(moved).y.is_cuda


def test_split_gives_disjoint_rows_of_the_table_in_class_proportion():
    x, y = table(100, classes=2)
    y[:80] = 0  # 90 of 100 rows in class 0
    parts = split(x, y, seed=1, n_train=40, n_validation=20, n_test=30)
    rows = torch.cat(parts.indices)
    assert len(rows.unique()) == 90
    assert [int(part.y.sum()) for part in opened(parts)] == [4, 2, 3]
    for part, chosen in zip(opened(parts), parts.indices, strict=True):
        assert np.array_equal(part.x, x[chosen].astype(np.float32))
        assert np.array_equal(part.y, y[chosen])


def test_split_depends_on_the_seed_and_keeps_test_and_validation_when_train_grows():
    x, y = table()
    sizes = {"n_validation": 20, "n_test": 30}
    small, large = (split(x, y, seed=0, n_train=n, **sizes).indices for n in (10, 50))
    other = split(x, y, seed=1, n_train=50, **sizes).indices
    assert torch.equal(small[1], large[1]) and torch.equal(small[2], large[2])
    assert not torch.equal(large[2], other[2])


def test_split_refuses_more_rows_than_there_are():
    with pytest.raises(ValueError, match="at most 100, the rows of the table"):
        split(*table(), seed=0, n_train=50, n_validation=50, n_test=1)
    with pytest.raises(ValueError, match="data.n_test must be a whole number >= 1"):
        split(*table(), seed=0, n_train=50, n_validation=40, n_test=0)


def test_standardize_uses_the_train_split_only_and_survives_a_constant_feature():
    x, y = table()
    raw = split(x, y, seed=0, n_train=40, n_validation=30, n_test=30)
    before = held_out(raw).x.clone()
    done = standardize(raw)
    train = raw.train.x[:, :3]
    expected = (held_out(raw).x[:, :3] - train.mean(0)) / train.std(0, correction=0)
    # float32 arithmetic on values near 100: a relative error of 1e-6 or so, times the size
    torch.testing.assert_close(held_out(done).x[:, :3], expected, rtol=1e-4, atol=1e-5)
    assert (held_out(done).x[:, 3] == 0).all()  # constant 5 in train: centered, not divided
    assert torch.equal(held_out(raw).x, before)


def test_standardize_has_one_mean_and_std_for_images():
    x = torch.arange(4 * 2 * 3.0).reshape(4, 1, 2, 3)
    part = Split(x, LABELS)
    done = standardize(Splits(part, part, part, "toy", classes=2)).train.x
    torch.testing.assert_close(done, (x - 11.5) / x.std(correction=0))


def test_standardize_keeps_the_relation_of_truth_and_targets():
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1, 9, 0.1])
    truth = torch.tensor([2.0, 0.0, -3.0])
    part = Split(x + 4, (x + 4) @ truth[:, None] + 7)
    done = standardize(Splits(part, part, part, "toy", None, truth=truth))
    constant = done.train.y[:, 0] - done.train.x @ done.truth
    assert done.truth[1] == 0 and constant.abs().max() < 1e-5  # both centered: no constant left
    torch.testing.assert_close(done.train.y.std(correction=0), torch.tensor(1.0))


def noisy_parts(fraction, seed=0):
    part = labeled(n=1001, classes=10)
    clean = Splits(part, part, part, "toy", classes=10)
    return part, add_label_noise(clean, fraction, seed)


def test_label_noise_changes_the_exact_number_in_train_and_validation_only():
    clean, noisy = noisy_parts(0.2)
    changed = [int((part.y != clean.y).sum()) for part in opened(noisy)]
    assert changed == [200, 200, 0]
    assert not torch.equal(noisy.train.y, noisy.validation.y)
    assert torch.equal(clean.y, torch.arange(1001) % 10)  # the input is as it was


def test_label_noise_spreads_evenly_over_the_other_classes():
    clean, noisy = noisy_parts(1.0)
    steps = (noisy.train.y - clean.y) % 10
    counts = steps.bincount(minlength=10)
    # 1001 draws over 9 steps: 111 expected, standard deviation sqrt(1001/9 * 8/9) = 9.9;
    # nine counts within 4 standard deviations, except with probability 6e-4
    assert counts[0] == 0 and ((counts[1:] - 1001 / 9).abs() < 40).all()


def test_label_noise_is_nested_in_the_fraction_and_depends_on_the_seed():
    clean, little = noisy_parts(0.2)
    _, much = noisy_parts(0.4)
    _, other = noisy_parts(0.2, seed=1)
    wrong = little.train.y != clean.y
    assert torch.equal(little.train.y[wrong], much.train.y[wrong])
    assert not torch.equal(little.train.y, other.train.y)


def test_label_noise_refuses_regression_and_fractions_above_one():
    part = Split(X, torch.zeros(4, 1))
    with pytest.raises(ValueError, match="Regression targets have no labels"):
        add_label_noise(Splits(part, part, part, "toy", None), 0.1, seed=0)
    with pytest.raises(ValueError, match=r"fraction must be in \[0, 1\]; got fraction=20"):
        noisy_parts(20)


def test_importing_the_data_sets_loads_nothing_heavy():
    code = ("import sys, reglab.data; "
            "print([m for m in ('sklearn', 'scipy', 'mnist1d', 'matplotlib') if m in sys.modules])")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_drawing_leaves_the_global_generators_alone():
    # in a fresh process, so that imports inside the functions are watched too
    code = """
import random, numpy as np, torch
from reglab import data
random.seed(5), np.random.seed(5), torch.manual_seed(5)
for draw in (data.mnist1d, data.digits, data.two_moons, data.sparse_linear):
    draw(0)
data.diabetes(0, noise_features=2)
found = random.random(), np.random.rand(), float(torch.rand(()))
random.seed(5), np.random.seed(5), torch.manual_seed(5)
print(found == (random.random(), np.random.rand(), float(torch.rand(()))))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
