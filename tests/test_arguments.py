"""One error format."""

import math

import numpy as np
import pytest
import torch

from reglab.arguments import require, require_integer, require_number


def test_says_what_was_expected_what_came_and_the_cure():
    with pytest.raises(ValueError) as caught:
        require(False, "Owner.size", "even", 3, "Add one.")
    assert str(caught.value) == "Owner.size must be even; got size=3. Add one."


def test_does_nothing_when_all_is_well():
    require(True, "Owner.size", "even", 4)
    require_number(0.5, "Owner.rate", 0, 1)
    require_integer(4, "Owner.size", 1, 4)


def test_long_values_are_cut_and_stay_on_one_line():
    with pytest.raises(ValueError) as caught:
        require(False, "Owner.model", "small", torch.nn.Sequential(*[torch.nn.ReLU()] * 50))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 130


def test_tensors_are_named_by_their_shape():
    with pytest.raises(ValueError, match=r"got x=Tensor of shape \(2, 3\)\."):
        require(False, "Owner.x", "a vector", torch.zeros(2, 3))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1])
def test_number_out_of_range(value, refused):
    with refused("Owner.rate"):
        require_number(value, "Owner.rate", 0)


@pytest.mark.parametrize("value", ["0.1", None, True, 1j, [0.1]])
def test_not_a_number(value, refused):
    with refused("Owner.rate", TypeError):
        require_number(value, "Owner.rate", 0, 1)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_numbers_of_all_kinds_pass(value):
    require_number(value, "Owner.rate", 0, 1)


def test_interval_ends():
    require_number(0, "Owner.rate", 0, 1)
    require_number(1, "Owner.rate", 0, 1)
    with pytest.raises(ValueError, match=r"must be in \(0, 1\]"):
        require_number(0, "Owner.rate", 0, 1, open_low=True)
    with pytest.raises(ValueError, match=r"must be in \[0, 1\)"):
        require_number(1, "Owner.rate", 0, 1, open_high=True)
    with pytest.raises(ValueError, match="must be a finite number > 0"):
        require_number(0, "Owner.rate", 0, open_low=True)


@pytest.mark.parametrize("value", [2.0, "2", True, None])
def test_not_a_whole_number(value, refused):
    with refused("Owner.size", TypeError):
        require_integer(value, "Owner.size", 1)


@pytest.mark.parametrize("value", [0, 5, np.int64(5)])
def test_whole_number_out_of_range(value, refused):
    with refused("Owner.size"):
        require_integer(value, "Owner.size", 1, 4)
