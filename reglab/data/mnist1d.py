"""MNIST-1D, drawn afresh for every seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from ..arguments import require_number
from ..seeding import numpy_generator
from .splits import Split, Splits, add_label_noise, require_sizes
from .splits import standardize as standardize_splits


def mnist1d(seed: int, *, n_train: int = 1000, n_validation: int = 1000, n_test: int = 4000,
            label_noise: float = 0.0, standardize: bool = True) -> Splits:
    """MNIST-1D (Greydanus & Kobak 2024): ten digit shapes as noisy signals of 40 points.

    Each example is one of ten templates, padded, stretched, scaled, shifted, sheared and noisy.
    Every seed is a new training and validation set, so results over seeds are independent
    except for the test set: its examples are the same for all seeds. The classes are balanced
    in every part. The process and its constants are those of ``mnist1d.data.make_dataset``,
    for all examples at once.

    Args:
        seed: the train and validation draws, and the wrong labels.
        n_train, n_validation, n_test: sizes of the parts.
        label_noise: share of wrong labels in train and validation, in [0, 1]; 0 is off. The
            inputs do not depend on it.
        standardize: subtract the train mean and divide by the train std, one for all points.

    Shape:
        - x: (N, 1, 40)
        - y: (N,), labels 0 … 9

    References: S. Greydanus and D. Kobak, "Scaling Down Deep Learning with MNIST-1D",
    Proceedings of the 41st International Conference on Machine Learning, PMLR 235, 2024.

    >>> mnist1d(0, n_train=100)
    Splits 'mnist1d': classification, 10 classes, x (1, 40) float32
      train        100 examples, majority class 10.0 %
      validation  1000 examples, majority class 10.0 %
      test        4000 examples, majority class 10.0 %
    """
    require_sizes("mnist1d", n_train, n_validation, n_test)
    require_number(label_noise, "mnist1d.label_noise", 0.0, 1.0)
    splits = Splits(train=_draw(n_train, numpy_generator(seed, "mnist1d.train")),
                    validation=_draw(n_validation, numpy_generator(seed, "mnist1d.validation")),
                    test=_common_test(n_test), name="mnist1d", classes=10)
    splits = add_label_noise(splits, label_noise, seed)
    return standardize_splits(splits) if standardize else splits


@lru_cache(maxsize=4)
def _common_test(n: int) -> Split:
    return _draw(n, numpy_generator(0, "mnist1d.test"))


def _draw(n: int, random: np.random.Generator) -> Split:
    labels = random.permutation(np.arange(n) % 10)
    x = torch.from_numpy(signals(labels, random)).float()
    return Split(x.unsqueeze(1), torch.from_numpy(labels))


def signals(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One random signal for each label, as ``mnist1d.transform.transform`` makes it.

    Random numbers are drawn in the order of the package, so that a single signal equals the
    package's, given the same numbers.

    Shape:
        - labels: (N,), values 0 … 9
        - output: (N, 40), not standardized
    """
    from mnist1d.data import get_dataset_args
    from mnist1d.transform import interpolate
    from scipy.ndimage import gaussian_filter1d

    settings = get_dataset_args()
    clean = _clean_signals()
    n, points = len(labels), clean.shape[-1]
    padding = (random.random(n) * clean.shape[1]).astype(int)
    scale = 1 + settings.scale_coeff * (random.random((n, 1)) - 0.5)
    shift = random.integers(settings.max_translation, size=(n, 1))
    x = scale * clean[labels, padding]
    x = np.take_along_axis(x, (np.arange(points) - shift) % points, axis=1)
    noise = settings.corr_noise_scale * random.standard_normal((n, points))
    x = np.where(x != 0, x, gaussian_filter1d(noise, 2, axis=1))  # noise beside the template only
    x += settings.iid_noise_scale * random.standard_normal((n, points))
    slope = settings.shear_scale * (random.random((n, 1)) - 0.5)
    x -= slope * np.linspace(-0.5, 0.5, points)
    return interpolate(x.T, settings.final_seq_length).T


@lru_cache(maxsize=1)
def _clean_signals() -> np.ndarray:
    """Every template with every padding, stretched to one length. Shape: (10, 25, 72)."""
    from mnist1d.data import get_dataset_args, get_templates
    from mnist1d.transform import interpolate

    settings = get_dataset_args()
    shortest, longest = settings.padding
    # The package adds 1e-8 so that a template's own zeros do not count as padding.
    return np.stack([[interpolate(np.append(template + 1e-8, np.zeros(padding)),
                                  settings.template_len + longest)
                      for padding in range(shortest, longest + 1)]
                     for template in get_templates()["x"]])
