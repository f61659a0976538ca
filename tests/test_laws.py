"""Laws that every technique keeps. A new technique is found by itself and needs an example here."""

import copy
import dataclasses
import importlib
import importlib.util
import inspect
import math
from functools import partial

import pytest
import torch
from torch.func import vmap

from reglab import (
    L1,
    L2,
    MLP,
    SGD,
    ElasticNet,
    GroupLasso,
    MaxNorm,
    Recipe,
    SoftThreshold,
    Technique,
    WeightDecay,
    fit,
    sweep,
)
from reglab.augmentation import (
    Affine,
    CutMix,
    Cutout,
    GaussianNoise,
    LabelSmoothing,
    Mixup,
    RandomCrop,
    Scale1d,
    Shear1d,
    Shift1d,
)
from reglab.hyperparameters import numbers, with_numbers
from reglab.seeding import generator
from tests.second_device import SecondDevice

SHAPE = (1, 2, 3)    # of an example: a small image, so that each technique finds what it acts on
# Every technique once, switched on strongly enough to show within two epochs.
EXAMPLES = [L1(0.1), L2(0.1), ElasticNet(0.1), WeightDecay(0.1), SoftThreshold(0.1),
            GroupLasso(0.1), MaxNorm(0.3),
            Affine(30.0, 0.5, 0.2, 20.0, 0.5), RandomCrop(1.0), Cutout(1.0),
            GaussianNoise(0.5, SHAPE), Shift1d(2.0), Scale1d(0.4), Shear1d(0.4),
            Mixup(0.5, classes=3), CutMix(1.0, classes=3), LabelSmoothing(0.3, classes=3)]
# Techniques that act on weights and must leave biases alone.
ON_WEIGHTS = [L1, L2, ElasticNet, WeightDecay, SoftThreshold, GroupLasso, MaxNorm]

every_technique = pytest.mark.parametrize("technique", EXAMPLES, ids=lambda t: type(t).__name__)


def found():
    """All techniques defined in the files that hold techniques."""
    names = [name for name in ("reglab.regularizers", "reglab.augmentation")
             if importlib.util.find_spec(name)]
    return {thing for name in names for thing in vars(importlib.import_module(name)).values()
            if inspect.isclass(thing) and issubclass(thing, Technique)
            and thing.__module__.startswith(name) and not inspect.isabstract(thing)
            and not thing.__name__.startswith("_")}


def tensor_numbers(technique):
    return {k: torch.tensor(v, dtype=torch.float64) for k, v in numbers(technique).items()}


@pytest.fixture
def toy(toy):
    return partial(toy, shape=SHAPE)


@pytest.fixture
def params():
    return {k: p.detach() for k, p in MLP(6, 8, 3).double().named_parameters()}


def all_hooks(technique, params, x, y, drawn=None):
    """What each hook gives, on inputs that are the same every time."""
    new = {k: 2 * p - 0.1 for k, p in params.items()}
    drawn = technique.draw(len(x), generator(0, "laws")) if drawn is None else drawn
    forward = lambda p: x.flatten(1) @ p["layers.0.weight"].T    # noqa: E731
    slope = lambda p: {k: 2 * v for k, v in p.items()}           # noqa: E731
    return (technique.batch(x, y, **drawn), torch.as_tensor(technique.penalty(params, forward)),
            technique.gradient(slope)(params), technique.update(new, params, 0.1))


def test_every_technique_has_an_example():
    assert found() == {type(t) for t in EXAMPLES}
    assert set(ON_WEIGHTS) <= found()
    in_regularizers = {t for t in found() if t.__module__ == "reglab.regularizers"}
    assert in_regularizers == set(ON_WEIGHTS), "a regularizer acts on weights, or is named here"


@every_technique
def test_declares_what_switches_it_off(technique):
    assert technique.off and set(technique.off) <= set(numbers(technique))
    off = dataclasses.replace(technique, **technique.off)
    assert off != technique, "the example must be on"
    assert numbers(off) == numbers(technique) | technique.off


@every_technique
def test_is_a_frozen_dataclass_of_its_own_with_a_card(technique):
    assert vars(type(technique))["__dataclass_params__"].frozen
    hash(technique)
    card = type(technique).__doc__
    for part in ("Args:", "off", ">>>", ".. math::"):
        assert part in card
    hooks = {"draw", "batch", "penalty", "gradient", "update"} & set(vars(type(technique)))
    assert 1 <= len(hooks) <= 3


@every_technique
def test_off_changes_nothing_bit_for_bit(technique, toy):
    recipe = Recipe(MLP(6, 8, 3, dropout=0.2), optimizer=SGD(0.1, momentum=0.9), epochs=2,
                    batch_size=16)
    off = dataclasses.replace(technique, **technique.off)
    without = fit(recipe, toy, progress=False).model()
    with_off = fit(recipe.replace(techniques=(off,)), toy, progress=False).model()
    for a, b in zip(without.parameters(), with_off.parameters(), strict=True):
        assert torch.equal(a, b)


@every_technique
def test_off_changes_nothing_beside_replicas_that_are_on(technique, toy):
    recipe = Recipe(MLP(6, 8, 3).double(), optimizer=SGD(0.1), epochs=2, batch_size=16)
    off = dataclasses.replace(technique, **technique.off)
    arms = {"off": recipe.replace(techniques=(off,)), "on": recipe.replace(techniques=(technique,))}
    beside = sweep(arms, toy, seeds=[0, 1], progress=False).model("off", 1)
    without = fit(recipe, toy, seed=1, progress=False).model()
    for a, b in zip(without.parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@every_technique
def test_on_changes_something(technique, toy):
    recipe = Recipe(MLP(6, 8, 3), optimizer=SGD(0.1), epochs=2, batch_size=16)
    without = fit(recipe, toy, progress=False).model()
    with_it = fit(recipe.replace(techniques=(technique,)), toy, progress=False).model()
    assert max((a - b).abs().max() for a, b in
               zip(without.parameters(), with_it.parameters(), strict=True)) > 1e-4


@every_technique
def test_trains_on_another_device(technique, toy):
    recipe = {"a": Recipe(MLP(6, 8, 3), (technique,), SGD(0.1), epochs=2, batch_size=16)}
    with SecondDevice() as device:
        there = sweep(recipe, toy, [0, 1], progress=False)
    assert device.operations > 100
    here = sweep(recipe, toy, [0, 1], progress=False, device="cpu")
    torch.testing.assert_close(there.curve(metric="loss"), here.curve(metric="loss"))


@every_technique
def test_every_number_matters(technique, params):
    """A field annotated ``float`` that no hook reads is a mistake."""
    x = torch.randn(16, *SHAPE, generator=generator(0, "x"), dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 0]).repeat(4)
    before = torch.cat([t.flatten() for t in torch.utils._pytree.tree_leaves(
        all_hooks(technique, params, x, y))])
    for name, value in numbers(technique).items():
        other = with_numbers(technique, {name: value * 0.7})
        after = torch.cat([t.flatten() for t in torch.utils._pytree.tree_leaves(
            all_hooks(other, params, x, y))])
        assert not torch.equal(before, after), name


@every_technique
def test_arguments_are_left_alone(technique, params):
    x = torch.randn(4, *SHAPE, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 0])
    before = copy.deepcopy((params, x, y))
    new = {k: p * 3 for k, p in params.items()}
    new_before = copy.deepcopy(new)
    all_hooks(technique, params, x, y)
    technique.update(new, params, 0.1)
    torch.testing.assert_close((params, x, y), before, rtol=0, atol=0)
    torch.testing.assert_close(new, new_before, rtol=0, atol=0)


@every_technique
def test_hooks_take_tensors_and_vmap(technique, params):
    """With numbers (R,) under vmap as with each number alone."""
    factors = [1.0, 0.5, 2.0]
    x, y = torch.randn(4, *SHAPE, dtype=torch.float64), torch.tensor([0, 1, 2, 0])
    stacked = {k: torch.stack([v * f for f in factors])
               for k, v in tensor_numbers(technique).items()}
    many = {k: torch.stack([p * f for f in factors]) for k, p in params.items()}

    drawn = technique.draw(len(x), generator(0, "laws"))

    def one(values, params):
        return all_hooks(with_numbers(technique, values), params, x, y, drawn)

    together = vmap(one)(stacked, many)
    for r, factor in enumerate(factors):
        alone = with_numbers(technique, {k: v * factor for k, v in numbers(technique).items()})
        expected = all_hooks(alone, {k: p[r] for k, p in many.items()}, x, y, drawn)
        got = torch.utils._pytree.tree_map(lambda t, r=r: t[r], together)
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12)


@every_technique
def test_what_is_drawn_comes_from_the_generator_alone(technique):
    first = technique.draw(7, generator(0, "laws"))
    torch.manual_seed(99)
    second = technique.draw(7, generator(0, "laws"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[k], second[k]) for k in first)


@every_technique
def test_biases_are_left_alone(technique, params):
    if type(technique) not in ON_WEIGHTS:
        pytest.skip("does not act on weights")
    tied = {k: p.clone().requires_grad_() for k, p in params.items()}
    penalty = technique.penalty(tied, lambda p: torch.zeros(4, 3))
    if isinstance(penalty, torch.Tensor):
        penalty.backward()
        assert all((p.grad is None) == (p.ndim < 2) for p in tied.values())
    new = {k: p * 3 for k, p in params.items()}
    after = technique.update(new, params, 0.1)
    assert list(after) == list(new)
    assert all(torch.equal(after[k], new[k]) for k in new if new[k].ndim < 2)


@every_technique
@pytest.mark.parametrize("value, error", [
    (-0.1, ValueError), (math.nan, ValueError), (-math.inf, ValueError), ("0.1", TypeError),
    (True, TypeError), (None, TypeError), (torch.tensor([0.1, 0.2]), TypeError)])
def test_bad_numbers_are_refused(technique, value, error, refused):
    for name in numbers(technique):
        with refused(f"{type(technique).__name__}.{name}", error):
            dataclasses.replace(technique, **{name: value})


@every_technique
def test_infinity_is_refused_unless_it_is_off(technique, refused):
    for name in numbers(technique):
        if technique.off.get(name) != math.inf:
            with refused(f"{type(technique).__name__}.{name}"):
                dataclasses.replace(technique, **{name: math.inf})
