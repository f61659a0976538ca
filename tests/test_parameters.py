"""Weights are the parameters with two dimensions or more."""

import torch

from reglab import Conv2dNet
from reglab.parameters import is_weight, map_weights, weights


def params():
    return {"kernel": torch.ones(2, 1, 3), "bias": torch.ones(2), "matrix": torch.ones(3, 2),
            "temperature": torch.ones(())}


def test_weights_are_matrices_and_kernels():
    assert [tuple(w.shape) for w in weights(params())] == [(2, 1, 3), (3, 2)]
    names = {n for n, p in Conv2dNet(8, 10).named_parameters() if is_weight(p)}
    assert names == {"features.0.weight", "features.3.weight", "head.1.weight"}


def test_map_weights_keeps_names_order_and_the_rest():
    before = params()
    after = map_weights(lambda w, other: w + other, before, before)
    assert list(after) == list(before)
    assert after["bias"] is before["bias"] and after["temperature"] is before["temperature"]
    assert torch.equal(after["matrix"], torch.full((3, 2), 2.0))
    assert torch.equal(before["matrix"], torch.ones(3, 2))
