"""In-place arithmetic on stacked tensors: optimizers, penalties and losses of R models at once.

Each function here equals the form for one model that a learner reads, in ``optimizers.py`` and
``regularizers.py``; it only makes fewer passes over memory. Numbers such as ``lr`` are (R,).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .optimizers import SGD, Adam, Optimizer, State
from .regularizers import L1, L2, ElasticNet
from .technique import Technique
from .workspace import Workspace

Stacked = dict[str, Tensor]


def along(number: Tensor, stacked: Tensor) -> Tensor:
    """A number for each replica, (R,), shaped to multiply a stacked tensor (R, …)."""
    return number.view(-1, *[1] * (stacked.ndim - 1))


def is_weight(stacked: Tensor) -> bool:
    """As ``parameters.is_weight``, of a stacked parameter."""
    return stacked.ndim >= 3


def update(optimizer: Optimizer, rates: Stacked, params: Stacked, grads: Stacked,
           state: State) -> None:
    """One step of every replica; ``params`` and ``state`` are changed, ``grads`` are lost."""
    if isinstance(optimizer, SGD):
        _sgd(optimizer, rates, params, grads, state)
    else:
        _adam(optimizer, rates, params, grads, state)


def fused_adam(adam: Adam, params: Stacked, grads: Stacked, state: State) -> None:
    """As :func:`update` where all replicas have the numbers of ``adam``: in one pass."""
    steps = state["step"].add_(1)[0].float()
    lists = _lists(params, grads, state["mean"], state["square"])
    torch._fused_adam_(*lists, [], [steps] * len(params), lr=adam.lr, beta1=adam.betas[0],
                       beta2=adam.betas[1], weight_decay=0.0, eps=adam.eps, amsgrad=False,
                       maximize=False)


def fused_sgd(sgd: SGD, params: Stacked, grads: Stacked, state: State) -> None:
    """As :func:`update` where all replicas have the numbers of ``sgd``: in one pass."""
    params, grads, velocity = _lists(params, grads, state["velocity"])
    torch._fused_sgd_(params, grads, velocity if sgd.momentum else [], weight_decay=0.0,
                      momentum=sgd.momentum, lr=sgd.lr, dampening=0.0, nesterov=sgd.nesterov,
                      maximize=False, is_first_step=False)


def _lists(params: Stacked, *others: Stacked) -> list[list[Tensor]]:
    """Tensors of the same name at the same place; torch's fused steps want them contiguous."""
    return [[tensors[name].contiguous() for name in params] for tensors in (params, *others)]


def _sgd(optimizer: SGD, rates: Stacked, params: Stacked, grads: Stacked, state: State) -> None:
    for name, p in params.items():
        momentum, g, v = along(rates["momentum"], p), grads[name], state["velocity"][name]
        v.mul_(momentum).add_(g)
        p.addcmul_(g.addcmul_(v, momentum) if optimizer.nesterov else v, along(rates["lr"], p),
                   value=-1)


def _adam(optimizer: Adam, rates: Stacked, params: Stacked, grads: Stacked, state: State) -> None:
    beta1, beta2 = optimizer.betas
    step = state["step"].add_(1)
    rate = rates["lr"] / (1 - beta1**step)
    root = (1 - beta2**step) ** 0.5
    dtype = rates["lr"].dtype
    factor, summand = (-1 / (root * rate)).to(dtype), (-rates["eps"] / rate).to(dtype)
    for name, p in params.items():
        g, mean, square = grads[name], state["mean"][name], state["square"][name]
        mean.lerp_(g, 1 - beta1)
        square.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        # p − rate · mean / (√square / root + ε), with the rate moved into the denominator
        denominator = square.sqrt().mul_(along(factor, p)).add_(along(summand, p))
        p.addcdiv_(mean, denominator)


def add_penalty_gradient(technique: Technique, strengths: Stacked, params: Stacked,
                         grads: Stacked, space: Workspace) -> None:
    """Add the gradient of an :data:`ELEMENTWISE` penalty to ``grads``."""
    for name, w in params.items():
        if not is_weight(w):
            continue
        strength = along(strengths["strength"], w)
        if isinstance(technique, L2):
            grads[name].addcmul_(w, strength)
            continue
        signs = torch.sign(w, out=space.empty(f"signs of {name}", w.shape, w))
        if isinstance(technique, L1):
            grads[name].addcmul_(signs, strength)
        else:
            ratio = along(strengths["l1_ratio"], w)
            grads[name].addcmul_(signs, strength * ratio)
            grads[name].addcmul_(w, strength * (1 - ratio))


ELEMENTWISE = (L1, L2, ElasticNet)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """``F.cross_entropy`` of every replica.

    The classes are laid along a long dimension: a softmax over ten numbers side by side is slow.

    Shape: outputs (R, B, K), targets (R, B) or (R, B, K) → (R,).
    """
    log_p = F.log_softmax(outputs.mT.contiguous(), dim=1)
    if targets.is_floating_point():
        return -(log_p * targets.mT).sum((1, 2)) / outputs.shape[1]
    return -log_p.gather(1, targets.unsqueeze(1)).mean((1, 2))


def cross_entropy_gradient(outputs: Tensor, targets: Tensor) -> Tensor:
    """Of :func:`cross_entropy` for labels, with respect to the outputs: (softmax − one-hot) / B.

    Shape: outputs (R, B, K), targets (R, B) → (R, B, K).
    """
    p = torch.softmax(outputs.mT.contiguous(), dim=1)
    minus_one = torch.full((1, 1, 1), -1.0, dtype=p.dtype, device=p.device)
    p.scatter_add_(1, targets.unsqueeze(1), minus_one.expand(len(p), 1, p.shape[2]))
    return p.div_(outputs.shape[1]).mT


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """The share of correct labels of every replica.  Shape: (R, B, K), (R, B) → (R,)."""
    largest, found = outputs.mT.contiguous().max(1)    # NaN is the largest of all
    return (found == targets).to(outputs.dtype).where(~largest.isnan(), largest).mean(1)


def decay(amount: Tensor, params: Stacked) -> None:
    """Decoupled weight decay, taken before the step: w ← w − amount · w.  Shape: amount (R,)."""
    for w in params.values():
        if is_weight(w):
            w.mul_(along(1 - amount, w))


def soft_threshold(amount: Tensor, params: Stacked) -> None:
    """The proximal step of L1, taken after the step.  Shape: amount (R,)."""
    for w in params.values():
        if is_weight(w):
            most = along(amount, w)
            w.sub_(torch.clamp(w, -most, most))
