"""Two photographs to look at: pictures of what a transform does, not data to learn from."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ..arguments import require_integer


@lru_cache(maxsize=4)
def photos(size: int = 96) -> Tensor:
    """A temple and a flower: the middle of the two sample images of scikit-learn, in color.

    ``sklearn.datasets.load_sample_images``, cut to a square and averaged down.

    Args:
        size: H = W, in pixels, in [1, 427].

    Shape: output (2, 3, H, W), values in [0, 1].

    >>> photos(32).shape
    torch.Size([2, 3, 32, 32])
    """
    from sklearn.datasets import load_sample_images

    require_integer(size, "photos.size", 1, 427)
    images = torch.stack([torch.from_numpy(image.copy()) for image in load_sample_images().images])
    images = images.permute(0, 3, 1, 2).float() / 255
    height, width = images.shape[-2:]
    left = (width - height) // 2
    return F.adaptive_avg_pool2d(images[..., left:left + height], size)
