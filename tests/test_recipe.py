"""Recipes say what is wrong with them when they are made."""

import dataclasses

import pytest
import torch

from reglab import L1, L2, MLP, SGD, Adam, EarlyStopping, Recipe

MODEL = MLP(4, 3)


def test_replace_makes_a_copy():
    recipe = Recipe(MODEL, techniques=(L2(0.1),), optimizer=Adam())
    other = recipe.replace(techniques=(L1(0.1),))
    assert (recipe.techniques, other.techniques) == ((L2(0.1),), (L1(0.1),))
    assert other.optimizer is recipe.optimizer and other.model is MODEL
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.epochs = 3


def test_replace_checks_too(refused):
    with refused("Recipe.epochs"):
        Recipe(MODEL).replace(epochs=0)


@pytest.mark.parametrize("field, value", [
    ("model", MLP), ("model", "mlp"),
    ("techniques", L2(0.1)), ("techniques", [L2(0.1)]), ("techniques", (L2,)),
    ("techniques", ("l2",)),
    ("optimizer", SGD), ("optimizer", "sgd"), ("optimizer", torch.optim.SGD(MODEL.parameters())),
    ("optimizer", torch.optim.Adam),
    ("epochs", 1.5), ("batch_size", True), ("loss", "mse"), ("stopping", 10)])
def test_wrong_types(field, value, refused):
    with refused(f"Recipe.{field}", TypeError):
        Recipe(**{"model": MODEL, field: value})


def test_one_technique_needs_a_comma(refused):
    with refused("Recipe.techniques", TypeError, cure="techniques=(L2(0.01),)"):
        Recipe(MODEL, techniques=(L2(0.1)))


def test_torch_optim_gets_a_cure(refused):
    with refused("Recipe.optimizer", TypeError, cure="torch.optim keeps state"):
        Recipe(MODEL, optimizer=torch.optim.SGD(MODEL.parameters()))


@pytest.mark.parametrize("field", ["epochs", "batch_size"])
def test_at_least_one(field, refused):
    with refused(f"Recipe.{field}"):
        Recipe(MODEL, **{field: 0})


def test_defaults():
    recipe = Recipe(MODEL)
    assert recipe.techniques == () and recipe.stopping is None and recipe.optimizer == SGD()
    assert Recipe(MODEL, stopping=EarlyStopping()).stopping == EarlyStopping()
