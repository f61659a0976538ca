"""The layers and choices of chapter 04; its experiments run whole in the chapter."""

import math

import pytest
import torch
import torch.nn.functional as F

from reglab import MLP, Dropout, initialize, sweep
from reglab.claims import dropout
from reglab.seeding import generator

# The two specimens


def test_original_dropout_is_inverted_dropout_times_one_minus_p():
    x = torch.randn(50, 20, generator=generator(0, "test"))
    ours, original = Dropout(0.2).train(), dropout.OriginalDropout(0.2).train()
    ours.noise = original.noise = ours.draw(x.shape, generator(1, "test"))
    torch.testing.assert_close(original(x), 0.8 * ours(x))
    torch.testing.assert_close(original.eval()(x), 0.8 * x)
    original.scale.fill_(0.2)
    torch.testing.assert_close(original(x), 0.2 * x)


def test_frozen_dropout_repeats_its_masks_and_is_right_otherwise():
    x, layer = torch.ones(100, 128), dropout.FrozenDropout(0.3).train()
    first = layer(x)
    layer.noise = layer.draw(x.shape)    # handed in by the engine, and ignored: the bug
    assert torch.equal(layer(x), first)
    assert len(first.unique(dim=0)) == 100    # each row of the batch has its own
    # 12 800 units: four standard deviations of the share
    assert abs((first == 0).double().mean() - 0.3) < 4 * math.sqrt(0.21 / 12_800)
    assert torch.equal(layer.eval()(x), x)


@pytest.mark.parametrize("layer", [dropout.OriginalDropout, dropout.FrozenDropout])
def test_with_layer_replaces_both(layer):
    found = [m for m in dropout.with_layer(layer, 0.2).modules() if isinstance(m, Dropout)]
    assert [type(m) for m in found] == [layer] * 2 and all(m.p == torch.tensor(0.2) for m in found)


def test_masks_in_training_are_those_of_the_layer():
    fresh, frozen = (dropout.masks_in_training(kind) for kind in (Dropout, dropout.FrozenDropout))
    assert fresh.shape == frozen.shape == (20, 100, 128)
    assert (frozen == frozen[0]).all()
    assert len(fresh.flatten(1).unique(dim=0)) == 20
    shares = dropout.units_alike(seeds=range(2))
    # 12 800 pairs of coins at p = 0.5: half of them agree, four standard deviations
    assert all(abs(s - 0.5) < 4 * 0.5 / math.sqrt(12_700) for s in sum(shares.values(), []))


# Sub-networks


def test_subnetworks_average_to_the_whole_network_where_that_is_a_theorem():
    """Linear behind the only mask: the mean output is that of the whole network."""
    model = initialize(MLP(4, 200, 3, dropout=0.3), 0)
    x = torch.randn(6, 4, generator=generator(0, "test"))
    passes = torch.stack(list(dropout.subnetworks(model, x, 400)))
    assert not model.training and passes.shape == (400, 6, 3)
    torch.testing.assert_close(passes.sum(2), torch.ones(400, 6))
    logs = passes.log()
    outputs = (logs - logs.mean(2, keepdim=True)).mean(0)    # up to a constant of each example
    with torch.no_grad():
        expected = F.log_softmax(model(x), 1)
    expected = expected - expected.mean(1, keepdim=True)
    error = (logs - logs.mean(2, keepdim=True)).std(0) / 20
    assert ((outputs - expected).abs() < 5 * error + 1e-6).all()


def test_subnetworks_repeat_with_the_seed_and_leave_the_global_stream_alone():
    model, x = initialize(MLP(4, 50, 3, dropout=0.5), 0), torch.ones(2, 4)
    state = torch.random.get_rng_state()
    first, again, other = (torch.stack(list(dropout.subnetworks(model, x, 3, s)))
                           for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first[0], first[1])
    assert torch.equal(torch.random.get_rng_state(), state)


def test_removing_units():
    model = initialize(MLP(4, 16, 16, 3), 0).eval()
    x, y = torch.randn(30, 4, generator=generator(0, "test")), torch.arange(30) % 3
    with torch.no_grad():
        whole = (model(x).argmax(1) == y).double().mean().item()
        constant = (model.layers[-1].bias.argmax() == y).double().mean().item()
        assert dropout.accuracy_without(model, x, y, 0.0) == pytest.approx(whole)
        # without any unit, the last bias decides
        assert dropout.accuracy_without(model, x, y, 0.999999, repeats=1) == constant


def test_what_is_left_makes_up_for_removed_copies():
    """All units of a layer alike: without half of them, scaled up, nothing changes."""
    model = MLP(1, 4, 4, 2).eval()
    with torch.no_grad():
        for layer in (m for m in model.modules() if isinstance(m, torch.nn.Linear)):
            layer.weight.fill_(0.25 if layer is not model.layers[0] else 1.0)
            layer.bias.zero_()
        model.layers[-1].weight[1] = 0
        model.layers[-1].bias[1] = 0.9    # class 0 gets the input, 1; class 1 gets 0.9
        x, y = torch.ones(3, 1), torch.zeros(3, dtype=torch.int64)
        assert dropout.accuracy_without(model, x, y, 0.0, repeats=1) == 1.0
        assert dropout.accuracy_without(model, x, y, 0.5, repeats=4) == 1.0


def test_correlation_of_copies_is_one_and_of_a_dead_unit_none():
    model = initialize(MLP(40, 3, 3, 10), 0)
    with torch.no_grad():
        for layer in (model.layers[0], model.layers[3]):
            layer.weight[:] = layer.weight[0].abs()
            layer.bias[:] = torch.tensor([0.5, 0.5, -1e6])    # the third never fires
        assert dropout.correlation(model, dropout.signals(10_000)) == pytest.approx(1.0)


def test_scaling_by_p_hurts_inverted_dropout_and_is_the_same_thing_at_one_half():
    recipe = dropout.SIGNALS.replace(epochs=2)
    recipes = {"inverted": recipe.replace(model=dropout.with_layer(Dropout, 0.5)),
               "original": recipe.replace(model=dropout.with_layer(dropout.OriginalDropout, 0.5))}
    result = sweep(recipes, dropout.signals, [10_000], progress=False)
    test = result.splits[10_000].open_test(dropout.LOOK)
    with torch.no_grad():
        model = result.model("inverted", 10_000).eval()
        expected = dropout.accuracy(model(test.x), test.y)
        assert dropout.scaled_by(1.0)(model, result.splits[10_000]) == expected
        h = test.x.flatten(1)
        for layer in model.layers:
            h = layer(h) * 0.5 if isinstance(layer, Dropout) else layer(h)
        assert dropout.scaled_by(0.5)(model, result.splits[10_000]) == dropout.accuracy(h, test.y)
        original = result.model("original", 10_000).eval()
        assert dropout.scaled_by(0.5)(original, result.splits[10_000]) == dropout.accuracy(
            original(test.x), test.y)


def test_ratios_of_a_step_with_itself_are_near_one(monkeypatch):
    """The control for the cost of a step: the same network on both sides."""
    plain = dropout._plain_net
    monkeypatch.setattr(dropout, "_plain_net", lambda p: plain(0.0))
    ratios = sorted(dropout.step_ratios(seeds=range(5)))
    assert 0.5 < ratios[2] < 2


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in dropout.CHAPTER.cases] == [f"C{n}" for n in range(18, 25)]
