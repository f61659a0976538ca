"""A recipe: everything that determines a training run except the data and the seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor, nn

from .arguments import require, require_integer
from .history import EarlyStopping
from .optimizers import SGD, Optimizer
from .technique import Technique


@dataclass(frozen=True)
class Recipe:
    """How to train: the model, what regularizes it, the optimizer and the budget.

    Args:
        model: a ``torch.nn.Module``; it is copied and initialized anew for every seed.
        techniques: applied from left to right at every step.
        optimizer: :class:`SGD` or :class:`Adam` of this package.
        epochs: passes over the training set, ≥ 1.
        batch_size: B ≥ 1; the last batch of an epoch may be smaller.
        loss: of outputs and targets, without penalties; ``None`` takes cross-entropy for class
            labels and the mean squared error for numbers.
        stopping: a rule to stop early, or ``None`` to train for all epochs.
    """

    model: nn.Module
    techniques: tuple[Technique, ...] = ()
    optimizer: Optimizer = field(default_factory=SGD)
    epochs: int = 60
    batch_size: int = 100
    loss: Callable[[Tensor, Tensor], Tensor] | None = None
    stopping: EarlyStopping | None = None

    def __post_init__(self):
        require(isinstance(self.model, nn.Module), "Recipe.model", "a torch.nn.Module", self.model,
                "Pass an instance, such as MLP(40, 128, 10).", TypeError)
        require(isinstance(self.techniques, tuple)
                and all(isinstance(t, Technique) for t in self.techniques),
                "Recipe.techniques", "a tuple of techniques", self.techniques,
                "One technique needs a comma: techniques=(L2(0.01),).", TypeError)
        require(isinstance(self.optimizer, Optimizer), "Recipe.optimizer", "SGD(…) or Adam(…)",
                self.optimizer, "torch.optim keeps state and is not used here.", TypeError)
        require_integer(self.epochs, "Recipe.epochs", 1)
        require_integer(self.batch_size, "Recipe.batch_size", 1)
        require(self.loss is None or callable(self.loss), "Recipe.loss", "a function or None",
                self.loss, error=TypeError)
        require(self.stopping is None or isinstance(self.stopping, EarlyStopping),
                "Recipe.stopping", "EarlyStopping(…) or None", self.stopping, error=TypeError)

    def replace(self, **changes) -> Recipe:
        """A copy with some fields changed, as ``dataclasses.replace``."""
        return dataclasses.replace(self, **changes)
