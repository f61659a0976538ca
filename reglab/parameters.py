"""Parameter dictionaries, ``{name: tensor}``, as ``dict(model.named_parameters())`` gives them."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

Parameters = dict[str, Tensor]


def is_weight(parameter: Tensor) -> bool:
    """Whether a parameter is a weight (a matrix or a kernel) and not a bias or a gain.

    Biases and normalization gains have one dimension and are left unregularized by convention
    (Goodfellow et al. 2016, §7.1): each acts on a single variable and fits with little data.
    """
    return parameter.ndim >= 2


def weights(params: Parameters) -> list[Tensor]:
    """The weights among ``params``, in their order."""
    return [p for p in params.values() if is_weight(p)]


def map_weights(function: Callable[..., Tensor], params: Parameters,
                *others: Parameters) -> Parameters:
    """Apply ``function`` to each weight (and its namesakes in ``others``); keep the rest as is."""
    return {name: function(p, *(other[name] for other in others)) if is_weight(p) else p
            for name, p in params.items()}
