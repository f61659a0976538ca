"""Augmentation of signals: the distortions by which MNIST-1D itself makes its examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..arguments import require_number
from ..technique import Technique
from .randomness import per_example, symmetric, whole


@dataclass(frozen=True)
class Shift1d(Technique):
    r"""Shift every signal by a random number of samples of its own.

    .. math:: x'_t = x_{t − s}, \quad s \text{ whole, uniform in } −m … m

    As ``torch.roll(x_i, s_i, dims=-1)`` of each example by itself.

    Args:
        max_shift: m ≥ 0, in samples; 0 is off.
        circular: what leaves at one end comes in at the other, as in MNIST-1D's own process
            (Greydanus & Kobak 2024). ``False`` fills with zeros.

    Shape: x (B, …, L), unchanged; y is left alone.

    >>> x, y = torch.tensor([[[1., 2., 3., 4.]]]), torch.tensor([0])
    >>> Shift1d(1).batch(x, y, u=torch.tensor([0.5]))[0]
    tensor([[[4., 1., 2., 3.]]])
    >>> Shift1d(1, circular=False).batch(x, y, u=torch.tensor([0.5]))[0]
    tensor([[[0., 1., 2., 3.]]])
    """

    max_shift: float
    circular: bool = True
    off: ClassVar = {"max_shift": 0.0}

    def __post_init__(self):
        require_number(self.max_shift, "Shift1d.max_shift", 0)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        return shifted(x, whole(u, self.max_shift), self.circular), y


def shifted(x: Tensor, steps: Tensor, circular: bool) -> Tensor:
    """Each example shifted along its last dimension.  Shape: x (B, …, L), steps (B,)."""
    length = x.shape[-1]
    places = torch.arange(length, device=x.device)
    source = places - per_example(steps.long(), x)
    moved = x.gather(-1, (source % length).expand(x.shape))
    return moved if circular else moved * ((source >= 0) & (source < length))


@dataclass(frozen=True)
class Scale1d(Technique):
    r"""Multiply every signal by a random factor of its own.

    .. math:: x' = (1 + a u)\, x, \quad u \sim \operatorname{Uniform}(−1, 1)

    MNIST-1D draws its signals with a = 0.2 (Greydanus & Kobak 2024).

    Args:
        amount: a ≥ 0, relative; 0 is off.

    Shape: x (B, …), unchanged; y is left alone.

    >>> x, y = torch.tensor([[[1., 2.]]]), torch.tensor([0])
    >>> Scale1d(0.5).batch(x, y, u=torch.tensor([1.]))[0]
    tensor([[[1.5000, 3.0000]]])
    """

    amount: float
    off: ClassVar = {"amount": 0.0}

    def __post_init__(self):
        require_number(self.amount, "Scale1d.amount", 0)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        return x * (1 + self.amount * per_example(u.to(x.dtype), x)), y


@dataclass(frozen=True)
class Shear1d(Technique):
    r"""Add a ramp of random slope to every signal.

    .. math:: x'_t = x_t + a u\, r_t, \quad r_t \text{ from } −½ \text{ to } ½, \quad
              u \sim \operatorname{Uniform}(−1, 1)

    MNIST-1D draws its signals with a = 0.375, before they are standardized (Greydanus & Kobak
    2024).

    Args:
        amount: a ≥ 0, in units of x; 0 is off.

    Shape: x (B, …, L), unchanged; y is left alone.

    >>> x, y = torch.zeros(1, 1, 3), torch.tensor([0])
    >>> Shear1d(2).batch(x, y, u=torch.tensor([1.]))[0]
    tensor([[[-1.,  0.,  1.]]])
    """

    amount: float
    off: ClassVar = {"amount": 0.0}

    def __post_init__(self):
        require_number(self.amount, "Shear1d.amount", 0)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        ramp = torch.linspace(-0.5, 0.5, x.shape[-1], dtype=x.dtype, device=x.device)
        return x + self.amount * per_example(u.to(x.dtype), x) * ramp, y
