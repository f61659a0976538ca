"""Shifts, scales, ramps and noise, against torch.roll, by hand and against what makes MNIST-1D."""

import math

import pytest
import torch
from mnist1d.data import get_dataset_args

from reglab.augmentation import GaussianNoise, Scale1d, Shear1d, Shift1d
from reglab.augmentation.randomness import soft, whole
from reglab.seeding import generator

X = torch.randn(60, 1, 40, generator=generator(0, "signals"))
Y = torch.arange(60)


@pytest.mark.parametrize("circular", [True, False])
def test_shift_is_a_roll_of_each_signal(circular):
    shift = Shift1d(5, circular=circular)
    drawn = shift.draw(60, generator(1, "test"))
    moved, y = shift.batch(X, Y, **drawn)
    steps = whole(drawn["u"], 5).int().tolist()
    assert set(steps) == set(range(-5, 6)) and torch.equal(y, Y)
    for signal, found, s in zip(X, moved, steps, strict=True):
        expected = signal.roll(s, -1)
        if not circular and s:
            expected[..., slice(0, s) if s > 0 else slice(s, None)] = 0
        assert torch.equal(found, expected)


def test_whole_numbers_are_equally_likely():
    n = 7000
    u = 2 * torch.rand(n, generator=generator(0, "whole")) - 1
    counts = (whole(u, 3) + 3).long().bincount(minlength=7).double() / n
    assert len(counts) == 7
    assert (counts - 1 / 7).abs().max() < 4 * math.sqrt(6 / 49 / n)    # standard deviations
    assert (whole(u, 0) == 0).all() and whole(torch.tensor([-1.0]), 20) == -20


def test_scale_and_shear_by_hand():
    scale, shear = Scale1d(0.2), Shear1d(0.6)
    for technique, make in ((scale, lambda x, u: x * (1 + 0.2 * u)),
                            (shear, lambda x, u: x + 0.6 * u * torch.linspace(-0.5, 0.5, 40))):
        drawn = technique.draw(60, generator(2, "test"))
        found, y = technique.batch(X, Y, **drawn)
        expected = torch.stack([make(x, u) for x, u in zip(X, drawn["u"], strict=True)])
        torch.testing.assert_close(found, expected)
        assert torch.equal(y, Y) and drawn["u"].abs().max() <= 1


def test_the_amounts_of_the_docstrings_are_those_of_mnist1d():
    settings = get_dataset_args()
    assert settings.scale_coeff / 2 == 0.2 and settings.shear_scale / 2 == 0.375


def test_noise_is_normal_and_of_its_own_for_each_value():
    noise = GaussianNoise(0.5, shape=(1, 40))
    x, _ = noise.batch(torch.zeros(500, 1, 40), torch.zeros(500),
                       **noise.draw(500, generator(0, "noise")))
    n = x.numel()
    assert abs(x.mean()) < 4 * 0.5 / math.sqrt(n)
    assert abs(x.std() - 0.5) < 4 * 0.5 / math.sqrt(2 * n)
    assert len(x.flatten().unique()) > 0.99 * n
    neighbors = torch.corrcoef(torch.stack([x[:, 0, :-1].flatten(), x[:, 0, 1:].flatten()]))[0, 1]
    assert abs(neighbors) < 4 / math.sqrt(n)


def test_noise_refuses_inputs_of_another_shape(refused):
    noise = GaussianNoise(0.5, shape=(40,))
    with refused("GaussianNoise.shape", ValueError):
        noise.batch(X, Y, **noise.draw(60, generator(0, "noise")))
    with refused("GaussianNoise.shape", TypeError):
        GaussianNoise(0.5, shape=40)


def test_soft_labels():
    labels = torch.tensor([2, 0])
    assert torch.equal(soft(labels, 3, torch.float64),
                       torch.nn.functional.one_hot(labels, 3).double())
    probabilities = torch.tensor([[0.5, 0.5]])
    assert soft(probabilities, 2, torch.float32) is probabilities
