"""The measures and choices of chapter 02; its experiments run whole in the chapter itself."""

from types import SimpleNamespace

import pytest
import torch

from reglab import MLP, data
from reglab.claims import l2


def test_weight_vector_leaves_biases_out():
    model = MLP(3, 4, 2)
    assert l2.weight_vector(model).shape == (3 * 4 + 4 * 2,)


def test_share_of_zeros_counts_exact_zeros():
    model = MLP(2, 2)
    with torch.no_grad():
        model.layers[0].weight.copy_(torch.tensor([[0.0, 1e-30], [1.0, 0.0]]))
        model.layers[0].bias.zero_()
    assert l2.share_of_zeros(model) == 0.5


def test_flips_grow_with_the_noise():
    splits, model = data.mnist1d(0), MLP(40, 10)
    few, many = (l2.flips(model, splits, sigma) for sigma in (0.1, 1.0))
    assert l2.flips(model, splits, 0.0) == 0.0 < few < many


class Scored:
    """A model whose validation score prefers strength 2 and whose test score prefers 3."""

    def __init__(self, strength):
        self.strength = strength

    def fit(self, x, y):
        return self

    def score(self, x, y):
        return -abs(self.strength - {"validation": 2.0, "test": 3.0}[str(y[0])])


def test_the_strength_is_chosen_on_validation_data(monkeypatch):
    monkeypatch.setattr(l2, "_table", lambda name: (None, [name]))
    monkeypatch.setattr("sklearn.dummy.DummyRegressor", lambda: Scored(10.0))
    task = lambda seed: SimpleNamespace(train="train", validation="validation",  # noqa: E731
                                        open_test=lambda reason: "test", classes=None)
    scores = l2._tuned_and_none(Scored, task, [0.0, 1.0, 2.0, 3.0], seeds=range(4))
    assert scores == {"tuned": [-1.0] * 4, "none": [-3.0] * 4, "trivial": [-7.0] * 4}


def test_scale_means_nothing_without_a_penalty():
    """Least squares does not care about units: the control for claim C09."""
    scores = [l2.ridge_scores(standardize, seeds=range(5))["none"] for standardize in (True, False)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)
