"""Memory for stacked tensors that is used again at every step."""

from __future__ import annotations

import torch
from torch import Tensor


class Workspace:
    """Tensors by name, each made once: to ask the system for memory at every step takes time."""

    def __init__(self):
        self.tensors: dict[str, Tensor] = {}

    def empty(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """A tensor of this shape, of the dtype and on the device of ``like``; what it holds is
        what was left there.
        """
        tensor = self.tensors.get(name)
        if tensor is None or tensor.shape != shape or tensor.dtype != like.dtype:
            tensor = self.tensors[name] = like.new_empty(shape)
        return tensor

    def product(self, name: str, a: Tensor, b: Tensor) -> Tensor:
        """The matrix products a b.  Shape: (R, n, m), (R, m, k) → (R, n, k)."""
        return torch.bmm(a, b, out=self.empty(name, (len(a), a.shape[1], b.shape[2]), a))
