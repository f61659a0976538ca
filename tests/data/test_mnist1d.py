"""Our MNIST-1D generator against the package's.

Given the same random numbers, one signal must equal the package's; in bulk, the two must have
the same moments, and neither a linear nor a nonlinear classifier may tell them apart.
All draws have fixed seeds: the false alarm rates are those of choosing new ones.
"""

import numpy as np
import pytest
import torch
from mnist1d.data import get_dataset_args, get_templates
from mnist1d.transform import transform
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reglab.data import mnist1d
from reglab.data.mnist1d import _common_test, signals
from reglab.seeding import numpy_generator


def held_out(splits):
    """The test part, opened."""
    return splits.open_test("a test of the data")


N = 4000
LABELS = np.arange(N) % 10


def package_signals(labels):
    templates, settings = get_templates(), get_dataset_args()
    return np.stack([transform(templates["x"][label], templates["t"], settings)[0]
                     for label in labels])


@pytest.fixture(scope="module")
def ours():
    return signals(LABELS, numpy_generator(0, "test"))


@pytest.fixture(scope="module")
def theirs():
    state = np.random.get_state()
    np.random.seed(1)
    drawn = package_signals(LABELS)
    np.random.set_state(state)
    return drawn


def test_one_signal_equals_the_package_given_the_same_random_numbers(monkeypatch):
    for seed in range(100):
        label = np.array([seed % 10])
        expected = signals(label, np.random.default_rng(seed))
        same = np.random.default_rng(seed)
        monkeypatch.setattr(np.random, "rand", same.random)
        monkeypatch.setattr(np.random, "choice", same.integers)
        monkeypatch.setattr(np.random, "randn", same.standard_normal)
        np.testing.assert_allclose(expected, package_signals(label), atol=1e-12)


def test_means_and_covariances_agree_in_every_class(ours, theirs):
    scores = []
    for label in range(10):
        a, b = ours[LABELS == label], theirs[LABELS == label]
        center = (a.mean(0) + b.mean(0)) / 2
        p, q = moments(a - center), moments(b - center)
        scores.append((p.mean(0) - q.mean(0)) / np.sqrt((p.var(0) + q.var(0)) / len(p)))
    scores = np.concatenate(scores)
    # Welch's z with 400 signals on each side; the largest of all stays below the Bonferroni
    # limit with probability 99.9 %
    assert np.abs(scores).max() < stats.norm.isf(0.001 / 2 / len(scores))


def moments(x):
    """Terms whose means are the mean, the variance and the covariance of neighbors."""
    return np.concatenate([x, x**2, x[:, :-1] * x[:, 1:]], axis=1)


@pytest.mark.parametrize("classifier", [
    LogisticRegression(C=0.1), HistGradientBoostingClassifier(max_iter=50, random_state=0)])
def test_no_classifier_tells_them_apart(classifier, ours, theirs):
    """Classifier two-sample test (Lopez-Paz & Oquab 2017)."""
    x = np.concatenate([ours, theirs])
    slope = np.diff(x, axis=1)
    x = np.concatenate([x, slope, np.abs(np.diff(slope, axis=1))], axis=1)
    source = np.repeat([0, 1], N)
    fit = np.tile([True, False], N)
    model = make_pipeline(StandardScaler(), classifier).fit(x[fit], source[fit])
    correct = (model.predict(x[~fit]) == source[~fit]).sum()
    # by chance: Binomial(4000, 1/2), above 0.5244 * 4000 with probability 0.1 %
    assert correct <= stats.binom.isf(0.001, N, 0.5)


def test_a_model_trained_on_ours_scores_the_same_on_theirs(ours, theirs):
    half = N // 2
    model = KNeighborsClassifier(5).fit(ours[:half], LABELS[:half])
    a, b = (model.score(x[half:], LABELS[half:]) for x in (ours, theirs))
    # difference of two independent proportions of n = 2000 each: 3.3 standard errors, 99.9 %
    assert a > 0.3
    assert abs(a - b) < 3.3 * np.sqrt((a * (1 - a) + b * (1 - b)) / half)


def test_signals_of_one_batch_are_drawn_separately(ours):
    """A scale, shift or slope shared by the batch would make all signals of a class alike."""
    x = ours[LABELS == 0]
    peaks = np.unique(x.argmax(1))
    correlation = np.corrcoef(x[:100])[np.triu_indices(100, 1)]
    assert len(peaks) > 20 and np.abs(correlation).mean() < 0.6


def test_seeds_give_fresh_train_and_validation_but_a_common_test_set():
    one, again, other = (mnist1d(seed, n_train=1000, standardize=False) for seed in (0, 0, 1))
    assert torch.equal(one.train.x, again.train.x)
    assert not torch.equal(one.train.x, other.train.x)
    assert not torch.equal(one.train.x, one.validation.x)
    assert torch.equal(held_out(one).x, held_out(other).x)
    assert torch.equal(held_out(one).y, held_out(other).y)
    assert torch.equal(one.validation.x, mnist1d(0, n_train=9, standardize=False).validation.x)


def test_the_common_test_set_is_the_same_in_every_process():
    before = held_out(mnist1d(0, n_test=20)).x
    _common_test.cache_clear()
    assert torch.equal(before, held_out(mnist1d(0, n_test=20)).x)


def test_classes_are_balanced_and_shuffled():
    train = mnist1d(0, n_train=1003).train
    counts = train.y.bincount(minlength=10)
    assert sorted(counts.tolist()) == [100] * 7 + [101] * 3
    in_turn = torch.arange(1003) % 10
    assert not torch.equal(train.y, in_turn) and not torch.equal(train.y, in_turn.sort().values)
    assert train.x.shape == (1003, 1, 40)


def test_standardized_by_one_train_mean_and_std():
    raw, done = mnist1d(0, standardize=False), mnist1d(0)
    mean, std = raw.train.x.mean(), raw.train.x.std(correction=0)
    expected = (held_out(raw).x - mean) / std
    torch.testing.assert_close(held_out(done).x, expected, atol=1e-5, rtol=1e-5)


def test_label_noise_spares_inputs_and_test():
    clean, noisy = mnist1d(0), mnist1d(0, label_noise=0.2)
    assert int((clean.train.y != noisy.train.y).sum()) == 200
    assert torch.equal(clean.train.x, noisy.train.x)
    assert torch.equal(held_out(clean).y, held_out(noisy).y)
