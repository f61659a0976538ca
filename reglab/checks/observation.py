"""What an answer did, as plain numbers and words, comparable whatever type they came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

Observation = dict[str, np.ndarray]


class Malformed(Exception):
    """The answer has the wrong form (type, shape, keys); the text is for the learner."""


def to_array(value: Any, name: str) -> np.ndarray:
    """Read numbers from a tensor, array, number or (nested) list, as float64.

    >>> to_array(torch.ones(2, requires_grad=True), "answer").tolist()
    [1.0, 1.0]
    """
    if value is None:
        raise Malformed(f"{name} is None: is a `return` missing?")
    if isinstance(value, (list, tuple)):
        arrays = [to_array(item, f"{name}[{i}]") for i, item in enumerate(value)]
        if len({array.shape for array in arrays}) > 1:
            raise Malformed(f"{name} mixes different shapes.")
        return np.stack(arrays) if arrays else np.zeros(0)
    if isinstance(value, torch.Tensor) and not value.is_complex():
        return value.detach().cpu().to(torch.float64).to_dense().numpy()
    if isinstance(value, (int, float, np.number, np.ndarray)) and not np.iscomplexobj(value):
        try:
            return np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            pass
    raise Malformed(f"{name} should hold real numbers, but it is of type {type(value).__name__}.")


def to_scalar(value: Any, name: str) -> np.ndarray:
    """Read one number; a tensor with a single element will do.

    >>> float(to_scalar(np.float32(0.5), "the penalty"))
    0.5
    """
    array = to_array(value, name)
    if array.size != 1:
        raise Malformed(f"{name} should be a single number, but it has shape {array.shape}.")
    return array.reshape(())


def to_arrays(value: Any, name: str, keys: list[str]) -> Observation:
    """Read a mapping with exactly these keys.

    >>> sorted(to_arrays({"b": 1, "a": [2]}, "params", ["a", "b"]))
    ['a', 'b']
    """
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} should be a dict, but it is of type {type(value).__name__}.")
    if set(value) != set(keys):
        raise Malformed(f"{name} should have the keys {', '.join(map(repr, keys))}, "
                        f"but it has {', '.join(map(repr, value)) or 'none'}.")
    return {key: to_array(value[key], f"{name}[{key!r}]") for key in keys}


def close(first: np.ndarray, second: np.ndarray) -> bool:
    """Equal up to float32 rounding: within 5e-5 of the largest entry.

    The mistakes to be told apart differ by 5e-4 or more, a few float32 steps by about 1e-6.
    """
    if first.shape != second.shape:
        return False
    if "U" in (first.dtype.kind, second.dtype.kind):    # words
        return bool((first == second).all())
    finite = np.abs(second[np.isfinite(second)])
    scale = float(finite.max()) if finite.size else 0.0
    return np.allclose(first, second, rtol=0.0, atol=5e-5 * scale + 1e-9, equal_nan=True)


def same(first: Observation, second: Observation) -> bool:
    """Whether two answers did the same on one input."""
    return first.keys() == second.keys() and all(close(first[k], second[k]) for k in first)


def difference(got: Observation, expected: Observation) -> str:
    """Say where two observations first differ.

    >>> difference({"penalty": np.array(2.0)}, {"penalty": np.array(1.0)})
    'penalty: expected 1, got 2'
    >>> difference({"verdict": np.array("supported")}, {"verdict": np.array("refuted")})
    "verdict: expected 'refuted', got 'supported'"
    """
    for key in expected:
        if key in got and close(got[key], expected[key]):
            continue
        if key not in got:
            return f"{key} is missing"
        if got[key].shape != expected[key].shape:
            return f"{key}: expected shape {expected[key].shape}, got shape {got[key].shape}"
        if expected[key].dtype.kind == "U":
            return f"{key}: expected {str(expected[key])!r}, got {str(got[key])!r}"
        gap = np.abs(np.nan_to_num(got[key] - expected[key], nan=np.inf))
        where = np.unravel_index(int(gap.argmax()), gap.shape)
        place = f"{key}[{', '.join(map(str, where))}]" if where else key
        return f"{place}: expected {expected[key][where]:.4g}, got {got[key][where]:.4g}"
    return ""


def unchanged(before: Any, after: Any) -> bool:
    """Whether the numbers in (nested) arguments are still the same ones."""
    if isinstance(before, Mapping):
        return (list(before) == list(after)
                and all(unchanged(before[key], after[key]) for key in before))
    if isinstance(before, (list, tuple)):
        return (len(before) == len(after)
                and all(unchanged(b, a) for b, a in zip(before, after, strict=True)))
    if isinstance(before, torch.Tensor):
        return isinstance(after, torch.Tensor) and torch.equal(before, after)
    if isinstance(before, (int, float, str)):
        return before == after
    return True
