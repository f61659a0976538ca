"""The step: data → loss → gradient → parameters, techniques from left to right."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from reglab import SGD, Technique
from reglab.step import step


@dataclass(frozen=True)
class Everywhere(Technique):
    """Uses all five hooks, each in a way that does not commute with the next."""

    factor: float

    def draw(self, n, generator):
        return {"shift": torch.rand(n, 1, generator=generator)}

    def batch(self, x, y, *, shift):
        return x * self.factor + shift, y

    def penalty(self, params, forward):
        return self.factor * forward(params).mean()

    def gradient(self, grad_fn):
        return lambda params: {k: self.factor * g + 1 for k, g in grad_fn(params).items()}

    def update(self, new, old, lr):
        return {k: self.factor * p + lr * old[k] for k, p in new.items()}


def forward(params, x):
    return x @ params["w"].T


def test_equals_the_same_step_written_out():
    random = torch.Generator().manual_seed(0)
    x, y = (torch.randn(5, k, generator=random, dtype=torch.float64) for k in (3, 1))
    w = torch.randn(1, 3, generator=random, dtype=torch.float64)
    a, b = Everywhere(2.0), Everywhere(3.0)
    drawn = [t.draw(5, random) for t in (a, b)]

    optimizer, params = SGD(lr=0.1, momentum=0.9), {"w": w.clone()}
    state = {"velocity": {"w": torch.ones(1, 3, dtype=torch.float64)}}
    new, state = step(forward, F.mse_loss, (a, b), optimizer, params, state, x, y, drawn)

    x = (x * 2 + drawn[0]["shift"]) * 3 + drawn[1]["shift"]     # data: a, then b
    leaf = w.clone().requires_grad_()
    output = x @ leaf.T
    (F.mse_loss(output, y) + 2 * output.mean() + 3 * output.mean()).backward()
    gradient = 3 * (2 * leaf.grad + 1) + 1                       # gradient: a inside, b outside
    velocity = 0.9 * 1 + gradient
    expected = w - 0.1 * velocity
    expected = 2 * expected + 0.1 * w                            # parameters: a, then b
    expected = 3 * expected + 0.1 * w
    torch.testing.assert_close(new["w"], expected, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(state["velocity"]["w"], velocity, rtol=1e-13, atol=1e-13)
    assert torch.equal(params["w"], w)


def test_a_technique_that_overrides_nothing_does_nothing():
    params = {"w": torch.ones(1, 3)}
    x, y = torch.ones(2, 3), torch.zeros(2, 1)
    plain, bare = (step(forward, F.mse_loss, chain, SGD(0.1), params, SGD(0.1).init(params), x, y,
                        [{} for _ in chain])[0] for chain in ((), (Technique(),)))
    assert torch.equal(plain["w"], bare["w"])
