"""What the tests of the core share: small data, the one error format."""

import contextlib
import re

import pytest
import torch

from reglab.data import Split, Splits


def _toy(seed: int = 0, *, shape=(6,), classes=3, n_train=50) -> Splits:
    """A noisy linear problem, drawn anew for every seed; ``classes=None`` is a regression."""
    random = torch.Generator().manual_seed(seed + 100)
    width = torch.Size(shape).numel()
    truth = torch.randn(width, classes or 1, generator=random)

    def part(n):
        x = torch.randn(n, width, generator=random)
        y = x @ truth + torch.randn(n, classes or 1, generator=random)
        return Split(x.reshape(n, *shape), y if classes is None else y.argmax(1))

    return Splits(part(n_train), part(40), part(60), "toy", classes)


@pytest.fixture
def toy():
    """``toy(seed, shape=(6,), classes=3, n_train=50)``: splits."""
    return _toy


@contextlib.contextmanager
def _refused(subject: str, error: type[Exception] = ValueError, cure: str = ""):
    with pytest.raises(error) as caught:
        yield
    name = re.escape(subject.rpartition(".")[2])
    pattern = rf"{re.escape(subject)} must be [^;]+; got {name}=[^\n]+\.( [^\n]+)?"
    assert re.fullmatch(pattern, str(caught.value)), str(caught.value)
    assert cure in str(caught.value)


@pytest.fixture
def refused():
    """``with refused("L2.strength"):`` the block raises, in the package's one error format."""
    return _refused
