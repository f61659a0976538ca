"""The measures, solvers and choices of chapter 03; its experiments run whole in the chapter."""

import copy

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from reglab import MLP, SGD, Recipe, SoftThreshold, data, initialize, sweep
from reglab.claims import Verdict, l1, l1_linear, l1_networks, l1_stability
from reglab.parameters import map_weights, weights


def flat(model):
    return torch.cat([w.detach().flatten() for w in weights(dict(model.named_parameters()))])


# Corners


@pytest.fixture(scope="module")
def losses():
    return l1_linear.pair_losses(l1_linear.patients(10_000))


def test_pair_losses_are_least_squares(losses):
    """The free minimum of each pair is that of NumPy's least squares on standardized columns."""
    gram, target = losses
    assert gram.shape == (45, 2, 2) and target.shape == (45, 2)
    x, y = l1_linear.table(l1_linear.patients(10_000).train)
    x = (x - x.mean(0)) / x.std(0)
    pairs = [(i, j) for i in range(10) for j in range(i + 1, 10)]
    for place in (0, 23, 44):
        expected = np.linalg.lstsq(x[:, pairs[place]], y - y.mean(), rcond=None)[0]
        assert np.linalg.solve(gram[place], target[place]) == pytest.approx(expected, abs=1e-6)
    assert pairs[23] == (2, 9)    # the two of the chapter's picture: body mass index, blood sugar


@pytest.mark.parametrize("size", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("solve, norm", [(l1_linear.in_diamond, 1), (l1_linear.in_disk, 2)])
def test_best_points_are_inside_and_none_is_better(losses, solve, norm, size):
    gram, target = (part[::6] for part in losses)
    found, free = solve(gram, target, size), np.linalg.solve(gram, target[..., None])[..., 0]
    turn = np.linspace(0, 2 * np.pi, 2001)
    border = np.stack([np.cos(turn), np.sin(turn)], 1)
    border /= np.linalg.norm(border, norm, axis=1, keepdims=True)
    for G, b, w, star in zip(gram, target, found, free, strict=True):
        limit = size * np.linalg.norm(star, norm)
        assert np.linalg.norm(w, norm) == pytest.approx(limit, rel=1e-6)
        points = limit * border
        lowest = (np.einsum("pi,ij,pj->p", points, G, points) / 2 - points @ b).min()
        assert w @ G @ w / 2 - b @ w <= lowest + 1e-9


def test_a_corner_is_exactly_a_zero_and_an_edge_is_none():
    gram = np.array([np.eye(2)] * 2)
    target = np.array([[1.0, 0.2], [1.0, 0.9]])    # the best points are known: soft thresholding
    corner, edge = l1_linear.in_diamond(gram, target, 0.5)
    assert corner.tolist() == [pytest.approx(0.6), 0.0]
    assert edge == pytest.approx([0.525, 0.425])
    assert (l1_linear.in_disk(gram, target, 0.5) != 0).all()


# Selection


def test_recall_and_precision_by_hand():
    true, selected = np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 1, 0], bool)
    assert l1_linear.recall(selected, true) == 0.5
    assert l1_linear.precision(selected, true) == pytest.approx(1 / 3)
    assert l1_linear.precision(np.zeros(5, bool), true) == 1.0


BY_EXAMPLES = {11: {1: 0.9, 2: 0.5}, 12: {1: 0.0, 2: 0.5}}    # scores by size and strength


class Scored:
    """A model that was scored before it was fitted."""

    def __init__(self, strength):
        self.strength = strength

    def fit(self, x, y):
        return self

    def score(self, x, y):
        return BY_EXAMPLES[len(x)][self.strength]


def test_tuned_chooses_by_the_mean_over_seeds_on_validation_data():
    """The strength that wins on one seed alone loses; the test data stay sealed."""
    splits = [data.sparse_linear(0, n_validation=n) for n in BY_EXAMPLES]
    chosen = l1_linear.tuned({"a": l1_linear.Technique(Scored, [1, 2]),
                              "b": l1_linear.Technique(Scored, [1])}, splits)
    assert [model.strength for model in chosen["a"]] == [2, 2]
    assert [model.strength for model in chosen["b"]] == [1, 1]
    assert not any(s.test.looks for s in splits)


def test_no_noise_is_found_where_there_is_none():
    """The control of C12: without noise columns, none is kept."""
    found = l1_linear.noise_features(0, seeds=range(2))
    assert found["lasso"]["noise"] == [0.0, 0.0] and found["ridge"]["used"] == [1.0, 1.0]


def test_groups_have_the_correlation_they_are_asked_for():
    splits = l1_linear.groups(0, correlation=0.5)
    x = splits.open_test("a test").x.numpy()
    matrix = np.corrcoef(x.T)
    same = np.kron(np.eye(16), np.ones((5, 5))).astype(bool) & ~np.eye(80, dtype=bool)
    # 1000 examples: the standard error of one correlation is 0.024, of one of 0 it is 0.03
    assert np.abs(matrix[same] - 0.5).max() < 0.12
    assert np.abs(matrix[~same & ~np.eye(80, dtype=bool)]).max() < 0.17
    assert ((splits.truth != 0).sum(), x.shape) == (20, (1000, 80))
    signal = x @ splits.truth.numpy()
    assert signal.var() == pytest.approx(1.0, rel=0.25)    # four groups: se about 0.05


def test_elastic_net_gains_nothing_over_itself(monkeypatch):
    """The control of C17: the same technique under both names."""
    monkeypatch.setattr(l1_linear, "ELASTIC_NET", l1_linear.LASSO)
    found = l1_linear.grouped(seeds=range(2))
    assert found["elastic net"] == found["lasso"]


def test_rescaled_elastic_net_is_the_lasso_where_features_are_orthogonal():
    """Zou & Hastie (2005): then only the threshold αρ is left of the penalty."""
    random = np.random.default_rng(0)
    x = random.standard_normal((40, 6))
    x = np.linalg.qr(x - x.mean(0))[0] * np.sqrt(40)    # orthogonal, centered, mean square 1
    y = x @ [2.0, -1.0, 0.5, 0.1, 0.0, 0.0] + 0.1 * random.standard_normal(40) + 3
    rescaled = l1_linear.RescaledElasticNet(0.4).fit(x, y)
    lasso = l1_linear.lasso(0.2).fit(x, y)
    np.testing.assert_allclose(rescaled.coef_, lasso.coef_, atol=1e-6)
    assert rescaled.intercept_ == pytest.approx(lasso.intercept_)
    assert np.abs(l1_linear.elastic_net(0.4).fit(x, y).coef_ - lasso.coef_).max() > 0.1


def test_other_elastic_nets_are_told_apart():
    found = l1_linear.elastic_nets(seeds=range(2))
    assert list(found) == ["lasso", "ρ = 0.5", "ρ = 0.2", "ρ = 0.5, rescaled"]
    assert len({tuple(scores) for scores in found.values()}) == 4


# Outliers


def test_outliers_are_in_the_training_targets_alone():
    clean = data.sparse_linear(0, n_features=20, n_nonzero=3)
    wild = l1_linear.with_outliers(clean, 0, 0.1)
    change = (wild.train.y - clean.train.y).flatten()
    assert sorted(change[change != 0].abs().round().tolist()) == [10.0] * 10
    assert torch.equal(wild.train.x, clean.train.x)
    assert torch.equal(wild.validation.y, clean.validation.y)
    assert torch.equal(l1_linear.with_outliers(clean, 0, 0.0).train.y, clean.train.y)


def test_absolute_loss_is_the_median():
    """Without features that help, the prediction is the median; of squared loss, the mean."""
    x, y = np.zeros((5, 1)), np.array([0.0, 1.0, 2.0, 3.0, 100.0])
    assert l1_linear.absolute_loss(1.0).fit(x, y).predict(x)[0] == pytest.approx(2.0)
    assert l1_linear.lasso(1.0).fit(x, y).predict(x)[0] == pytest.approx(y.mean())


# Stability


def test_stability_of_a_model_that_never_changes():
    """The control of C14: a model that ignores the resample is perfectly stable."""
    from sklearn.linear_model import LinearRegression

    class Fixed(LinearRegression):
        def fit(self, x, y):
            self.coef_, self.intercept_ = np.arange(1.0, 61.0), 0.0
            return self

    found = l1_stability._stability(Fixed(), l1_linear.sparse(0), 0)
    assert found == {"coefficients": 0.0, "top five": 1.0, "selected": 1.0, "predictions": 0.0,
                     "selected by lot": 1.0}    # all 60 of 60


def test_relative_variance_and_similarity_by_hand():
    assert l1_stability.relative_variance(np.array([[2.0, 0.0], [0.0, 0.0]])) == 1.0
    assert l1_stability.similarity([{1, 2}, {1, 2}, {3}]) == pytest.approx(1 / 3)
    assert l1_stability.similarity([set(), set()]) == 1.0


def test_similarity_by_luck_is_that_of_random_sets():
    random = np.random.default_rng(0)
    drawn = [[set(random.permutation(12)[:size].tolist()) for size in (5, 3)] for _ in range(5000)]
    mean = np.mean([l1_stability.similarity(pair) for pair in drawn])
    assert l1_stability.by_luck(5, 3, 12) == pytest.approx(mean, abs=0.01)
    assert l1_stability.by_luck(5, 3, 12) == pytest.approx(l1_stability.by_luck(3, 5, 12))
    assert l1_stability.by_luck(5, 5, 5) == l1_stability.by_luck(0, 0, 5) == 1.0


def test_faint_inputs_can_be_cut_out():
    model, splits = MLP(3, 4, 2), data.two_moons(0)
    with torch.no_grad():
        model.layers[0].weight[:, 0] = 0.04
        model.layers[0].weight[:, 1:] = torch.tensor([[0.0], [0.0], [0.06], [0.0]])
    assert l1_networks.faint_inputs(model) == pytest.approx(1 / 3)
    recipes = {"run": Recipe(MLP(2, 8, 2), optimizer=SGD(0.5), epochs=20, batch_size=20)}
    result = sweep(recipes, lambda seed: splits, range(3), progress=False)
    assert l1_networks.without_faint_inputs(result, "run", most=1e-9) == [0.0] * 3
    gone = l1_networks.without_faint_inputs(result, "run", most=100.0)
    expected = [l1_networks._accuracy(constant(result.model("run", s)), splits.validation)
                - l1_networks._accuracy(result.model("run", s), splits.validation)
                for s in range(3)]
    assert gone == pytest.approx(expected) and max(gone) < -0.2


def constant(model):
    """The same network, blind to its inputs."""
    with torch.no_grad():
        model.layers[0].weight.zero_()
    return model


def test_biopsies_are_numbers_and_their_test_data_unopened():
    splits = l1_stability._biopsies(0)
    assert splits.classes is None and not splits.test.looks
    assert set(splits.train.y.flatten().tolist()) == {-1.0, 1.0}


# Networks


@pytest.fixture
def model():
    return initialize(MLP(4, 6, 3), 0)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_pruned_zeros_the_smallest_of_all_layers(model, share):
    before = copy.deepcopy(model.state_dict())
    small = l1_networks.pruned(model, share)
    size = flat(model).abs()
    count = round(share * len(size))
    expected = torch.where(size.argsort().argsort() < count, 0.0, flat(model))
    torch.testing.assert_close(flat(small), expected, rtol=0, atol=0)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert small.state_dict().keys() == before.keys()    # no masks are left behind
    assert torch.equal(small.layers[0].bias, model.layers[0].bias)


def test_measures_of_zeros(model):
    with torch.no_grad():
        model.layers[0].weight[:, 1] = 0      # input 1 is not used
        model.layers[-1].weight[:, :3] = 0    # three of six units lead nowhere
    assert l1_networks.share_of_zeros(model) == pytest.approx((6 + 9) / (24 + 18))
    assert l1_networks.used_inputs(model).tolist() == [True, False, True, True]
    assert l1_networks.inputs_unused(model) == 0.25
    assert l1_networks.units_left(model) == 0.5
    assert l1_networks.units_removed(model) == 0.5
    with torch.no_grad():
        model.layers[0].weight[2:5] = 0       # two more have no weight into them, one had none out
    assert l1_networks.units_left(model) == 0.5
    assert l1_networks.units_removed(model) == pytest.approx(5 / 6)


def test_penalty_and_proximal_step_pull_alike():
    """The two kinds of step that C12 compares: same λ for a network, momentum made up for."""
    (technique,) = next(iter(l1_networks.subgradient_sweep(range(1)).recipes.values())).techniques
    momentum = l1_networks.SIGNALS.optimizer.momentum
    assert technique.strength == pytest.approx(l1_networks.USUAL * (1 - momentum))


def test_ratio_of_a_full_matrix_with_itself_is_near_one():
    ratios = sorted(l1_networks.time_ratios(share=0.0, seeds=range(5), width=128))
    assert 0.5 < ratios[2] < 2


# Rules


class NoStop(SoftThreshold):
    """The bug: weights are moved past zero, as a subgradient step does."""

    def update(self, new, old, lr):
        return map_weights(lambda w: w - lr * self.strength * w.sign(), new)


def test_a_soft_threshold_that_does_not_stop_turns_c12_red():
    recipe = Recipe(MLP(2, 8, 2), optimizer=SGD(0.1), epochs=5, batch_size=25)
    arms = {kind: recipe.replace(techniques=(kind(0.2),)) for kind in (SoftThreshold, NoStop)}
    result = sweep(arms, data.two_moons, range(10), every=5, progress=False)
    rule = l1.C12.rules["proximal steps"]
    found = {kind: rule.decide(result.measure(l1_networks.share_of_zeros, kind).tolist())
             for kind in arms}
    assert found == {SoftThreshold: Verdict.SUPPORTED, NoStop: Verdict.REFUTED}


def test_a_planted_selection_that_is_perfect_turns_c12_around():
    """Rules see what is there: with precision 1, what C12 refutes would be supported."""
    effects = dict.fromkeys(l1.C12.rules, [1.0] * 10) | {"drops the rest": [0.0] * 10}
    assert l1.C12.settle(**effects).verdict is Verdict.SUPPORTED


def test_a_lasso_of_no_use_settles_nothing_in_its_favor():
    assert l1.decide(l1.BET, {5: [0.0] * 10, 100: [0.0] * 10}) == {
        5: Verdict.REFUTED, 100: Verdict.REFUTED}


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in l1.CHAPTER.cases] == [f"C{n}" for n in range(12, 18)]


def test_scipy_agrees_with_the_diamond(losses):
    """An independent solver, on four variables w = u − v with u, v ≥ 0 and Σ(u + v) ≤ size."""
    gram, target = losses[0][7], losses[1][7]
    size = 0.4 * np.abs(np.linalg.solve(gram, target)).sum()

    def loss(z):
        w = z[:2] - z[2:]
        return w @ gram @ w / 2 - target @ w

    best = minimize(loss, np.full(4, size / 8), bounds=[(0, None)] * 4, method="SLSQP",
                    constraints={"type": "ineq", "fun": lambda z: size - z.sum()},
                    options={"ftol": 1e-14})
    ours = l1_linear.in_diamond(losses[0], losses[1], 0.4)[7]
    assert ours == pytest.approx(best.x[:2] - best.x[2:], abs=1e-5)
