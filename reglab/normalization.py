"""Normalization beside that of ``torch.nn``: batch norm over parts of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .arguments import require, require_integer, require_number


class GhostBatchNorm(nn.Module):
    r"""Batch norm over ghost batches, parts of the batch (Hoffer, Hubara & Soudry 2017).

    .. math:: y = γ \frac{x − μ_g}{\sqrt{σ_g² + ε}} + β

    with the mean and the biased variance of each unit over the ghost batch g that an example is
    in. With one ghost batch it is ``torch.nn.BatchNorm1d``. The running statistics, which
    evaluation uses, move by ``momentum`` towards the mean over the ghost batches of their means
    and of their unbiased variances.

    Args:
        features: D, units.
        size: examples of a ghost batch, ≥ 2; the batch size or more is off. A batch of more must
            be a multiple of it.
        momentum: of the running statistics, in (0, 1].
        eps: ε, > 0.

    Shape: input and output (B, D).

    >>> layer = GhostBatchNorm(1, size=2)
    >>> layer(torch.tensor([[0.0], [2.0], [10.0], [12.0]])).flatten().round().tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """

    def __init__(self, features: int, size: int, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        require_integer(features, "GhostBatchNorm.features", 1)
        require_integer(size, "GhostBatchNorm.size", 2)
        require_number(momentum, "GhostBatchNorm.momentum", 0, 1, open_low=True)
        require_number(eps, "GhostBatchNorm.eps", 0, open_low=True)
        self.features, self.size, self.momentum, self.eps = features, size, momentum, eps
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def reset_parameters(self) -> None:
        """Gain 1, shift 0, and running statistics as before any batch."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        self.running_mean.zero_()
        self.running_var.fill_(1)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            scale = self.weight * (self.running_var + self.eps).rsqrt()
            return (x - self.running_mean) * scale + self.bias
        size = min(self.size, len(x))
        require(size > 1 and len(x) % size == 0, "GhostBatchNorm.batch",
                f"a multiple of size={self.size}, or 2 to {self.size} examples", len(x),
                "Choose a batch size that the ghost batches divide.")
        ghosts = x.unflatten(0, (-1, size))
        mean = ghosts.mean(1, keepdim=True)
        centered = ghosts - mean
        variance = centered.square().mean(1, keepdim=True)
        self._follow(mean.mean((0, 1)), variance.mean((0, 1)) * (size / (size - 1)))
        y = centered * (variance + self.eps).rsqrt()
        return y.flatten(0, 1) * self.weight + self.bias

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        self.running_mean.mul_(1 - self.momentum).add_(mean, alpha=self.momentum)
        self.running_var.mul_(1 - self.momentum).add_(variance, alpha=self.momentum)

    def extra_repr(self) -> str:
        return f"{self.features}, size={self.size}, momentum={self.momentum:g}, eps={self.eps:g}"
