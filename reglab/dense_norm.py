"""Batch norm of R replicas with its backward pass: a part of ``dense.py``.

All units of all replicas are normalized as one layer of R · D units, so what stands for one example
must lie together: the layout here is (B, R, D), seen as (R, B, D) by all others.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .arguments import require
from .workspace import Workspace


class Norm(NamedTuple):
    """The name and the numbers of a batch norm."""

    name: str
    eps: float
    momentum: float


def find(name: str, layer: nn.Module) -> Norm | None:
    """A norm that :func:`forward` knows, or ``None``."""
    known = (type(layer) is nn.BatchNorm1d and layer.track_running_stats
             and layer.weight is not None and layer.bias is not None)
    return Norm(name, layer.eps, layer.momentum) if known else None


def product(space: Workspace, name: str, a: Tensor, b: Tensor) -> Tensor:
    """The matrix products a b, in the layout of this file.  Shape: (R, n, m), (R, m, k)."""
    out = space.empty(name, (a.shape[1], len(a), b.shape[2]), a)
    return torch.bmm(a, b, out=out.transpose(0, 1))


def forward(norm: Norm, tensors: dict[str, Tensor], x: Tensor) -> tuple[Tensor, ...]:
    """Normalize in training, and move the running statistics.

    Shape: x, from :func:`product`, and y (R, B, D). The rest is for :func:`backward`.
    """
    require(x.shape[1] > 1, "BatchNorm1d.batch", "at least two examples in training", x.shape[1],
            "One example has no variance: choose a batch size that leaves no batch of one.")
    own = {name: tensors[f"{norm.name}.{name}"].view(-1)
           for name in ("weight", "bias", "running_mean", "running_var")}
    y, mean, scale = torch.native_batch_norm(_flat(x), *own.values(), True, norm.momentum, norm.eps)
    return _stacked(y, x), _flat(x), own["weight"], mean, scale


def backward(norm: Norm, grad: Tensor, x: Tensor, weight: Tensor, mean: Tensor,
             scale: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """From the gradient of y, from :func:`product`, those of x, γ and β.  Shape: grad (R, B, D)."""
    found = torch.ops.aten.native_batch_norm_backward(
        _flat(grad), x, weight, None, None, mean, scale, True, norm.eps, [True, True, True])
    return _stacked(found[0], grad), {f"{norm.name}.{name}": g.view(len(grad), -1)
                                      for name, g in zip(("weight", "bias"), found[1:],
                                                         strict=True)}


def evaluated(norm: Norm, tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    """y by the running statistics, in place of x.  Shape: (R, B, D)."""
    own = {name: tensors[f"{norm.name}.{name}"].unsqueeze(1)
           for name in ("weight", "bias", "running_mean", "running_var")}
    x -= own["running_mean"]
    x *= own["weight"] * (own["running_var"] + norm.eps).rsqrt()
    x += own["bias"]
    return x


def _flat(x: Tensor) -> Tensor:
    """(R, B, D) in the layout of this file as (B, R · D), the same memory."""
    return x.transpose(0, 1).view(x.shape[1], -1)


def _stacked(flat: Tensor, like: Tensor) -> Tensor:
    return flat.view(like.shape[1], len(like), -1).transpose(0, 1)
