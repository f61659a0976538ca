"""The model of a single replica as a plain module, which one model trains fastest in."""

from __future__ import annotations

import copy

from torch import Tensor, nn


def plain(model: nn.Module, tensors: dict[str, Tensor]) -> nn.Module:
    """A copy of ``model`` whose parameters and buffers are the stacked ones, in their memory.

    Shape: tensors (1, …), named as the parameters and buffers of ``model``.
    """
    model = copy.deepcopy(model)
    for name, tensor in tensors.items():
        parent, _, last = name.rpartition(".")
        owner = model.get_submodule(parent)
        if last in owner._parameters:
            owner._parameters[last].data = tensor.data[0]
        else:
            owner._buffers[last] = tensor[0]
    return model
