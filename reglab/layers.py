"""Layers whose randomness can be drawn from outside.

``torch.nn.Dropout`` holds its rate as a Python float and draws from a global stream. Here the rate
is a buffer, which may differ between replicas, and the noise may be handed in, so that a model
sees the same masks whether it trains alone or beside others.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .arguments import require_number


class RandomLayer(nn.Module):
    """A layer with noise, drawn by itself or taken from the buffer ``noise`` if that is filled."""

    def __init__(self):
        super().__init__()
        self.register_buffer("noise", torch.empty(0, dtype=torch.int16), persistent=False)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
        """Noise for an input of this shape."""
        raise NotImplementedError

    def noise_for(self, x: Tensor) -> Tensor:
        """The noise handed in, or fresh noise from torch's global generator."""
        return self.noise if self.noise.numel() else self.draw(x.shape).to(x.device)


class Dropout(RandomLayer):
    r"""Inverted dropout (Hinton et al. 2012; Srivastava et al. 2014), as ``torch.nn.Dropout``.

    .. math:: y = \frac{m}{1 − p} x, \quad m \sim \operatorname{Bernoulli}(1 − p)
              \text{ in training}; \qquad y = x \text{ in evaluation}

    The factor 1/(1−p) keeps the expectation, so that nothing is scaled in evaluation. A unit is
    kept when its random 16-bit word is at least 2¹⁶ p: p is resolved to 1/65 536.

    Args:
        p: probability of dropping a unit, in [0, 1); 0 is off. Kept as a buffer.

    Shape: input and output (B, …).

    >>> layer = Dropout(0.75)
    >>> sorted(set(layer(torch.ones(100, 10)).flatten().tolist()))
    [0.0, 4.0]
    >>> layer.eval()(torch.ones(1, 2))
    tensor([[1., 1.]])
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        require_number(p, "Dropout.p", 0, 1, open_high=True,
                       cure="p is the probability of dropping a unit.")
        self.register_buffer("p", torch.tensor(float(p)), persistent=False)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator | None = None,
             out: Tensor | None = None) -> Tensor:
        """Uniform 16-bit words, one for each element; into ``out``, if given, which saves time."""
        count = torch.Size(shape).numel()
        whole = out is not None and count % 4 == 0    # four words are drawn at once
        wide = (out.view(-1).view(torch.int64) if whole
                else torch.empty(-(-count // 4), dtype=torch.int64))
        wide.random_(-(2**63), None, generator=generator)
        words = wide.view(torch.int16)[:count].reshape(shape)
        return words if out is None or whole else out.copy_(words)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        keep = self.noise_for(x) >= self.p * 65536 - 32768
        return x * (keep / (1 - self.p)).to(x.dtype)

    def extra_repr(self) -> str:
        return f"p={self.p.item():g}" if self.p.ndim == 0 else "p=…"


def is_dropout(layer: nn.Module) -> bool:
    """Whether a layer is :class:`Dropout`, or differs from it in what it draws alone."""
    if not isinstance(layer, Dropout):
        return False
    own = type(layer).__mro__[:type(layer).__mro__.index(Dropout)]
    changed = {name for kind in own for name in vars(kind) if not name.startswith("__")}
    return changed <= {"draw"}
