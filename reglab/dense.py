"""Multilayer perceptrons of R replicas with the backward pass written out.

A chain of linear layers, each but the last with a ReLU, perhaps batch norm before and dropout after
it, is so frequent that its backward pass stands here by hand: in place, where autograd makes a new
tensor for each result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from . import dense_norm
from .dense_norm import Norm
from .layers import is_dropout
from .models import MLP
from .workspace import Workspace

KINDS = {nn.Linear: "linear", nn.ReLU: "relu"}
AFTER = {"linear": {"norm", "relu"}, "norm": {"relu"}, "relu": {"dropout", "linear"},
         "dropout": {"linear"}}


class Block(NamedTuple):
    """The name of a linear layer, the norm before its ReLU and the dropout after it, if any."""

    linear: str
    norm: Norm | None = None
    dropout: str | None = None


def chain(model: nn.Module) -> list[Block] | None:
    """The layers of a model that :func:`gradients` knows, or ``None`` if it is of another form."""
    if type(model) is MLP:
        layers = [(f"layers.{name}", layer) for name, layer in model.layers.named_children()]
    elif type(model) is nn.Sequential and len(model) and type(model[0]) is nn.Flatten:
        layers = list(model.named_children())[1:]
    else:
        return None
    layers = [(name, layer) for name, layer in layers if type(layer) is not nn.Identity]
    blocks, allowed = [], {"linear"}
    for name, layer in layers:
        norm = dense_norm.find(name, layer)
        what = ("norm" if norm else "dropout" if is_dropout(layer)
                else KINDS.get(type(layer)))
        if what not in allowed:
            return None
        allowed = AFTER[what]
        if what == "linear":
            blocks.append(Block(name))
        elif what == "norm":
            blocks[-1] = blocks[-1]._replace(norm=norm)
        elif what == "dropout":
            blocks[-1] = blocks[-1]._replace(dropout=name)
    return blocks if layers and type(layers[-1][1]) is nn.Linear else None


@torch.no_grad()
def outputs(blocks: list[Block], tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    """The outputs of every replica in evaluation.  Shape: x (R, B, …) → (R, B, K)."""
    h = x.flatten(2)
    for block in blocks:
        h = torch.bmm(h, tensors[f"{block.linear}.weight"].mT)
        _add_bias(h, block, tensors)
        if block.norm:
            h = dense_norm.evaluated(block.norm, tensors, h)
        if block is not blocks[-1]:
            h.relu_()
    return h


def _add_bias(h: Tensor, block: Block, tensors: dict[str, Tensor]) -> None:
    bias = tensors.get(f"{block.linear}.bias")
    if bias is not None:
        h += bias.unsqueeze(1)


@torch.no_grad()
def gradients(blocks: list[Block], tensors: dict[str, Tensor], noise: dict[str, Tensor], x: Tensor,
              loss_gradient: Callable[[Tensor], Tensor], space: Workspace) -> dict[str, Tensor]:
    """Gradients of the weights and biases of every replica in training.

    Args:
        tensors: stacked parameters and buffers, by their names in the model; the running
            statistics of batch norm are moved.
        noise: stacked random words, by the names of the buffers.
        loss_gradient: from outputs to the gradient of the losses with respect to them.
        space: holds the gradients until the next call.

    Shape: x (R, B, …), outputs (R, B, K), tensors and gradients (R, …).
    """
    inputs, kept, normalized = [x.flatten(2)], [], []
    for block in blocks:
        h = _product(block, space, f"{block.linear} forward", inputs[-1],
                     tensors[f"{block.linear}.weight"].mT)
        _add_bias(h, block, tensors)
        if block.norm:
            h, *statistics = dense_norm.forward(block.norm, tensors, h)
        normalized.append(statistics if block.norm else None)
        if block is not blocks[-1]:
            h.relu_()
        if block.dropout:
            p = tensors[f"{block.dropout}.p"].view(-1, 1, 1)
            kept.append(1 / (1 - p))
            mask = space.empty(f"{block.dropout} mask", h.shape, h)
            torch.ge(noise[f"{block.dropout}.noise"], p * 65536 - 32768, out=mask)
            h *= mask.mul_(kept[-1])
        else:
            kept.append(None)
        inputs.append(h)

    grads, grad = {}, loss_gradient(inputs.pop())
    for i in reversed(range(len(blocks))):
        linear = blocks[i].linear
        grads[f"{linear}.weight"] = space.product(f"{linear}.weight", grad.mT, inputs[i])
        grads[f"{linear}.bias"] = grad.sum(1)
        if i == 0:
            break
        before = blocks[i - 1]
        grad = _product(before, space, f"{linear} backward", grad, tensors[f"{linear}.weight"])
        # What is positive passed the ReLU and was kept by dropout.
        torch.ops.aten.threshold_backward.grad_input(grad, inputs[i], 0, grad_input=grad)
        if kept[i - 1] is not None:
            grad *= kept[i - 1]
        if before.norm:
            grad, found = dense_norm.backward(before.norm, grad, *normalized[i - 1])
            grads |= found
    return grads


def _product(block: Block, space: Workspace, name: str, a: Tensor, b: Tensor) -> Tensor:
    """The matrix products a b, in the layout that suits a block."""
    return dense_norm.product(space, name, a, b) if block.norm else space.product(name, a, b)
