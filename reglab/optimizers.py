"""Optimizers as pure functions of parameters, gradients and state, written for one model.

They follow ``torch.optim`` in names, arithmetic and defaults (but SGD's lr, 0.001 there); unlike
it they keep no state of their own and know no weight decay: that is a technique, see
:mod:`reglab.regularizers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from .arguments import require, require_number
from .parameters import Parameters

State = dict[str, Any]


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent with heavy-ball momentum (Polyak 1964), as ``torch.optim.SGD``.

    .. math:: v ← μ v + g, \qquad w ← w − η v

    Args:
        lr: learning rate η > 0.
        momentum: μ in [0, 1); 0 is plain SGD.
        nesterov: look ahead along the velocity (Nesterov 1983; Sutskever et al. 2013):
            step by g + μ v.

    >>> sgd, w = SGD(lr=0.1), {"w": torch.tensor([1.0])}
    >>> sgd.update(w, {"w": torch.tensor([2.0])}, sgd.init(w))[0]
    {'w': tensor([0.8000])}
    """

    lr: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self):
        require_number(self.lr, "SGD.lr", 0, open_low=True)
        require_number(self.momentum, "SGD.momentum", 0, 1, open_high=True)
        require(not self.nesterov or self.momentum > 0, "SGD.momentum", "> 0 with nesterov=True",
                self.momentum)

    def init(self, params: Parameters) -> State:
        """The state before the first step: velocities of zero."""
        return {"velocity": {k: torch.zeros_like(p) for k, p in params.items()}}

    def update(self, params: Parameters, grads: Parameters,
               state: State) -> tuple[Parameters, State]:
        """One step: new parameters and new state; the arguments are left as they were."""
        velocity = {k: self.momentum * state["velocity"][k] + g for k, g in grads.items()}
        if self.nesterov:
            ahead = {k: grads[k] + self.momentum * v for k, v in velocity.items()}
        else:
            ahead = velocity
        return {k: p - self.lr * ahead[k] for k, p in params.items()}, {"velocity": velocity}


@dataclass(frozen=True)
class Adam:
    r"""Adam (Kingma & Ba 2015), as ``torch.optim.Adam``.

    .. math:: m ← β_1 m + (1 − β_1) g, \quad s ← β_2 s + (1 − β_2) g^2, \quad
              w ← w − η \frac{m / (1 − β_1^t)}{\sqrt{s / (1 − β_2^t)} + ε}

    With :class:`reglab.regularizers.WeightDecay` it is AdamW.

    Args:
        lr: learning rate η > 0.
        betas: decay rates β₁, β₂ of the two averages, each in [0, 1).
        eps: ε > 0.

    >>> adam, w = Adam(lr=0.1), {"w": torch.tensor([1.0])}
    >>> adam.update(w, {"w": torch.tensor([2.0])}, adam.init(w))[0]
    {'w': tensor([0.9000])}
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self):
        require_number(self.lr, "Adam.lr", 0, open_low=True)
        require(isinstance(self.betas, tuple) and len(self.betas) == 2, "Adam.betas",
                "a pair of numbers", self.betas)
        for beta in self.betas:
            require_number(beta, "Adam.betas", 0, 1, open_high=True)
        require_number(self.eps, "Adam.eps", 0, open_low=True)

    def init(self, params: Parameters) -> State:
        """The state before the first step: averages of zero, no step taken."""
        first = next(iter(params.values()))
        # Steps are counted in float64: in float32 the first 1 − β₂^t are off by a relative 2e-5.
        return {"step": torch.zeros((), dtype=torch.float64, device=first.device),
                "mean": {k: torch.zeros_like(p) for k, p in params.items()},
                "square": {k: torch.zeros_like(p) for k, p in params.items()}}

    def update(self, params: Parameters, grads: Parameters,
               state: State) -> tuple[Parameters, State]:
        """One step: new parameters and new state; the arguments are left as they were."""
        beta1, beta2 = self.betas
        step = state["step"] + 1
        mean = {k: torch.lerp(g, state["mean"][k], beta1) for k, g in grads.items()}
        square = {k: torch.lerp(g * g, state["square"][k], beta2) for k, g in grads.items()}
        rate = self.lr / (1 - beta1**step)
        root = (1 - beta2**step) ** 0.5
        new = {k: p - rate * mean[k] / (square[k].sqrt() / root + self.eps)
               for k, p in params.items()}
        return new, {"step": step, "mean": mean, "square": square}


Optimizer = SGD | Adam
