"""Training that can be watched, and changed, while it runs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .arguments import require, require_integer
from .data import Splits
from .devices import resolve
from .group_training import initialized, stack_data
from .history import METRICS, PARTS
from .recipe import Recipe
from .replicas import Replicas, model_kind
from .runs import Run


class LiveTraining:
    """Several seeds of one recipe side by side, some epochs at a time.

    Left alone it does what :func:`reglab.fit` does. Between two calls of :meth:`advance` the
    recipe may be exchanged; the models, the optimizer's state and the random streams stay.

    Args:
        recipe: its ``epochs`` and ``stopping`` are not used here.
        data: a function seed → :class:`reglab.data.Splits`.
        seeds: different whole numbers.
        device: ``"auto"`` or a torch device.

    >>> from reglab import L2, MLP, Recipe, data
    >>> live = LiveTraining(Recipe(MLP(2, 8, 2)), data.two_moons, seeds=range(3))
    >>> live.advance(5)
    >>> live.change(live.recipe.replace(techniques=(L2(0.01),)))
    >>> live.advance(5)
    >>> live.epochs, live.curve("validation", "loss").shape
    ([5, 10], torch.Size([3, 2]))
    """

    def __init__(self, recipe: Recipe, data: Callable[[int], Splits], seeds: Sequence[int],
                 device: str | torch.device = "auto"):
        self.recipe, self.seeds, self.device = recipe, list(seeds), resolve(device)
        self.splits = {seed: data(seed) for seed in self.seeds}
        runs = [Run("live", seed, recipe, self.splits[seed]) for seed in self.seeds]
        self.loss = recipe.loss or (F.mse_loss if runs[0].splits.classes is None
                                    else F.cross_entropy)
        self.replicas = self._replicas(initialized(runs))
        self.parts, self.source = stack_data(runs, self.replicas.dtype, self.device)
        self.epochs: list[int] = []
        self._curves: dict[tuple[str, str], list[Tensor]] = {
            (part, metric): [] for part in PARTS for metric in METRICS}

    def _replicas(self, models) -> Replicas:
        count = len(self.seeds)
        return Replicas(models, [self.recipe.techniques] * count, [self.recipe.optimizer] * count,
                        self.seeds, self.loss, self.device)

    def advance(self, epochs: int = 1) -> None:
        """Train, then evaluate once on train and validation data."""
        require_integer(epochs, "LiveTraining.epochs", 1)
        for _ in range(epochs):
            self.replicas.epoch(*self.parts["train"], self.source, self.recipe.batch_size)
        self.epochs.append((self.epochs[-1] if self.epochs else 0) + epochs)
        for part in PARTS:
            values = self.replicas.evaluate(*self.parts[part], self.source)
            for metric, value in zip(METRICS, values, strict=True):
                self._curves[part, metric].append(value.float().cpu())

    def change(self, recipe: Recipe) -> None:
        """Go on with other techniques, rates or optimizer; the model must have the same form."""
        same = model_kind(_without_buffers(recipe.model)) == model_kind(
            _without_buffers(self.recipe.model))
        require(same, "LiveTraining.recipe", "one for the same kind of model", recipe.model,
                "A model of another form has other weights: start anew with it.")
        old, tensors = self.replicas, self.replicas.tensors()
        self.recipe = recipe
        self.replicas = self._replicas(_loaded(recipe.model, tensors, len(self.seeds)))
        self.replicas.go_on_from(old)

    def curve(self, part: str, metric: str) -> Tensor:
        """What was measured after each advance.  Shape: (S, E)."""
        found = self._curves[part, metric]
        return torch.stack(found, 1) if found else torch.empty(len(self.seeds), 0)

    def outputs(self, x: Tensor) -> Tensor:
        """The models' outputs in evaluation, for the same inputs.  Shape: (N, …) → (S, N, K)."""
        x = x.to(self.device, self.replicas.dtype).unsqueeze(0)
        return self.replicas.outputs(x, torch.zeros_like(self.source)).cpu()

    def parameters(self) -> dict[str, Tensor]:
        """The parameters by name.  Shape: (S, …)."""
        return {name: p.detach().cpu() for name, p in self.replicas.params.items()}


def _without_buffers(model: nn.Module) -> nn.Module:
    """A copy whose buffers, such as a rate of dropout, are all zero."""
    model = copy.deepcopy(model)
    for buffer in model.buffers():
        buffer.zero_()
    return model


def _loaded(model: nn.Module, tensors: dict[str, Tensor], count: int) -> Iterator[nn.Module]:
    """Copies of ``model`` with the trained parameters and running statistics of each replica."""
    kept = model.state_dict().keys()    # without rates and noise, which are not part of it
    for replica in range(count):
        own = copy.deepcopy(model)
        own.load_state_dict({name: tensors[name][replica] for name in kept if name in tensors},
                            strict=False)
        yield own
