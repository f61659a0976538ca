"""Small models: a multilayer perceptron and convolution nets for signals and images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .arguments import require, require_integer, require_number
from .layers import Dropout
from .seeding import global_seed


class MLP(nn.Module):
    """Multilayer perceptron: linear layers with ReLU and, if asked for, norm and dropout between.

    The order within a block is linear → norm → ReLU → dropout, or, with ``dropout_first``,
    linear → dropout → norm → ReLU.

    Args:
        sizes: D, the hidden widths, K: ``MLP(40, 128, 128, 10)``. Two sizes are a linear model.
        dropout: probability of dropping a hidden unit, in [0, 1); 0 is off.
        init_scale: factor on PyTorch's default initial weights, > 0; 1 leaves them.
        norm: makes a layer for so many hidden units, such as ``nn.BatchNorm1d`` or
            ``nn.LayerNorm``; ``None`` is off.
        dropout_first: put dropout before the norm, instead of after the ReLU.

    Shape: input (B, …) with D numbers for each example, output (B, K).

    >>> MLP(40, 128, 10)(torch.zeros(5, 1, 40)).shape
    torch.Size([5, 10])
    >>> [type(layer).__name__ for layer in MLP(40, 128, 10, norm=nn.BatchNorm1d).layers]
    ['Linear', 'BatchNorm1d', 'ReLU', 'Dropout', 'Linear']
    """

    AT_START = ("init_scale",)    # acts before the training alone: many are trained side by side

    def __init__(self, *sizes: int, dropout: float = 0.0, init_scale: float = 1.0,
                 norm: Callable[[int], nn.Module] | None = None, dropout_first: bool = False):
        super().__init__()
        require(len(sizes) >= 2, "MLP.sizes", "at least two sizes, input and output", sizes)
        for size in sizes:
            require_integer(size, "MLP.sizes", 1)
        require_number(init_scale, "MLP.init_scale", 0, open_low=True)
        require(norm is None or callable(norm) and not isinstance(norm, nn.Module), "MLP.norm",
                "a layer class or a function of the width", norm,
                "Pass the class, norm=nn.BatchNorm1d: every block gets a layer of its own.",
                TypeError)
        self.init_scale = init_scale
        blocks: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
            if i:
                between = [*([norm(inputs)] if norm else []), nn.ReLU()]
                between.insert(0 if dropout_first else len(between), Dropout(dropout))
                blocks += between
            blocks.append(nn.Linear(inputs, outputs))
        self.layers = nn.Sequential(*blocks)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial weights from torch's global generator."""
        for name, layer in self.layers.named_children():
            _reset(layer, f"MLP.layers.{name}")
            if isinstance(layer, nn.Linear):
                with torch.no_grad():
                    layer.weight *= self.init_scale

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1))


class Conv1dNet(nn.Module):
    """Convolution net for signals: two stages of convolution, ReLU and pooling, then a dense head.

    Args:
        length: L, samples in a signal; a multiple of 4.
        classes: K.
        channels: of the two stages.
        dropout: probability of dropping an input of the head, in [0, 1); 0 is off.

    Shape: input (B, 1, L), output (B, K).

    >>> Conv1dNet(40, 10)(torch.zeros(5, 1, 40)).shape
    torch.Size([5, 10])
    """

    def __init__(self, length: int, classes: int, channels: tuple[int, int] = (16, 32),
                 dropout: float = 0.0):
        super().__init__()
        _require_pooled_twice(length, "Conv1dNet.length")
        require_integer(classes, "Conv1dNet.classes", 1)
        first, second = _two_stages(channels, "Conv1dNet.channels")
        self.features = nn.Sequential(
            nn.Conv1d(1, first, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(first, second, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2))
        self.head = nn.Sequential(Dropout(dropout), nn.Linear(second * length // 4, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).flatten(1))


class Conv2dNet(nn.Module):
    """Convolution net for images: two stages of convolution, ReLU and pooling, then a dense head.

    Args:
        size: H = W, pixels on a side; a multiple of 4.
        classes: K.
        in_channels: C, 1 for gray and 3 for color.
        channels: of the two stages.
        dropout: probability of dropping an input of the head, in [0, 1); 0 is off.

    Shape: input (B, C, H, W), output (B, K).

    >>> Conv2dNet(8, 10)(torch.zeros(5, 1, 8, 8)).shape
    torch.Size([5, 10])
    """

    def __init__(self, size: int, classes: int, in_channels: int = 1,
                 channels: tuple[int, int] = (16, 32), dropout: float = 0.0):
        super().__init__()
        _require_pooled_twice(size, "Conv2dNet.size")
        require_integer(classes, "Conv2dNet.classes", 1)
        require_integer(in_channels, "Conv2dNet.in_channels", 1)
        first, second = _two_stages(channels, "Conv2dNet.channels")
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Sequential(Dropout(dropout), nn.Linear(second * (size // 4) ** 2, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).flatten(1))


def initialize(model: nn.Module, seed: int) -> nn.Module:
    """Draw a model's initial weights anew, from ``seed`` alone; the model itself is returned.

    Calls ``reset_parameters()`` of the model, or of its parts where the model has none.

    >>> first, second = initialize(MLP(2, 3), seed=0), initialize(MLP(2, 3), seed=0)
    >>> torch.equal(first.layers[0].weight, second.layers[0].weight)
    True
    """
    with global_seed(seed, "initialization"):
        _reset(model, type(model).__name__)
    return model


def _reset(module: nn.Module, name: str) -> None:
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()
        return
    own = [n for n, _ in module.named_parameters(recurse=False)]
    require(not own, f"{name}.reset_parameters",
            f"a method, as the module has parameters of its own ({', '.join(own)})", None,
            "Define it: it draws the initial values, so that each seed gets its own.", TypeError)
    for child_name, child in module.named_children():
        _reset(child, f"{name}.{child_name}")


def _two_stages(channels: tuple[int, int], subject: str) -> tuple[int, int]:
    require(isinstance(channels, tuple | list) and len(channels) == 2, subject,
            "a pair, one number for each stage", channels)
    for count in channels:
        require_integer(count, subject, 1)
    return channels


def _require_pooled_twice(size: int, subject: str) -> None:
    require_integer(size, subject, 4)
    require(size % 4 == 0, subject, "a multiple of 4 (it is pooled by 2 twice)", size)
