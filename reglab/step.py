"""One training step of one model: the map of the course."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor
from torch.func import grad

from .optimizers import Optimizer, State
from .parameters import Parameters
from .technique import Technique


def step(forward: Callable[[Parameters, Tensor], Tensor], loss: Callable[[Tensor, Tensor], Tensor],
         techniques: Sequence[Technique], optimizer: Optimizer, params: Parameters, state: State,
         x: Tensor, y: Tensor, drawn: Sequence[dict[str, Tensor]]) -> tuple[Parameters, State]:
    """Data → loss → gradient → parameters, each open to the techniques.

    Args:
        forward: the model as a function of parameters and inputs.
        loss: of outputs and targets, without penalties.
        drawn: for each technique what its ``draw`` gave for this batch.

    Shape: x (B, …), y (B,) or (B, K).
    """
    # 1 the data
    for technique, random in zip(techniques, drawn, strict=True):
        x, y = technique.batch(x, y, **random)

    # 2 the loss
    def objective(params: Parameters) -> Tensor:
        total = loss(forward(params, x), y)
        for technique in techniques:
            total = total + technique.penalty(params, lambda p: forward(p, x))
        return total

    # 3 the gradient
    gradient = grad(objective)
    for technique in techniques:
        gradient = technique.gradient(gradient)

    # 4 the parameters
    new, state = optimizer.update(params, gradient(params), state)
    for technique in techniques:
        new = technique.update(new, params, optimizer.lr)
    return new, state
