"""The layers, measures and choices of chapter 07; its experiments run whole in the chapter."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from reglab import MLP, SGD, EarlyStopping, Recipe, initialize, sweep
from reglab.claims import batch_norm, batch_norm_layers
from reglab.claims.rules import Verdict
from reglab.layers import Dropout
from reglab.seeding import generator


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed, "test"), dtype=torch.float64)


# The layers


def test_batch_norm_is_torchs():
    ours, theirs = batch_norm_layers.BatchNorm(5).double(), nn.BatchNorm1d(5).double()
    for seed in range(5):
        inputs = [(2 + 3 * normal(6, 5, seed=seed)).requires_grad_() for _ in range(2)]
        outputs = [layer(x) for layer, x in zip((ours, theirs), inputs, strict=True)]
        torch.testing.assert_close(*outputs)
        for y in outputs:
            (y ** 3).sum().backward()
        torch.testing.assert_close(inputs[0].grad, inputs[1].grad)
    theirs_state = theirs.state_dict()
    del theirs_state["num_batches_tracked"]
    torch.testing.assert_close(dict(ours.state_dict()), dict(theirs_state))
    x = normal(3, 5, seed=9)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
    ours.reset_parameters()
    fresh = batch_norm_layers.BatchNorm(5).double()
    assert all(torch.equal(t, fresh.state_dict()[k]) for k, t in ours.state_dict().items())


def test_the_forgetful_one_works_until_it_is_saved():
    good, bad = batch_norm_layers.BatchNorm(5), batch_norm_layers.ForgetfulBatchNorm(5)
    x = (2 + 3 * normal(20, 5)).float()
    assert torch.equal(good(x), bad(x)) and torch.equal(good.eval()(x), bad.eval()(x))
    assert set(good.state_dict()) - set(bad.state_dict()) == {"running_mean", "running_var"}


def test_step_noise_is_one_shift_and_one_scale_for_the_whole_batch():
    layer, x = batch_norm_layers.StepNoise().train(), normal(50, 400)
    layer.noise = layer.draw(x.shape, generator(1, "test"))
    y = layer(x)
    scale = (y[1] - y[0]) / (x[1] - x[0])
    shift = y[0] - scale * x[0]
    torch.testing.assert_close(y, scale * x + shift)
    for values, center, half in ((scale, 1, 0.2), (shift, 0, 0.4)):
        assert (values - center).abs().max() <= half + 1e-9
        # uniform in ± half, 400 values: four standard deviations of the mean; and both ends are met
        assert abs(values.mean() - center) < 4 * half / math.sqrt(3 * 400)
        assert (values - center).abs().max() > 0.95 * half
    layer.noise = layer.draw(x.shape, generator(2, "test"))
    assert not torch.allclose(layer(x), y)
    assert torch.equal(layer.eval()(x), x)


def test_noisy_batch_norm_trains_side_by_side_as_alone(toy):
    recipe = Recipe(MLP(6, 8, 3, norm=batch_norm_layers.noisy_batch_norm), optimizer=SGD(0.1),
                    epochs=2, batch_size=25)
    together = sweep({0.1: recipe, 0.2: recipe.replace(optimizer=SGD(0.2))}, toy, range(2),
                     progress=False)
    alone = sweep({0.1: recipe}, toy, [1], progress=False)
    for a, b in zip(together.model(0.1, 1).parameters(), alone.model(0.1, 1).parameters(),
                    strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


# The networks


def test_each_network_starts_as_it_should():
    """2.45 times PyTorch's uniform ±1/√n is He's ±√(6/n); batch norm keeps PyTorch's."""
    he = initialize(batch_norm.deep("no norm"), 0).layers[3].weight
    own = initialize(batch_norm.deep("batch norm"), 0).layers[4].weight
    assert he.abs().max().item() == pytest.approx(math.sqrt(6 / 48), rel=0.01)
    assert own.abs().max().item() == pytest.approx(1 / math.sqrt(48), rel=0.01)
    kinds = [type(m) for m in batch_norm._lean("batch norm")]
    assert kinds == [nn.Flatten, *[nn.Linear, nn.BatchNorm1d, nn.ReLU] * 6, nn.Linear]
    assert not any(isinstance(m, Dropout | nn.BatchNorm1d)
                   for m in batch_norm._lean("no norm").modules())


# Measures


class Curves:
    """A result with two rates, two seeds and evaluations at epochs 2, 4, 6."""

    arms, epochs = [0.1, 1.0], torch.tensor([2, 4, 6])
    losses = torch.tensor([[[2.0, 1.4, 1.0], [1.45, 1.05, 1.6]], [[2.0] * 3, [1.0] * 3]])
    scores = torch.tensor([[[0.2, 0.3, 0.4], [0.25, 0.35, 0.1]], [[0.1] * 3, [0.5] * 3]])

    def curve(self, part, metric, arm):
        assert (part, metric) in {("train", "loss"), ("validation", "score")}
        return {"loss": self.losses, "score": self.scores}[metric][self.arms.index(arm)].clone()


def test_steps_to_the_finish_lines():
    # 20 steps an epoch: seed 0 is down to 1.5 at epoch 4 and to 1.3 at 6; seed 1 at 2 and at 4
    assert batch_norm.steps_to(Curves(), 0.1, (1.5, 1.3)).tolist() == [100.0, 60.0]
    assert batch_norm.steps_to(Curves(), 1.0, (1.5,)).tolist() == [math.inf, 40.0]
    assert batch_norm.fastest(Curves()) == 0.1


def test_each_half_of_the_seeds_takes_the_rate_that_is_fastest_for_the_other(monkeypatch):
    steps = {0.1: [50.0, 90.0, 50.0, 90.0], 0.3: [80.0, 40.0, 80.0, 40.0],
             1.0: [10.0, 10.0, 10.0, math.inf]}    # not reached by all
    monkeypatch.setattr(batch_norm, "steps_to", lambda result, rate: torch.tensor(steps[rate]))
    found = batch_norm.steps_at_fastest(SimpleNamespace(arms=list(steps)))
    assert found.tolist() == [80.0, 90.0, 80.0, 90.0]
    with pytest.raises(ValueError, match="in all runs of a rate"):
        batch_norm.steps_at_fastest(SimpleNamespace(arms=[1.0]))


def test_accuracy_at_equal_fit_takes_the_first_time_and_else_the_last():
    found = batch_norm.at_equal_fit(Curves(), 0.1, (1.5, 1.3))
    assert found.tolist() == pytest.approx([0.35, 0.3])
    assert batch_norm.at_equal_fit(Curves(), 1.0, (1.5,)).tolist() == pytest.approx([0.1, 0.5])
    assert batch_norm.at_equal_fit(Curves(), 0.1, (0.5,)).tolist() == pytest.approx([0.4, 0.1])


def test_moved_is_a_shift_in_standard_deviations():
    before = normal(4000, 3)
    for shift in (0.0, 0.3, -0.3):
        after = before[torch.randperm(4000, generator=generator(1, "test"))] + shift
        expected = abs(shift) / before.std(0).mean().item()
        assert batch_norm.moved(before, after) == pytest.approx(expected, abs=1e-9)
    # E|N(0, 2) − N(0, 1)| by order statistics: √(2/π), in units of the wider one a half of it
    assert batch_norm.moved(before, 2 * before) == pytest.approx(math.sqrt(2 / math.pi) / 2,
                                                                 rel=0.05)


def test_layer_inputs_are_what_the_dense_layers_get():
    model, x = initialize(batch_norm.deep("batch norm"), 0).train(), torch.ones(4, 1, 40)
    seen = []
    for layer in model.layers:
        if isinstance(layer, nn.Linear):
            layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    found = batch_norm.layer_inputs(model, x)
    assert len(found) == 6 and len(seen) == 7
    assert all(torch.equal(a, b) for a, b in zip(found, seen[1:], strict=True))


def test_accuracy_in_batches_depends_on_the_company_in_training_mode_only():
    part = batch_norm.signals(10_000).validation
    model = initialize(batch_norm.deep("batch norm"), 0)
    for _ in range(5):
        model(part.x)    # running statistics, no learning
    batches = {n: torch.arange(len(part)).split(n) for n in (10, 1000)}
    with torch.no_grad():
        right = (model.eval()(part.x).argmax(1) == part.y).double().mean().item()
    by_mode = {mode: [batch_norm.accuracy_in(rows, model.train(mode), part)
                      for rows in batches.values()] for mode in (False, True)}
    assert by_mode[False][0] == pytest.approx(by_mode[False][1], abs=0.0021)    # rounding: two
    assert by_mode[False][1] == pytest.approx(right)
    assert by_mode[True][0] != by_mode[True][1]


def test_descent_steps_between_its_losses():
    """Two losses, one step; as ``fit`` with the same seed, which takes the batches in turn."""
    model = initialize(MLP(40, 8, 10), 0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    weights = [model.layers[0].weight.detach().clone()
               for _ in batch_norm.descent(model, optimizer, 0, 3)]
    assert len(weights) == 3
    assert not torch.equal(weights[0], weights[1]) and not torch.equal(weights[1], weights[2])
    assert torch.equal(model.layers[0].weight, weights[2])
    start = initialize(MLP(40, 8, 10), 0).layers[0].weight
    assert torch.equal(weights[0], start)


def test_a_scale_is_a_rate_and_a_decay_is_a_schedule():
    usual = batch_norm.path_losses(lambda step: 0.1, steps=20)
    assert torch.allclose(usual, batch_norm.path_losses(lambda step: 0.9, scale=3, steps=20),
                          atol=1e-10)
    assert not torch.allclose(usual, batch_norm.path_losses(lambda step: 0.1, scale=3, steps=20),
                              atol=1e-3)
    decayed = batch_norm.path_losses(lambda step: 0.1, decay=0.5, steps=20)
    growing = batch_norm.path_losses(lambda step: 0.1 / 0.95 ** (2 * step + 1), steps=20)
    assert torch.allclose(decayed, growing, atol=1e-10)
    late = batch_norm.path_losses(lambda step: 0.1 / 0.95 ** (2 * step), steps=20)
    assert not torch.allclose(decayed, late, atol=1e-6)


def test_effective_rates_move_apart():
    free, decayed = (batch_norm.effective_rates(d, seeds=[10_000], steps=31) for d in (0.0, 0.1))
    assert free.shape == (1, 4) and free[0, 0] == decayed[0, 0]
    assert (free.diff() < 0).all() and (decayed.diff() > 0).all()


def test_without_noise_the_shift_is_no_larger_than_with(monkeypatch):
    """The control for C30: noise of size zero puts nothing back."""
    noisy = batch_norm.shifts("noisy", seeds=[10_000], steps=7)
    calm = batch_norm.shifts("batch norm", seeds=[10_000], steps=7)
    assert noisy.shape == calm.shape == (1, 2, 6)
    assert (noisy > 2 * calm).all()
    monkeypatch.setattr(batch_norm_layers.StepNoise, "forward", lambda self, x: x)
    silent = batch_norm.shifts("noisy", seeds=[10_000], steps=7)
    torch.testing.assert_close(silent, calm)
    assert batch_norm.shift_ratios(noisy, noisy) == [1.0]


def test_a_diverged_run_counts_as_guessing():
    recipe = batch_norm.training("no norm", 100.0, epochs=2)
    result = sweep({100.0: recipe, 0.1: batch_norm.training("no norm", 0.1, epochs=2)},
                   batch_norm.signals, [10_000], every=2, progress=False)
    assert result.diverged[0].all() and not result.diverged[1].any()
    assert batch_norm.finals(result)[0, 0] == pytest.approx(batch_norm.CHANCE)
    assert batch_norm.finals(result).shape == (1, 2)
    means = batch_norm.finals(result).mean(0)    # validation data say which of the two is best
    scores = [batch_norm.accuracies(result, arm) for arm in result.arms]
    best, worst = (0, 1) if means[0] > means[1] else (1, 0)
    assert batch_norm.spread(result).tolist() == (scores[best] - scores[worst]).tolist()


def test_runs_are_not_cut_short_and_keep_their_best():
    recipe = batch_norm.training("batch norm", 0.3, epochs=4)
    assert recipe.stopping == EarlyStopping(patience=4, monitor="score")
    result = sweep({0.3: recipe}, batch_norm.signals, [10_000], progress=False)
    curve = result.curve("validation", "score", 0.3)
    assert curve.isfinite().all() and curve.shape == (1, 4)
    assert result.final()[0, 0] == curve.max()


def test_ratios_of_a_step_with_itself_are_near_one(monkeypatch):
    """The control for the cost of a step: the same network on both sides."""
    lean = batch_norm._lean
    monkeypatch.setattr(batch_norm, "_lean", lambda net: lean("no norm"))
    ratios = sorted(batch_norm.step_ratios(seeds=range(5), steps=10))
    assert 0.5 < ratios[2] < 2


def test_the_tuned_networks_have_the_best_rate_and_start(monkeypatch):
    monkeypatch.setattr(batch_norm, "sweep", lambda recipes, task, seeds, every: (recipes, seeds))
    recipes, seeds = batch_norm.tuned_sweep()
    assert {net: (recipe.optimizer.lr, recipe.model.init_scale)
            for net, recipe in recipes.items()} == batch_norm.BEST
    assert len(seeds) == 60 == batch_norm.C31.rules["tuned"].seeds
    for net, tried in (("batch norm", 5), ("no norm", 15)):
        recipes, chosen_by = batch_norm.choosing_sweep(net)
        assert len(recipes) == tried and batch_norm.BEST[net] in recipes
        assert {(recipe.optimizer.lr, recipe.model.init_scale)
                for recipe in recipes.values()} == {*recipes}
        assert not set(seeds) & set(chosen_by), "the seeds that chose do not settle"


# Verdicts


def test_the_same_network_on_both_sides_supports_nothing():
    needed = batch_norm.steps_to(Curves(), 0.1, (1.5, 1.3))
    ratios = (needed / needed).tolist() * 5
    settled = batch_norm.C28.settle(**{"steps needed": ratios, "cost of a step": [1.3] * 10})
    assert set(settled.verdicts.values()) == {Verdict.REFUTED}
    alike = torch.ones(10, 5, 6)
    for rule in (batch_norm.REDUCED, batch_norm.PUT_BACK):
        assert rule.decide(batch_norm.shift_ratios(alike, alike)) is Verdict.REFUTED


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in batch_norm.CHAPTER.cases] == [f"C{n}" for n in range(28, 32)]
