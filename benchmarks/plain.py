"""The plain loop: one model after the other, as PyTorch's tutorials write it."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from reglab.data import Splits
from reglab.models import initialize
from reglab.seeding import generator


def with_torch_dropout(model: nn.Module) -> nn.Module:
    """The same model with ``torch.nn.Dropout``."""
    model = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        if type(module).__name__ == "Dropout":
            parent, _, last = name.rpartition(".")
            p = float(module.p)
            setattr(model.get_submodule(parent), last, nn.Dropout(p) if p else nn.Identity())
    return model


def train(model: nn.Module, optimizer, splits: Splits, seed: int, epochs: int,
          batch_size: int = 100, l1: float = 0.0) -> nn.Module:
    """Train one model; ``optimizer`` makes a ``torch.optim`` optimizer from parameters."""
    model = initialize(with_torch_dropout(model), seed).train()
    optimizer = optimizer(model.parameters())
    weights = [p for p in model.parameters() if p.ndim >= 2]
    random = generator(seed, "batches")
    x, y = splits.train.x, splits.train.y
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=random).split(batch_size):
            loss = F.cross_entropy(model(x[rows]), y[rows])
            if l1:
                loss = loss + l1 * sum(w.abs().sum() for w in weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        for part in (splits.train, splits.validation):
            outputs = model(part.x)
            F.cross_entropy(outputs, part.y).item()
            (outputs.argmax(1) == part.y).float().mean().item()
    return model
