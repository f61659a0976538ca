"""Training by pieces is training at once; a changed recipe acts from there on."""

import dataclasses
import functools

import pytest
import torch
from torch import nn

from reglab import L2, MLP, SGD, Adam, Recipe, WeightDecay, data, sweep
from reglab.augmentation import GaussianNoise
from reglab.live_training import LiveTraining

SEEDS = [0, 3]
TASK = functools.partial(data.two_moons, n_train=30, n_validation=20, n_test=20)
CHAIN = (GaussianNoise(0.1, (2,)), L2(0.01))


def recipe(**options):
    return Recipe(MLP(2, 8, 8, 2, dropout=0.3, norm=nn.BatchNorm1d), **{
        "techniques": CHAIN, "optimizer": Adam(0.01), "epochs": 6, "batch_size": 10, **options})


def at_once(recipe):
    return sweep({"arm": recipe}, TASK, SEEDS, workers=1, progress=False, device="cpu")


def assert_same_models(live, result):
    for name, stacked in live.parameters().items():
        for row, seed in enumerate(SEEDS):
            trained = dict(result.model("arm", seed).named_parameters())[name]
            torch.testing.assert_close(stacked[row], trained.detach(), rtol=0, atol=0)


def test_pieces_make_the_whole():
    live = LiveTraining(recipe(), TASK, SEEDS, device="cpu")
    live.advance(1)
    live.advance(5)
    assert live.epochs == [1, 6]
    expected = at_once(recipe())
    assert_same_models(live, expected)
    for part in ("train", "validation"):
        assert torch.equal(live.curve(part, "loss")[:, -1],
                           expected.curve(part, "loss", "arm")[:, -1])


def test_a_change_to_the_same_recipe_is_not_noticed():
    """Weights, running statistics, Adam's moments and all random streams go on."""
    live = LiveTraining(recipe(), TASK, SEEDS, device="cpu")
    for _ in range(3):
        live.advance(2)
        live.change(recipe())
    assert_same_models(live, at_once(recipe()))


def test_a_change_acts_from_there_on():
    plain = recipe(techniques=(), optimizer=SGD(0.05))
    live = LiveTraining(plain, TASK, SEEDS, device="cpu")
    live.advance(2)
    before = live.parameters()
    live.change(plain.replace(techniques=(WeightDecay(20.0),)))    # decay by lr λ = 1: to zero
    live.advance(1)
    after = live.parameters()
    assert all(after[name].norm() < 0.2 * before[name].norm() for name in after
               if after[name].ndim == 3)


def test_a_technique_that_was_off_before_may_be_switched_on():
    off = recipe(techniques=tuple(dataclasses.replace(t, **t.off) for t in CHAIN))
    live = LiveTraining(off, TASK, SEEDS, device="cpu")
    live.advance(1)
    live.change(recipe(optimizer=SGD(0.1)))
    live.advance(1)
    assert live.curve("train", "loss").isfinite().all()


def test_outputs_are_those_of_the_models():
    live = LiveTraining(recipe(), TASK, SEEDS, device="cpu")
    live.advance(6)
    x = TASK(0).validation.x
    model = at_once(recipe()).model("arm", SEEDS[1])
    torch.testing.assert_close(live.outputs(x)[1], model(x).detach())


def test_a_model_of_another_form_is_refused():
    live = LiveTraining(recipe(), TASK, SEEDS, device="cpu")
    with pytest.raises(ValueError, match="LiveTraining.recipe must be one for the same kind"):
        live.change(recipe().replace(model=MLP(2, 9, 8, 2)))
