"""The sealed test set: it opens through one call, which counts and records the looks.

What a look is: one question, or one family of questions written down together, before any of them
was answered. Looks are told apart by their reason, so a family shares one; asking again with the
same reason gives the same numbers and is no new look.

What a look costs: after k looks at one test set, an interval is printed with confidence
1 − 0.05 / k instead of 0.95 (Bonferroni). So k intervals of that confidence hold together with
probability 0.95, if no question was thought of after an answer was seen. If one was, no such
correction is enough: with n test examples, k models fixed beforehand can together look better than
they are by the order of √(log k / n), but k models chosen one after the other by their test
accuracy by √(k / n) (Feldman, Frostig & Hardt 2019). The Ladder of Blum & Hardt (2015) bounds that
by answering only when a model is clearly better. Here the answers come in full: hence the warning,
whose honest cure is a fresh test set.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..arguments import require, require_integer

if TYPE_CHECKING:
    from .splits import Split


class AnotherLook(UserWarning):
    """The test set was opened once more."""


def confidence_after(looks: int) -> float:
    """The confidence of an interval after this many looks: 1 − 0.05 / looks.

    >>> confidence_after(1), confidence_after(2)
    (0.95, 0.975)
    """
    require_integer(looks, "confidence_after.looks", 1)
    return 1 - 0.05 / looks


class SealedSplit:
    """Test data that are read through :meth:`Splits.open_test <reglab.data.Splits.open_test>`.

    Its length, its shape and its classes are no secret; ``x`` and ``y`` are.

    Attributes:
        looks: the reasons for which it was opened, in order.
    """

    def __init__(self, split: Split, looks: list[str] | None = None):
        self._split = split
        self.looks = [] if looks is None else looks

    @property
    def x(self):
        self._refuse()

    @property
    def y(self):
        self._refuse()

    def _refuse(self):
        raise ValueError("Splits.test must be opened before it is read; got test=sealed. When all "
                         "choices are made, call splits.open_test(\"what you compare\"), once.")

    def open(self, reason: str, name: str = "data") -> Split:
        """The split, and a line in ``looks``; a second look warns."""
        require(isinstance(reason, str) and bool(reason.strip()), "open_test.reason",
                "a few words: what the test data are opened for", reason)
        if reason not in self.looks:
            self.looks.append(reason)
            if len(self.looks) > 1:
                warnings.warn(_words(self.looks, name), AnotherLook, stacklevel=3)
        return self._split

    def holding(self, split: Split) -> SealedSplit:
        """The same seal, with its looks, around the same examples in another form."""
        return SealedSplit(split, self.looks)

    def to(self, device) -> SealedSplit:
        """The same seal on another device."""
        return self.holding(self._split.to(device))

    def same_as(self, other: SealedSplit) -> bool:
        """Whether two sealed splits hold the same examples: this much is said without a look."""
        return same_examples(self._split, other._split)

    def __len__(self) -> int:
        return len(self._split)

    def __repr__(self) -> str:
        return f"SealedSplit({len(self)} examples, {described(self.looks)})"


def same_examples(one: Split, other: Split) -> bool:
    """Whether two splits hold the same examples, in whatever units their features are."""
    return one is other or (same_values(one.x, other.x) and same_values(one.y, other.y))


def same_values(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors agree but for shift and scale of their columns; labels exactly."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if torch.equal(one, other) or not one.is_floating_point():
        return torch.equal(one, other)
    return torch.allclose(_unitless(one), _unitless(other), atol=1e-3)


def _unitless(columns: Tensor) -> Tensor:
    """Every column with mean 0 and standard deviation 1; constant ones are 0."""
    centered = columns.flatten(1).double()
    centered = centered - centered.mean(0)
    scale = centered.square().mean(0).sqrt()
    return centered / torch.where(scale > 1e-9 * (1 + columns.abs().max()), scale, torch.inf)


def described(looks: list[str]) -> str:
    """How often, and what for."""
    if not looks:
        return "not opened"
    times = "once" if len(looks) == 1 else f"{len(looks)} times"
    return f"opened {times}: {'; '.join(looks)}"


def _words(looks: list[str], name: str) -> str:
    level = 100 * confidence_after(len(looks))
    return (f"Look {len(looks)} at the test data of {name!r}, for {looks[-1]!r}; before: "
            f"{', '.join(map(repr, looks[:-1]))}. Intervals now get {level:.3g} % confidence "
            f"instead of 95 %. Questions that were planned together belong to one look: give them "
            f"one reason. Otherwise take a fresh test set (Blum & Hardt 2015).")
