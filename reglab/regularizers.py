"""Regularizers of the weights: penalties, decays, proximal steps and a constraint.

All act on weights only (``ndim >= 2``): biases and normalization gains are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .arguments import require_integer, require_number
from .parameters import Parameters, map_weights, weights
from .technique import Technique


@dataclass(frozen=True)
class L2(Technique):
    r"""L2 penalty (ridge, Tikhonov; Hoerl & Kennard 1970; in networks Krogh & Hertz 1991).

    .. math:: \frac{λ}{2} \sum_i w_i^2, \qquad \text{gradient } λ w_i

    With the factor ½, ``L2(λ)`` on the weights equals ``weight_decay=λ`` of ``torch.optim.SGD``
    and ``torch.optim.Adam``. Keras' ``l2(λ)`` has no ½: it is ``L2(2 * λ)`` here.

    Args:
        strength: λ ≥ 0; 0 is off.

    >>> L2(0.1).penalty({"weight": torch.tensor([[3.0, 4.0]])}, None)
    tensor(1.2500)
    """

    strength: float
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "L2.strength", 0)

    def penalty(self, params: Parameters, forward: Callable) -> Tensor:
        return self.strength / 2 * sum((w * w).sum() for w in weights(params))


@dataclass(frozen=True)
class L1(Technique):
    r"""L1 penalty (lasso, Tibshirani 1996), followed along its subgradient.

    .. math:: λ \sum_i |w_i|, \qquad \text{subgradient } λ \operatorname{sign}(w_i)

    Steps along a subgradient jump over zero: they make weights small, hardly ever exactly zero.
    :class:`SoftThreshold` is the same penalty with exact zeros.

    Args:
        strength: λ ≥ 0; 0 is off.

    >>> L1(0.1).penalty({"weight": torch.tensor([[3.0, -4.0]])}, None)
    tensor(0.7000)
    """

    strength: float
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "L1.strength", 0)

    def penalty(self, params: Parameters, forward: Callable) -> Tensor:
        return self.strength * sum(w.abs().sum() for w in weights(params))


@dataclass(frozen=True)
class ElasticNet(Technique):
    r"""Elastic net penalty (Zou & Hastie 2005), in scikit-learn's mixing form.

    .. math:: λ \Bigl( ρ \sum_i |w_i| + \frac{1 − ρ}{2} \sum_i w_i^2 \Bigr)

    Args:
        strength: λ ≥ 0; 0 is off.
        l1_ratio: ρ in [0, 1]; 1 is :class:`L1`, 0 is :class:`L2`.

    >>> ElasticNet(0.1, l1_ratio=0.5).penalty({"weight": torch.tensor([[3.0, -4.0]])}, None)
    tensor(0.9750)
    """

    strength: float
    l1_ratio: float = 0.5
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "ElasticNet.strength", 0)
        require_number(self.l1_ratio, "ElasticNet.l1_ratio", 0, 1)

    def penalty(self, params: Parameters, forward: Callable) -> Tensor:
        absolute = sum(w.abs().sum() for w in weights(params))
        squared = sum((w * w).sum() for w in weights(params))
        return self.strength * (self.l1_ratio * absolute + (1 - self.l1_ratio) / 2 * squared)


@dataclass(frozen=True)
class WeightDecay(Technique):
    r"""Decoupled weight decay (Hanson & Pratt 1988; Loshchilov & Hutter 2019).

    .. math:: w_{new} ← w_{new} − η λ w_{old}

    The decay is taken from the weights *before* the step and does not pass through the
    optimizer's momentum or scaling. ``Adam`` with it is ``torch.optim.AdamW``; with plain SGD it
    is the same as :class:`L2`, with momentum or Adam it is not.

    Args:
        strength: λ ≥ 0, multiplied by the learning rate as in PyTorch (in the paper of 2019 it
            is not); 0 is off.

    >>> new, old = {"weight": torch.tensor([[1.0]])}, {"weight": torch.tensor([[2.0]])}
    >>> WeightDecay(0.5).update(new, old, lr=0.1)
    {'weight': tensor([[0.9000]])}
    """

    strength: float
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "WeightDecay.strength", 0)

    def update(self, new: Parameters, old: Parameters, lr) -> Parameters:
        return map_weights(lambda n, o: n - lr * self.strength * o, new, old)


@dataclass(frozen=True)
class SoftThreshold(Technique):
    r"""Proximal step of the L1 penalty: soft thresholding (Daubechies et al. 2004).

    .. math:: w ← \operatorname{sign}(w) \max(|w| − η λ, 0) = w − \operatorname{clip}(w, −ηλ, ηλ)
              = \arg\min_u \tfrac{1}{2} (u − w)^2 + η λ |u|

    After every step of the optimizer (with SGD: proximal gradient descent, Parikh & Boyd 2014).
    It sets small weights to exactly zero. Momentum μ does not add it up, as it does the gradient
    of a penalty: it pulls as hard as ``L1(λ (1 − μ))``.

    Args:
        strength: λ ≥ 0 of the penalty λ·Σ|w|; the threshold is η λ. 0 is off.

    >>> SoftThreshold(1.0).update({"weight": torch.tensor([[0.3, -0.05]])}, {}, lr=0.1)
    {'weight': tensor([[0.2000, 0.0000]])}
    """

    strength: float
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "SoftThreshold.strength", 0)

    def update(self, new: Parameters, old: Parameters, lr) -> Parameters:
        threshold = lr * self.strength
        return map_weights(lambda w: w - w.clamp(-threshold, threshold), new)


@dataclass(frozen=True)
class GroupLasso(Technique):
    r"""Proximal step of the group lasso (Yuan & Lin 2006): whole units reach zero, or none of it.

    .. math:: λ \sum_g \sqrt{d_g} \lVert w_g \rVert_2, \qquad
              w_g ← w_g \max\Bigl(1 − \frac{η λ \sqrt{d_g}}{\lVert w_g \rVert_2}, 0\Bigr)

    A group g holds d_g weights of one matrix: all that leave an input or a hidden unit, which can
    be removed when they are zero (Scardapane et al. 2017), or all that enter a unit. With groups
    of one weight it would be :class:`SoftThreshold`. ``torch.nn.utils.prune.ln_structured`` has
    the same ``dim`` and prunes a finished model.

    Args:
        strength: λ ≥ 0; 0 is off.
        dim: 1 groups what leaves an input (a column of a ``Linear``'s weight, an input channel of
            a kernel), 0 what enters an output (a row, an output channel).

    >>> w = {"weight": torch.tensor([[3.0, 0.05], [4.0, 0.0]])}
    >>> GroupLasso(1.0).update(w, {}, lr=0.5 / 2**0.5)    # the threshold is 0.5
    {'weight': tensor([[2.7000, 0.0000],
            [3.6000, 0.0000]])}
    """

    strength: float
    dim: int = 1
    off: ClassVar = {"strength": 0.0}

    def __post_init__(self):
        require_number(self.strength, "GroupLasso.strength", 0)
        require_integer(self.dim, "GroupLasso.dim", 0, 1)

    def update(self, new: Parameters, old: Parameters, lr) -> Parameters:
        def shrink(w: Tensor) -> Tensor:
            groups = w.transpose(0, self.dim).flatten(1)
            norm = torch.linalg.vector_norm(groups, dim=1).clamp(min=torch.finfo(w.dtype).tiny)
            threshold = lr * self.strength * groups.shape[1] ** 0.5
            scale = (1 - threshold / norm).clamp(min=0)
            return w * scale.reshape(*[1] * self.dim, -1, *[1] * (w.ndim - 1 - self.dim))

        return map_weights(shrink, new)


@dataclass(frozen=True)
class MaxNorm(Technique):
    r"""Max-norm constraint on each unit's incoming weights (Srivastava et al. 2014, after the
    max-norm of matrices, Srebro & Shraibman 2005).

    .. math:: w_u ← w_u \min\Bigl(1, \frac{c}{\lVert w_u \rVert_2}\Bigr)
              \quad \text{for every output unit } u

    As ``torch.renorm(w, p=2, dim=0, maxnorm=c)``, which however leaves the gap of a 1e-7.

    Args:
        limit: c > 0, in units of the weights' norm; ``math.inf`` is off.

    >>> MaxNorm(1.0).update({"weight": torch.tensor([[3.0, 4.0], [0.3, 0.4]])}, {}, lr=0.1)
    {'weight': tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])}
    """

    limit: float
    off: ClassVar = {"limit": float("inf")}

    def __post_init__(self):
        if not isinstance(self.limit, float) or self.limit != float("inf"):
            require_number(self.limit, "MaxNorm.limit", 0, open_low=True,
                           cure="math.inf switches it off.")

    def update(self, new: Parameters, old: Parameters, lr) -> Parameters:
        def project(w: Tensor) -> Tensor:
            norm = torch.linalg.vector_norm(w.flatten(1), dim=1)
            scale = (self.limit / norm).clamp(max=1)    # of a zero vector: ∞, hence 1
            return w * scale.reshape(-1, *[1] * (w.ndim - 1))

        return map_weights(project, new)
