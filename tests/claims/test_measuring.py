"""The measures and choices of chapter 01; its experiments run whole in the chapter."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from reglab import L2, MLP, SGD, EarlyStopping, Recipe, data, sweep
from reglab.claims import Verdict, bias_variance, measuring, polynomials, random_features
from reglab.claims.random_features import ridge
from reglab.seeding import generator


def randn(*shape, purpose="test"):
    return torch.randn(*shape, generator=generator(0, purpose), dtype=torch.float64)


class Runs:
    """As a Result with test scores only."""

    def __init__(self, scores):
        self.scores = torch.tensor(scores)

    def test(self, reason):
        assert reason == measuring.LOOK
        return self.scores


# Measuring


def test_apart_counts_pairs():
    assert measuring.apart(torch.tensor([0.40, 0.40, 0.42, 0.50]), 0.015) == pytest.approx(5 / 6)
    assert measuring.apart(torch.tensor([0.40, 0.40]), 0.01) == 0.0


def test_small_sets_are_disjoint_and_all_used():
    right = torch.zeros(2, 100)
    right[0, 10:20] = 1.0    # all of the second set of ten, for the first run
    found = measuring.on_small_sets(right, 10, sets=10)
    assert found.shape == (2, 10) and found[0].tolist() == [0, 1] + [0] * 8
    assert found[1].sum() == 0


def test_the_best_of_equal_runs_gains_on_the_data_that_chose_and_nowhere_else():
    """Twenty coins: by chance alone one of them leads."""
    right = (torch.rand(20, 2000, generator=generator(0, "coins")) < 0.5).double()
    found = measuring.best_of_seeds(Runs([0.5] * 20), right, size=100)
    # the largest of 20 normal deviates is 1.87 on average, one of 0.05 here
    assert found["claimed"].shape == (20,)
    assert found["claimed"].mean().item() == pytest.approx(1.87 * 0.05, abs=0.02)
    assert (found["real"] == 0).all()


def test_the_best_of_different_runs_really_gains():
    right = torch.zeros(20, 2000)
    right[3] = 1.0
    found = measuring.best_of_seeds(Runs([0.9 if k == 3 else 0.1 for k in range(20)]), right, 100)
    assert found["claimed"] == pytest.approx(torch.full((20,), 0.95))
    assert found["real"].double() == pytest.approx(torch.full((20,), 0.9 - 0.14).double(), abs=1e-6)


def test_own_hundreds_do_not_overlap_and_share_the_training_data():
    first, second = measuring.own_hundred(0), measuring.own_hundred(1)
    whole = measuring.one_draw()
    assert first.train is second.train is whole.train and len(first.validation) == 100
    assert torch.equal(torch.cat([first.validation.x, second.validation.x]),
                       whole.validation.x[:200])
    assert first.test is whole.test    # one seal: looks are counted together


def test_the_best_epoch_against_the_last():
    class Best(Runs):
        seeds = [0, 1]

        def curve(self, part, metric, arm):
            assert (part, metric, arm) == ("validation", "score", "best epoch")
            return torch.tensor([[0.2, 0.5, 0.4], [0.1, 0.2, 0.3]])

    found = measuring.best_of_epochs(Runs([0.5, 0.6, 0.9]), Best([0.4, 0.6]))
    assert found["claimed"].tolist() == pytest.approx([0.1, 0.0])
    assert found["real"].tolist() == pytest.approx([-0.1, 0.0])


def test_runs_of_another_sweep_with_the_same_seeds_are_the_same_runs():
    """What lets the best epochs be compared with runs that were trained elsewhere."""
    recipe = Recipe(MLP(2, 8, 2), optimizer=SGD(0.1), epochs=4, batch_size=20)
    task = data.two_moons(0, n_validation=20)
    rule = EarlyStopping(patience=4, monitor="score")
    alone = sweep({"a": recipe}, task, range(3), progress=False)
    other = sweep({"b": recipe.replace(stopping=rule)}, task, range(2), progress=False)
    assert torch.equal(alone.curve("validation", "loss", "a")[:2],
                       other.curve("validation", "loss", "b"))


def test_a_leaderboard_learns_the_answers_it_was_told_and_no_others():
    found = measuring.leaderboard([1, 300], seeds=range(4), examples=400)
    asked, fresh = (np.array(rows) for rows in found.values())
    assert asked.shape == fresh.shape == (4, 2)
    assert (asked[:, 1] > 0.62).all()
    # 1600 coins: four standard deviations
    assert abs(fresh[:, 1].mean() - 0.5) < 4 * 0.5 / math.sqrt(1600)


def test_one_submission_that_was_not_liked_is_no_vote():
    """Then all ties are answered with 1: the share of ones."""
    for seed in range(6):
        found = measuring.leaderboard([1], seeds=[seed], examples=50)
        assert found["the test set that was asked"][0][0] > 0.3


# Overfitting


def test_gap_by_hand(toy):
    splits = toy()
    constant = MLP(6, 3)
    with torch.no_grad():
        constant.layers[0].weight.zero_()
        constant.layers[0].bias[:] = torch.tensor([1.0, 0.0, 0.0])
    share = [(part.y == 0).double().mean().item()
             for part in (splits.train, splits.open_test(measuring.LOOK))]
    assert measuring.gap(constant, splits) == pytest.approx(share[0] - share[1])


def test_with_best_epochs_never_stops_early(toy):
    recipe = Recipe(MLP(6, 16, 3), optimizer=SGD(0.3), epochs=12, batch_size=10)
    result = sweep(measuring.with_best_epochs(recipe), toy, range(2), progress=False)
    assert not result.curve("validation", "loss").isnan().any()
    for arm, metric in (("lowest loss", "loss"), ("best accuracy", "score")):
        curve = result.curve("validation", metric, arm)
        best = curve.amin(1) if metric == "loss" else curve.amax(1)
        assert torch.equal(result.final("validation", metric, arm), best)


def test_random_labels_are_uniform():
    y = data.mnist1d(0, n_test=10, label_noise=0.9)
    clean = data.mnist1d(0, n_test=10)
    assert (y.train.y == clean.train.y).double().mean() == pytest.approx(0.1)


def test_learning_curves_have_equal_steps():
    for n in (50, 200, 1000, 4000):
        batch = min(n, 100)
        assert 400 * batch % n == 0 and n % batch == 0


def small_curves(seeds, noise):
    recipe = Recipe(MLP(64, 64, 10), optimizer=SGD(0.1, momentum=0.9), epochs=30, batch_size=25)

    def task(seed):
        return data.digits(seed, n_train=100, n_validation=300, n_test=400, label_noise=noise)

    return sweep(measuring.with_best_epochs(recipe), task, seeds, progress=False)


def test_c02_sees_no_turn_where_there_is_none():
    """The control: with clean labels on both sides, the rules for wrong labels are not met."""
    clean = small_curves(range(10), 0.0)
    settled = measuring.settle_c02(clean, clean)
    assert settled.verdicts["accuracy, wrong labels"] is Verdict.REFUTED
    assert settled.verdicts["training loss"] is Verdict.SUPPORTED


def test_c05_is_refuted_by_a_larger_gap_with_a_better_score_only():
    rule = measuring.C05.rules["wider"]
    assert rule.decide([0.05, 0.06] * 5) is Verdict.REFUTED
    assert rule.decide([-0.05, -0.06] * 5) is Verdict.SUPPORTED


def test_c05_asks_for_the_loss_as_well_and_the_two_may_disagree():
    recipe = Recipe(MLP(64, 8, 10), optimizer=SGD(0.1, momentum=0.9), epochs=30, batch_size=25)
    task = partial(data.digits, n_train=100, n_validation=300, n_test=400)
    narrow = sweep({"narrow": recipe}, task, range(3), progress=False)
    clean = small_curves(range(3), 0.0)
    found = measuring.settle_c05(narrow, clean)
    expected = (clean.test("end", metric="loss", reason=measuring.LOOK)
                - narrow.test("narrow", metric="loss", reason=measuring.LOOK))
    assert found.effects["wider, loss"] == pytest.approx(expected.tolist())
    assert found.effects["wider"] != pytest.approx(expected.tolist())
    score, loss = [0.05, 0.06] * 5, [0.5, 0.6] * 5
    both = measuring.C05.settle(**{"wider": score, "longer": score,
                                   "wider, loss": loss, "longer, loss": loss})
    assert both.verdict is Verdict.CONDITIONAL


# Random features


@pytest.mark.parametrize(("n", "p"), [(30, 12), (12, 30), (20, 20)])
def test_ridge_is_that_of_scikit_learn(n, p):
    z, y = randn(n, p), randn(n, 3, purpose="targets")
    for strength, w in zip((0.1, 10.0), ridge(z, y, (0.1, 10.0)), strict=True):
        expected = Ridge(alpha=strength, fit_intercept=False, solver="svd").fit(z, y).coef_.T
        assert w.numpy() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("n", "p"), [(30, 12), (12, 30)])
def test_without_a_penalty_it_is_the_shortest_least_squares_solution(n, p):
    z, y = randn(n, p), randn(n, 3, purpose="targets")
    z[:, 3] = z[:, 2]    # not of full rank
    z[:, 4] = 0.0        # a dead feature
    expected = torch.linalg.pinv(z) @ y
    torch.testing.assert_close(ridge(z, y, [0.0])[0], expected, atol=1e-8, rtol=0)


def test_directions_that_the_data_barely_know_are_fitted_all_the_same():
    """Squaring z would leave 1e-14 of a singular value of 1e-7, and lose it."""
    left, right = (torch.linalg.qr(randn(8, 8, purpose=name))[0] for name in ("left", "right"))
    z = left @ torch.diag(torch.tensor([1.0] * 7 + [1e-7], dtype=torch.float64)) @ right
    y = randn(8, 2, purpose="targets")
    assert (z @ ridge(z, y, [0.0])[0] - y).abs().max() < 1e-6
    # unless they are cut on purpose
    assert (z @ ridge(z, y, [0.0], cutoff=1e-6)[0] - y).abs().max() > 1e-3


def test_features_are_relus_of_random_directions():
    x = torch.randn(50, 1, 8, 8, generator=generator(0, "test"))
    z = random_features.features(x, 400, seed=0)
    assert z.shape == (50, 400) and z.dtype == torch.float64 and (z >= 0).all()
    assert torch.equal(z, random_features.features(x, 400, seed=0))
    assert not torch.equal(z, random_features.features(x, 400, seed=1))
    # half of 20 000 signs; they are not independent, so six standard deviations
    assert abs((z == 0).double().mean() - 0.5) < 0.05


def test_tuned_chooses_on_validation_data_and_at_each_place():
    found = torch.zeros(2, 2, 3, 2)    # seeds, places, parts, strengths
    found[:, 0, random_features.VALIDATION] = torch.tensor([0.9, 0.1])
    found[:, 1, random_features.VALIDATION] = torch.tensor([0.1, 0.9])
    found[:, :, random_features.TEST] = torch.tensor([0.3, 0.7])
    assert random_features.tuned(found).tolist() == [pytest.approx([0.3, 0.7])] * 2
    assert random_features.unregularized(found).tolist() == [pytest.approx([0.3, 0.3])] * 2


def test_the_collapse_is_where_features_match_examples():
    found = [random_features.scores(random_features.few_digits(0), count, 0)
             for count in (80, 300, 1000)]
    test = [each[random_features.TEST, 0].item() for each in found]
    assert test[1] < 0.5 < 0.85 < min(test[0], test[2])
    assert found[1][random_features.TEST].max() > 0.9    # a penalty removes it
    assert found[2][random_features.TRAIN, 0] == 1.0


# Bias and variance


def test_decomposition_by_hand_and_its_sum():
    y = torch.tensor([[1.0, 0.0]]).double()
    first, second = torch.tensor([[0.5, 0.5]]).double(), torch.tensor([[0.9, 0.1]]).double()
    variance, bias = bias_variance.decompose(first, second, y)
    assert variance.item() == pytest.approx(0.16)
    assert bias.item() == pytest.approx(0.5 * 0.1 + 0.5 * 0.1)
    error = ((first - y).square().sum() + (second - y).square().sum()) / 2
    assert (variance + bias).item() == pytest.approx(error.item())


def test_the_estimates_have_no_bias_of_their_own():
    """Predictions y + b + noise, thousands of pairs: variance K σ², bias² K b²."""
    y = torch.zeros(20_000, 3, dtype=torch.float64)
    noise = randn(2, 20_000, 3)
    variance, bias = bias_variance.decompose(y + 0.3 + 0.5 * noise[0], y + 0.3 + 0.5 * noise[1], y)
    # standard errors are below 0.006: five of them
    assert variance.item() == pytest.approx(3 * 0.25, abs=0.03)
    assert bias.item() == pytest.approx(3 * 0.09, abs=0.03)


def test_measure_pairs_neighboring_seeds(monkeypatch):
    recipe = Recipe(MLP(40, 8, 10), optimizer=SGD(0.1), epochs=1, batch_size=100)
    arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.01)}
    result = sweep(arms, bias_variance.signals, range(5), progress=False)
    found = bias_variance.measure(result, 0.0)
    assert found.shape == (2, 2)    # the fifth seed has no partner
    test = result.splits[0].open_test(measuring.LOOK)
    y = torch.nn.functional.one_hot(test.y, 10).double()
    with torch.no_grad():
        p = [result.model(0.0, s)(result.splits[s].open_test(measuring.LOOK).x).double().softmax(1)
             for s in (2, 3)]
    assert found[:, 1].tolist() == pytest.approx([float(v) for v in
                                                  bias_variance.decompose(*p, y)])
    lines = bias_variance.lines(result)
    assert lines["error"] == pytest.approx(lines["bias²"] + lines["variance"])
    assert lines["error"].shape == (2, 2)


# Polynomials


@pytest.mark.parametrize("noise", polynomials.NOISES)
def test_polynomials_fit_what_they_can_and_errors_are_those_of_the_curves(monkeypatch, noise):
    monkeypatch.setattr(polynomials, "COUNTS", [3, 15])
    monkeypatch.setattr(polynomials, "POINTS", [12])
    fits = polynomials.polynomial_fits(seeds=range(2))
    assert set(fits) == {(12, noise, s) for noise in polynomials.NOISES
                         for s in polynomials.STRENGTHS}
    free = fits[12, noise, 0.0]
    assert free.predictions.shape == (2, 2, len(polynomials.GRID))
    assert (free.train[1] < 1e-10).all() and (free.train[0] > 1e-3).all()
    for seed in range(2):
        train = data.noisy_sine(seed, n_train=12, noise=noise, standardize=False).train
        x, y = train.x[:, 0].double().numpy(), train.y[:, 0].double().numpy()
        expected = np.polynomial.Polynomial.fit(x, y, 2)    # three coefficients
        assert free.predictions[0, seed] == pytest.approx(
            expected(polynomials.GRID.double().numpy()), abs=1e-6)
        assert free.train[0, seed] == pytest.approx(np.mean((expected(x) - y) ** 2), abs=1e-8)
    assert (fits[12, noise, 1.0].train >= free.train - 1e-12).all()


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in measuring.CHAPTER.cases] == [f"C0{n}" for n in range(1, 6)]
