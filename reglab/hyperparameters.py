"""Hyperparameters as data: the numbers of a frozen dataclass, taken out and put back.

A technique or an optimizer is a frozen dataclass. Its fields annotated ``float`` are numbers that
may differ between replicas; every other field (``int``, ``bool``, ``tuple``) is part of its kind.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

T = TypeVar("T")


def numbers(thing: Any) -> dict[str, float]:
    """The ``float`` fields of a dataclass by name.

    >>> from reglab.optimizers import SGD
    >>> numbers(SGD(lr=0.1, momentum=0.9))
    {'lr': 0.1, 'momentum': 0.9}
    """
    return {f.name: getattr(thing, f.name)
            for f in dataclasses.fields(thing) if f.type in ("float", float)}


def with_numbers(thing: T, values: dict[str, Any]) -> T:
    """A copy of ``thing`` with other numbers, which may be tensors.

    The copy is not validated again: each original was, when it was made.
    """
    copy = object.__new__(type(thing))
    for field in dataclasses.fields(thing):
        value = values.get(field.name, getattr(thing, field.name))
        object.__setattr__(copy, field.name, value)
    return copy


def kind(thing: Any) -> tuple:
    """All that two things must share to be trained side by side: class and non-number fields.

    >>> from reglab.optimizers import SGD
    >>> kind(SGD(lr=0.1)) == kind(SGD(lr=0.2)), kind(SGD(0.1)) == kind(SGD(0.1, nesterov=True,
    ...     momentum=0.9))
    (True, False)
    """
    swept = numbers(thing)
    return (type(thing), *(repr(getattr(thing, f.name))
                           for f in dataclasses.fields(thing) if f.name not in swept))
