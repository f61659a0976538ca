"""Models of R replicas, with the replicas folded into the batch.

A folded model has the modules, names and forward pass of the model for one replica; its tensors
are (R·B, …) where those of one model are (B, …). Layers without parameters treat every example by
itself and stay as they are. Dense layers and dropout unfold R and use the stacked parameters.
Convolutions and batch norm, with the layers between them, work on (B, R·C, …): the replicas are
groups of channels, side by side in memory (channels last).
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import is_dropout
from .models import MLP, Conv1dNet, Conv2dNet

# Modules whose forward pass only calls their children, and layers that see one example at a time.
CONTAINERS = (nn.Sequential, MLP, Conv1dNet, Conv2dNet)
ELEMENTWISE = (nn.Identity, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)
POOLING = (nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool1d,
           nn.AdaptiveAvgPool2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def fold(model: nn.Module, tensors: dict[str, Tensor]) -> nn.Module | None:
    """A model of R replicas that shares the stacked tensors, or ``None`` if a layer has no form.

    Shape: tensors (R, …), named as the parameters and buffers of ``model``.
    """
    if shares_or_hooks(model):
        return None
    model = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        own = {k.rpartition(".")[2]: t for k, t in tensors.items() if k.rpartition(".")[0] == name}
        if type(module) is nn.Linear:
            module = _replace(model, name, FoldedLinear(own))
        elif is_dropout(module):
            module = _replace(model, name, FoldedDropout(own))
        elif type(module) is nn.Conv2d or type(module) is nn.Conv1d:
            if module.groups > 1 or module.padding_mode != "zeros" or isinstance(
                    module.padding, str):
                return None
            module = _replace(model, name, FoldedConv(module, own))
        elif type(module) in NORMS:
            module = _replace(model, name, FoldedBatchNorm(module, own))
        elif type(module) not in (*CONTAINERS, *ELEMENTWISE, *POOLING, nn.Flatten):
            return None
        if not name:
            model = module
    replicas = len(next(iter(tensors.values())))
    if replicas == 1 and any(isinstance(m, FoldedConv) for m in model.modules()):
        return None    # one replica: the plain convolution is faster
    for module in list(model.modules()):
        if isinstance(module, nn.Sequential):
            _join_channel_layers(module, replicas)
    return model if isinstance(model, CONTAINERS + (FoldedLinear,)) else None


def shares_or_hooks(model: nn.Module) -> bool:
    """Whether a module or a tensor is used twice, or a hook changes what a module does."""
    return (len(list(model.named_parameters(remove_duplicate=False)))
            > len(list(model.parameters()))
            or len(list(model.named_modules(remove_duplicate=False))) > len(list(model.modules()))
            or any(m._forward_hooks or m._forward_pre_hooks for m in model.modules()))


def _replace(model: nn.Module, name: str, module: nn.Module) -> nn.Module:
    if name:
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, module)
    return module


def _join_channel_layers(sequence: nn.Sequential, replicas: int) -> None:
    """Put each run of layers that can work on (B, R·C, …) into one module that does so.

    A maximum comes before a ReLU that it follows: max(relu(x)) = relu(max(x)), of fewer numbers.
    """
    run = None
    for i, layer in enumerate(sequence):
        starts = isinstance(layer, FoldedConv | FoldedBatchNorm)
        if starts and run is None:
            sequence[i] = run = InChannels(replicas)
            run.append(layer)
        elif run is not None and (starts or isinstance(layer, ELEMENTWISE)):
            run.append(layer)
            sequence[i] = nn.Identity()
        elif run is not None and _is_tiling(layer):
            run.insert(len(run) - (type(run[-1]) is nn.ReLU), TiledMaxPool(layer))
            sequence[i] = nn.Identity()
        else:
            run = None


def _is_tiling(layer: nn.Module) -> bool:
    """Whether it takes the maximum of windows that lie side by side, as is usual."""
    return (isinstance(layer, nn.MaxPool1d | nn.MaxPool2d) and layer.stride == layer.kernel_size
            and layer.padding in (0, (0, 0)) and layer.dilation in (1, (1, 1))
            and not layer.ceil_mode and not layer.return_indices)


class _Linear(torch.autograd.Function):
    """x Wᵀ + b with a gradient of W that lies in memory as W does, which the optimizer needs."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        if bias is None:
            return torch.bmm(x, weight.mT)
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        return (torch.bmm(grad, weight) if ctx.needs_input_grad[0] else None,
                torch.bmm(grad.mT, x) if ctx.needs_input_grad[1] else None,
                grad.sum(1) if ctx.needs_input_grad[2] else None)


class FoldedLinear(nn.Module):
    """``nn.Linear``.  Shape: weight (R, out, in), bias (R, out), input (R·B, …, in)."""

    def __init__(self, own: dict[str, Tensor]):
        super().__init__()
        self.weight, self.bias = own["weight"], own.get("bias")

    def forward(self, x: Tensor) -> Tensor:
        replicas, outputs, inputs = self.weight.shape
        y = _Linear.apply(x.reshape(replicas, -1, inputs), self.weight, self.bias)
        return y.view(*x.shape[:-1], outputs)


class FoldedDropout(nn.Module):
    """``reglab.layers.Dropout``.  Shape: p (R,), noise (R, B, …), input (R·B, …)."""

    def __init__(self, own: dict[str, Tensor]):
        super().__init__()
        self.p, self.noise = own["p"], own["noise"]

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        p = self.p.view(-1, *[1] * (self.noise.ndim - 1))
        mask = self.noise.to(x.dtype).ge_(p * 65536 - 32768).mul_(1 / (1 - p))
        return x * mask.view(x.shape)


class InChannels(nn.Sequential):
    """A run of layers on (B, R·C, …), channels last.  Shape: input and output (R·B, C, …).

    Signals are images of one row: (B, R·C, 1, L).
    """

    def __init__(self, replicas: int):
        super().__init__()
        self.replicas = replicas

    def forward(self, x: Tensor) -> Tensor:
        signal = x.ndim == 3
        x = x.unsqueeze(2) if signal else x
        x = x.unflatten(0, (self.replicas, -1)).movedim((0, 2), (-2, -1)).contiguous()
        x = super().forward(x.flatten(-2).movedim(-1, 1))
        x = x.movedim(1, -1).unflatten(-1, (self.replicas, -1))
        x = x.movedim((-2, -1), (0, 2)).flatten(0, 1)
        return x.squeeze(2) if signal else x


class FoldedConv(nn.Module):
    """``nn.Conv1d`` and ``nn.Conv2d``.  Shape: weight (R, O, C, …), input (B, R·C, H, W)."""

    def __init__(self, layer: nn.Conv1d | nn.Conv2d, own: dict[str, Tensor]):
        super().__init__()
        self.weight, self.bias = own["weight"], own.get("bias")
        self.signal = isinstance(layer, nn.Conv1d)
        self.options = {"stride": layer.stride, "padding": layer.padding,
                        "dilation": layer.dilation}
        if self.signal:
            self.options = {"stride": (1, *layer.stride), "padding": (0, *layer.padding),
                            "dilation": (1, *layer.dilation)}

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.flatten(0, 1)
        weight = weight.unsqueeze(2) if self.signal else weight
        bias = None if self.bias is None else self.bias.flatten()
        y = F.conv2d(x, weight, bias, groups=len(self.weight), **self.options)
        return y.contiguous(memory_format=torch.channels_last)


class _MaxOfTiles(torch.autograd.Function):
    """The maximum over windows; the gradient goes to the first of equal values, as in torch."""

    @staticmethod
    def forward(ctx, x, sizes):
        first, *others = _parts(x, sizes)
        y = first.clone()
        for part in others:
            torch.maximum(y, part, out=y)
        ctx.save_for_backward(x, y)
        ctx.sizes = sizes
        return y

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        tiled = all(n % size == 0 for n, size in zip(x.shape[2:], ctx.sizes, strict=True))
        grad_x = torch.empty_like(x) if tiled else torch.zeros_like(x)
        left = grad.clone()
        *pairs, (_, last) = zip(_parts(x, ctx.sizes), _parts(grad_x, ctx.sizes), strict=True)
        for part, grad_part in pairs:
            grad_part.copy_(part).ge_(y).mul_(left)    # ≥ only if equal
            left -= grad_part
        last.copy_(left)
        return grad_x, None


def _parts(x: Tensor, sizes: tuple[int, ...]) -> list[Tensor]:
    """The first elements of all windows, the second elements, …"""
    parts = [x]
    for dim, size in enumerate(sizes, start=2):
        whole = x.shape[dim] // size * size    # what does not fill a window is left out
        parts = [part.narrow(dim, 0, whole)[(slice(None),) * dim + (slice(i, None, size),)]
                 for part in parts for i in range(size)]
    return parts


class TiledMaxPool(nn.Module):
    """``nn.MaxPool1d`` and ``2d`` with windows side by side.  Shape: input (B, R·C, H, W)."""

    def __init__(self, layer: nn.MaxPool1d | nn.MaxPool2d):
        super().__init__()
        size = layer.kernel_size
        if isinstance(layer, nn.MaxPool1d):
            self.sizes = 1, size if isinstance(size, int) else size[0]
        else:
            self.sizes = (size, size) if isinstance(size, int) else tuple(size)

    def forward(self, x: Tensor) -> Tensor:
        return _MaxOfTiles.apply(x, self.sizes)


class FoldedBatchNorm(nn.Module):
    """``nn.BatchNorm1d`` and ``2d``.  Shape: running_mean (R, C), input (B, R·C, …)."""

    def __init__(self, layer: nn.BatchNorm1d | nn.BatchNorm2d, own: dict[str, Tensor]):
        super().__init__()
        self.momentum, self.eps = layer.momentum, layer.eps
        self.own = [own.get(name) for name in ("running_mean", "running_var", "weight", "bias")]

    def forward(self, x: Tensor) -> Tensor:
        mean, var, weight, bias = (t if t is None else t.flatten() for t in self.own)
        return F.batch_norm(x, mean, var, weight, bias, self.training or mean is None,
                            self.momentum, self.eps)
