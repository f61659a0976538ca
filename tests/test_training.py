"""``fit`` and ``sweep``: equal to a loop from scratch, repeatable, without traces."""

import copy
import math
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reglab import (
    L2,
    MLP,
    SGD,
    Adam,
    Conv1dNet,
    EarlyStopping,
    Recipe,
    fit,
    initialize,
    jobs,
    sweep,
)
from reglab.data import Split, Splits
from reglab.seeding import generator


def from_scratch(model, splits, seed, make, epochs, batch_size, loss=F.cross_entropy):
    """Plain PyTorch with ``torch.optim``, as in the chapters."""
    model = initialize(copy.deepcopy(model), seed).train()
    optimizer = make(model)
    random = generator(seed, "batches")
    x, y = splits.train.x, splits.train.y
    losses = []
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=random).split(batch_size):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(loss(model(splits.validation.x), splits.validation.y).item())
    return model.eval(), losses


def decayed(make, decay, **options):
    def on(model):
        return make([{"params": [p for p in model.parameters() if p.ndim >= 2],
                      "weight_decay": decay},
                     {"params": [p for p in model.parameters() if p.ndim < 2],
                      "weight_decay": 0.0}], **options)
    return on


SCRATCH = [
    (MLP(6, 16, 3), (), SGD(0.1, 0.9), decayed(torch.optim.SGD, 0, lr=0.1, momentum=0.9), {}),
    (MLP(6, 16, 3), (L2(0.1),), SGD(0.1), decayed(torch.optim.SGD, 0.1, lr=0.1), {}),
    (MLP(6, 16, 3), (L2(0.1),), Adam(0.01), decayed(torch.optim.Adam, 0.1, lr=0.01), {}),
    (Conv1dNet(12, 3), (), SGD(0.1), decayed(torch.optim.SGD, 0, lr=0.1), {"shape": (1, 12)}),
    (MLP(6, 16, 1), (), SGD(0.01), decayed(torch.optim.SGD, 0, lr=0.01), {"classes": None}),
]


@pytest.mark.parametrize("model, techniques, optimizer, make, options", SCRATCH)
@pytest.mark.parametrize("seeds", [(3,), (3, 4)])    # the plain path and the path under vmap
def test_the_one_liner_equals_the_loop_from_scratch(model, techniques, optimizer, make, options,
                                                    seeds, toy):
    recipe = Recipe(model, techniques, optimizer, epochs=5, batch_size=16)
    result = sweep({"run": recipe}, lambda seed: toy(seed, **options), seeds, progress=False)
    loss = F.mse_loss if options.get("classes", 3) is None else F.cross_entropy
    theirs, losses = from_scratch(model, toy(3, **options), 3, make, 5, 16, loss)
    # float32: 20 steps gather some tens of roundings of 6e-8.
    for a, b in zip(result.model("run", 3).parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(result.curve(metric="loss")[0, 0], torch.tensor(losses),
                               rtol=1e-5, atol=1e-5)


def test_a_loss_of_ones_own(toy):
    recipe = Recipe(MLP(6, 3), loss=F.multi_margin_loss, epochs=2, batch_size=50)
    run = fit(recipe, toy, progress=False)
    _, losses = from_scratch(MLP(6, 3), toy(), 0, decayed(torch.optim.SGD, 0, lr=0.01), 2, 50,
                             F.multi_margin_loss)
    torch.testing.assert_close(run.curve(metric="loss")[0, 0], torch.tensor(losses))


def recipe(**options):
    return Recipe(MLP(6, 12, 3, dropout=0.2), **{"optimizer": SGD(0.2, 0.9), "epochs": 4,
                                                 "batch_size": 16, **options})


def arms():
    return {s: recipe(techniques=(L2(s),)) for s in (0.0, 0.01, 0.1)}


# Repeatable, and without traces

@pytest.mark.parametrize("workers, forks", [(1, False), (4, False), (4, None)])
def test_the_same_sweep_twice_is_the_same_bit_for_bit(workers, forks, toy, monkeypatch):
    if forks is False:
        monkeypatch.setattr(jobs, "can_fork", lambda: False)
    torch.manual_seed(1)
    first = sweep(arms(), toy, range(4), workers=workers, progress=False)
    torch.manual_seed(2)
    second = sweep(arms(), toy, range(4), workers=workers, progress=False)
    for part in ("train", "validation"):
        for metric in ("loss", "score"):
            assert torch.equal(first.curve(part, metric), second.curve(part, metric))
    for arm in first.arms:
        for seed in first.seeds:
            for a, b in zip(first.model(arm, seed).parameters(),
                            second.model(arm, seed).parameters(), strict=True):
                assert torch.equal(a, b)


def test_many_groups_at_once_start_from_the_right_weights(toy, monkeypatch):
    """Groups are initialized in several threads, from torch's one global generator."""
    monkeypatch.setattr(jobs, "can_fork", lambda: False)
    widths = range(200, 212)
    recipes = {w: Recipe(MLP(6, w, w, 3), optimizer=SGD(1e-9), epochs=1) for w in widths}
    result = sweep(recipes, toy, [0], workers=6, progress=False)
    for width in widths:
        start = initialize(MLP(6, width, width, 3), 0)
        for a, b in zip(result.model(width).parameters(), start.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_the_global_streams_are_left_alone(toy):
    model = recipe()
    states = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    fit(model, toy, progress=False)
    sweep({s: model.replace(techniques=(L2(s),)) for s in (0.0, 0.1)}, toy, range(3),
          progress=False)
    assert torch.equal(torch.random.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])


def test_the_recipes_model_and_the_data_are_left_alone(toy):
    splits, mine = toy(), recipe()
    mine.model.eval()
    weights = copy.deepcopy(mine.model.state_dict())
    x, y = splits.train.x.clone(), splits.train.y.clone()
    threads = torch.get_num_threads()
    fit(mine, splits, progress=False)
    assert all(torch.equal(weights[k], t) for k, t in mine.model.state_dict().items())
    assert not mine.model.training
    assert torch.equal(splits.train.x, x) and torch.equal(splits.train.y, y)
    assert torch.get_num_threads() == threads


def test_the_mode_of_the_parts_is_left_alone(toy):
    mine = recipe()
    mine.model.train()
    mine.model.layers[0].eval()
    fit(mine, toy, progress=False)
    assert not mine.model.layers[0].training


def test_fit_is_a_sweep_of_one(toy):
    run = fit(recipe(), toy, seed=7, progress=False)
    result = sweep({"run": recipe()}, toy, [7], progress=False)
    assert (run.arms, run.seeds) == (["run"], [7])
    assert torch.equal(run.curve(metric="loss"), result.curve(metric="loss"))


def test_seeds_differ_and_arms_are_paired(toy):
    recipes = {"a": recipe(), "b": recipe(techniques=(L2(0.0),)), "c": recipe(techniques=())}
    loss = sweep(recipes, toy(0), [0, 1], progress=False).curve("train", "loss")
    assert (loss[:, 0] - loss[:, 1]).abs().min() > 1e-4
    torch.testing.assert_close(loss[0], loss[1])
    torch.testing.assert_close(loss[0], loss[2])


def test_dropout_does_not_change_the_batches(toy):
    """Each purpose has its own stream: p = 0 is the run without dropout layers."""
    class Plain(MLP):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            self.layers = nn.Sequential(*(m for m in self.layers if "Dropout" not in repr(m)))

    with_layer = fit(Recipe(MLP(6, 12, 3), epochs=3, batch_size=16), toy, progress=False)
    without = fit(Recipe(Plain(6, 12, 3), epochs=3, batch_size=16), toy, progress=False)
    assert torch.equal(with_layer.curve(metric="loss"), without.curve(metric="loss"))


def test_an_error_ends_the_sweep_at_once(toy, monkeypatch):
    """So does the stop button of a notebook: it raises KeyboardInterrupt at the same place."""
    begun = []

    def train(*arguments, **options):
        begun.append(arguments)
        time.sleep(0.2)
        raise RuntimeError("stopped")

    monkeypatch.setattr(jobs, "train_group", train)
    recipes = {w: Recipe(MLP(6, w, 3), epochs=1) for w in range(4, 12)}
    with pytest.raises(RuntimeError, match="stopped"):
        sweep(recipes, toy, [0], workers=1, progress=False)
    assert len(begun) <= 2


# Stopping

def overfitting(toy):
    return lambda seed: toy(seed, n_train=20)


@pytest.mark.parametrize("monitor", ["loss", "score"])
def test_restored_weights_are_those_of_the_best_epoch(monitor, toy):
    data = overfitting(toy)
    rule = EarlyStopping(patience=4, monitor=monitor)
    run = fit(recipe(epochs=40, stopping=rule), data, seed=4, progress=False)
    best, last, stopped = (f.item() for f in run.stopped_at(rule))
    assert stopped and 0 < best == last - 4 and last < 39
    assert run.curve().isfinite().sum().item() == last + 1
    exact = fit(recipe(epochs=best + 1), data, seed=4, progress=False)
    for a, b in zip(run.model().parameters(), exact.model().parameters(), strict=True):
        assert torch.equal(a, b)
    assert run.final(metric=monitor) == run.curve(metric=monitor)[0, 0, best]


def test_without_restore_the_last_weights_stay(toy):
    data = overfitting(toy)
    rule = EarlyStopping(patience=4, restore=False)
    run = fit(recipe(epochs=40, stopping=rule), data, progress=False)
    last = run.stopped_at(rule).last.item()
    exact = fit(recipe(epochs=last + 1), data, progress=False)
    for a, b in zip(run.model().parameters(), exact.model().parameters(), strict=True):
        assert torch.equal(a, b)
    assert run.final(metric="loss") == run.curve(metric="loss")[0, 0, last]


def test_a_rule_asked_afterwards_is_the_rule_obeyed(toy):
    data, rule = overfitting(toy), EarlyStopping(patience=3)
    recipes = {lr: recipe(optimizer=SGD(lr), epochs=20) for lr in (0.05, 0.2, 0.5)}
    free = sweep(recipes, data, [0, 1, 2], progress=False)
    obeyed = sweep({k: r.replace(stopping=rule) for k, r in recipes.items()}, data, [0, 1, 2],
                   progress=False)
    best, last, _ = free.stopped_at(rule)
    lengths = obeyed.curve(metric="loss").isfinite().sum(-1)
    assert torch.equal(lengths, last + 1)
    expected = free.curve(metric="loss").gather(-1, best.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(obeyed.final(metric="loss"), expected, rtol=1e-5, atol=1e-5)


def test_a_rule_that_never_fires_keeps_the_best_weights(toy):
    rule = EarlyStopping(patience=100)
    run = fit(recipe(epochs=30, stopping=rule), overfitting(toy), progress=False)
    assert run.final(metric="loss") == run.curve(metric="loss").min()
    assert run.curve().isfinite().all()


def test_the_final_value_belongs_to_the_weights_kept(toy, refused):
    splits = toy()
    run = sweep({"run": recipe(epochs=6)}, splits, [0], every=3, progress=False)
    with torch.no_grad():
        value = F.cross_entropy(run.model()(splits.validation.x), splits.validation.y)
    torch.testing.assert_close(run.final(metric="loss")[0, 0], value)
    with refused("sweep.every"):    # the last epochs would never be evaluated
        sweep({"run": recipe(epochs=5)}, splits, [0], every=3, progress=False)


# Bad input, said before anything is trained

@pytest.mark.parametrize("recipes", [{}, [MLP(6, 3)], {"a": MLP(6, 3)}, None, recipe()])
def test_bad_recipes(recipes, toy, refused):
    with refused("sweep.recipes", TypeError):
        sweep(recipes, toy)


def test_fit_needs_a_recipe(toy, refused):
    with refused("fit.recipe", TypeError):
        fit(MLP(6, 3), toy)


@pytest.mark.parametrize("seeds", [[], [1, 1], [0, 1, 0]])
def test_bad_seeds(seeds, toy, refused):
    with refused("sweep.seeds"):
        sweep({"a": recipe()}, toy, seeds)


def test_seeds_given_as_their_number(toy, refused):
    with refused("sweep.seeds", TypeError, cure="range(10)"):
        sweep({"a": recipe()}, toy, 10)


@pytest.mark.parametrize("seed", [-1, 0.5, "0"])
def test_bad_seed(seed, toy, refused):
    with refused("seed", ValueError if seed == -1 else TypeError):
        sweep({"a": recipe()}, toy(), [seed])


@pytest.mark.parametrize("data", [None, torch.zeros(3, 2), lambda seed: (1, 2)])
def test_bad_data(data, refused):
    with refused("sweep.data", TypeError):
        sweep({"a": recipe()}, data)


@pytest.mark.parametrize("name, value", [("every", 0), ("every", 5), ("workers", 0)])
def test_bad_counts(name, value, toy, refused):
    with refused(f"sweep.{name}"):
        sweep({"a": recipe()}, toy, **{name: value})


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "mps", "", 1.5])
def test_unknown_device(device, toy, refused):
    with refused("device"):
        fit(recipe(), toy, device=device)


def test_only_cpu_and_cuda(toy, refused, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with refused("device"):
        fit(recipe(), toy, device="mps")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_where_there_is_none(toy, refused):
    with refused("device", cure="'auto'"):
        fit(recipe(), toy, device="cuda")


def test_labels_out_of_range(refused):
    bad, good = (Split(torch.zeros(4, 6), torch.tensor([0, 1, 2, top])) for top in (3, 2))
    with refused("Splits.train.y"):
        Splits(bad, good, good, "bad", classes=3)


@pytest.mark.parametrize("part", ["model", "0.01"])
@pytest.mark.parametrize("model", [MLP(6, 5), MLP(6, 2), MLP(7, 3), MLP(6, 3)])
def test_a_model_that_does_not_fit_the_data_is_named(model, part, toy):
    data = (lambda s: toy(s, classes=None)) if model.layers[-1].out_features == 3 else toy
    with pytest.raises(ValueError, match=f"{part}.* must "):
        sweep({part: Recipe(model)}, data, [0], progress=False)


@pytest.mark.parametrize("arm", ["model", 0.01])
@pytest.mark.parametrize("model", [MLP(6, 5), MLP(7, 3)])
def test_a_model_that_does_not_fit_the_data_in_the_one_format(model, arm, toy):
    with pytest.raises(ValueError) as caught:
        sweep({arm: Recipe(model)}, toy, [0], progress=False)
    import re
    assert re.fullmatch(r"Recipe\.model must [^;]+; got model=[^\n]+", str(caught.value))


@pytest.mark.parametrize("model", [
    nn.Sequential(nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(6, 3)), nn.Flatten()])
def test_other_models_that_do_not_fit(model, toy):
    with pytest.raises((ValueError, TypeError), match=" must .*; got "):
        fit(Recipe(model), toy, progress=False)


def test_data_that_change_their_shape_with_the_seed(toy):
    with pytest.raises(ValueError, match=" must .*; got "):
        sweep({"a": recipe()}, lambda s: toy(s, shape=(6 + s,)), [0, 1], progress=False)


def test_noise_of_ones_own_is_refused_for_one_seed_as_for_many(toy):
    class Noisy(MLP):
        def forward(self, x):
            return F.dropout(self.layers(x), 0.5, self.training)

    for seeds in ([0], [0, 1]):
        with pytest.raises((TypeError, ValueError), match="must be .*; got "):
            sweep({"a": Recipe(Noisy(6, 3), epochs=1)}, toy, seeds, progress=False)


def test_nan_in_the_data_is_refused(refused):
    with refused("Split.x"):
        Split(torch.full((4, 6), math.nan), torch.zeros(4, dtype=torch.long))


def test_techniques_must_be_made_for_the_data(toy):
    from reglab.augmentation import Affine, LabelSmoothing, Mixup

    base = Recipe(MLP(6, 3), optimizer=SGD(0.1), epochs=1)

    def train(*techniques):
        fit(base.replace(techniques=techniques), toy(0), 0, progress=False)

    with pytest.raises(ValueError, match=r"in arm 'run' Affine must return .*; got .*Error"):
        train(Affine(10))
    for classes in (2, 4):
        with pytest.raises(ValueError, match=rf"LabelSmoothing .*labels of shape \(2, {classes}\)"):
            train(LabelSmoothing(0.1, classes=classes))
    state = torch.get_rng_state()
    train(Mixup(1.0, classes=3), LabelSmoothing(0.1, classes=3))
    assert torch.equal(torch.get_rng_state(), state)
