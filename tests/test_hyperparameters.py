"""Numbers are taken out of a dataclass and put back."""

from dataclasses import dataclass

import torch

from reglab import L1, L2, Adam, ElasticNet
from reglab.hyperparameters import kind, numbers, with_numbers


@dataclass(frozen=True)
class Mixed:      # annotations are classes here, strings in the package: both must be understood
    rate: float = 0.5
    count: int = 3
    flag: bool = False
    pair: tuple = (1.0, 2.0)


def test_numbers_are_the_float_fields_only():
    assert numbers(Mixed()) == {"rate": 0.5}
    assert numbers(ElasticNet(0.1, 0.3)) == {"strength": 0.1, "l1_ratio": 0.3}
    assert numbers(Adam()) == {"lr": 1e-3, "eps": 1e-8}


def test_put_back_changes_the_numbers_and_nothing_else():
    before = Mixed(rate=0.1, count=7)
    after = with_numbers(before, {"rate": torch.tensor(0.9)})
    assert after.rate.item() == torch.tensor(0.9).item()
    assert (after.count, after.flag, after.pair) == (7, False, (1.0, 2.0))
    assert before.rate == 0.1 and type(after) is Mixed


def test_kind_ignores_numbers_and_nothing_else():
    assert kind(L2(0.1)) == kind(L2(7))
    assert kind(L2(0.1)) != kind(L1(0.1))
    assert kind(Mixed(count=3)) != kind(Mixed(count=4))
    assert kind(Adam(betas=(0.9, 0.99))) != kind(Adam())
