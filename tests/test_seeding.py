"""One generator for each seed and purpose."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from reglab import MLP, initialize
from reglab.seeding import derive, generator, global_seed, numpy_generator


def test_same_seed_and_purpose_give_the_same_numbers():
    a, b = (torch.rand(5, generator=generator(3, "batches")) for _ in range(2))
    assert torch.equal(a, b)
    a, b = (numpy_generator(3, "batches").random(5) for _ in range(2))
    assert np.array_equal(a, b)


def test_derived_seeds_never_changed():
    """Recorded once: were they to change, every number in the course would."""
    assert derive(0, "batches") == 4311122933734808630
    assert derive(1, "initialization") == 647953070260534866


def test_seeds_and_purposes_do_not_collide():
    purposes = ["batches", "initialization", "noise of the layers", "draws of the techniques"]
    derived = {derive(seed, purpose) for seed in range(500) for purpose in purposes}
    assert len(derived) == 2000
    # torch's CPU generator uses the low 32 bits: 2000 of them collide with probability 0.0005.
    assert len({number % 2**32 for number in derived}) == 2000


def test_neighboring_seeds_are_uncorrelated():
    n = 10_000
    streams = torch.stack([torch.randn(n, generator=generator(s, "batches")) for s in range(5)])
    off = torch.corrcoef(streams) - torch.eye(5)
    assert off.abs().max() < 5 / n**0.5   # 5 standard errors of a correlation


def test_bad_seeds(refused):
    with refused("seed"):
        derive(-1, "batches")
    for seed in (0.5, "0", True):
        with refused("seed", TypeError):
            derive(seed, "batches")


def test_global_seed_restores_the_stream():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with global_seed(0, "initialization"):
        inside = torch.rand(2)
    assert torch.equal(torch.rand(2), expected)
    with global_seed(0, "initialization"):
        assert torch.equal(torch.rand(2), inside)


def test_global_seed_restores_the_stream_after_an_error():
    state = torch.random.get_rng_state()
    try:
        with global_seed(0, "initialization"):
            torch.rand(2)
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(torch.random.get_rng_state(), state)


def test_threads_do_not_disturb_each_other():
    """Several groups of a sweep initialize their models at the same time."""
    models = [MLP(300, 300, 3) for _ in range(24)]
    state = torch.random.get_rng_state()

    def total(seed):
        return sum(p.double().sum().item() for p in initialize(models[seed], seed).parameters())

    alone = [total(seed) for seed in range(24)]
    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(total, range(24))) == alone
    assert torch.equal(torch.random.get_rng_state(), state)
