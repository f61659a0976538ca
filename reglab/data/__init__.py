"""Data sets: functions ``seed -> Splits`` that need no download.

    >>> from reglab import data
    >>> splits = data.digits(0)
    >>> len(splits.train), len(splits.validation), len(splits.test)
    (500, 500, 797)

Sizes and other options are keywords; ``functools.partial`` fixes them.
"""

from .mnist1d import mnist1d
from .photos import photos
from .real import breast_cancer, diabetes, digits
from .splits import Split, Splits, add_label_noise, split, standardize
from .synthetic import noisy_sine, polynomial, sparse_linear, two_moons

__all__ = [
    "Split",
    "Splits",
    "add_label_noise",
    "breast_cancer",
    "diabetes",
    "digits",
    "mnist1d",
    "noisy_sine",
    "photos",
    "polynomial",
    "sparse_linear",
    "split",
    "standardize",
    "two_moons",
]
