"""Data augmentation and label-space methods: techniques that change a batch before it is used.

    >>> from reglab import MLP, Recipe
    >>> from reglab.augmentation import Affine, Cutout
    >>> techniques = (Affine(rotation=15, translation=1), Cutout(2))
    >>> recipe = Recipe(MLP(64, 128, 10), techniques=techniques)

Every example of every batch gets random numbers of its own, drawn from the replica's own
generator. Evaluation never changes the data: only training batches pass through techniques.
"""

from .blending import CutMix, LabelSmoothing, Mixup
from .images import Affine, Cutout, RandomCrop
from .noise import GaussianNoise
from .signals import Scale1d, Shear1d, Shift1d

__all__ = [
    "Affine",
    "CutMix",
    "Cutout",
    "GaussianNoise",
    "LabelSmoothing",
    "Mixup",
    "RandomCrop",
    "Scale1d",
    "Shear1d",
    "Shift1d",
]
