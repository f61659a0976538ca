"""Methods that change the labels too: mixup, CutMix and label smoothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..arguments import require_integer, require_number
from ..technique import Technique
from .images import hole
from .randomness import per_example, soft, symmetric


@dataclass(frozen=True)
class Mixup(Technique):
    r"""Blend every example, and its label, with another one of the batch (Zhang et al. 2018).

    .. math:: x' = γ x_i + (1 − γ) x_j, \quad y' = γ y_i + (1 − γ) y_j, \quad
              γ \sim \operatorname{Beta}(α, α)

    As published, but γ is drawn for each example instead of once for a batch.

    Args:
        alpha: α ≥ 0; 1 makes all blends equally likely, a small one leaves most examples nearly
            alone, 0 is off.
        classes: K.

    Shape: x (B, …), unchanged; y (B,) labels or (B, K) probabilities → (B, K).

    >>> x, y = torch.tensor([[0.], [1.]]), torch.tensor([0, 1])
    >>> drawn = {"share": torch.tensor([0.75, 1.]), "partner": torch.tensor([1, 0])}
    >>> Mixup(1.0, classes=2).batch(x, y, **drawn)
    (tensor([[0.2500],
            [1.0000]]), tensor([[0.7500, 0.2500],
            [0.0000, 1.0000]]))
    """

    alpha: float
    classes: int
    off: ClassVar = {"alpha": 0.0}

    def __post_init__(self):
        require_number(self.alpha, "Mixup.alpha", 0)
        require_integer(self.classes, "Mixup.classes", 2)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"share": _beta(self.alpha, n, generator),
                "partner": torch.randperm(n, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, share: Tensor, partner: Tensor) -> tuple[Tensor, Tensor]:
        y, share = soft(y, self.classes, x.dtype), share.to(x.dtype)
        keep = per_example(share, x)
        return (keep * x + (1 - keep) * x[partner],
                share[:, None] * y + (1 - share[:, None]) * y[partner])


@dataclass(frozen=True)
class CutMix(Technique):
    r"""Paste a square of another image of the batch into every image (Yun et al. 2019).

    .. math:: x' = M x_i + (1 − M) x_j, \quad y' = \bar{M} y_i + (1 − \bar{M}) y_j

    where M is 0 inside a square at a random place, 1 outside, and M̄ its mean, the share of the
    image that is left. The square covers 1 − γ of the image, γ ~ Beta(α, α), but may stick out.

    Args:
        alpha: α ≥ 0; 1 is usual, 0 is off.
        classes: K.

    Shape: x (B, C, H, W), unchanged; y (B,) labels or (B, K) probabilities → (B, K).

    >>> x, y = torch.arange(2.).reshape(2, 1, 1, 1).expand(2, 1, 2, 2), torch.tensor([0, 1])
    >>> drawn = {"share": torch.tensor([0.75, 1.]), "partner": torch.tensor([1, 0]),
    ...          "u": torch.tensor([[0.5, 0.5], [0., 0.]])}
    >>> CutMix(1.0, classes=2).batch(x, y, **drawn)[1]
    tensor([[0.7500, 0.2500],
            [0.0000, 1.0000]])
    """

    alpha: float
    classes: int
    off: ClassVar = {"alpha": 0.0}

    def __post_init__(self):
        require_number(self.alpha, "CutMix.alpha", 0)
        require_integer(self.classes, "CutMix.classes", 2)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"share": _beta(self.alpha, n, generator),
                "partner": torch.randperm(n, generator=generator),
                "u": symmetric(n, 2, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, share: Tensor, partner: Tensor,
              u: Tensor) -> tuple[Tensor, Tensor]:
        height, width = x.shape[-2:]
        side = ((1 - share.to(x.dtype)) * height * width).sqrt()
        own = 1 - hole(u.to(x.dtype), side.unsqueeze(1), x)
        left = own.mean((1, 2, 3)).unsqueeze(1)
        y = soft(y, self.classes, x.dtype)
        return torch.where(own > 0, x, x[partner]), left * y + (1 - left) * y[partner]


@dataclass(frozen=True)
class LabelSmoothing(Technique):
    r"""Take a little probability from the label and give it to all classes (Szegedy et al. 2016).

    .. math:: y' = (1 − ε)\, y + ε / K

    With it, cross-entropy equals ``F.cross_entropy(…, label_smoothing=ε)``.

    Args:
        smoothing: ε in [0, 1]; 0.1 is usual, 0 is off.
        classes: K.

    Shape: x is left alone; y (B,) labels or (B, K) probabilities → (B, K).

    >>> LabelSmoothing(0.2, classes=2).batch(torch.zeros(1, 1), torch.tensor([1]))[1]
    tensor([[0.1000, 0.9000]])
    """

    smoothing: float
    classes: int
    off: ClassVar = {"smoothing": 0.0}

    def __post_init__(self):
        require_number(self.smoothing, "LabelSmoothing.smoothing", 0, 1)
        require_integer(self.classes, "LabelSmoothing.classes", 2)

    def batch(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        y = soft(y, self.classes, x.dtype)
        return x, (1 - self.smoothing) * y + self.smoothing / self.classes


def _beta(alpha: float, n: int, generator: torch.Generator) -> Tensor:
    """Beta(α, α), as a ratio of Gamma variables; 1, its neutral value, where α is 0.

    ``torch.distributions.Beta`` takes no generator.  Shape: (n,).
    """
    if not alpha:
        return torch.ones(n)
    gamma = torch._standard_gamma(torch.full((2, n), float(alpha), dtype=torch.float64),
                                  generator=generator)
    return (gamma[0] / gamma.sum(0)).nan_to_num(1.0).float()
