"""Dropout: the share it drops, expectation, variance, independence; off and evaluation."""

import math

import pytest
import torch
from torch.func import functional_call

from reglab import MLP, SGD, Dropout, Recipe, fit
from reglab.seeding import generator

N = 200_000


def dropped(x, p, seed=0):
    layer = Dropout(p).train()
    noise = layer.draw(x.shape, generator(seed, "test"))
    return functional_call(layer, {"noise": noise}, (x,))


@pytest.mark.parametrize("p", [0.05, 0.25, 0.5, 0.9, 0.999])
def test_keeps_a_share_of_one_minus_p(p):
    kept = int((dropped(torch.ones(N), p) != 0).sum())
    # Binomial(N, 1 − p): four standard deviations; the 16 bits of resolution add N / 65536.
    assert abs(kept - N * (1 - p)) <= 4 * math.sqrt(N * p * (1 - p)) + N / 65536


@pytest.mark.parametrize("p", [0.05, 0.25, 0.5, 0.9])
def test_expectation_and_variance(p):
    y = dropped(torch.full((N,), 3.0, dtype=torch.float64), p)
    # y is 3/(1−p) with probability 1−p: mean 3, variance 9p/(1−p). The mean of N values has
    # standard deviation sqrt(variance/N); that of the variance follows from the fourth moment.
    variance = 9 * p / (1 - p)
    fourth = 81 * (p + p**4 / (1 - p) ** 3)
    assert abs(y.mean().item() - 3) < 4 * math.sqrt(variance / N)
    error = math.sqrt((fourth - variance**2) / N)
    assert abs(y.var(correction=0).item() - variance) < 4 * error + 1e-4 * variance
    kept = y[y != 0]
    assert torch.allclose(kept, torch.full_like(kept, 3 / (1 - p)), rtol=1e-6)


def test_elements_and_draws_are_independent():
    layer, stream = Dropout(0.5), generator(0, "test")
    first, second = (layer.draw((N,), stream).double() for _ in range(2))
    # A correlation of N independent pairs has standard deviation 1/√N.
    for a, b in [(first, second), (first[1:], first[:-1]), (first[2:], first[:-2]),
                 (first[4:], first[:-4])]:
        assert abs(torch.corrcoef(torch.stack([a, b]))[0, 1].item()) < 4 / math.sqrt(N)


def test_words_are_uniform():
    words = Dropout().draw((N,), generator(1, "test"))
    assert words.dtype == torch.int16
    counts = torch.bincount((words.int() + 32768) // 4096, minlength=16).double()
    chi2 = ((counts - N / 16) ** 2 / (N / 16)).sum().item()
    assert chi2 < 45   # chi-square with 15 degrees of freedom exceeds it with probability 8e-5


def test_evaluation_and_p_zero_are_the_identity():
    x = torch.randn(100, generator=generator(0, "test"))
    assert Dropout(0.5).eval()(x) is x
    assert torch.equal(dropped(x, 0), x)


def test_draws_its_own_noise_when_none_is_handed_in():
    layer, x = Dropout(0.5).train(), torch.ones(1000)
    state = torch.random.get_rng_state()
    first, second = layer(x), layer(x)
    assert not torch.equal(first, second)
    torch.random.set_rng_state(state)
    assert torch.equal(layer(x), first)


def test_gradient_passes_where_kept_only():
    x = torch.ones(1000, requires_grad=True)
    y = dropped(x, 0.5)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@pytest.mark.parametrize("shape", [(0, 3), (1,), (5, 3), (2, 3, 7)])
def test_draw_has_the_shape(shape):
    assert Dropout().draw(shape, generator(0, "test")).shape == shape


def test_masks_differ_at_every_step_of_training(toy):
    seen = []

    class Watched(Dropout):
        def forward(self, x):
            if self.training:
                seen.append((self.noise >= 0).clone())
            return super().forward(x)

    model = MLP(6, 400, 3)
    model.layers[2] = Watched(0.5)
    fit(Recipe(model, optimizer=SGD(0.01), epochs=2, batch_size=25), toy(), progress=False)
    assert [tuple(mask.shape) for mask in seen] == [(25, 400)] * 4
    for i in range(4):
        for j in range(i):
            agree = (seen[i] == seen[j]).float().mean().item()
            assert abs(agree - 0.5) < 4 * 0.5 / math.sqrt(10_000)   # of 10 000 independent pairs
    rows = seen[0].float()
    assert len(rows.unique(dim=0)) == 25    # and every example has its own


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, math.nan, math.inf])
def test_p_out_of_range(p, refused):
    with refused("Dropout.p", cure="p is the probability of dropping a unit."):
        Dropout(p)


@pytest.mark.parametrize("p", ["0.5", None, True])
def test_p_not_a_number(p, refused):
    with refused("Dropout.p", TypeError):
        Dropout(p)


def test_repr():
    assert repr(Dropout(0.25)) == "Dropout(p=0.25)"


@pytest.mark.parametrize("shape", [(4, 6), (3, 5)])
def test_words_drawn_into_a_tensor_are_those_drawn_without(shape):
    out = torch.zeros(shape, dtype=torch.int16)
    given = Dropout().draw(shape, generator(0, "test"), out=out)
    assert torch.equal(given, Dropout().draw(shape, generator(0, "test")))
    assert given.data_ptr() == out.data_ptr()
