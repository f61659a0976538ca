"""Argument validation: one error format for the whole package.

Every message says what was expected, what came and, where there is one, the cure::

    Dropout.p must be in [0, 1); got p=1.5. p is the probability of dropping a unit.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any


def require(ok: bool, subject: str, expected: str, got: Any, cure: str = "", error=ValueError):
    """Raise ``error`` in the package's one format unless ``ok``.

    Args:
        ok: the condition that must hold.
        subject: what is checked, ``"Owner.argument"``.
        expected: what it must be, as the end of a sentence: ``"in [0, 1)"``.
        got: the value that came.
        cure: a sentence that says what to do about it; may be empty.
        error: the exception class, ``ValueError`` unless the type is wrong.

    >>> require(False, "Dropout.p", "in [0, 1)", 1.5)
    Traceback (most recent call last):
    ValueError: Dropout.p must be in [0, 1); got p=1.5.
    """
    if not ok:
        name = subject.rpartition(".")[2]
        raise error(f"{subject} must be {expected}; got {name}={_short(got)}. {cure}".rstrip())


def require_number(value: Any, subject: str, low: float, high: float = math.inf, *,
                   open_low: bool = False, open_high: bool = False, cure: str = "") -> None:
    """Require a finite real number in an interval, closed unless ``open_low`` / ``open_high``.

    >>> require_number(-0.1, "L2.strength", 0.0)
    Traceback (most recent call last):
    ValueError: L2.strength must be a finite number >= 0; got strength=-0.1.
    """
    expected = _interval(low, high, open_low, open_high)
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    require(is_number, subject, expected if math.isinf(high) else f"a number {expected}",
            value, cure, TypeError)
    above = value > low if open_low else value >= low
    below = value < high if open_high else value <= high
    require(math.isfinite(value) and above and below, subject, expected, value, cure)


def require_integer(value: Any, subject: str, low: int, high: int | None = None,
                    cure: str = "") -> None:
    """Require a whole number of at least ``low`` (and at most ``high``).

    >>> require_integer(2.5, "Recipe.epochs", 1)
    Traceback (most recent call last):
    TypeError: Recipe.epochs must be a whole number >= 1; got epochs=2.5.
    """
    expected = f"a whole number >= {low}" if high is None else f"a whole number in [{low}, {high}]"
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    require(whole, subject, expected, value, cure, TypeError)
    require(value >= low and (high is None or value <= high), subject, expected, value, cure)


def _interval(low: float, high: float, open_low: bool, open_high: bool) -> str:
    if math.isinf(high):
        return f"a finite number {'>' if open_low else '>='} {low:g}"
    return f"in {'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"


def _short(value: Any, limit: int = 80) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    text = " ".join(repr(value).split())    # on one line
    return text if len(text) <= limit else text[: limit - 1] + "…"
