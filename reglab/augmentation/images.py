"""Augmentation of images: one affine warp for each image, random crops and cutout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..arguments import require_number
from ..technique import Technique
from .randomness import symmetric, whole
from .signals import shifted


@dataclass(frozen=True)
class Affine(Technique):
    r"""Rotate, shear, zoom, flip and shift every image at random, in one warp.

    .. math:: x'(p) = x\bigl(F Z^{−1} K^{−1} R^{−1} (p − t)\bigr)

    with the rotation R, the shear K, the zoom Z, the mirror F and the shift t, about the center
    of the image. All five are drawn for each image and applied together by one bilinear
    interpolation, so that nothing is blurred twice. Affine distortions of digits are from Simard
    et al. (2003). The same as ``F.grid_sample(x, F.affine_grid(…))``, with a grid that is made
    as a sum of a row and a column. Outside of the image is zero: let zero be the background.

    Args:
        rotation: largest angle, in degrees; uniform in ± rotation. 0 is off.
        translation: largest shift along each axis, in pixels; uniform. 0 is off.
        scale: largest zoom: by a factor (1 + scale)^u, u uniform in ± 1. 0 is off.
        shear: largest angle of a horizontal shear, in degrees, below 90; uniform. 0 is off.
        flip: probability of a horizontal flip, in [0, 1]; 0 is off.

    Shape: x (B, C, H, W), unchanged; y is left alone.

    >>> x, y = torch.tensor([[[[1., 2., 3.]]]]), torch.tensor([0])
    >>> u = torch.zeros(1, 6)    # a coin of 0 is below any probability
    >>> Affine(flip=0.5).batch(x, y, u=u)[0]
    tensor([[[[3., 2., 1.]]]])
    """

    rotation: float = 0.0
    translation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    flip: float = 0.0
    off: ClassVar = {"rotation": 0.0, "translation": 0.0, "scale": 0.0, "shear": 0.0, "flip": 0.0}

    def __post_init__(self):
        require_number(self.rotation, "Affine.rotation", 0)
        require_number(self.translation, "Affine.translation", 0)
        require_number(self.scale, "Affine.scale", 0)
        require_number(self.shear, "Affine.shear", 0, 90, open_high=True)
        require_number(self.flip, "Affine.flip", 0, 1)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, 6, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        u = u.to(x.dtype)
        angle, zoom, shear, coin, *_ = u.unbind(1)
        radians = self.rotation * (math.pi / 180) * angle
        c, s, k = radians.cos(), radians.sin(), (self.shear * (math.pi / 180) * shear).tan()
        shrink = (1 + self.scale) ** -zoom
        across = torch.where(coin.abs() < self.flip, -shrink, shrink)
        # Where does the output pixel p come from? From M (p − t).
        m = torch.stack([across * (c + k * s), across * (s - k * c), -shrink * s, shrink * c], 1)
        t = self.translation * u[:, 4:]
        grid = _grid(m.unflatten(1, (2, 2)), t, *x.shape[-2:])
        return F.grid_sample(x, grid, align_corners=False), y


def _grid(m: Tensor, t: Tensor, height: int, width: int) -> Tensor:
    """Sampling places M (p − t), in the units of ``grid_sample``: −1 … 1 from edge to edge.

    A sum of what depends on the column and what depends on the row, made as two planes: many
    times faster than ``affine_grid``.

    Shape: m (B, 2, 2), where m[:, :, i] is the image of axis i; t (B, 2) → (B, H, W, 2).
    """
    x, y = (torch.arange((1 - n) / 2, n / 2, dtype=m.dtype, device=m.device)
            for n in (width, height))
    m = m * torch.tensor([[2 / width], [2 / height]], dtype=m.dtype, device=m.device)
    columns = m[:, :, :1] * (x - t[:, :1]).unsqueeze(1)    # (B, 2, W)
    rows = m[:, :, 1:] * (y - t[:, 1:]).unsqueeze(1)       # (B, 2, H)
    return (columns.unsqueeze(2) + rows.unsqueeze(3)).permute(0, 2, 3, 1)


@dataclass(frozen=True)
class RandomCrop(Technique):
    r"""Pad every image with zeros and cut its old size out of it, at a random place.

    .. math:: x'_{ij} = x_{i − s,\, j − t}, \quad s, t \text{ whole, uniform in } −m … m

    The same as a shift by whole pixels, without interpolation; with m = 4 the usual augmentation
    of 32 × 32 photographs (He et al. 2016). As ``torchvision``'s
    ``RandomCrop(size, padding=m)``, drawn for each image.

    Args:
        padding: m ≥ 0, in pixels; 0 is off.

    Shape: x (B, C, H, W), unchanged; y is left alone.

    >>> x, y = torch.tensor([[[[1., 2., 3.]]]]), torch.tensor([0])
    >>> RandomCrop(1).batch(x, y, u=torch.tensor([[0., -0.9]]))[0]
    tensor([[[[2., 3., 0.]]]])
    """

    padding: float
    off: ClassVar = {"padding": 0.0}

    def __post_init__(self):
        require_number(self.padding, "RandomCrop.padding", 0)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, 2, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        down, across = whole(u, self.padding).unbind(1)
        moved = shifted(x, across, circular=False)
        return shifted(moved.mT, down, circular=False).mT, y


@dataclass(frozen=True)
class Cutout(Technique):
    r"""Set a square of every image to zero, at a random place (DeVries & Taylor 2017).

    .. math:: x'_{ij} = \begin{cases} 0 & |i − a| < h/2 \text{ and } |j − b| < h/2 \\
              x_{ij} & \text{else} \end{cases}

    The center (a, b) is uniform over the image, so that the square may stick out. Random erasing
    (Zhong et al. 2020) draws area and aspect of the rectangle as well.

    Args:
        size: side h ≥ 0 of the square, in pixels; 0 is off.

    Shape: x (B, C, H, W), unchanged; y is left alone.

    >>> x, y = torch.ones(1, 1, 2, 4), torch.tensor([0])
    >>> Cutout(2).batch(x, y, u=torch.tensor([[0., 0.]]))[0]
    tensor([[[[1., 0., 0., 1.],
              [1., 0., 0., 1.]]]])
    """

    size: float
    off: ClassVar = {"size": 0.0}

    def __post_init__(self):
        require_number(self.size, "Cutout.size", 0)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"u": symmetric(n, 2, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        return torch.addcmul(x, x, hole(u.to(x.dtype), self.size, x), value=-1), y


def hole(u: Tensor, size: float | Tensor, x: Tensor) -> Tensor:
    """1 inside a square of each image, 0 outside.

    Shape: u (B, 2) in ± 1 from edge to edge, size a number or (B, 1) → (B, 1, H, W).
    """
    height, width = x.shape[-2:]
    rows, columns = _near(u[:, :1], size, height), _near(u[:, 1:], size, width)
    # A product of numbers: several times faster than "and" of Booleans, in torch on the CPU.
    return (rows.unsqueeze(2) * columns.unsqueeze(1)).unsqueeze(1)


def _near(u: Tensor, size: float | Tensor, n: int) -> Tensor:
    """1 for those of n pixels that are less than size / 2 away from u, else 0: (B, 1) → (B, n)."""
    places = torch.arange((1 - n) / 2, n / 2, dtype=u.dtype, device=u.device)
    return ((places - u * (n / 2)).abs() < size / 2).to(u.dtype)
