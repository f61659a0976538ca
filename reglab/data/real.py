"""Measured data that come with scikit-learn. Every seed divides the same rows again, so an
interval over seeds is narrower than one from fresh data would be."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from ..arguments import require_integer, require_number
from ..seeding import generator
from .splits import Splits, add_label_noise, split
from .splits import standardize as standardize_splits


def digits(seed: int, *, n_train: int = 500, n_validation: int = 500, n_test: int = 797,
           label_noise: float = 0.0, standardize: bool = True) -> Splits:
    """Handwritten digits, 1797 images of 8 × 8 pixels (Alpaydin & Kaynak 1998).

    ``sklearn.datasets.load_digits``, divided at random with the classes in equal proportions.
    Every seed divides the same 1797 images, so an interval over seeds is optimistic. A writer's
    digits can be in train and in test: a random split hides that writers differ.

    Args:
        seed: the division, and the wrong labels.
        n_train, n_validation, n_test: sizes of the parts, together at most 1797.
        label_noise: share of wrong labels in train and validation, in [0, 1]; 0 is off. The
            division does not depend on it.
        standardize: subtract the train mean and divide by the train std, one for all pixels.
            ``False`` leaves the gray values 0 … 16.

    Shape:
        - x: (N, 1, 8, 8)
        - y: (N,), labels 0 … 9

    >>> digits(0)
    Splits 'digits': classification, 10 classes, x (1, 8, 8) float32
      train        500 examples, majority class 10.2 %
      validation   500 examples, majority class 10.2 %
      test         797 examples, majority class 10.2 %
    """
    from sklearn.datasets import load_digits

    require_number(label_noise, "digits.label_noise", 0.0, 1.0)
    x, y = _load(load_digits)
    splits = split(x.reshape(-1, 1, 8, 8), y, seed=seed, n_train=n_train,
                   n_validation=n_validation, n_test=n_test, name="digits")
    splits = add_label_noise(splits, label_noise, seed)
    return standardize_splits(splits) if standardize else splits


def breast_cancer(seed: int, *, n_train: int = 60, n_validation: int = 200, n_test: int = 309,
                  label_noise: float = 0.0, noise_features: int = 0,
                  standardize: bool = True) -> Splits:
    """Breast cancer Wisconsin (diagnostic), 569 tumors, 30 measurements (Street et al. 1993).

    ``sklearn.datasets.load_breast_cancer``: label 0 is malignant, 1 is benign. Many of the
    features are strongly correlated, and their units differ by factors of thousands. Every seed
    divides the same 569 rows, so an interval over seeds is optimistic.

    Args:
        seed: the division, the wrong labels and the noise features.
        n_train, n_validation, n_test: sizes of the parts, together at most 569.
        label_noise: share of wrong labels in train and validation, in [0, 1]; 0 is off.
        noise_features: number of standard normal columns added after the 30; 0 is off.
        standardize: subtract the train mean of each feature and divide by its train std.
            ``False`` leaves the original units.

    Shape:
        - x: (N, 30 + noise_features)
        - y: (N,), labels 0 and 1

    >>> breast_cancer(0, noise_features=20).train
    Split(60 examples, x (50,) float32, y int64)
    """
    from sklearn.datasets import load_breast_cancer

    require_number(label_noise, "breast_cancer.label_noise", 0.0, 1.0)
    x, y = _load(load_breast_cancer)
    x = _append_noise(x, noise_features, seed, "breast_cancer")
    splits = split(x, y, seed=seed, n_train=n_train, n_validation=n_validation, n_test=n_test,
                   name="breast_cancer")
    splits = add_label_noise(splits, label_noise, seed)
    return standardize_splits(splits) if standardize else splits


def diabetes(seed: int, *, n_train: int = 40, n_validation: int = 150, n_test: int = 252,
             noise_features: int = 0, standardize: bool = True) -> Splits:
    """Diabetes progression after a year, 442 patients, 10 measurements (Efron et al. 2004).

    ``sklearn.datasets.load_diabetes(scaled=False)``: the default of scikit-learn scales by all
    442 rows, test rows included. The target is always standardized by train statistics, which
    leaves R² as it is. Every seed divides the same 442 rows, so an interval over seeds is
    optimistic.

    Args:
        seed: the division and the noise features.
        n_train, n_validation, n_test: sizes of the parts, together at most 442.
        noise_features: number of standard normal columns added after the 10; 0 is off.
        standardize: subtract the train mean of each feature and divide by its train std.
            ``False`` leaves the features in their original units.

    Shape:
        - x: (N, 10 + noise_features)
        - y: (N, 1)

    >>> diabetes(0, noise_features=50).train
    Split(40 examples, x (60,) float32, y float32)
    """
    from sklearn.datasets import load_diabetes

    x, y = _load(load_diabetes, scaled=False)
    x = _append_noise(x, noise_features, seed, "diabetes")
    splits = split(x, y, seed=seed, n_train=n_train, n_validation=n_validation, n_test=n_test,
                   name="diabetes")
    return standardize_splits(splits, features=standardize)


@lru_cache
def _load(loader: Callable, **options) -> tuple[Tensor, Tensor]:
    x, y = loader(return_X_y=True, **options)
    return torch.from_numpy(x).float(), torch.from_numpy(y)


def _append_noise(x: Tensor, n: int, seed: int, owner: str) -> Tensor:
    require_integer(n, f"{owner}.noise_features", 0)
    noise = torch.randn(len(x), n, generator=generator(seed, "noise_features"))
    return torch.cat([x, noise], dim=1)
